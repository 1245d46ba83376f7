"""Claiming the one benefit of a person, a household or a dwelling: for life, a year, a rolling period; whole or by item."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from ..core import clock
from ..core.db import db
from ..core.errors import Conflict
from ..places.queries import region as region_of
from ..programme.ages import months_after, months_before
from ..programme.eligibility_schema import Benefit
from ..programme.queries import name_of, office_of_key
from . import queries
from .claim_models import BenefitClaim, BenefitSubject
from .rules import ROLLING, SubjectKind, claim_period


@dataclass(frozen=True, slots=True)
class BenefitTerms:
    """How a programme's benefit is claimed in a year: in which groups, for which period, whole or by item."""

    groups: tuple[str, ...]
    period: str
    rolling_months: int
    by_item: bool

    @classmethod
    def of(cls, benefit: Benefit, year: int) -> "BenefitTerms":
        """Groups stand in one order, so that two files that share them cannot wait for each other."""
        groups = tuple(sorted({benefit.exclusion_group, *benefit.also_groups}))
        period = claim_period(benefit.period, year)
        return cls(groups, period, benefit.rolling_months or 0, benefit.per == "item")

    def since(self) -> date | None:
        """The first day that a claim of today looks back to; None where the period does not roll."""
        return _since(clock.today(), self.rolling_months) if self.period == ROLLING else None


def _since(today: date, months: int) -> date:
    return months_before(today, months) + timedelta(days=1)


def claim_benefit(
    renovation_id: int,
    subjects: Iterable[tuple[str, str]],
    group: str,
    period: str,
    programme_key: str,
    county_id: int,
    *,
    rolling_months: int = 0,
    item: str = "",
) -> list[BenefitClaim]:
    """Claim the one benefit of every subject ((kind, blind index)) for a file (domain S7).

    `period` is `lifetime`, a year, or `rolling` over `rolling_months` from today; `item` claims one item alone. Raises
    Conflict when one has it already; it says which kind of subject, under which programme, when and where, and whom to
    ask, and no more (domain §7). A lifetime claim excludes all others, and is excluded by them. What the file itself
    holds already stays; only new claims are answered.

    Periods of one kind meet in the unique index. Of different kinds, and whole against item, they do not: so the
    subject's head is locked first, and everybody asks in the same order.
    """
    today = clock.today()
    since = _since(today, rolling_months) if period == ROLLING else None
    free_from = months_after(today, rolling_months) if period == ROLLING else None
    made = []
    # two files that share two subjects cannot wait for each other
    for kind, index in sorted({(SubjectKind(kind), index) for kind, index in subjects}):
        _lock(kind, index, group)
        held = queries.claim_in_the_way(kind, index, group, period, item, since)
        if held is not None and held.renovation_id == renovation_id:
            continue  # the file itself has it, from a decision before this one
        if held is not None:
            raise _claimed(kind, held, item)
        _supersede(kind, index, group, item, today)
        claim = BenefitClaim(
            subject_kind=kind,
            subject_index=index,
            exclusion_group=group,
            period=period,
            item=item,
            free_from=free_from,
            superseded_at=None,
            renovation_id=renovation_id,
            programme_key=programme_key,
            county_id=county_id,
            claimed_at=clock.now(),
            released_reason="",
        )
        try:
            with db.session.begin_nested():
                db.session.add(claim)
        except IntegrityError as error:  # somebody else claimed it a moment ago; only the database could know
            raise _claimed(kind, queries.claim_of(kind, index, group), item) from error
        made.append(claim)
    return made


def release_items(renovation_id: int, items: Iterable[str], reason: str) -> None:
    """Give back a file's claims of these items: the plan no longer has them."""
    given = set(items)
    for claim in queries.claims(renovation_id):
        if claim.item in given:
            claim.released_at, claim.released_reason = clock.now(), reason
    db.session.flush()


def _lock(kind: SubjectKind, index: str, group: str) -> None:
    """Make the subject's head or count it on: either way its row is ours until the unit of work ends."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(BenefitSubject).values(subject_kind=kind, subject_index=index, exclusion_group=group, asked=1)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["subject_kind", "subject_index", "exclusion_group"],
            set_={"asked": BenefitSubject.asked + 1},
        )
    )


def _supersede(kind: SubjectKind, index: str, group: str, item: str, today: date) -> None:
    """A rolling claim that is over makes room; it stays readable and still counts against a claim for life."""
    db.session.execute(
        update(BenefitClaim)
        .where(
            BenefitClaim.subject_kind == kind,
            BenefitClaim.subject_index == index,
            BenefitClaim.exclusion_group == group,
            BenefitClaim.item == item,
            BenefitClaim.released_at.is_(None),
            BenefitClaim.superseded_at.is_(None),
            BenefitClaim.free_from <= today,
        )
        .values(superseded_at=clock.now())
        .execution_options(synchronize_session="fetch")
    )


def _claimed(kind: SubjectKind, held: BenefitClaim | None, item: str) -> Conflict:
    """The limited form of domain §7: no name, no number, no link."""
    who = {"beneficiary": "其中一位老年人", "household": "这户家庭", "dwelling": "这处住房"}[kind.value]
    if held is None:
        return Conflict(f"{who}刚刚在另一份申请中被确定，不能重复享受。请核对后再办。")
    county = region_of(held.county_id).name
    day = clock.civil(held.claimed_at)
    again = "这个项目不能重复补贴" if item and held.item else "不能重复享受"
    until = f"（{held.free_from} 起可再次享受）" if held.free_from else ""
    return Conflict(
        f"{who}已在{county} {day.year} 年的“{name_of(held.programme_key)}”中确定，{again}{until}。"
        f"请与{county}{office_of_key(held.programme_key).label}核对，属实的先核验更正，再办理不予改造。"
    )
