"""What the same people, household or dwelling were promised and paid before: it counts against a cap for a period."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from ..core import clock
from ..core.db import db
from .account_models import FundCommitment, FundEntry, FundMove
from .claim_models import BenefitClaim


def benefits_since(renovation_id: int, subjects: Iterable[tuple[str, str]], groups: Sequence[str], since: date) -> int:
    """Fen that other files of these subjects ((kind, blind index)) hold in these exclusion groups, and were not paid
    before `since`: money that is only promised counts as well, so that two files cannot use one cap twice."""
    files = _others(renovation_id, subjects, groups)
    if not files:
        return 0
    held = db.session.scalar(
        select(func.coalesce(func.sum(FundCommitment.committed_fen), 0)).where(FundCommitment.renovation_id.in_(files))
    )
    return int(held or 0) - _paid_before(files, since)


def lock_claims(subjects: Iterable[tuple[str, str]], groups: Sequence[str]) -> None:
    """Lock the claims of these subjects until the end of the unit of work: files that share one wait for each other."""
    if wanted := _of(subjects):
        db.session.execute(_claims(wanted, groups).with_for_update())


def _others(renovation_id: int, subjects: Iterable[tuple[str, str]], groups: Sequence[str]) -> list[int]:
    """The other files with a claim of one of the subjects."""
    wanted = _of(subjects)
    if not wanted:
        return []
    rows = db.session.execute(_claims(wanted, groups))
    return sorted({file for _id, file in rows} - {renovation_id})


def _of(subjects: Iterable[tuple[str, str]]) -> list[ColumnElement[bool]]:
    return [and_(BenefitClaim.subject_kind == kind, BenefitClaim.subject_index == index) for kind, index in subjects]


def _claims(wanted: Sequence[ColumnElement[bool]], groups: Sequence[str]) -> Select[int, int]:
    """The claims in force, always in the same order."""
    return (
        select(BenefitClaim.id, BenefitClaim.renovation_id)
        .where(or_(*wanted), BenefitClaim.exclusion_group.in_(groups), BenefitClaim.released_at.is_(None))
        .order_by(BenefitClaim.id)
    )


def _paid_before(files: Sequence[int], since: date) -> int:
    """What these files were paid, less what the bank gave back, before a day."""
    rows = db.session.execute(
        select(FundEntry.move, FundEntry.amount_fen, FundEntry.at).where(
            FundEntry.renovation_id.in_(files), FundEntry.move.in_([FundMove.SPEND, FundMove.RETURN])
        )
    )
    signs = {FundMove.SPEND: 1, FundMove.RETURN: -1}
    return sum(signs[move] * fen for move, fen, at in rows if clock.civil(at) < since)
