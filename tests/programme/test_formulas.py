"""The benefit formulas: percentages, limits, composition, caps per person and period, sources; and what always holds."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.programme.money_schema import Cap, Composition, Fund, Limit, Price, Quantities, Rate
from app.programme.plan_rules import Line, check_lines
from app.programme.policy import Programme, build
from app.programme.quoting import quote
from app.programme.subsidy import Settlement, SettlementRefused, settle, split
from app.programme.values import CapUnit, Decision, ItemKind, ItemType, Otherwise, Per, Split

from .factory import chongqing, install
from .generating import GROUPS, INSTALLED, USES, households, line_lists, programmes

ON = date(2026, 5, 1)


def flat(**tables: object) -> Programme:
    """The shipped catalogue without basic and optional, a cap of 20,000 yuan, and other tables."""
    data = chongqing().data
    items = tuple(item.model_copy(update={"type": ItemType.PLAIN}) for item in data.item)
    benefit = data.benefit.model_copy(update={"per": "cap" if getattr(tables.get("cap"), "months", None) else "file"})
    start = {
        "benefit": benefit,
        "item": items,
        "group": GROUPS,
        "fund": (Fund(id="all", name="财政"),),
        "cap": Cap(amount="20000.00"),
    }  # type: ignore[arg-type]
    programme, problems = build(data.model_copy(update={**start, **tables}))
    assert problems == []
    return programme


def parts(found: Settlement) -> list[tuple[int, str]]:
    return [(line.subsidised_fen, line.reason) for line in found.lines]


OLD = {"person": {"birth_date": "1940-01-01"}}
YOUNG = {"person": {"birth_date": "1960-01-01"}}
BY_AGE = (
    Rate(name="80 周岁及以上", percent=60, when={"fact": "person.birth_date", "age_at_least": 80}),
    Rate(name="60 至 79 周岁", percent=50, when={"fact": "person.birth_date", "age_at_least": 60}),
)


def test_a_flat_catalogue_asks_for_no_basics() -> None:
    found = settle(flat(), [install(1, "100"), install(25, "680")])
    assert (found.total_fen, found.subsidy_fen) == (78_000, 78_000)
    assert parts(found) == [(10_000, "全额补贴"), (68_000, "全额补贴")]
    assert check_lines(flat(), [install(25, "680")]) == []


def test_a_percentage_by_age() -> None:
    lines = [install(1, "333.33")]
    assert parts(settle(flat(rate=BY_AGE), lines, OLD, ON)) == [
        (20_000, "80 周岁及以上按 60%，补贴 200.00 元，其余 133.33 元由家庭自付")
    ]
    assert parts(settle(flat(rate=BY_AGE), lines, YOUNG, ON))[0][0] == 16_667  # 166.665 half-up


def test_a_household_in_no_row_of_the_percentages_pays_itself() -> None:
    found = settle(flat(rate=BY_AGE), [install(1, "100")], {"person": {"birth_date": "1970-01-01"}}, ON)
    assert parts(found) == [(0, "不在规定的补贴比例之内，由家庭自付")]


def test_an_unknown_class_is_asked_for() -> None:
    with pytest.raises(SettlementRefused) as refused:
        settle(flat(rate=BY_AGE), [install(1, "100")], {}, ON)
    assert refused.value.reasons == ["补贴比例因家庭情况而不同，请补充 person.birth_date（出生日期）"]
    with pytest.raises(SettlementRefused) as refused:
        settle(flat(rate=BY_AGE), [install(1, "100")], OLD)
    assert refused.value.reasons == ["补贴比例因家庭情况而不同，请写明申请日期（applied_on）"]


def test_a_quote_takes_the_day_of_application() -> None:
    asked = {
        "facts": OLD,
        "applied_on": "2026-05-01",
        "lines": [{"item": 1, "decision": "install", "quantity": "1.00", "unit_price": "100.00", "accepted": True}],
    }
    assert quote(flat(rate=BY_AGE), asked)["subsidy"] == "60.00"
    assert quote(flat(rate=BY_AGE), asked | {"applied_on": "2026-02-30"}) == {
        "refused": ["applied_on（申请日期）2026-02-30 不是真实的日期"]
    }


def test_a_percentage_for_some_lines_only() -> None:
    some = (Rate(name="施工改造", percent=100, kinds=(ItemKind.WORKS,)), Rate(name="用品", percent=30))
    found = settle(flat(rate=some), [install(1, "100"), install(25, "100")])
    assert parts(found) == [(10_000, "全额补贴"), (3_000, "用品按 30%，补贴 30.00 元，其余 70.00 元由家庭自付")]


def test_at_most_so_many_of_a_category_and_so_much_for_a_unit() -> None:
    rules = (
        Limit(name="每类最多补贴 3 件", per=Per.CATEGORY, count=3),
        Limit(name="每件最多补贴 50 元", per=Per.UNIT, amount="50.00"),  # type: ignore[arg-type]
    )
    unit = chongqing().item(25).unit
    found = settle(flat(limit=rules), [install(24, "80", "2"), install(25, "40", "3"), install(1, "40")])
    assert parts(found) == [
        (10_000, "每件最多补贴 50 元，补贴 100.00 元，其余 60.00 元由家庭自付"),
        (4_000, f"每类最多补贴 3 件，这一行计 1 {unit}，补贴 40.00 元，其余 80.00 元由家庭自付"),
        (4_000, "全额补贴"),
    ]


def test_a_group_together_gets_at_most_so_much() -> None:
    rule = Limit(name="洗浴合计最多 100 元", per=Per.ALL, amount="100.00", groups=("bathing",))  # type: ignore[arg-type]
    found = settle(flat(limit=(rule,)), [install(13, "80"), install(17, "80"), install(1, "80")])
    assert [line.subsidised_fen for line in found.lines] == [8_000, 2_000, 8_000]


def test_the_price_above_the_guide_price_is_not_subsidised() -> None:
    price = Price(item=4, unit=chongqing().item(4).unit, guide="100.00", ceiling="150.00")  # type: ignore[arg-type]
    found = settle(flat(price=(price,)), [install(4, "130", "2")])
    assert parts(found) == [(20_000, "单价超过指导价 ¥100.00 的部分不补贴，补贴 200.00 元，其余 60.00 元由家庭自付")]
    with pytest.raises(SettlementRefused):
        settle(flat(price=(price,)), [install(4, "150.01")])


FIFTEEN = Composition(
    id="C1",
    text="施工改造不少于总额的 15%，且不少于 1000 元，否则不补贴。",
    kinds=(ItemKind.WORKS,),
    percent=15,
    amount="1000.00",  # type: ignore[arg-type]
)


def test_too_little_construction_and_nothing_is_subsidised() -> None:
    programme = flat(composition=(FIFTEEN,))
    enough = settle(programme, [install(1, "1000"), install(25, "5000")])
    assert (enough.subsidy_fen, enough.notes) == (600_000, ())
    little = settle(programme, [install(1, "999"), install(25, "5000")])
    assert little.subsidy_fen == 0
    assert little.notes == (
        "施工改造不少于总额的 15%，且不少于 1000 元，否则不补贴。现为 ¥999.00，还差 ¥1.00，请增加施工改造。",
    )
    assert little.lines[0].reason == "施工改造不少于总额的 15%，且不少于 1000 元，否则不补贴，本户没有达到，由家庭自付"
    share = settle(programme, [install(1, "1000"), install(25, "9000")])
    assert share.notes == (
        f"{FIFTEEN.text}现为 ¥1,000.00，占总额 ¥10,000.00 的 10%，不到 15%，请增加施工改造，或减少其他项目。",
    )


def test_devices_alone_are_not_enough() -> None:
    rule = Composition(id="C1", text="不能只配用品。", kinds=(ItemKind.WORKS,), lines=1)
    found = settle(flat(composition=(rule,)), [install(25, "680")])
    assert (found.subsidy_fen, found.notes) == (
        0,
        ("不能只配用品。现有施工改造 0 行，须有 1 行以上，请增加施工改造。",),
    )


def test_construction_comes_before_devices() -> None:
    rule = Composition(
        id="C1",
        text="先施工改造，后配置用品。",
        kinds=(ItemKind.WORKS,),
        first=True,
        otherwise=Otherwise.REST_SELF_PAID,
    )
    lines = [install(12, "900"), install(20, "900")]  # goods stand before the works in the catalogue
    capped = flat(composition=(rule,), cap=Cap(amount="1000.00"))  # type: ignore[arg-type]
    assert [line.subsidised_fen for line in settle(capped, lines).lines] == [10_000, 90_000]
    failed = settle(capped, [*lines, install(1, "100", accepted=False)])
    assert [line.subsidised_fen for line in failed.lines] == [0, 90_000, 0]
    assert failed.lines[0].reason == "先施工改造，后配置用品，本户没有达到，由家庭自付"


def test_a_cap_for_each_person() -> None:
    cap = Cap(amount="600.00", per=CapUnit.PERSON, who={"fact": "birth_date", "age_at_least": 60})  # type: ignore[arg-type]
    members = [{"relation": "spouse", "birth_date": "1950-01-01"}, {"relation": "child", "birth_date": "1980-01-01"}]
    found = settle(flat(cap=cap), [install(1, "5000")], OLD | {"household": {"members": members}}, ON)
    assert (found.cap_fen, found.persons, found.subsidy_fen) == (120_000, 2, 120_000)
    assert settle(flat(cap=cap), [install(1, "5000")], OLD, ON).cap_fen == 60_000


def test_a_limit_for_each_person_beside_one_for_the_household() -> None:
    cap = Cap(amount="6000.00", per=CapUnit.PERSON, who={"fact": "birth_date", "age_at_least": 60})  # type: ignore[arg-type]
    couple = OLD | {"household": {"members": [{"relation": "spouse", "birth_date": "1950-01-01"}]}}

    def subsidy(each: CapUnit, **limit: Any) -> tuple[int, int]:
        programme = flat(cap=cap, limit=(Limit(name="限额", per=Per.ALL, each=each, **limit),))
        lines = [install(1, "1000", quantity="9")]
        two, one = (settle(programme, lines, facts, ON) for facts in (couple, OLD))
        return two.subsidy_fen, one.subsidy_fen

    assert subsidy(CapUnit.PERSON, amount="3000.00") == (600_000, 300_000)
    assert subsidy(CapUnit.HOUSEHOLD, amount="3000.00") == (300_000, 300_000)
    assert subsidy(CapUnit.PERSON, count=2) == (400_000, 200_000)


def test_where_the_cap_is_by_person_a_limit_says_whose_it_is() -> None:
    person = Cap(amount="6000.00", per=CapUnit.PERSON, who={"fact": "birth_date", "age_at_least": 60})  # type: ignore[arg-type]
    data = flat().data

    def told(cap: Cap, each: CapUnit | None) -> list[str]:
        limit = Limit(name="限额", per=Per.ALL, each=each, count=2)
        return [one.message for one in build(data.model_copy(update={"cap": cap, "limit": (limit,)}))[1]]

    assert told(person, None) == ["补贴标准按每人计，“限额”没有写是每人还是每户的"]
    assert told(data.cap, CapUnit.PERSON) == ["限额按每人计，补贴标准却按每户计，不知道怎么数人"]
    assert told(person, CapUnit.HOUSEHOLD) == told(data.cap, None) == []


def test_what_was_paid_in_the_period_counts_against_the_cap() -> None:
    cap = Cap(amount="3000.00", months=36)  # type: ignore[arg-type]
    found = settle(flat(cap=cap), [install(1, "5000")], earlier_fen=120_000)
    assert (found.cap_fen, found.subsidy_fen, found.earlier_fen) == (180_000, 180_000, 120_000)
    assert found.lines[0].reason == (
        "补贴标准已扣除以前享受的 1200.00 元；补贴到标准为止，补贴 1800.00 元，其余 3200.00 元由家庭自付"
    )
    assert settle(flat(cap=cap), [install(1, "5000")], earlier_fen=400_000).subsidy_fen == 0
    assert settle(flat(), [install(1, "5000")], earlier_fen=400_000).subsidy_fen == 500_000


def test_fixed_sums_come_first_and_the_rest_by_percentage() -> None:
    funds = (
        Fund(id="province", name="省级", fixed="500.00"),  # type: ignore[arg-type]
        Fund(id="city", name="市级", percent=30),
        Fund(id="county", name="县级", percent=70),
    )
    programme = flat(fund=funds, money=chongqing().data.money.model_copy(update={"split": Split.PERCENTAGE}))
    assert [share.amount_fen for share in split(programme, 150_001)] == [50_000, 30_000, 70_001]
    assert [share.amount_fen for share in split(programme, 30_000)] == [30_000, 0, 0]


def test_the_quantities_that_a_plan_may_ask_for() -> None:
    data = chongqing().data
    allowed = Quantities(min="2", max="6", step="2")  # type: ignore[arg-type]
    items = tuple(item.model_copy(update={"quantity": allowed if item.number == 1 else None}) for item in data.item)
    programme, _ = build(data.model_copy(update={"item": items}))
    lines = [install(1, "10", "1"), install(1, "10", "3"), install(1, "10", "4")]
    unit = programme.item(1).unit
    assert [(one.field, one.message) for one in check_lines(programme, lines, complete=False)] == [
        ("lines-0-quantity", f"第1行（1 防滑处理）：数量不少于 2 {unit}"),
        ("lines-0-quantity", f"第1行（1 防滑处理）：数量须是 2 {unit}的整数倍"),
        ("lines-1-quantity", f"第2行（1 防滑处理）：数量须是 2 {unit}的整数倍"),
        ("lines-2-quantity", f"第3行（1 防滑处理）：这个项目合计不超过 6 {unit}，请减少数量"),
    ]
    assert check_lines(programme, lines, complete=False, settling=True) == []


# What holds for every formula.

EARLIER = st.integers(0, 500_000)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_formula_adds_up_to_the_fen(data: st.DataObject) -> None:
    programme = data.draw(programmes())
    lines = data.draw(line_lists(programme))
    used = data.draw(USES)
    found = settle(programme, lines, data.draw(households()), ON, earlier_fen=data.draw(EARLIER), used=used)
    assert found.subsidy_fen + found.self_pay_fen == found.total_fen
    assert found.total_fen == sum(line.amount_fen for line in found.lines)
    assert found.subsidy_fen == sum(share.amount_fen for share in found.sources)
    assert found.subsidy_fen == sum(line.subsidised_fen for line in found.lines)
    assert found.subsidy_fen <= min(found.cap_fen, found.eligible_fen)
    assert all(share.amount_fen >= 0 for share in found.sources)
    for line in found.lines:
        assert 0 <= line.subsidised_fen <= line.amount_fen
        assert line.reason
        assert line.is_eligible or line.subsidised_fen == 0


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_another_line_never_lowers_the_total(data: st.DataObject) -> None:
    programme = data.draw(programmes())
    facts, earlier = data.draw(households()), data.draw(EARLIER)
    lines = [line for line in data.draw(line_lists(programme)) if line.decision is Decision.INSTALL]
    before = settle(programme, lines, facts, ON, complete=False, earlier_fen=earlier)
    after = settle(programme, [*lines, data.draw(INSTALLED)], facts, ON, complete=False, earlier_fen=earlier)
    assert after.total_fen >= before.total_fen


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_without_composition_another_plain_line_never_lowers_the_subsidy(data: st.DataObject) -> None:
    drawn = data.draw(programmes())
    items = tuple(item.model_copy(update={"type": ItemType.PLAIN}) for item in drawn.data.item)
    tables = {"item": items, "composition": (), "limit": ()}
    programme, _ = build(drawn.data.model_copy(update=tables))
    facts, earlier = data.draw(households()), data.draw(EARLIER)
    lines = data.draw(st.lists(INSTALLED, max_size=8))
    before = settle(programme, lines, facts, ON, earlier_fen=earlier)
    after = settle(programme, [*lines, data.draw(INSTALLED)], facts, ON, earlier_fen=earlier)
    assert after.subsidy_fen >= before.subsidy_fen


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_order_of_different_lines_changes_no_sum(data: st.DataObject) -> None:
    programme = data.draw(programmes())
    facts = data.draw(households())
    one_each = {line.item: line for line in data.draw(line_lists(programme))}
    lines = list(one_each.values())
    forth, back = settle(programme, lines, facts, ON), settle(programme, lines[::-1], facts, ON)
    assert (forth.total_fen, forth.subsidy_fen, forth.sources) == (back.total_fen, back.subsidy_fen, back.sources)


def test_a_line_that_is_not_accepted_costs_nothing_under_any_formula() -> None:
    line = replace(install(25, "680"), accepted=False)
    found = settle(flat(rate=BY_AGE, composition=(FIFTEEN,)), [line], OLD, ON)
    assert (found.total_fen, found.subsidy_fen, found.notes) == (0, 0, ())
    assert found.lines[0].reason == "未通过验收，不计费用"
    assert Line(25, Decision.INSTALL, Decimal(1), 68_000, False) == line
