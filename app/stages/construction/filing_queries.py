"""Reads of the firm's filings, and the conditions by which desks find the files that wait for one."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select

from ...core import clock
from ...core.db import db
from ...permissions import Actor, Role
from ...programme.models import ProgrammeVersion, has_mark
from ...programme.process import FIRM_FILING
from ...programme.process_schema import FirmFilingTerms
from ...programme.queries import programme_of
from ...renovation.models import Assignment, Attachment, Renovation
from . import queries
from .filing_models import FirmFiling
from .filing_rules import IN_FORCE, FilingState


def terms(renovation: Renovation) -> FirmFilingTerms | None:
    """What the file's programme asks the firm to file before the contract; None where it asks for nothing."""
    return programme_of(renovation.programme_version_id).data.firm_filing


def live(renovation: Renovation) -> FirmFiling | None:
    """The filing that waits for its audit or was approved."""
    found = select(FirmFiling).where(FirmFiling.renovation_id == renovation.id, FirmFiling.state.in_(IN_FORCE))
    return db.session.scalar(found)


def newest(renovation: Renovation) -> FirmFiling | None:
    """The last filing of whatever firm, in force or not."""
    found = select(FirmFiling).where(FirmFiling.renovation_id == renovation.id).order_by(FirmFiling.id.desc())
    return db.session.scalar(found.limit(1))


def filings(renovation: Renovation, actor: Actor) -> Sequence[FirmFiling]:
    """All filings, newest first; for a building firm only its own."""
    found = select(FirmFiling).where(FirmFiling.renovation_id == renovation.id).order_by(FirmFiling.id.desc())
    if actor.role is Role.CONTRACTOR:
        found = found.where(FirmFiling.organisation_id == actor.organisation_id)
    return db.session.scalars(found).all()


def papers(
    renovation: Renovation, filing: FirmFiling, there: Mapping[str, list[Attachment]] | None = None
) -> dict[str, list[Attachment]]:
    """Name of the paper → its pictures in force, in the order in which the programme names them.

    `there` are the works' papers by their place (`queries.papers`), where somebody has read them already.
    """
    wanted, filed = terms(renovation), (there or queries.papers(renovation)).get(filing.subject, [])
    found: dict[str, list[Attachment]] = {name: [] for name in (wanted.papers if wanted else ())}
    for one in filed:
        found.setdefault(one.caption, []).append(one)
    return {name: kept for name, kept in found.items() if kept}


def asks_for_it() -> ColumnElement[bool]:
    """The file's programme asks for a filing before the contract."""
    return Renovation.programme_version_id.in_(select(ProgrammeVersion.id).where(has_mark(FIRM_FILING)))


def _has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(FirmFiling.renovation_id == Renovation.id, *conditions).correlate(Renovation)


def _of(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """As `_has`, from the few filings that wait to their files."""
    return Renovation.id.in_(select(FirmFiling.renovation_id).where(*conditions))


def is_in_time(today: date) -> ColumnElement[bool]:
    """A filing is in force and its days are not over."""
    return _has(FirmFiling.state.in_(IN_FORCE), FirmFiling.contract_by >= today)


def _has_of_present_firm() -> ColumnElement[bool]:
    """The firm that has the part now filed, and did not take it back."""
    now = (Assignment.id == FirmFiling.assignment_id, Assignment.ended_at.is_(None))
    return _has(FirmFiling.state != FilingState.ENDED, *now)


def to_file() -> ColumnElement[bool]:
    """The firm files now: it has filed nothing yet."""
    return and_(asks_for_it(), ~_has_of_present_firm())


def to_file_again() -> ColumnElement[bool]:
    """The firm files anew: what it filed was returned, or its days are over."""
    return and_(asks_for_it(), _has_of_present_firm(), ~is_in_time(clock.today()))


def to_audit() -> ColumnElement[bool]:
    """A filing waits for its audit."""
    return _of(FirmFiling.state == FilingState.FILED)


def audit_late() -> ColumnElement[bool]:
    """A filing waits for its audit longer than the programme allows."""
    return _of(FirmFiling.state == FilingState.FILED, FirmFiling.audit_by < clock.today())


def to_contract() -> ColumnElement[bool]:
    """Nothing that the programme asks to be filed keeps the contract waiting."""
    approved = _has(FirmFiling.state == FilingState.APPROVED, FirmFiling.contract_by >= clock.today())
    return or_(~asks_for_it(), approved)
