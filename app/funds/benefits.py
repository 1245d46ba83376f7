"""What the same people, household or dwelling were promised and paid before: it counts against a cap for a period, and
of each item against limits over that period."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from ..core import clock
from ..core.db import db
from ..programme.counters import Use
from .account_models import FundCommitment, FundEntry, FundMove
from .claim_models import BenefitClaim, BenefitUse


def benefits_since(
    renovation_id: int, subjects: Iterable[tuple[str, str]], groups: Sequence[str], since: date
) -> dict[int, int]:
    """File → fen, of the other files of these subjects ((kind, blind index)) that hold money in these exclusion groups
    which was not paid before `since`: what is only promised counts as well, so that two files cannot use one cap twice.
    """
    files = _others(renovation_id, subjects, groups)
    if not files:
        return {}
    held = db.session.execute(
        select(FundCommitment.renovation_id, func.sum(FundCommitment.committed_fen))
        .where(FundCommitment.renovation_id.in_(files))
        .group_by(FundCommitment.renovation_id)
        .order_by(FundCommitment.renovation_id)
    )
    paid = _paid_before(files, since)
    left = {file: int(fen) - paid.get(file, 0) for file, fen in held}
    return {file: fen for file, fen in left.items() if fen}


def uses_of(files: Collection[int]) -> list[tuple[int, Use]]:
    """What these files use of each item, each with the file, in the order of files and items."""
    rows = db.session.execute(
        select(BenefitUse.renovation_id, BenefitUse.item_no, BenefitUse.quantity_centi, BenefitUse.used_fen)
        .where(BenefitUse.renovation_id.in_(files), BenefitUse.quantity_centi > 0)
        .order_by(BenefitUse.renovation_id, BenefitUse.item_no)
    )
    return [(file, Use(item, Decimal(centi) / 100, fen)) for file, item, centi, fen in rows]


def record_uses(renovation_id: int, uses: Iterable[Use]) -> None:
    """From now on the file uses this of the items, and nothing of others: recorded with the money committed for it.

    The file itself is locked by the unit of work, so nobody else records for it.
    """
    now = {use.item: use for use in uses}
    rows = db.session.scalars(select(BenefitUse).where(BenefitUse.renovation_id == renovation_id))
    there = {row.item_no: row for row in rows}
    for item in sorted({*now, *there}):
        use = now.get(item, Use(item, Decimal(0), 0))
        row = there.get(item) or BenefitUse(renovation_id=renovation_id, item_no=item)
        row.quantity_centi, row.used_fen = int(use.quantity * 100), use.fen
        db.session.add(row)
    db.session.flush()


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


def _paid_before(files: Sequence[int], since: date) -> dict[int, int]:
    """File → what it was paid, less what the bank gave back, before a day."""
    rows = db.session.execute(
        select(FundEntry.renovation_id, FundEntry.move, FundEntry.amount_fen, FundEntry.at).where(
            FundEntry.renovation_id.in_(files), FundEntry.move.in_([FundMove.SPEND, FundMove.RETURN])
        )
    )
    signs, paid = {FundMove.SPEND: 1, FundMove.RETURN: -1}, dict[int | None, int]()
    for file, move, fen, at in rows:
        if clock.civil(at) < since:
            paid[file] = paid.get(file, 0) + signs[move] * fen
    return {file: fen for file, fen in paid.items() if file is not None}
