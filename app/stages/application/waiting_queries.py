"""The waiting list for a place as the application sees it: rank, what a household may cost at most, who comes next."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sqlalchemy import func, select, true
from sqlalchemy.orm import joinedload

from ...core import clock
from ...core.db import db
from ...funds import queries as funds
from ...funds import waiting, yuan
from ...funds.quota_models import PlaceTaken, QuotaMoney, QuotaPlaces, WaitingPlace
from ...funds.waiting import Rank
from ...lifecycle import Status
from ...programme.facts import read_facts
from ...programme.queries import programme_of
from ...programme.terms import cap_for
from ...renovation.models import Renovation
from ...renovation.operations import Missing
from ...renovation.progress import office_of
from . import queries
from .models import DerivedFacts


def rank_of(renovation: Renovation) -> Rank:
    """Points of priority and day of application: what a file's place on the list rests on."""
    verdict = queries.verdict(renovation)
    return Rank(verdict.priority, queries.derived(renovation).applied_on)


def reasons_of(renovation: Renovation) -> list[dict[str, object]]:
    """The rules of priority that a file fulfils: name and points."""
    programme, row = programme_of(renovation.programme_version_id), queries.derived(renovation)
    facts = read_facts(row.facts)
    return [
        {"name": entry.name, "points": points}
        for entry, (points, condition) in zip(programme.data.priority, programme.priorities, strict=True)
        if condition.truth(facts, row.applied_on)
    ]


def in_words(reasons: Sequence[Mapping[str, object]]) -> str:
    """What a file has the points for, in one phrase."""
    points = sum(int(str(one["points"])) for one in reasons)
    return f"优先 {points} 分：{'、'.join(str(one['name']) for one in reasons)}"


def first_in_turn(renovations: Sequence[Renovation]) -> list[Renovation]:
    """The files in the order in which they come: by points of priority, then by the day of application."""
    ids = [one.id for one in renovations]
    rows = select(DerivedFacts.renovation_id, DerivedFacts.priority, DerivedFacts.applied_on)
    rank = {
        id_: (-points, day) for id_, points, day in db.session.execute(rows.where(DerivedFacts.renovation_id.in_(ids)))
    }
    return sorted(renovations, key=lambda one: (*rank[one.id], one.id))


def more_urgent(renovation: Renovation) -> int:
    """How many others wait to be confirmed with more points of priority and hold no place, of those who share its quota."""
    quota = quota_of(renovation)
    own_part = quota is not None and quota.region_id == renovation.township_id
    shares = Renovation.township_id == renovation.township_id if own_part else true()
    held = select(PlaceTaken.id).where(PlaceTaken.renovation_id == Renovation.id, PlaceTaken.released_at.is_(None))
    waits = select(func.count()).select_from(Renovation).join(DerivedFacts, DerivedFacts.renovation_id == Renovation.id)
    return (
        db.session.scalar(
            waits.where(
                Renovation.county_id == renovation.county_id,
                shares,
                Renovation.programme_key == renovation.programme_key,
                Renovation.status == Status.NOTICED,
                Renovation.suspended_at.is_(None),
                DerivedFacts.priority > queries.derived(renovation).priority,
                ~held.exists(),
            )
        )
        or 0
    )


def most_fen(renovation: Renovation) -> int:
    """What the household may cost at most, in fen, where its region has a quota of yuan; else 0, for nobody asks."""
    year = clock.today().year
    bound = yuan.quota_for(renovation.county_id, renovation.programme_key, year, renovation.township_id)
    return 0 if bound is None else cost_fen(renovation)


def cost_fen(renovation: Renovation) -> int:
    """What the household may cost at most, in fen. Raises SettlementRefused while a fact is missing that tells it."""
    row = queries.derived(renovation)
    return cap_for(programme_of(renovation.programme_version_id), read_facts(row.facts), row.applied_on)


def short_of_yuan(
    programme_key: str, county_id: int, township_id: int, cost: Callable[[], int]
) -> tuple[QuotaMoney, int] | None:
    """The quota of yuan that a household would draw from, and its cost in fen, where that is more than is left.

    `cost` is asked only where such a quota binds.
    """
    bound = yuan.quota_for(county_id, programme_key, clock.today().year, township_id)
    if bound is None:
        return None
    fen = cost()
    return (bound, fen) if bound.left_fen < fen else None


def no_place(renovation: Renovation, quota: QuotaPlaces) -> list[Missing]:
    """What keeps the file from a place of the quota: none is left, those who come first, or the yuan; [] when nothing."""
    programme = programme_of(renovation.programme_version_id)
    there = "application.wait" if may_wait(renovation) else ""
    if quota.left < 1:
        return [Missing(f"任务数已用完：{quota.region.name}共 {quota.places} 户", there)]
    if programme.data.waiting_list.used:
        before = waiting.ahead(quota.id, rank_of(renovation), renovation.id)
        if before >= quota.left:
            return [Missing(f"剩余 {quota.left} 户任务数，轮候名单中有 {before} 户排在前面", there)]
    return too_little(renovation)


def too_little(renovation: Renovation) -> list[Missing]:
    """What keeps the file from the yuan that it may cost at most; [] when nothing does."""
    short = short_of_yuan(
        renovation.programme_key, renovation.county_id, renovation.township_id, lambda: cost_fen(renovation)
    )
    return [Missing(yuan.short(*short))] if short is not None else []


def _free_for(renovation: Renovation, quota: QuotaPlaces) -> int:
    """How many places are left for the file after those who come first; none or less: it waits."""
    return quota.left - waiting.ahead(quota.id, rank_of(renovation), renovation.id)


def may_wait(renovation: Renovation) -> bool:
    """True when the programme has a list, no place is left for the file, and it does not stand there yet."""
    if not programme_of(renovation.programme_version_id).data.waiting_list.used or funds.place(renovation.id):
        return False
    quota = quota_of(renovation)
    if quota is None or _free_for(renovation, quota) >= 1:
        return False
    if yuan.bind_alone(renovation.county_id, renovation.programme_key, quota.year, renovation.township_id):
        return False  # only the money can run out, and nobody waits for a place
    own = waiting.entry(renovation.id)
    return own is None or own.quota_id != quota.id or Rank(own.priority, own.applied_on) != rank_of(renovation)


def in_line(renovation: Renovation) -> str:
    """Where a file stands on the list as long as no place is free for it; "" when nothing keeps it."""
    own = waiting.entry(renovation.id)
    if own is None:
        return ""
    quota = db.session.get_one(QuotaPlaces, own.quota_id)
    before = waiting.ahead(quota.id, Rank(own.priority, own.applied_on), renovation.id)
    return f"在轮候名单中排第 {before + 1} 位，空出名额后再确定。" if before >= quota.left else ""


def quota_of(renovation: Renovation) -> QuotaPlaces | None:
    """The quota of this year from which the file would take its place."""
    return funds.quota_for(renovation.county_id, renovation.programme_key, clock.today().year, renovation.township_id)


def consequence(renovation: Renovation) -> str:
    """Where on the list the household will stand, and what then."""
    quota = quota_of(renovation)
    if quota is None:
        return ""
    rank = rank_of(renovation)
    before = waiting.ahead(quota.id, rank, renovation.id)
    automatic = programme_of(renovation.programme_version_id).data.waiting_list.move_up == "automatic"
    after = "由系统按次序自动确定" if automatic else f"由{office_of(renovation).at_county}按次序确定"
    return (
        f"{renovation.applicant_name}一户列入{quota.region.name}轮候名单，优先分 {rank.priority} 分，排第 {before + 1} 位；"
        f"有家庭退出或追加任务数后，{after}。"
    )


def to_move_up(_today: date) -> list[int]:
    """Files that wait where the programme gives free places by itself, and that stand among the first so many."""
    quotas = db.session.scalars(
        select(QuotaPlaces)
        .where(
            QuotaPlaces.id.in_(select(WaitingPlace.quota_id).where(WaitingPlace.ended_at.is_(None))),
            QuotaPlaces.places > QuotaPlaces.given + QuotaPlaces.taken,
        )
        .order_by(QuotaPlaces.id)
    ).all()
    found = []
    for quota in quotas:
        ids = [row.renovation_id for row in waiting.listed(quota.id, quota.left)]
        rows = {one.id: one for one in db.session.scalars(select(Renovation).where(Renovation.id.in_(ids)))}
        found += [id_ for id_ in ids if _goes_by_itself(rows[id_])]
    return found


def _goes_by_itself(renovation: Renovation) -> bool:
    terms = programme_of(renovation.programme_version_id).data.waiting_list
    in_line = renovation.status is Status.NOTICED and renovation.suspended_at is None
    return in_line and terms.used and terms.move_up == "automatic"


def shown(quota: QuotaPlaces) -> list[dict[str, object]]:
    """The list of a quota for its page: place, file, points with their rules, days, and whether a place is free for it."""
    entries: Sequence[WaitingPlace] = waiting.listed(quota.id)
    files = {
        one.id: one
        for one in db.session.scalars(
            select(Renovation)
            .where(Renovation.id.in_([row.renovation_id for row in entries]))
            .options(joinedload(Renovation.township))
        )
    }
    return [
        {"place": place, "entry": row, "file": files[row.renovation_id], "is_next": place <= quota.left}
        for place, row in enumerate(entries, 1)
    ]
