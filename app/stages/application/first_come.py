"""First come, first served: with nothing left nobody applies any more; who waits too long, or does not build, is ended.

Variants §1B (until the fund is exhausted; who renovates first is paid first) and §2.1 (资金用尽). Only a programme that says so (`[first_come]`) does this.
Never commits.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import Select, and_, func, select

from ...core import clock, money, workdays
from ...core.db import db
from ...core.workdays import Calendar
from ...funds import queries as funds
from ...funds import service as fund_service
from ...funds import yuan
from ...lifecycle import Action, Status
from ...permissions import SYSTEM
from ...places.models import Region
from ...programme.models import ProgrammeVersion
from ...programme.policy import Programme
from ...programme.process import FIRST_COME
from ...programme.process_schema import FirstCome
from ...programme.queries import of, programme_of
from ...programme.refusals import SettlementRefused
from ...renovation.models import Ending, Event, Renovation
from ...renovation.operations import Missing
from ...renovation.progress import advance
from ...renovation.queries import owes_a_firm
from . import queries
from .codes import DecisionKind
from .notice_rules import is_over, last_day
from .waiting_queries import cost_fen, short_of_yuan


def closed(programme: Programme, county: Region, township: Region) -> str:
    """Why a township takes no new application, "" when it does: not even the smallest standard is left."""
    if programme.data.first_come is None:
        return ""
    why = _nothing_left(programme, county.id, township.id, lambda: least_fen(programme))
    return f"{why}。按先到先得，现在不受理新的申请；有追加或有家庭退出后再登记。" if why else ""


def least_fen(programme: Programme) -> int:
    """The smallest sum, in fen, that a household of the programme is reserved at its confirmation."""
    return min([programme.cap_fen, *(amount for amount, _ in programme.cap_cases)])


def submit_missing(renovation: Renovation) -> list[Missing]:
    """What keeps a first submission back: nothing is left for this household. Who came before it ran out may go on."""
    if not _is_asked(renovation) or queries.latest_decision(renovation, DecisionKind.SUBMISSION) is not None:
        return []
    why = gone(renovation)
    return [Missing(f"{why}。按先到先得，现在不受理；草稿留着，有追加或有家庭退出后再提交")] if why else []


def _is_asked(renovation: Renovation) -> bool:
    return programme_of(renovation.programme_version_id).data.first_come is not None


def gone(renovation: Renovation) -> str:
    """Why nothing is left for a file that holds no place yet; "" when there is, or nothing was ever allotted."""
    if funds.place(renovation.id) is not None:
        return ""
    programme = programme_of(renovation.programme_version_id)
    return _nothing_left(
        programme, renovation.county_id, renovation.township_id, lambda: _known_fen(renovation, programme)
    )


def _known_fen(renovation: Renovation, programme: Programme) -> int:
    """What the household may cost at most; the least while a fact is missing that tells the standard: nobody is turned
    away for the larger one."""
    try:
        return cost_fen(renovation)
    except SettlementRefused:
        return least_fen(programme)


def rests(renovation: Renovation) -> str:
    """Why the confirmation waits and until when; "" while something is left, or the programme does not stop for that."""
    terms = programme_of(renovation.programme_version_id).data.first_come
    if terms is None or not (why := gone(renovation)):
        return ""
    if terms.days is None:
        return f"{why}。有追加或有家庭退出后再确定。"
    until = _last_day(terms, terms.days, renovation.status_since, workdays.calendar())
    return f"{why}。到 {until} 仍然不够的，系统结束这份申请。"


def waits_until(renovation: Renovation) -> date | None:
    """The last day on which an eligible household may wait while nothing is left; None while something is, or for ever."""
    terms = programme_of(renovation.programme_version_id).data.first_come
    if terms is None or terms.days is None or not gone(renovation):
        return None
    return _last_day(terms, terms.days, renovation.status_since, workdays.calendar())


def _last_day(terms: FirstCome, days: int, since: datetime, calendar: Calendar) -> date:
    return last_day(clock.civil(since), days, terms.day_kind, calendar)


def _nothing_left(programme: Programme, county_id: int, township_id: int, cost: Callable[[], int]) -> str:
    if short := short_of_yuan(programme.key, county_id, township_id, cost):
        bound, fen = short
        return (
            f"{bound.region.name}的金额指标还剩 {money.display(bound.left_fen)}，不够一户（最多 {money.display(fen)}）"
        )
    year = clock.today().year
    quota = funds.quota_for(county_id, programme.key, year, township_id)
    if quota is None or quota.left > 0 or yuan.bind_alone(county_id, programme.key, year, township_id):
        return ""
    return f"{quota.region.name}的任务数已用完，共 {quota.places} 户"


def overdue(today: date, only: int | None = None) -> Sequence[int]:
    """Files whose notice is over for so long that the programme lets them wait no longer; of them `only` this one."""
    waiting = select(Renovation.id, Renovation.programme_version_id, Renovation.status_since).where(
        Renovation.status == Status.NOTICED
    )
    return _late(waiting, today, lambda terms: terms.days, only)


def unbuilt(today: date, only: int | None = None) -> Sequence[int]:
    """Files whose household signed so long ago that works should have begun; after a firm left the days run anew."""
    signed = (
        select(Renovation.id, Renovation.programme_version_id, func.max(Event.at))
        .join(Event, and_(Event.renovation_id == Renovation.id, Event.to_status == Status.AGREED))
        .where(Renovation.status.in_((Status.AGREED, Status.DISPATCHED)))
        .group_by(Renovation.id, Renovation.programme_version_id)
    )
    return _late(signed, today, lambda terms: terms.start_days, only)


def _late(
    files: Select[int, int, datetime],
    today: date,
    days_of: Callable[[FirstCome], int | None],
    only: int | None,
) -> Sequence[int]:
    """The files of the select (id, version, since when) whose programme gives them so many days, and they are over."""
    versions = db.session.scalars(select(ProgrammeVersion).where(ProgrammeVersion.marks.contains(f"|{FIRST_COME}|")))
    terms = {version.id: found for version in versions if (found := of(version).data.first_come) and days_of(found)}
    late = files.where(Renovation.programme_version_id.in_(terms), Renovation.suspended_at.is_(None))
    if only is not None:
        late = late.where(Renovation.id == only)
    calendar = workdays.calendar()
    return [
        id_
        for id_, version_id, since in db.session.execute(late.order_by(Renovation.id))
        if is_over(_last_day(terms[version_id], days_of(terms[version_id]) or 0, since, calendar), today)
    ]


def end(renovation_id: int, today: date) -> None:
    """The job's part for one file: ended when it is still overdue and nothing is left for it; else it waits on."""
    renovation = _locked(renovation_id)
    if overdue(today, renovation_id) and (why := gone(renovation)):
        _terminate(renovation, Ending.NOTHING_LEFT, why, today)


def lapse(renovation_id: int, today: date) -> None:
    """The job's part for one file that is not built: ended, save where a firm that left is still to be settled."""
    renovation = _locked(renovation_id)
    if not unbuilt(today, renovation_id) or owes_a_firm(renovation):
        return
    terms = programme_of(renovation.programme_version_id).data.first_come
    days = terms.start_days if terms is not None else None
    _terminate(renovation, Ending.LAPSED, f"签字以后 {days} 天没有开工，留的钱和名额让给后面的家庭", today)


def _locked(renovation_id: int) -> Renovation:
    query = select(Renovation).where(Renovation.id == renovation_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _terminate(renovation: Renovation, ending: Ending, why: str, today: date) -> None:
    renovation.ending, renovation.ending_reason, renovation.ending_on = ending, why, today
    advance(renovation, Action.TERMINATE, SYSTEM, why, {"ground": ending.value})
    fund_service.release(renovation.id, f"终止：{ending.label}")
