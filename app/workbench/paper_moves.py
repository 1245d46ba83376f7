"""The moves that a programme's own papers make: whoever has to upload one that the present step waits for.

They are read from the programmes that ask for such papers; where none does there are none.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, true

from ..lifecycle import Status
from ..permissions import GRANTS, Permission, Role
from ..programme.process import OWN_PAPERS, holders_of
from ..programme.process_schema import PaperStep
from ..programme.queries import programmes_with
from ..renovation.models import Attachment, Kind, Renovation
from ..renovation.own_papers import SUBJECT, UPLOAD
from ..stages.plan.models import Plan
from ..stages.plan.rules import PlanState
from .moves import Move, ended, firm, has, recorded, submitted

LONGEST = 12
"""Characters of a paper's name that a row's button has room for."""


def _drafted() -> ColumnElement[bool]:
    return or_(has(Plan, and_(Plan.state == PlanState.DRAFT, ~Plan.change_order)), submitted())


def _to_contract() -> ColumnElement[bool]:
    return and_(firm(Role.CONTRACTOR), ~ended())


_DUE: Mapping[PaperStep, tuple[Status, Callable[[], ColumnElement[bool]]]] = {
    PaperStep.REVIEW: (Status.SUBMITTED, true),
    PaperStep.PLAN: (Status.ASSESSED, submitted),
    PaperStep.CONTRACT: (Status.AGREED, _to_contract),
    PaperStep.ACCEPTANCE: (Status.COMPLETED, lambda: ~recorded()),
    PaperStep.SETTLEMENT: (Status.ACCEPTED, true),
}
"""Step → the status in which it is taken, and when on a file it is the next one."""


class _Asked(NamedTuple):
    """What of a paper makes its move: versions that ask for it alike share one."""

    key: str
    name: str
    step: PaperStep
    with_own_share: bool
    is_drafters: bool
    """Wanted before the plan is handed in, of whoever drafts it. From others the approval wants it."""


def paper_moves(role: Role) -> tuple[Move, ...]:
    """The moves of this role, one for each paper."""
    if Permission.PAPER_RETURN not in GRANTS[role]:
        return ()
    asked: dict[_Asked, list[int]] = {}
    for version_id, programme in programmes_with(OWN_PAPERS).items():
        drafts = role in holders_of(programme.data, Permission.PLAN_DRAFT)
        for paper in programme.own_papers:
            if role in programme.uploaders(paper):
                is_drafters = drafts and paper.needed_for is PaperStep.PLAN
                one = _Asked(paper.key, paper.name, paper.needed_for, paper.only_if == "self_pay", is_drafters)
                asked.setdefault(one, []).append(version_id)
    return tuple(_move(role, one, versions) for one, versions in asked.items())


def _move(role: Role, asked: _Asked, versions: list[int]) -> Move:
    words = f"上传{asked.name}" if len(asked.name) <= LONGEST else "上传材料"
    status = _DUE[asked.step][0]
    return Move((status,), Permission.PAPER_RETURN, words, UPLOAD, partial(_lacks, asked, versions), role)


def _lacks(asked: _Asked, versions: list[int]) -> ColumnElement[bool]:
    due = _drafted() if asked.is_drafters else _DUE[asked.step][1]()
    there = has(
        Attachment,
        Attachment.kind == Kind.OWN_PAPER,
        Attachment.subject == f"{SUBJECT}{asked.key}",
        Attachment.ended_at.is_(None),
    )
    with_share = Renovation.self_pay_fen > 0 if asked.with_own_share else true()
    return and_(Renovation.programme_version_id.in_(versions), due, with_share, ~there)
