"""What a what-if counts and tells: by county, and of each household that it touches."""

from dataclasses import dataclass, field
from typing import Any

from ..core.money import yuan
from ..lifecycle import Status
from ..stages.application.codes import Outcome
from .models import Effect
from .pools import RegionQuota
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
    quotas: list[RegionQuota] = field(default_factory=list)
    """The county's own quota and those of its townships; empty where nothing was allotted."""

    @property
    def is_quota_broken(self) -> bool:
        """Whether the change makes places or yuan too few, in the county or one of its townships."""
        return any(quota.is_broken for quota in self.quotas)

    @property
    def short(self) -> int:
        """Households that would be left without a place or without money, by the change."""
        return sum(quota.short for quota in self.quotas)


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
    is_short: bool = False
    """Whether it would be left without a place or without money."""


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
        "waiting_before": county.waiting_before,
        "waiting_after": county.waiting_after,
        "quota_broken": county.is_quota_broken,
        "short": county.short,
        "quotas": [_quota(quota) for quota in county.quotas],
    }


def _quota(quota: RegionQuota) -> dict[str, Any]:
    """One region's quota: what there is and what is asked for; None where nothing was allotted."""
    places, fen = quota.places, quota.fen
    return {
        "region": quota.code,
        "name": quota.name,
        "is_township": quota.is_township,
        "has_parts": quota.has_parts,
        "places": places and places.after.size,
        "places_before": places and places.before.size,
        "needed_before": places and places.before.need,
        "needed_after": places and places.after.need,
        "amount": fen and yuan(fen.after.size),
        "amount_before": fen and yuan(fen.before.size),
        "amount_needed_before": fen and yuan(fen.before.need),
        "amount_needed_after": fen and yuan(fen.after.need),
        "places_broken": places is not None and places.is_broken,
        "amount_broken": fen is not None and fen.is_broken,
        "short": quota.short,
    }
