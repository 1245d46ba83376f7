"""Firms: admission with history, rating, procurement records, who may dispatch them."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core.db import transaction
from app.core.errors import Conflict, DomainError, NotAllowed, RuleViolation
from app.permissions import SYSTEM, Actor, Role
from app.places import queries, regions, service
from app.places.models import Organisation, ProcurementRecord
from app.places.rules import (
    AddProcurement,
    Admission,
    ChangeAdmission,
    EndProcurement,
    OrganisationFacts,
    OrganisationKind,
    PriceInput,
    RateOrganisation,
    Rating,
    RegisterOrganisation,
)
from tests.factories import people

DAY = date(2026, 5, 1)
CONTRACTOR, SUPERVISOR = OrganisationKind.CONTRACTOR, OrganisationKind.SUPERVISOR


def scope(code: str, role: Role = Role.COUNTY) -> Actor:
    node = people.region(code)
    return Actor(7, "王科员", role, node.id, node.path)


def procurement(**changes: Any) -> AddProcurement:
    facts: dict[str, Any] = {
        "kind": CONTRACTOR,
        "lot": "YL-2026-03",
        "region_id": people.region(people.COUNTY).id,
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
        "prices": [
            PriceInput(item=1, unit="平方米", unit_price="85.50"),
            PriceInput(item=13, unit="套", unit_price="0"),
        ],
    }
    return AddProcurement.model_validate(facts | changes)


def add(firm: Organisation, actor: Actor, **changes: Any) -> int:
    command = procurement(**changes)
    with transaction():
        return service.add_procurement(queries.organisation(firm.id), command, actor).id


def dispatchable(on: date = DAY, kind: OrganisationKind = CONTRACTOR, programme: str = "one-2026") -> list[int]:
    county = people.region(people.COUNTY).id
    return [record.organisation_id for record in queries.dispatchable(kind, county, on, programme)]


def test_a_firm_is_admitted_with_its_ground_on_record(session: Session) -> None:
    county = scope(people.COUNTY)
    command = RegisterOrganisation(
        name="云岭宜居改造有限公司",
        uscc=people.make_uscc(77).lower(),
        kinds=[SUPERVISOR, CONTRACTOR],
        contact_phone="023-60000001",
        bank_account="3100 0000 0000 0001",
        reason="中标通知书 YL-2026-03",
    )
    with transaction():
        firm_id = service.register_organisation(command, county).id
    firm = queries.organisation(firm_id)
    assert (firm.uscc, firm.kinds, firm.admission) == (
        people.make_uscc(77),
        [CONTRACTOR, SUPERVISOR],
        Admission.ADMITTED,
    )
    assert firm.region is not None
    assert firm.region.code == people.COUNTY
    assert [(one.admission, one.reason, one.actor_name) for one in firm.changes] == [
        (Admission.ADMITTED, "中标通知书 YL-2026-03", "王科员")
    ]
    stored = session.execute(text("SELECT contact_phone, bank_account FROM organisation")).one()
    assert all(b"0000" not in bytes(column) for column in stored)
    with transaction(), pytest.raises(Conflict) as error:
        service.register_organisation(command, county)
    assert (error.value.field, error.value.message) == (
        "uscc",
        "该代码的单位“云岭宜居改造有限公司”已经登记，请直接为它登记采购记录",
    )


def test_a_wrong_code_is_refused_at_its_field(session: Session) -> None:
    command = RegisterOrganisation(name="某公司", uscc="123", kinds=[CONTRACTOR], reason="中标")
    with transaction(), pytest.raises(RuleViolation) as error:
        service.register_organisation(command, SYSTEM)
    assert error.value.field == "uscc"


def test_suspended_and_exited_firms_keep_their_history(session: Session) -> None:
    firm, county = people.make_firm(actor=scope(people.COUNTY)), scope(people.COUNTY)
    for state, reason in (
        (Admission.SUSPENDED, "抽查不合格"),
        (Admission.ADMITTED, "整改合格"),
        (Admission.EXITED, "注销"),
    ):
        with transaction():
            service.change_admission(
                queries.organisation(firm.id), ChangeAdmission(admission=state, reason=reason), county
            )
    with transaction():
        service.rate_organisation(
            queries.organisation(firm.id), RateOrganisation(rating=Rating.D, reason="年度考核"), county
        )
    changes = queries.organisation(firm.id).changes
    assert [(one.admission, one.rating, one.reason) for one in changes] == [
        (Admission.ADMITTED, None, "2026 年政府采购入围"),
        (Admission.SUSPENDED, None, "抽查不合格"),
        (Admission.ADMITTED, None, "整改合格"),
        (Admission.EXITED, None, "注销"),
        (Admission.EXITED, Rating.D, "年度考核"),
    ]
    with transaction(), pytest.raises(Conflict) as error:
        service.change_admission(
            queries.organisation(firm.id), ChangeAdmission(admission=Admission.EXITED, reason="再次"), county
        )
    assert error.value.message == "该单位已经是“退出”状态，请刷新后查看"
    events = session.scalars(
        select(AuditEntry.event).where(AuditEntry.chain == f"organisation:{firm.id}").order_by(AuditEntry.id)
    ).all()
    assert events == ["organisation.registered"] + ["organisation.admission"] * 3 + ["organisation.rated"]


def test_the_audit_of_a_correction_names_fields_and_no_account(session: Session) -> None:
    firm = people.make_firm()
    command = OrganisationFacts(name="新名称公司", kinds=[CONTRACTOR], bank_account="6222000000001234")
    with transaction():
        service.correct_organisation(queries.organisation(firm.id), command, SYSTEM)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.event == "organisation.corrected")).one()
    assert entry.details == {"fields": ["name", "bank_account"]}


def test_only_the_county_that_keeps_a_firm_changes_it(session: Session) -> None:
    firm = people.make_firm(actor=scope(people.COUNTY))
    with transaction():
        regions.plant(regions.parse("code,name,level,parent_code\n500298,邻县（示例）,county,500000\n"), SYSTEM)
    neighbour, city = scope("500298"), Actor(8, "市局", Role.ADMIN, region_path=people.region(people.CITY).path)
    change = ChangeAdmission(admission=Admission.SUSPENDED, reason="抽查")
    with transaction(), pytest.raises(NotAllowed):
        service.change_admission(queries.organisation(firm.id), change, neighbour)
    with transaction(), pytest.raises(NotAllowed):
        service.change_admission(queries.organisation(firm.id), change, scope(people.COUNTY, Role.TOWNSHIP))
    with transaction():
        service.change_admission(queries.organisation(firm.id), change, city)
    assert queries.organisation(firm.id).admission is Admission.SUSPENDED


def test_a_firm_is_dispatchable_with_a_valid_record_and_only_then(session: Session) -> None:
    county = scope(people.COUNTY)
    firm, without = people.make_firm(name="甲公司"), people.make_firm(name="乙公司")
    record_id = add(firm, county)
    assert dispatchable() == [firm.id]
    assert dispatchable(date(2026, 1, 1)) == dispatchable(date(2026, 12, 31)) == [firm.id]
    assert dispatchable(date(2025, 12, 31)) == dispatchable(date(2027, 1, 1)) == []
    assert dispatchable(kind=SUPERVISOR) == []
    prices = queries.procurement(record_id).prices
    assert {price.item: price.unit_price_fen for price in prices} == {1: 8550, 13: 0}
    assert [record.region.code for record in queries.organisation(without.id).procurements] == []
    with transaction():
        service.change_admission(
            queries.organisation(firm.id), ChangeAdmission(admission=Admission.SUSPENDED, reason="投诉"), SYSTEM
        )
    assert dispatchable() == []


def test_a_city_wide_record_serves_its_counties_and_a_township_record_does_not(session: Session) -> None:
    city = Actor(8, "市局", Role.ADMIN, region_path=people.region(people.CITY).path)
    wide, narrow = people.make_firm(name="甲公司"), people.make_firm(name="乙公司")
    add(wide, city, region_id=people.region(people.CITY).id)
    add(narrow, city, region_id=people.region(people.TOWNSHIP).id)
    assert dispatchable() == [wide.id]


def test_an_ended_record_dispatches_nobody_and_may_be_entered_again(session: Session) -> None:
    county, firm = scope(people.COUNTY), people.make_firm()
    record_id = add(firm, county)
    with pytest.raises(Conflict) as twice:
        add(firm, county)
    assert (twice.value.field, twice.value.message) == ("lot", "该单位在本区域已有同一包号的采购记录，请先终止原记录")
    with transaction():
        service.end_procurement(queries.procurement(record_id), EndProcurement(reason="合同解除"), county)
    assert dispatchable() == []
    with transaction(), pytest.raises(Conflict):
        service.end_procurement(queries.procurement(record_id), EndProcurement(reason="再次"), county)
    add(firm, county, valid_to="2026-06-30")
    assert dispatchable() == [firm.id]
    assert session.scalars(select(ProcurementRecord.end_reason).order_by(ProcurementRecord.id)).all() == [
        "合同解除",
        None,
    ]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"kind": SUPERVISOR}, "kind", "该单位没有登记“监理单位”业务，请先修改单位信息"),
        ({"valid_to": "2025-12-31"}, "valid_to", "截止日期早于起始日期，请核对"),
        ({"valid_from": "1999-12-31"}, "valid_from", "起始日期早于 2000 年，请核对"),
        ({"valid_to": "9999-12-31"}, "valid_to", "期限超过 30 年，请核对截止日期"),
        (
            {"prices": [{"item": 2, "unit": "处", "unit_price": "1"}, {"item": 2, "unit": "处", "unit_price": "2"}]},
            "prices-1-item",
            "项目 2 的单价填了两次，请删去一条",
        ),
    ],
)
def test_a_record_that_does_not_hold_is_refused_at_its_field(
    session: Session, changes: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(DomainError) as error:
        add(people.make_firm(), scope(people.COUNTY), **changes)
    assert (error.value.field, error.value.message) == (field, sentence)


def test_nobody_enters_a_record_for_another_region(session: Session) -> None:
    firm, county = people.make_firm(), scope(people.COUNTY)
    with pytest.raises(NotAllowed):
        add(firm, county, region_id=people.region(people.CITY).id)
    with pytest.raises(NotAllowed):
        add(firm, Actor(9, "无辖区", Role.COUNTY))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE organisation SET uscc = '123'",
        "UPDATE organisation SET is_contractor = {no}",
        "UPDATE procurement_record SET valid_to = '2025-01-01'",
        "UPDATE procurement_record SET max_households = 0",
        "UPDATE procurement_record SET end_reason = 'x'",
        "UPDATE procurement_price SET unit_price_fen = -1",
        "UPDATE procurement_price SET item = 1",
    ],
)
def test_the_database_holds_it_too(session: Session, statement: str) -> None:
    add(people.make_firm(), scope(people.COUNTY))
    no = "false" if session.get_bind().dialect.name == "postgresql" else "0"
    with pytest.raises(IntegrityError):
        session.execute(text(statement.format(no=no)))
    session.rollback()


def test_firms_are_found_by_kind_state_and_text(session: Session) -> None:
    people.make_firm(CONTRACTOR, name="甲建筑公司")
    both = people.make_firm(CONTRACTOR, SUPERVISOR, name="乙工程 100% 公司")
    assert [one.name for one in queries.organisations()] == ["乙工程 100% 公司", "甲建筑公司"]
    assert [one.name for one in queries.organisations(SUPERVISOR)] == ["乙工程 100% 公司"]
    assert [one.name for one in queries.organisations(text="100%")] == ["乙工程 100% 公司"]
    assert [one.name for one in queries.organisations(text="%")] == ["乙工程 100% 公司"]
    assert [one.name for one in queries.organisations(text=both.uscc[10:].lower())] == ["乙工程 100% 公司"]
    assert queries.organisations(admission=Admission.EXITED) == []
