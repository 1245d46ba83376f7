"""The import as a whole: the same rows as the form writes, everything or nothing, nobody twice, every wrong cell named."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.audit.verify import verify
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed
from app.lifecycle import Status
from app.permissions import SYSTEM, Actor, Role
from app.places import regions
from app.renovation import queries as files
from app.renovation.models import Event, NumberSeries, Renovation, SearchGram
from app.stages.application import filling, queries
from app.stages.application.excel import importing
from app.stages.application.excel.importing import check, commit, run
from app.stages.application.excel.report import Report
from app.stages.application.excel.staging import Staged
from app.stages.application.models import (
    Beneficiary,
    DerivedFacts,
    Dwelling,
    EarlierSubsidy,
    Household,
    HouseholdMember,
    Probe,
)
from app.stages.application.rules import Application, OpenApplication
from app.stages.application.service import edit_application, open_application
from tests.factories import applications, people

from .books import book, household, source

CONTENT = (
    Renovation,
    Event,
    SearchGram,
    Dwelling,
    Household,
    Beneficiary,
    HouseholdMember,
    EarlierSubsidy,
    DerivedFacts,
)


@pytest.fixture
def clerk(session: Session, frozen_clock: Any) -> Actor:
    """The clerk of 清溪镇, with the programme in force."""
    applications.publish_programme()
    return people.actor(Role.TOWNSHIP)


def imported(rows: list[Any], actor: Actor, **more: Any) -> Report:
    return run(source(book(rows, **more), actor), write=True)


def said(report: Report) -> list[tuple[str, str, str]]:
    """(cell, value, reason) of what is refused."""
    return [(one.cell, one.value, one.reason) for one in report.errors]


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def numbers() -> list[str]:
    return list(db.session.scalars(select(Renovation.number).order_by(Renovation.id)))


# ---------------------------------------------------------------- the same as the form


RICH: dict[str, Any] = {
    "people-0-hardship": "建档立卡贫困人口、低保对象",
    "people-0-ability-eating": "不能",
    "people-0-ability-dressing": "不能",
    "people-0-ability-bed": "能",
    "people-0-ability-toileting": "不能",
    "people-0-ability-walking": "不能",
    "people-0-ability-bathing": "能",
    "people-0-ability-observer": "王村干",
    "people-0-ability-observed_on": date(2020, 9, 1),
    "people-0-insured": "是",
    "people-0-hukou_region": "500299",
    "register_number": "500299000123",
    "consent": "监护人自愿申请",
    "guardian_name": "张建国",
    "guardian_phone": "023-12345678",
    "guardian_relation": "子女",
    "dwelling-right": "公租房",
    "dwelling-owner_consent": "是",
    "dwelling-must_move_out": "是",
    "dwelling-can_stay_elsewhere": "是",
    "earlier": "享受过",
    "history-0-department": "残联",
    "history-0-programme": "无障碍改造",
    "history-0-paid_on": date(2018, 5, 1),
    "history-0-subject": "住房",
    "history-0-amount": 1500.5,
    "people-1-name": "李桂英",
    "people-1-relation": "配偶",
    "people-1-hardship": "低保对象",
    "people-1-recognised": "未认定过",
    "people-1-certificate": "否",
}


class Undone(Exception):
    """What was tried is taken back."""


def test_a_row_makes_the_same_rows_as_the_form(clerk: Actor) -> None:
    first, second = applications.id_number(date(1938, 4, 5)), applications.id_number(date(1944, 7, 8), male=False)
    certificate = {
        "people-0-certificate": "是",
        "people-0-certificate_number": f"{first}42",
    }
    row = household(**RICH, **certificate, **{"people-0-id_number": first, "people-1-id_number": second})
    form = {
        "programme": applications.KEY,
        "village": people.region(people.VILLAGE).id,
        "applied_on": "2020-09-14",
        "phone": "13812345678",
        "register_number": "500299000123",
        "household_size": 1,
        "consent": "guardian",
        "guardian_name": "张建国",
        "guardian_phone": "023-12345678",
        "guardian_relation": "child",
        "earlier": "some",
        "history": [
            {"department": "cdpf", "programme": "无障碍改造", "paid_on": "2018-05-01", "subject": "dwelling", "amount": "1500.50"}
        ],
        "dwelling": {
            "address": row["dwelling-address"],
            "right": "public_rental",
            "owner_consent": True,
            "safe": True,
            "renovatable": True,
            "demolition_planned": False,
            "must_move_out": True,
            "can_stay_elsewhere": True,
        },
        "people": [
            {
                "name": "张德福",
                "id_number": first,
                "hardship": ["poverty_registered", "dibao"],
                "living": ["alone"],
                "recognised": "none",
                "certificate": True,
                "certificate_number": f"{first}42",
                "insured": True,
                "hukou_region": "500299",
                "ability": {
                    "eating": False, "dressing": False, "bed": True, "toileting": False, "walking": False, "bathing": True,
                    "observer": "王村干", "observed_on": "2020-09-01",
                },
            },
            {"name": "李桂英", "id_number": second, "relation": "spouse", "hardship": ["dibao"], "recognised": "none", "certificate": False},
        ],
    }  # fmt: skip
    with pytest.raises(Undone), transaction():  # noqa: PT012 — both ways write into the same database
        by_form = content(open_application(OpenApplication.model_validate(form), clerk).id)
        raise Undone
    report = imported([row], clerk)
    assert said(report) == []
    made = db.session.scalars(select(Renovation.id).where(Renovation.number == report.numbers[0])).one()
    assert content(made) == by_form


LOOSE = {"id", "renovation_id", "dwelling_id", "number", "ended_at", "version", "details"}
"""What is another one's by nature; the version counts the form's several writes of one row."""


def content(renovation_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row of a file as values, decrypted, without what differs by nature."""
    db.session.expire_all()
    found: dict[str, list[dict[str, Any]]] = {}
    for model in CONTENT:
        query = select(model)
        if model is Renovation:
            query = query.where(Renovation.id == renovation_id)
        elif model is Dwelling:
            query = query.join(Household, Household.dwelling_id == Dwelling.id).where(
                Household.renovation_id == renovation_id
            )
        else:
            query = query.where(model.renovation_id == renovation_id)
        columns = [one.key for one in model.__mapper__.column_attrs if one.key not in LOOSE]
        rows = [{name: getattr(row, name) for name in columns} for row in db.session.scalars(query)]
        found[model.__tablename__] = sorted(rows, key=lambda row: str(row.get("seq", row.get("gram", ""))))
    return found


def test_what_is_written_is_on_the_timeline_and_the_chain(clerk: Actor) -> None:
    report = imported([household(), household()], clerk)
    assert report.numbers == ("CQ2020-500299-000001", "CQ2020-500299-000002")
    renovation = files.get(report.numbers[0], clerk)
    (event,) = files.events(renovation)
    assert (event.title, event.actor_id, event.details) == ("登记申请", clerk.user_id, {"import": "test", "row": 2})
    assert verify() == []
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.chain == "imports")).one()
    assert entry.details == {
        "programme": applications.KEY,
        "created": 2,
        "changed": 0,
        "import": "test",
        "numbers": list(report.numbers),
    }


def test_an_imported_file_goes_on_as_any_other(clerk: Actor) -> None:
    number = imported([household()], clerk).numbers[0]
    declare(number, clerk)
    assert applications.do("application.submit", number, clerk).status is Status.SUBMITTED


def declare(number: str, clerk: Actor) -> None:
    """Put the signed declaration on a file."""
    paper = applications.paper(clerk)
    with transaction():
        renovation = files.get_for_change(number, clerk)
        values = filling.initial(queries.intake(renovation), {}) | {"declaration": [paper]}
        edit_application(renovation, Application.model_validate(values), clerk)


# ---------------------------------------------------------------- everything or nothing


def test_one_wrong_cell_and_nothing_is_written(clerk: Actor) -> None:
    before = (count(Renovation), count(AuditEntry), count(NumberSeries))
    report = imported([household(), household(phone="1381234567"), household()], clerk)
    assert said(report) == [
        ("E3", "1381234567", "联系电话应为 11 位手机号码，或带区号的固定电话（如 023-12345678），请核对。")
    ]
    assert (count(Renovation), count(AuditEntry), count(NumberSeries)) == before
    assert not report.written


def test_a_dry_run_writes_nothing(clerk: Actor) -> None:
    report = run(source(book([household()]), clerk), write=False)
    assert (report.created, report.written, count(Renovation)) == (1, False, 0)
    assert report.verdicts == {"eligible": 1}


def test_nobody_else_may_import(clerk: Actor) -> None:
    with pytest.raises(NotAllowed, match="您的岗位不能登记申请"):
        imported([household()], people.actor(Role.COUNTY))


@pytest.mark.parametrize(
    ("changes", "cell", "value", "reason"),
    [
        ({"people-0-id_number": 513431193905060011.0}, "D2", "513431193905060000",
         "被 Excel 当成了数字，第 15 位以后可能已经变成 0。请把这一格设为“文本”，对照原件重新输入。"),
        ({"people-0-id_number": "110101193905060011"}, "D2", "110101193905060011", "身份证号码校验位不符，请对照证件逐位核对。"),
        ({"phone": 13812345678.0}, "E2", "13812345678",
         "被 Excel 当成了数字，开头的 0 会丢。请把这一格设为“文本”，对照原件重新输入。"),
        ({"village": "青松"}, "B2", "青松", "清溪镇没有这个村（社区），是不是“青松村”？请从下拉列表中选择。"),
        ({"village": "大湾村"}, "B2", "大湾村", "清溪镇没有这个村（社区），请从下拉列表中选择。"),
        ({"township": "石桥镇"}, "A2", "石桥镇", "您只能登记清溪镇的申请，请核对。"),
        ({"people-0-name": ""}, "C2", "", "没有填写申请人姓名。"),
        ({"applied_on": "2020.9.31"}, "J2", "2020.9.31", "没有这一天，请核对。"),
        ({"applied_on": date(2020, 9, 16)}, "J2", "2020-09-16", "申请日期不能晚于今天，请对照申请书核对。"),
        ({"people-0-hardship": "以上都不是、低保对象"}, "F2", "以上都不是、低保对象",
         "选了“以上都不是”，就不能再选别的困难类别，请改一处。"),
        ({"earlier": "享受过"}, "S2", "享受过", ""),
        ({"household_size": 0}, "L2", "0", "家庭人口数不能小于 1。"),
        ({"people-0-name": "长" * 41}, "C2", "长" * 41, "姓名太长，最多 40 个字。"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named(clerk: Actor, changes: dict[str, Any], cell: str, value: str, reason: str) -> None:
    report = imported([household(**changes)], clerk)
    if not reason:  # the column that is blank is named, and this sheet does not have it
        assert said(report) == [("", "", "选了“享受过”，请至少写明一次由哪个部门补贴。")]
        assert report.errors[0].column == "补贴部门"
    else:
        assert said(report) == [(cell, value, reason)]


def test_every_wrong_cell_of_a_row_is_named_at_once(clerk: Actor) -> None:
    report = imported(
        [household(**{"phone": "1", "village": "红旗村", "people-0-name": "", "dwelling-safe": "大概"})], clerk
    )
    assert [one.cell for one in report.errors] == ["B2", "C2", "E2", "O2"]


# ---------------------------------------------------------------- nobody twice


def test_the_same_person_twice_in_the_sheet_is_refused(clerk: Actor) -> None:
    one = household()
    report = imported([one, household(), household(**{"people-0-id_number": one["people-0-id_number"]})], clerk)
    assert said(report) == [
        ("D4", one["people-0-id_number"], "与第 2 行是同一个人。请核对后删去一处；同住的写在同一行。")
    ]


def test_the_same_sheet_again_creates_nothing(clerk: Actor) -> None:
    content_ = book([household(**{"people-0-hardship": "低保对象、脱贫人口"}), household()])
    first = run(source(content_, clerk), write=True)
    before = (count(Renovation), count(Event), count(Beneficiary))
    again = run(source(content_, clerk), write=True)
    assert (again.created, again.changes, again.unchanged, said(again)) == (0, [], 2, [])
    assert (count(Renovation), count(Event), count(Beneficiary)) == before
    assert first.numbers == tuple(numbers())


def test_a_draft_is_updated_and_what_the_sheet_leaves_blank_stays(clerk: Actor) -> None:
    row = household(guardian_phone="13900001111")
    number = imported([row], clerk).numbers[0]
    changed = {"people-0-id_number": row["people-0-id_number"], "people-0-name": "张德福", "phone": "13900002222",
               "dwelling-address": row["dwelling-address"], "dwelling-safe": "否", "household_size": "", "village": "白果村"}  # fmt: skip
    fields = [
        "phone",
        "people-0-id_number",
        "dwelling-safe",
        "people-0-name",
        "dwelling-address",
        "household_size",
        "village",
    ]
    report = imported([changed], clerk, fields=fields)
    assert said(report) == []
    (change,) = report.changes
    assert (change.row, change.number, change.name) == (2, number, "张德福")
    assert change.fields == (
        ("村（社区）", "青松村", "白果村"),
        ("联系电话", "138****5678", "139****2222"),
        ("住房结构安全", "是", "否"),
    )
    renovation = files.get(number, clerk)
    home = db.session.scalars(select(Household).where(Household.renovation_id == renovation.id)).one()
    derived = db.session.get_one(DerivedFacts, renovation.id)
    assert (home.phone, home.guardian_phone, home.size) == ("13900002222", "13900001111", 1)
    assert (derived.dwelling_safe, derived.verdict.value) == (False, "ineligible")
    assert [event.title for event in files.events(renovation)] == ["修改申请内容", "登记申请"]
    assert verify() == []


def test_a_returned_file_is_updated_on_record(clerk: Actor) -> None:
    row = household()
    number = imported([row], clerk).numbers[0]
    declare(number, clerk)
    applications.do("application.submit", number, clerk)
    applications.do("application.return", number, clerk, reasons=[{"section": "dwelling", "reason": "请核对住房结构"}])
    report = imported([row | {"dwelling-safe": "否"}], clerk)
    assert (said(report), len(report.changes)) == ([], 1)


def test_a_file_that_is_submitted_is_not_changed_by_a_sheet(clerk: Actor) -> None:
    row = household()
    number = imported([row], clerk).numbers[0]
    declare(number, clerk)
    applications.do("application.submit", number, clerk)
    assert imported([row], clerk).unchanged == 1
    report = imported([row | {"dwelling-safe": "否"}], clerk)
    assert said(report) == [
        (
            "D2",
            row["people-0-id_number"],
            f"档案 {number} 已是“待初审”，表格不能修改（住房结构安全与档案不同）。请删去这一行，或请初审人员退回后再导入。",
        )
    ]


def test_somebody_of_another_place_is_told_of_in_the_limited_form(clerk: Actor) -> None:
    other = people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP)
    row = household(township="石桥镇", village="大湾村")
    number = imported([row], other).numbers[0]
    report = imported([household(**{"people-0-id_number": row["people-0-id_number"]})], clerk)
    ((_cell, _value, reason),) = said(report)
    assert reason == (
        "此人在别处已有在办档案：重庆适老化2020，2020 年，云岭县（示例），待提交，可联系云岭县（示例）民政局。"
        "请核对，同一人不能登记两次。"
    )
    assert number not in reason
    assert "张德福" not in reason
    assert db.session.scalars(select(Probe.hits).where(Probe.user_id == clerk.user_id)).all() == [1]


def test_only_so_many_are_told_of_in_an_hour(clerk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    other = people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP)
    rows = [household(township="石桥镇", village="大湾村") for _ in range(3)]
    imported(rows, other)
    monkeypatch.setattr("app.stages.application.excel.matching.PROBES_AN_HOUR", 2)
    mine = [household(**{"people-0-id_number": row["people-0-id_number"]}) for row in rows]
    report = imported(mine, clerk)
    assert ["详情已达一小时查看上限" in reason for _c, _v, reason in said(report)] == [False, False, True]


def test_a_second_beneficiary_who_is_on_file_is_refused(clerk: Actor) -> None:
    known = household()
    number = imported([known], clerk).numbers[0]
    pair = {"people-1-name": "李桂英", "people-1-id_number": known["people-0-id_number"], "people-1-relation": "配偶"}
    report = imported([household(**pair)], clerk)
    assert [reason for _c, _v, reason in said(report)] == [
        f"此人已在办：档案 {number}，待提交。请核对，同一人不能登记两次。"
    ]


def test_a_village_of_two_townships_is_not_guessed(session: Session, frozen_clock: Any) -> None:
    applications.publish_programme()
    people.plant_regions()
    with transaction():
        regions.import_regions(
            "code,name,level,parent_code,gb_code,valid_from,valid_to\n500299102009,青松村,village,500299102,,,\n",
            SYSTEM,
        )
    report = imported([household(township="")], SYSTEM)
    assert said(report) == [("B2", "青松村", "清溪镇、石桥镇都有这个村（社区），请在“乡镇（街道）”列写明是哪一个。")]
    assert said(imported([household(township="", village="白果村")], SYSTEM)) == []


# ---------------------------------------------------------------- what happens between the check and the writing


def test_somebody_who_was_faster_stops_the_whole(clerk: Actor) -> None:
    rows = [household(), household()]
    content_ = book(rows)
    with Staged() as staged:
        report = check(source(content_, clerk), staged)
        assert report.is_right
        run(source(book([rows[1]]), clerk), write=True)
        with pytest.raises(Conflict, match="核对之后又有人登记或修改了其中的人"), transaction():
            commit(source(content_, clerk), staged, report)
    assert count(Renovation) == 1


def test_rows_beyond_one_chunk(clerk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 3)
    rows = [household() for _ in range(8)]
    report = imported([*rows, household(**{"people-0-id_number": rows[0]["people-0-id_number"]})], clerk)
    assert [cell for cell, _v, _r in said(report)] == ["D10"]
    report = imported(rows, clerk)
    assert (report.created, len(numbers()), len(set(numbers()))) == (8, 8, 8)
    assert verify() == []


def test_another_name_with_the_same_number_is_pointed_out(clerk: Actor) -> None:
    row = household()
    number = imported([row], clerk).numbers[0]
    report = run(source(book([row | {"people-0-name": "张德富"}]), clerk), write=False)
    assert [change.fields for change in report.changes] == [(("申请人姓名", "张德福", "张德富"),)]
    assert [one.reason for one in report.warnings] == [
        f"档案 {number} 上是“张德福”，身份证号相同。请核对是不是同一个人。"
    ]


def test_numbers_in_the_preview_are_masked(clerk: Actor) -> None:
    row = household()
    imported([row], clerk)
    second = applications.id_number(date(1944, 7, 8), male=False)
    pair = {"people-1-name": "李桂英", "people-1-id_number": second, "people-1-relation": "配偶"}
    (change,) = run(source(book([row | pair]), clerk), write=False).changes
    assert change.fields == (
        ("受益人2姓名", "", "李桂英"),
        ("受益人2身份证号", "", f"{second[:3]}***********{second[-4:]}"),
        ("受益人2与申请人关系", "", "配偶"),
    )
