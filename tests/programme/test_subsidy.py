"""The arithmetic of settlement: domain S1–S5 and S9, to the fen."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme.facts import FactsRefused
from app.programme.loading import CATALOG, load
from app.programme.money_schema import CapCase, Fund
from app.programme.plan_rules import Line, check_lines, undecided_basics, waived_basics
from app.programme.policy import Programme, build
from app.programme.subsidy import (
    Settlement,
    SettlementRefused,
    own_share_stop,
    settle,
    settle_by,
    settled_quantity,
    split,
    subsidy_fen,
)
from app.programme.terms import Terms
from app.programme.values import Decision, OptionalPolicy, Split

from .factory import BASICS, chongqing, demo_county, install, others_waived, waive


def sums(found: Settlement) -> tuple[int, int, int, int]:
    return found.total_fen, found.eligible_fen, found.subsidy_fen, found.self_pay_fen


def changed(**tables: object) -> Programme:
    """The shipped programme with other tables."""
    programme, problems = build(chongqing().data.model_copy(update=tables))
    assert problems == []
    return programme


# The worked examples of domain §4.


def test_below_the_cap_it_is_what_was_spent() -> None:
    found = settle(chongqing(), [install(1, "800.00"), install(13, "550.00"), *others_waived(1, 13)])
    assert sums(found) == (135_000, 135_000, 135_000, 0)


OVER_CAP = [install(1, "1200.00"), install(13, "200.00"), install(14, "900.00"), *others_waived(1, 13)]


def test_above_the_cap_the_household_pays_the_rest() -> None:
    found = settle(chongqing(), OVER_CAP)
    assert sums(found) == (230_000, 230_000, 200_000, 30_000)
    assert [(line.item, line.amount_fen, line.subsidised_fen) for line in found.lines][:3] == [
        (1, 120_000, 120_000),
        (13, 20_000, 20_000),
        (14, 90_000, 60_000),
    ]
    assert found.lines[2].reason == "可选类，补贴到标准为止，其余 300.00 元由家庭自付"


def test_a_basic_line_not_accepted_leaves_optionals_to_the_household() -> None:
    lines = [OVER_CAP[0], replace(OVER_CAP[1], accepted=False), *OVER_CAP[2:]]
    found = settle(chongqing(), lines)
    assert sums(found) == (210_000, 120_000, 120_000, 90_000)
    assert (found.lines[1].amount_fen, found.lines[1].reason) == (0, "未通过验收，不计费用")
    assert found.lines[2].reason == "可选类，基础类项目未全部完成，由家庭自付"
    assert own_share_stop(found, 30_000) == (
        "家庭应自付 ¥900.00，超过签字认可的 ¥300.00。"
        "请由家庭重新签字认可新的自付金额，或由施工单位承担因其未通过验收而增加的部分"
    )
    assert own_share_stop(found, 90_000) is None


def test_sources_by_percentage_add_up() -> None:
    funds = (Fund(id="city", name="市级", percent=40), Fund(id="county", name="县级", percent=60))
    programme = changed(fund=funds, money=chongqing().data.money.model_copy(update={"split": Split.PERCENTAGE}))
    assert [(s.id, s.amount_fen) for s in split(programme, 133_333)] == [("city", 53_333), ("county", 80_000)]
    found = settle(programme, [install(1, "1333.33"), *others_waived(1)])
    assert [share.amount_fen for share in found.sources] == [53_333, 80_000]


def test_a_line_is_rounded_half_up_once() -> None:
    found = settle(chongqing(), [install(13, "12.35", "3.33"), *others_waived(13)])
    assert found.total_fen == 4_113


# Rules.


def test_sources_in_order_up_to_their_limits() -> None:
    assert [(s.id, s.amount_fen) for s in split(demo_county(), 150_000)] == [
        ("municipal", 150_000),
        ("county", 0),
        ("lottery", 0),
    ]
    assert [s.amount_fen for s in split(demo_county(), 230_000)] == [200_000, 30_000, 0]


def test_a_declined_basic_leaves_optionals_to_the_household() -> None:
    lines = [install(1, "500"), install(14, "900"), waive(13, Decision.DECLINED), *others_waived(1, 13)]
    assert sums(settle(chongqing(), lines)) == (140_000, 50_000, 50_000, 90_000)


@pytest.mark.parametrize("decision", [Decision.IN_PLACE, Decision.NOT_APPLICABLE])
def test_a_valid_waiver_lets_optionals_use_the_rest(decision: Decision) -> None:
    lines = [install(1, "500"), install(14, "900"), waive(13, decision), *others_waived(1, 13)]
    assert sums(settle(chongqing(), lines)) == (140_000, 140_000, 140_000, 0)


def test_an_optional_line_not_accepted_costs_nobody_and_hinders_nothing() -> None:
    lines = [install(1, "500"), install(14, "900", accepted=False), install(15, "100"), *others_waived(1)]
    assert sums(settle(chongqing(), lines)) == (60_000, 60_000, 60_000, 0)


def test_one_of_several_lines_of_a_basic_item_not_accepted() -> None:
    lines = [install(13, "100"), install(13, "200", accepted=False), install(14, "900"), *others_waived(13)]
    assert sums(settle(chongqing(), lines)) == (100_000, 10_000, 10_000, 90_000)


def test_basics_come_before_optionals_whatever_the_order_of_lines() -> None:
    lines = [install(30, "900"), install(13, "1500"), install(3, "400"), *others_waived(13, 1), install(1, "300")]
    found = settle(chongqing(), lines)
    assert [(line.item, line.subsidised_fen) for line in found.lines if line.amount_fen] == [
        (30, 0),
        (13, 150_000),
        (3, 20_000),
        (1, 30_000),
    ]


def test_a_donation_costs_nothing() -> None:
    found = settle(chongqing(), [install(17, "0"), *others_waived(17)])
    assert sums(found) == (0, 0, 0, 0)
    assert found.lines[0].reason == "无费用（捐赠），不占补贴"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (OptionalPolicy.AFTER_BASICS, (140_000, 140_000, 140_000, 0)),
        (OptionalPolicy.SELF_PAID, (140_000, 50_000, 50_000, 90_000)),
        (OptionalPolicy.LIKE_BASIC, (140_000, 140_000, 140_000, 0)),
    ],
)
def test_optional_items_by_the_programmes_policy(policy: OptionalPolicy, expected: tuple[int, ...]) -> None:
    programme = changed(plan=chongqing().data.plan.model_copy(update={"optional": policy}))
    assert sums(settle(programme, [install(1, "500"), install(14, "900"), *others_waived(1)])) == expected


def test_a_cap_that_depends_on_the_household() -> None:
    case = CapCase(
        name="重度残疾",
        amount="3000.00",  # type: ignore[arg-type]
        when={"fact": "person.disability.grade", "is_one_of": [1, 2]},
    )
    funds = (Fund(id="municipal", name="市级"),)
    programme = changed(cap_case=(case,), fund=funds)
    lines = [install(1, "5000"), *others_waived(1)]
    assert settle(programme, lines, {"person": {"disability": {"grade": 1}}}).subsidy_fen == 300_000
    assert settle(programme, lines, {"person": {"disability": {"grade": 3}}}).subsidy_fen == 200_000
    with pytest.raises(SettlementRefused) as refused:
        settle(programme, lines)
    assert refused.value.reasons == ["补贴标准因家庭情况而不同，请补充 person.disability.grade（残疾等级）"]
    with pytest.raises(FactsRefused):
        settle(programme, lines, {"person": {"disability": {"grade": 5}}})


def test_the_least_of_three_quantities_counts() -> None:
    assert settled_quantity(Decimal("3.00"), Decimal("3.50"), Decimal("2.75")) == Decimal("2.75")


# A plan being drafted.


def test_a_draft_may_leave_basics_undecided_and_then_optionals_are_self_paid() -> None:
    lines = [install(1, "500"), install(14, "900")]
    assert sums(settle(chongqing(), lines, complete=False)) == (140_000, 50_000, 50_000, 90_000)
    assert [item.number for item in undecided_basics(chongqing(), lines)] == [2, 11, 13, 17, 24, 29]
    assert [problem.message for problem in check_lines(chongqing(), lines)] == [
        f"基础类项目 {number} {chongqing().item(number).name} 尚未确定：请填改造、已有、不适用或不需要"
        for number in (2, 11, 13, 17, 24, 29)
    ]


def test_waivers_are_counted_for_the_flag() -> None:
    assert waived_basics(chongqing(), [*others_waived(1, 2), install(1, "1"), install(2, "1"), waive(3)]) == 5


def test_every_fault_names_its_field() -> None:
    lines = [
        Line(99, Decision.INSTALL, Decimal(1), 100, True),
        Line(1, Decision.INSTALL, None, None, None),
        Line(2, Decision.INSTALL, Decimal("0.001"), -1, True),
        Line(11, Decision.IN_PLACE, Decimal(1), 100),
        Line(13, Decision.INSTALL, Decimal(0), 18_001, True),
        Line(13, Decision.DECLINED),
        Line(17, Decision.IN_PLACE),
        Line(17, Decision.NOT_APPLICABLE),
    ]
    problems = check_lines(demo_county(), lines, complete=False, settling=True)
    assert [(problem.field, problem.message) for problem in problems] == [
        ("lines-0-item", "第1行：目录中没有项目 99"),
        ("lines-1-quantity", "第2行（1 防滑处理）：缺少数量"),
        ("lines-1-unit_price", "第2行（1 防滑处理）：缺少单价（捐赠填 0）"),
        ("lines-1-accepted", "第2行（1 防滑处理）：缺少是否通过验收（accepted）"),
        ("lines-2-quantity", "第3行（2 高差处理）：数量最多两位小数"),
        ("lines-2-unit_price", "第3行（2 高差处理）：单价不能是负数"),
        ("lines-3-quantity", "第4行（11 安装床边护栏（抓杆））：“家中已有”不填数量"),
        ("lines-3-unit_price", "第4行（11 安装床边护栏（抓杆））：“家中已有”不填单价"),
        ("lines-4-quantity", "第5行（13 安装扶手）：数量须大于 0"),
        ("lines-4-unit_price", "第5行（13 安装扶手）：单价 ¥180.01 超过最高限价 ¥180.00"),
        ("lines-5-decision", "第6行：项目 13 既要改造又填“家庭不需要”，只能留一种"),
        ("lines-7-decision", "第8行：项目 17 重复填写了不改造的原因，只留一行"),
    ]


def test_a_programme_may_forbid_a_waiver() -> None:
    programme = changed(plan=chongqing().data.plan.model_copy(update={"waivers": ("in_place",)}))
    problems = check_lines(programme, [waive(1, Decision.DECLINED)], complete=False)
    assert [problem.message for problem in problems] == ["第1行（1 防滑处理）：本项目不允许“家庭不需要”"]


# Properties.

QUANTITY = st.integers(1, 100_00).map(lambda centi: Decimal(centi) / 100)
LINES = st.lists(
    st.builds(
        Line,
        item=st.sampled_from([item.number for item in chongqing().items]),
        decision=st.just(Decision.INSTALL),
        quantity=QUANTITY,
        unit_price_fen=st.integers(0, 90_000),
        accepted=st.booleans(),
    ),
    max_size=12,
)


@st.composite
def complete_lines(draw: st.DrawFn) -> list[Line]:
    """Lines that a complete plan may have: every basic decided."""
    lines = draw(LINES)
    installed = {line.item for line in lines}
    waivers = [
        waive(item, draw(st.sampled_from([Decision.IN_PLACE, Decision.NOT_APPLICABLE, Decision.DECLINED])))
        for item in BASICS
        if item not in installed
    ]
    return draw(st.permutations([*lines, *waivers]))


@given(complete_lines())
def test_everything_adds_up_to_the_fen(lines: list[Line]) -> None:
    found = settle(chongqing(), lines)
    assert found.total_fen == sum(line.amount_fen for line in found.lines)
    assert found.subsidy_fen + found.self_pay_fen == found.total_fen
    assert found.subsidy_fen == sum(line.subsidised_fen for line in found.lines)
    assert found.subsidy_fen == sum(share.amount_fen for share in found.sources)
    assert found.subsidy_fen == min(found.cap_fen, found.eligible_fen)
    assert found.eligible_fen == sum(line.amount_fen for line in found.lines if line.is_eligible)
    for line, settled in zip(lines, found.lines, strict=True):
        assert 0 <= settled.subsidised_fen <= settled.amount_fen
        assert line.item == settled.item
        if not line.accepted:
            assert settled.amount_fen == 0


@given(complete_lines())
def test_an_optional_gets_nothing_while_a_basic_lacks_money(lines: list[Line]) -> None:
    found = settle(chongqing(), lines)
    basics_full = all(
        line.subsidised_fen == line.amount_fen for line in found.lines if chongqing().item(line.item).is_basic
    )
    optional = sum(line.subsidised_fen for line in found.lines if not chongqing().item(line.item).is_basic)
    assert optional == 0 or basics_full


@given(complete_lines())
def test_the_order_of_lines_changes_no_sum(lines: list[Line]) -> None:
    assert sums(settle(chongqing(), lines)) == sums(settle(chongqing(), lines[::-1]))


@given(st.integers(0, 10_000_000), st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_percentages_add_up_exactly(subsidy: int, percents: list[int]) -> None:
    percents = [*percents[:-1], percents[-1]] if sum(percents) else [100]
    funds = tuple(Fund(id=f"f{i}", name=f"来源{i}", percent=p) for i, p in enumerate(percents))
    money = chongqing().data.money.model_copy(update={"split": Split.PERCENTAGE})
    programme, _ = build(chongqing().data.model_copy(update={"fund": funds, "money": money}))
    shares = split(programme, subsidy)
    assert sum(share.amount_fen for share in shares) == subsidy
    for share, percent in zip(shares, percents, strict=True):
        assert abs(share.amount_fen - subsidy * percent / sum(percents)) < 1


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CATALOG.glob("*/programme.toml")))
def test_the_subsidy_alone_is_the_one_with_reasons(name: str) -> None:
    programme = load(CATALOG / name)
    numbers = [item.number for item in programme.items]
    for start in range(0, len(numbers), 3):
        lines = [install(number, f"{number * 97 % 900 + 30}", "1.5", number % 4 != 1) for number in numbers[start:]]
        for cap in (0, 50_000, 10_000_000):
            terms = Terms(cap)
            if programme.rates:
                terms = replace(terms, rates=tuple((rate, True) for rate, _ in programme.rates))
            assert subsidy_fen(programme, lines, terms) == settle_by(programme, lines, terms).subsidy_fen
