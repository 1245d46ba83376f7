"""The whole register, a chunk of files at a time, as a what-if needs it: facts, verdict, lines. Constant queries a chunk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, select

from ..core.db import db
from ..funds.quota_models import PlaceTaken
from ..lifecycle import Status
from ..programme.counters import Use
from ..programme.expressions import Condition, facts_in
from ..programme.facts import VOCABULARY, Facts
from ..programme.plan_rules import Line
from ..programme.quoting import read_used
from ..programme.values import Decision
from ..renovation.models import Renovation
from ..stages.application.codes import Outcome
from ..stages.application.models import DerivedFacts
from ..stages.plan.models import ItemDecision, Plan, PlanLine
from ..stages.plan.rules import PlanState
from ..stages.settlement.models import SettlementSheet
from ..stages.settlement.rules import SheetState

CHUNK = 2_000
GONE = (Status.WITHDRAWN, Status.TERMINATED)
"""Who has left is no household of the programme; who was rejected might gain."""
_WORKED_ON = (PlanState.SIGNED, PlanState.APPROVED, PlanState.SUBMITTED, PlanState.DRAFT)
"""The plan that counts: the signed one, else the one that is being worked on."""


@dataclass(slots=True)
class Household:
    """One file: what is known, what its own version says of it, and the lines that its sums come from."""

    id: int
    number: str
    county_id: int
    township_id: int
    status: Status
    version_id: int
    applied_on: date
    before: Outcome
    priority: int
    facts: Mapping[str, Any]
    holds_place: bool = False
    reserved_fen: int = 0
    """What it holds of its region's quota of yuan."""
    before_fen: int | None = None
    """The subsidy of its settlement or plan; None: there is neither yet."""
    cap_fen: int | None = None
    """The cap that those sums were computed with, after what was used up before."""
    lines: list[Line] = field(default_factory=list)
    used: Sequence[Use] = ()
    """What earlier files had used of each item when its plan was computed."""


def files_of(programme_key: str, scope: ColumnElement[bool]) -> ColumnElement[bool]:
    """The files of a programme that a what-if looks at, within a scope."""
    return (Renovation.programme_key == programme_key) & Renovation.status.not_in(GONE) & scope


def chunks(
    wanted: ColumnElement[bool], year: int, with_lines: bool, counting: Sequence[int] = ()
) -> Iterator[list[Household]]:
    """The files, in the order of their ids; `year` is whose quota places count, `with_lines` reads what sums need.

    Files of the versions `counting` have limits over a period, for which what earlier files used is read besides.
    """
    after = 0
    while True:
        found = _files(wanted, after)
        if not found:
            return
        some = (
            select(Renovation.id)
            .where(wanted, Renovation.id > after, Renovation.id <= next(reversed(found)))
            .scalar_subquery()
        )
        _add_places(found, some, year)
        _add_sums(found, some, with_lines)
        if counting:
            _add_used(found, some, counting)
        yield list(found.values())
        after = next(reversed(found))


def _files(wanted: ColumnElement[bool], after: int) -> dict[int, Household]:
    columns = (
        Renovation.id,
        Renovation.number,
        Renovation.county_id,
        Renovation.township_id,
        Renovation.status,
        Renovation.programme_version_id,
        DerivedFacts.applied_on,
        DerivedFacts.verdict,
        DerivedFacts.priority,
        DerivedFacts.facts,
    )
    rows = db.session.execute(
        select(*columns)
        .join(DerivedFacts, DerivedFacts.renovation_id == Renovation.id)
        .where(wanted, Renovation.id > after)
        .order_by(Renovation.id)
        .limit(CHUNK)
    )
    return {row[0]: Household(*row) for row in rows}


def _add_places(found: dict[int, Household], some: Any, year: int) -> None:
    held = select(PlaceTaken.renovation_id, PlaceTaken.reserved_fen).where(
        PlaceTaken.renovation_id.in_(some), PlaceTaken.year == year, PlaceTaken.released_at.is_(None)
    )
    for id_, reserved_fen in db.session.execute(held):
        found[id_].holds_place, found[id_].reserved_fen = True, reserved_fen


def _add_sums(found: dict[int, Household], some: Any, with_lines: bool) -> None:
    """What the latest settlement says, else the plan; with the lines that the changed rules are applied to."""
    plans = _plans(some)
    settled: set[int] = set()
    for row in db.session.execute(_sheets(some, with_lines)):
        one = found[row.renovation_id]
        one.before_fen, one.cap_fen = row.subsidy_fen, row.cap_fen
        settled.add(row.renovation_id)
        if with_lines:
            one.lines = [_settled(entry) for entry in row.lines if not _is_dropped(entry)]
    for id_, row in plans.items():
        if id_ not in settled:
            found[id_].before_fen, found[id_].cap_fen = row.subsidy_fen, row.cap_fen
    if not with_lines:
        return
    by_plan = {row.id: found[id_] for id_, row in plans.items()}
    unsettled = {row.id for id_, row in plans.items() if id_ not in settled}
    for line in _lines(some):
        if line.plan_id in unsettled:
            one = by_plan[line.plan_id]
            one.lines.append(
                Line(line.item_no, Decision.INSTALL, Decimal(line.quantity_centi) / 100, line.unit_price_fen, True, "")
            )
    for waiver in _waivers(some):
        if waiver.plan_id in by_plan:
            by_plan[waiver.plan_id].lines.append(Line(waiver.item_no, waiver.decision))


def _add_used(found: dict[int, Household], some: Any, versions: Sequence[int]) -> None:
    rows = db.session.execute(
        select(Plan.renovation_id, Plan.computed)
        .where(Plan.renovation_id.in_(some), Plan.state.in_(_WORKED_ON), Plan.programme_version_id.in_(versions))
        .order_by(Plan.version)
    )
    for id_, computed in rows:
        found[id_].used = read_used(computed.get("used", []))[0]


def _plans(some: Any) -> dict[int, Any]:
    rows = db.session.execute(
        select(Plan.id, Plan.renovation_id, Plan.state, Plan.subsidy_fen, Plan.cap_fen).where(
            Plan.renovation_id.in_(some), Plan.state.in_(_WORKED_ON)
        )
    ).all()
    ranked = sorted(rows, key=lambda row: _WORKED_ON.index(row.state), reverse=True)
    return {row.renovation_id: row for row in ranked}


def _sheets(some: Any, with_lines: bool) -> Any:
    query: Any = select(SettlementSheet.renovation_id, SettlementSheet.subsidy_fen, SettlementSheet.cap_fen)
    if with_lines:
        query = query.add_columns(SettlementSheet.lines)
    return query.where(SettlementSheet.renovation_id.in_(some), SettlementSheet.state != SheetState.SUPERSEDED)


def _settled(entry: Mapping[str, Any]) -> Line:
    """A line as it stands frozen on the sheet."""
    accepted = bool(entry["accepted"])
    quantity = Decimal(entry["settled"] if accepted else entry["planned"])
    return Line(entry["item"], Decision.INSTALL, quantity, entry["unit_price_fen"], accepted, "")


def _is_dropped(entry: Mapping[str, Any]) -> bool:
    """Whether a line was not done because the file ended early: nobody measured it, and it counts for nothing."""
    return not entry["accepted"] and entry["measured"] == "0.00" and entry["reported"] == "0.00"


def _lines(some: Any) -> Iterable[Any]:
    return db.session.execute(
        select(PlanLine.plan_id, PlanLine.item_no, PlanLine.quantity_centi, PlanLine.unit_price_fen)
        .join(Plan, Plan.id == PlanLine.plan_id)
        .where(Plan.renovation_id.in_(some), Plan.state.in_(_WORKED_ON))
        .order_by(PlanLine.plan_id, PlanLine.seq)
    )


def _waivers(some: Any) -> Iterable[Any]:
    return db.session.execute(
        select(ItemDecision.plan_id, ItemDecision.item_no, ItemDecision.decision)
        .join(Plan, Plan.id == ItemDecision.plan_id)
        .where(
            Plan.renovation_id.in_(some),
            Plan.state.in_(_WORKED_ON),
            ItemDecision.decision != Decision.INSTALL,
        )
        .order_by(ItemDecision.plan_id, ItemDecision.item_no)
    )


class FactReader:
    """Reads of stored facts only those that some conditions speak of: what is stored was checked when it was stored."""

    def __init__(self, conditions: Sequence[Condition], more: Sequence[str] = ()) -> None:
        names = dict.fromkeys([*(name for condition in conditions for name in facts_in(condition)), *more])
        self._wanted = [(name, tuple(name.split(".")), VOCABULARY[name].kind) for name in names]

    def read(self, stored: Mapping[str, Any]) -> Facts:
        """The facts by dotted name; absent stays absent, that is unknown."""
        facts: Facts = {}
        for name, way, kind in self._wanted:
            value: Any = stored
            for key in way:
                value = value.get(key) if isinstance(value, Mapping) else None
                if value is None:
                    break
            else:
                facts[name] = kind.read(value, name)
        return facts
