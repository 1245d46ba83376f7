"""What people do about the filing before the contract, and what its pages show."""

from collections.abc import Mapping
from typing import Any

from ...core import clock
from ...lifecycle import Stage, Status
from ...permissions import Permission, Role, post
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from ...renovation.progress import office_of
from . import filing_queries, filings, photo_queries, queries
from .filing_rules import AuditFiling, FilingState, SubmitFiling, WithdrawFiling

STAGE = Stage.CONSTRUCTION
BEFORE_CONTRACT = frozenset({Status.AGREED})


def _to_submit(renovation: Renovation) -> bool:
    """The firm that has the part may file now: nothing is in force, or its days are over."""
    if filing_queries.terms(renovation) is None or renovation.ending is not None:
        return False
    if files.assignment(renovation, Role.CONTRACTOR) is None:
        return False
    found = filing_queries.live(renovation)
    return found is None or found.is_lapsed(clock.today())


def _in_force(renovation: Renovation) -> bool:
    return filing_queries.terms(renovation) is not None and filing_queries.live(renovation) is not None


def _to_audit(renovation: Renovation) -> bool:
    if filing_queries.terms(renovation) is None:
        return False
    found = filing_queries.live(renovation)
    return found is not None and found.state is FilingState.FILED


def who_audits(renovation: Renovation) -> str:
    """Who audits the filings of the file, in words."""
    roles = programme_of(renovation.programme_version_id).holders(Permission.CONSTRUCTION_FILING_AUDIT)
    return "、".join(post(role, office_of(renovation)) for role in roles or (Role.COUNTY,))


def _shown(renovation: Renovation) -> dict[str, Any]:
    """The terms, the last filing with its papers, and the lines with their prices and photos of before."""
    last = filing_queries.newest(renovation)
    return {
        "terms": filing_queries.terms(renovation),
        "last": last,
        "kept": filing_queries.papers(renovation, last) if last is not None else {},
        "lines": queries.lines(renovation),
        "remaining": queries.remaining(renovation),
        "photos": photo_queries.line_photos(renovation),
        "today": clock.today(),
    }


def submit_page(renovation: Renovation) -> Mapping[str, Any]:
    """What is to be filed; of an earlier filing only what this firm filed itself."""
    shown, firm = _shown(renovation), files.assignment(renovation, Role.CONTRACTOR)
    last, terms = shown["last"], shown["terms"]
    if last is None or firm is None or last.organisation_id != firm.organisation_id:
        shown |= {"last": None, "kept": {}}
    until = filings.contract_by(terms, clock.today()) if terms else None
    return shown | {"contract_by": until, "audited_by": who_audits(renovation), "firm": firm}


def submit_initial(renovation: Renovation) -> Mapping[str, Any]:
    """A row for each paper."""
    terms = filing_queries.terms(renovation)
    return {"papers": [{"name": name} for name in terms.papers]} if terms else {}


def _submitting(renovation: Renovation) -> str:
    terms = filing_queries.terms(renovation)
    if terms is None:
        return ""
    until = filings.contract_by(terms, clock.today())
    return f"提交后由{who_audits(renovation)}审核。审核通过后，与{renovation.applicant_name}家的合同最迟 {until} 签，过期要重新备案。"


def _auditing(renovation: Renovation) -> str:
    found = filing_queries.live(renovation)
    until = f"，最迟 {found.contract_by} 签" if found is not None else ""
    return f"通过后，{found.organisation_name if found else '施工单位'}可以与{renovation.applicant_name}家签施工合同{until}；退回的由其补正后重新备案。"


FILING: tuple[Operation, ...] = (
    Operation(
        "submit_filing",
        STAGE,
        "提交备案",
        Permission.CONSTRUCTION_CONTRACT,
        SubmitFiling,
        filings.submit_filing,
        statuses=BEFORE_CONTRACT,
        available=_to_submit,
        missing=filings.submit_missing,
        context=submit_page,
        initial=submit_initial,
        consequence=_submitting,
    ),
    Operation(
        "audit_filing",
        STAGE,
        "审核备案",
        Permission.CONSTRUCTION_FILING_AUDIT,
        AuditFiling,
        filings.audit_filing,
        statuses=BEFORE_CONTRACT,
        available=_to_audit,
        context=_shown,
        consequence=_auditing,
    ),
    Operation(
        "withdraw_filing",
        STAGE,
        "撤回备案",
        Permission.CONSTRUCTION_CONTRACT,
        WithdrawFiling,
        filings.withdraw_filing,
        statuses=BEFORE_CONTRACT,
        available=_in_force,
        danger=True,
        consequence=lambda renovation: (
            f"撤回以后，{renovation.applicant_name}家要重新备案、重新审核才能签合同；交过的材料可以沿用。"
        ),
    ),
)
