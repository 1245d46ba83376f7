"""The ledger (台账): one row a household, one row a line, as its reader may see them; read some hundred at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from ..core import clock
from ..core.db import db
from ..core.masking import mask_id, mask_phone
from ..documents.excel_out import Column
from ..identity.shown import shown_address, shown_name
from ..permissions import Actor, Permission, Role, may
from ..places.models import Organisation, Region
from ..programme.queries import programme_of
from ..renovation.models import Assignment, Renovation
from ..stages.acceptance.models import Acceptance, AcceptedLine
from ..stages.acceptance.rules import AcceptanceState
from ..stages.application.codes import Hardship
from ..stages.application.models import Beneficiary, DerivedFacts, Household
from ..stages.construction.models import Contract, ContractLine
from ..stages.plan.models import Plan, PlanLine
from ..stages.plan.rules import PlanState
from ..stages.settlement.models import SettlementSheet
from ..stages.settlement.rules import SheetState
from . import classes
from .search import Wish, first_that_finds, matching

AT_ONCE = 500
_GONE = (PlanState.SUPERSEDED, PlanState.REFUSED)
P = Permission


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a ledger: where its value comes from and who may see it."""

    column: Column
    value: Callable[[Any, "Reader"], Any]
    permission: Permission | None = None
    has_any: Callable[[Actor], bool] = lambda _actor: True
    """Whether any file that this person sees can have it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and whether whole numbers are shown: only with the permission, and on record."""

    actor: Actor
    full: bool = False

    def fields(self, fields: Sequence[Field]) -> list[Field]:
        """The columns that this person may see."""
        seen = (one for one in fields if one.permission is None or may(self.actor, one.permission))
        return [one for one in seen if one.has_any(self.actor)]

    def number(self, mask: Callable[[str], str], text: str | None) -> str:
        """A number, masked unless it may be shown."""
        return (text or "") if self.full and may(self.actor, P.PERSONAL_REVEAL) else mask(text or "")


@dataclass(frozen=True, slots=True)
class Entry:
    """A household of the ledger: its own row, its firms, its acceptance, its sheet and its lines."""

    file: Row[Any]
    firms: Mapping[Role, str]
    accepted_on: Any
    lines: Sequence["Line"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a household's plan with what became of it."""

    line: PlanLine
    version: int
    contract_fen: int | None
    result: str
    settled: Mapping[str, Any]


def _hardship(barred: str) -> str:
    return "、".join(one.label for one in Hardship if f"|{one.value}|" in barred)


def _day(instant: Any) -> Any:
    return None if instant is None else clock.civil(instant)


def _firm(role: Role) -> Callable[[Entry, Reader], str]:
    return lambda entry, _reader: entry.firms.get(role, "")


def _status(file: Row[Any]) -> str:
    word: str = programme_of(file.programme_version_id).status_label(file.status)
    return word + ("（已暂停）" if file.suspended_at else "")


HOUSEHOLDS: tuple[Field, ...] = (
    Field(Column("档案号", width=24), lambda one, _: one.file.number),
    Field(Column("项目", width=20), lambda one, _: programme_of(one.file.programme_version_id).short_name),
    Field(Column("区县"), lambda one, _: one.file.county),
    Field(Column("乡镇（街道）"), lambda one, _: one.file.township),
    Field(Column("村（社区）"), lambda one, _: one.file.village),
    Field(Column("申请人", width=12), lambda one, who: shown_name(who.actor, one.file.applicant_name)),
    Field(Column("身份证号", width=22), lambda one, who: who.number(mask_id, one.file.id_number), P.PERSONAL_REVEAL),
    Field(Column("联系电话", width=16), lambda one, who: who.number(mask_phone, one.file.phone), P.PERSONAL_REVEAL),
    Field(Column("住房地址", width=36), lambda one, who: shown_address(who.actor, one.file.address)),
    Field(Column("出生日期", "date"), lambda one, _: one.file.birth_date, P.HEALTH_READ),
    Field(Column("困难类别", width=24), lambda one, _: _hardship(one.file.hardship or ""), P.HEALTH_READ),
    Field(
        Column("人员类别", width=24),
        lambda one, _: classes.words(one.file.classes),
        classes.READ,
        lambda actor: bool(classes.offered(actor)),
    ),
    Field(Column("受益人数", "count", 10), lambda one, _: one.file.people),
    Field(Column("申请日期", "date"), lambda one, _: one.file.applied_on),
    Field(Column("条件审查"), lambda one, _: one.file.verdict.label if one.file.verdict else "", P.HEALTH_READ),
    Field(Column("进度"), lambda one, _: _status(one.file)),
    Field(Column("进入本步", "date"), lambda one, _: _day(one.file.status_since)),
    Field(Column("办理期限", "date"), lambda one, _: one.file.due_on),
    Field(Column("评估机构", width=24), _firm(Role.ASSESSOR)),
    Field(Column("施工单位", width=24), _firm(Role.CONTRACTOR)),
    Field(Column("监理", width=24), _firm(Role.SUPERVISOR)),
    Field(Column("验收日期", "date"), lambda one, _: one.accepted_on),
    Field(Column("合计（元）", "money"), lambda one, _: one.file.total_fen, P.MONEY_READ),
    Field(Column("补贴（元）", "money"), lambda one, _: one.file.subsidy_fen, P.MONEY_READ),
    Field(Column("家庭自付（元）", "money"), lambda one, _: one.file.self_pay_fen, P.MONEY_READ),
    Field(Column("终止原因"), lambda one, _: one.file.ending.label if one.file.ending else ""),
)
LINES: tuple[Field, ...] = (
    Field(Column("项目编号", "count", 10), lambda one, _: one.line.item_no),
    Field(Column("类别", width=20), lambda one, _: one.line.category),
    Field(Column("改造项目", width=22), lambda one, _: one.line.item_name),
    Field(Column("基础或可选", width=12), lambda one, _: "基础" if one.line.basic else "可选"),
    Field(Column("施工或用品", width=12), lambda one, _: one.line.kind.label),
    Field(Column("位置", width=12), lambda one, _: one.line.space_name or one.line.space),
    Field(Column("规格", width=28), lambda one, _: one.line.specification),
    Field(Column("方案版本", "count", 10), lambda one, _: one.version),
    Field(Column("方案数量", "quantity", 12), lambda one, _: one.line.quantity),
    Field(Column("单位", width=8), lambda one, _: one.line.unit),
    Field(Column("方案单价（元）", "money"), lambda one, _: one.line.unit_price_fen, P.MONEY_READ),
    Field(Column("方案金额（元）", "money"), lambda one, _: one.line.amount_fen, P.MONEY_READ),
    Field(Column("合同单价（元）", "money"), lambda one, _: one.contract_fen, P.MONEY_READ),
    Field(Column("验收结果"), lambda one, _: one.result),
    Field(Column("结算数量", "quantity", 12), lambda one, _: _settled(one), P.MONEY_READ),
    Field(Column("结算金额（元）", "money"), lambda one, _: one.settled.get("amount_fen"), P.MONEY_READ),
    Field(Column("其中补贴（元）", "money"), lambda one, _: one.settled.get("subsidised_fen"), P.MONEY_READ),
)
OF_THE_HOUSEHOLD = ("档案号", "乡镇（街道）", "村（社区）", "申请人", "进度")
"""Columns of the household that stand before each of its lines too."""


def _settled(one: Line) -> Decimal | None:
    text = one.settled.get("settled")
    return Decimal(str(text)) if text is not None else None


def ids(actor: Actor, wish: Wish) -> Iterator[list[int]]:
    """The files that a wish means, newest first, some hundred at a time, by keyset."""
    query, key, _count = first_that_finds(matching(actor, wish))
    last: int | None = None
    while True:
        page = query.with_only_columns(key).order_by(key.desc()).limit(AT_ONCE)
        found = list(db.session.scalars(page if last is None else page.where(key < last)))
        if not found:
            return
        yield found
        last = found[-1]


def entries(actor: Actor, wish: Wish) -> Iterator[Entry]:
    """The households with all that a ledger says of them; some queries for each five hundred."""
    for some in ids(actor, wish):
        files = _files(some)
        firms, accepted, lines = _firms(some), _accepted(some), _lines(some)
        for row in sorted(files, key=lambda one: -one.id):
            yield Entry(row, firms.get(row.id, {}), accepted.get(row.id), lines.get(row.id, ()))
        db.session.expunge_all()


def _files(some: Sequence[int]) -> Any:
    township, village, county = aliased(Region), aliased(Region), aliased(Region)
    applicant = (Beneficiary.renovation_id == Renovation.id) & (Beneficiary.seq == 1) & Beneficiary.ended_at.is_(None)
    return db.session.execute(
        select(
            Renovation.id,
            Renovation.number,
            Renovation.programme_version_id,
            Renovation.applicant_name,
            Renovation.address,
            Renovation.status,
            Renovation.status_since,
            Renovation.suspended_at,
            Renovation.due_on,
            Renovation.total_fen,
            Renovation.subsidy_fen,
            Renovation.self_pay_fen,
            Renovation.ending,
            county.name.label("county"),
            township.name.label("township"),
            village.name.label("village"),
            Household.phone,
            Beneficiary.id_number,
            DerivedFacts.birth_date,
            DerivedFacts.hardship,
            classes.source().label("classes"),
            DerivedFacts.people,
            DerivedFacts.applied_on,
            DerivedFacts.verdict,
        )
        .join(county, county.id == Renovation.county_id)
        .join(township, township.id == Renovation.township_id)
        .outerjoin(village, village.id == Renovation.village_id)
        .outerjoin(Household, Household.renovation_id == Renovation.id)
        .outerjoin(Beneficiary, applicant)
        .outerjoin(DerivedFacts, DerivedFacts.renovation_id == Renovation.id)
        .where(Renovation.id.in_(some))
    ).all()


def _firms(some: Sequence[int]) -> dict[int, dict[Role, str]]:
    found: dict[int, dict[Role, str]] = {}
    rows = db.session.execute(
        select(Assignment.renovation_id, Assignment.role, Organisation.name)
        .join(Organisation, Organisation.id == Assignment.organisation_id)
        .where(Assignment.renovation_id.in_(some), Assignment.ended_at.is_(None))
    )
    for renovation_id, role, name in rows:
        found.setdefault(renovation_id, {})[role] = name
    return found


def _accepted(some: Sequence[int]) -> dict[int, Any]:
    rows = db.session.execute(
        select(Acceptance.renovation_id, Acceptance.day).where(
            Acceptance.renovation_id.in_(some), Acceptance.state == AcceptanceState.COUNTERSIGNED
        )
    )
    return {row.renovation_id: row.day for row in rows}


def _lines(some: Sequence[int]) -> dict[int, list[Line]]:
    """The lines of the plan that holds (the newest signed version, before that the newest), with what became of each."""
    holding: dict[int, tuple[bool, int, int]] = {}
    plans = db.session.execute(
        select(Plan.renovation_id, Plan.id, Plan.version, Plan.state).where(
            Plan.renovation_id.in_(some), Plan.state.not_in(_GONE)
        )
    )
    for renovation_id, plan_id, version, state in plans:
        wanted = (state is PlanState.SIGNED, version, plan_id)
        holding[renovation_id] = max(wanted, holding.get(renovation_id, (False, 0, 0)))
    file_of = {plan_id: (renovation_id, version) for renovation_id, (_, version, plan_id) in holding.items()}
    prices, results, settled = _prices(some), _results(some), _sheets(some)
    found: dict[int, list[Line]] = {}
    rows = db.session.scalars(
        select(PlanLine).where(PlanLine.plan_id.in_(file_of)).order_by(PlanLine.plan_id, PlanLine.seq)
    )
    for row in rows:
        renovation_id, version = file_of[row.plan_id]
        key = (renovation_id, row.root_id)
        line = Line(row, version, prices.get(key), results.get(key, ""), settled.get(key, {}))
        found.setdefault(renovation_id, []).append(line)
    return found


def _prices(some: Sequence[int]) -> dict[tuple[int, int], int]:
    rows = db.session.execute(
        select(Contract.renovation_id, ContractLine.root_id, ContractLine.unit_price_fen)
        .join(ContractLine, ContractLine.contract_id == Contract.id)
        .where(Contract.renovation_id.in_(some), Contract.ended_at.is_(None))
    )
    return {(renovation_id, root_id): fen for renovation_id, root_id, fen in rows}


def _results(some: Sequence[int]) -> dict[tuple[int, int], str]:
    rows = db.session.execute(
        select(Acceptance.renovation_id, AcceptedLine.root_id, AcceptedLine.result)
        .join(AcceptedLine, AcceptedLine.acceptance_id == Acceptance.id)
        .where(Acceptance.renovation_id.in_(some), Acceptance.state != AcceptanceState.SUPERSEDED)
    )
    return {(renovation_id, root_id): result.label for renovation_id, root_id, result in rows}


def _sheets(some: Sequence[int]) -> dict[tuple[int, int], Mapping[str, Any]]:
    """The settled lines by file and line; a firm that was replaced has its own part beside, which is added."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    rows = db.session.execute(
        select(SettlementSheet.renovation_id, SettlementSheet.lines).where(
            SettlementSheet.renovation_id.in_(some), SettlementSheet.state != SheetState.SUPERSEDED
        )
    )
    for renovation_id, lines in rows:
        for line in lines:
            root = str(line.get("key", "")).partition("@")[0]
            if not root.isdigit():
                continue
            kept = found.setdefault(
                (renovation_id, int(root)), {"settled": Decimal(0), "amount_fen": 0, "subsidised_fen": 0}
            )
            kept["settled"] += Decimal(str(line.get("settled", "0")))
            kept["amount_fen"] += int(line.get("amount_fen", 0))
            kept["subsidised_fen"] += int(line.get("subsidised_fen", 0))
    return dict(found)
