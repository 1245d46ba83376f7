"""What a what-if counts and tells: by county, and of each household that it touches."""

from dataclasses import dataclass
from typing import Any

from ..core.money import yuan
from ..lifecycle import Status
from ..stages.application.codes import Outcome
from .models import Effect
from .register import Household

UNDECIDED = frozenset({Status.DRAFT, Status.SUBMITTED, Status.REVIEWED, Status.NOTICED})
"""Statuses in which a household still waits for a place."""


@dataclass(slots=True)
class County:
    """What the change would do to one county; sums in fen."""

    code: str
    name: str
    households: int = 0
    eligible_before: int = 0
    eligible_after: int = 0
    unknown_before: int = 0
    unknown_after: int = 0
    gain: int = 0
    lose: int = 0
    with_sums: int = 0
    """Households with a plan or a settlement: the two sums are over these."""
    before_fen: int = 0
    after_fen: int = 0
    more: int = 0
    less: int = 0
    refused: int = 0
    """Plans that the changed rules would no longer allow; their subsidy before is in neither sum."""
    waiting_before: int = 0
    waiting_after: int = 0
    """Eligible households that hold a place or wait for one."""
    places: int | None = None
    """Places allotted for the year; None where there is no quota."""

    @property
    def is_quota_broken(self) -> bool:
        """Whether more households would be eligible than there are places, and it is the change that does it."""
        return self.places is not None and self.waiting_after > max(self.places, self.waiting_before)


@dataclass(frozen=True, slots=True)
class Touched:
    """One household for which something changes, and why in clauses and sums."""

    renovation_id: int
    number: str
    county_id: int
    effect: Effect
    before: Outcome
    after: Outcome
    before_fen: int | None
    after_fen: int | None
    reason: str


def effect_of(one: Household, after: Outcome, sums: int | str | None) -> Effect | None:
    """What became of the household; None when nothing did. `sums` is the subsidy after, or why there can be none."""
    if after is not one.before:
        return {Outcome.ELIGIBLE: Effect.GAIN}.get(after) or (
            Effect.LOSE if one.before is Outcome.ELIGIBLE else Effect.OPEN
        )
    if isinstance(sums, str):
        return Effect.REFUSED
    if sums is None or sums == one.before_fen:
        return None
    return Effect.MORE if sums > (one.before_fen or 0) else Effect.LESS


def count(county: County, one: Household, after: Outcome, sums: int | str | None) -> None:
    """Adds a household to its county."""
    was, now = one.before is Outcome.ELIGIBLE, after is Outcome.ELIGIBLE
    county.households += 1
    county.eligible_before += was
    county.eligible_after += now
    county.unknown_before += one.before is Outcome.UNKNOWN
    county.unknown_after += after is Outcome.UNKNOWN
    county.gain += now and not was
    county.lose += was and not now
    if one.holds_place or one.status in UNDECIDED:
        county.waiting_before += was
        county.waiting_after += now
    if isinstance(sums, str):
        county.refused += 1
    elif sums is not None and one.before_fen is not None:
        county.with_sums += 1
        county.before_fen += one.before_fen
        county.after_fen += sums
        county.more += sums > one.before_fen
        county.less += sums < one.before_fen


def to_json(county: County) -> dict[str, Any]:
    """A county as the command gives it: amounts are strings of yuan."""
    return {
        "county": county.code,
        "name": county.name,
        "households": county.households,
        "eligible_before": county.eligible_before,
        "eligible_after": county.eligible_after,
        "unknown_before": county.unknown_before,
        "unknown_after": county.unknown_after,
        "gain": county.gain,
        "lose": county.lose,
        "with_sums": county.with_sums,
        "subsidy_before": yuan(county.before_fen),
        "subsidy_after": yuan(county.after_fen),
        "more": county.more,
        "less": county.less,
        "refused": county.refused,
        "places": county.places,
        "waiting_before": county.waiting_before,
        "waiting_after": county.waiting_after,
        "quota_broken": county.is_quota_broken,
    }
