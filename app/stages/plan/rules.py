"""The rules of a plan: what is typed, and what must hold before it may be approved and signed. Domain P1–P6."""

from ...core.enums import Labelled


class PlanState(Labelled):
    """Where one version of a plan stands."""

    DRAFT = "draft", "编制中"
    SUBMITTED = "submitted", "待审批"
    APPROVED = "approved", "已批准"
    SIGNED = "signed", "已签字生效"
    REFUSED = "refused", "家庭未接受"
    SUPERSEDED = "superseded", "已由新版代替"


OPEN_STATES = frozenset({PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED})
"""A version that is still being worked on or waits for somebody."""


class Signer(Labelled):
    """Who signs for the household."""

    SELF = "self", "老人本人"
    GUARDIAN = "guardian", "监护人"
    FAMILY = "family", "受托家属"
