"""What a what-if may change: values of every kind, entries left out, items priced, rated and added; checked as at loading."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme.changing import Edits, NotPossible, Offered, changed
from app.programme.eligibility import evaluate
from app.programme.loading import CATALOG, load
from app.programme.policy import Programme
from app.programme.problems import Problem
from app.programme.subsidy import settle
from app.programme.trying import Kind, sections, values

from .factory import ON, chongqing, demo_county, facts, install, others_waived

SEEDS = sorted(path.parent.name for path in CATALOG.glob("*/programme.toml"))


def refused(programme: Programme, edits: Edits, **more: Any) -> list[Problem]:
    with pytest.raises(NotPossible) as wrong:
        changed(programme, edits, **more)
    return wrong.value.problems


@pytest.mark.parametrize("seed", SEEDS)
def test_every_value_written_as_it_is_changes_nothing(seed: str) -> None:
    programme = load(CATALOG / seed)
    assert changed(programme, {value.path: value.value for value in values(programme)}) == programme


def test_values_are_those_of_who_and_how_much() -> None:
    found = {value.path: value for value in values(chongqing())}
    cap, age = found["cap.amount"], found["clause.0.when.age_at_least"]
    assert (cap.heading, cap.label, cap.value, cap.kind) == ("补贴标准", "每户", "2000.00", Kind.YUAN)
    assert (age.heading, age.label, age.value, age.kind) == ("申请条件", "年龄（满几周岁）", "60", Kind.WHOLE)
    assert age.entry == "clause.0"
    assert [path for path in found if path.startswith(("notice", "warranty", "item.", "time_limits"))] == []


def test_lists_choices_flags_days_and_regions_are_told_by_their_codes() -> None:
    gansu = {value.path: value for value in values(load(CATALOG / "gansu-severe-disability"))}
    grades = gansu["clause.0.when.all.1.is_one_of"]
    assert (grades.kind, grades.value) == (Kind.CHOICES, ("1", "2"))
    assert grades.choices == (("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"))
    hardship = gansu["clause.1.when.contains_any"]
    assert ("dibao", "低保对象") in hardship.choices
    assert gansu["clause.0.when.all.0.is"].kind is Kind.FLAG
    assert gansu["clause.5.when.not.where.within_months"].kind is Kind.WHOLE
    plan = {value.path: value for value in values(chongqing())}["plan.optional"]
    assert (plan.kind, plan.value, plan.choices[1]) == (Kind.CHOICE, "after_basics", ("self_paid", "一律自费"))


def test_another_list_takes_others_in() -> None:
    wider = changed(chongqing(), {"clause.1.when.contains_any": ("tekun_scattered", "poverty_registered", "dibao")})
    poor = facts(person__hardship=["dibao"])
    assert evaluate(chongqing(), poor, ON).clause("E2").result.value == "fail"
    assert evaluate(wider, poor, ON).clause("E2").result.value == "pass"


def test_grades_stay_numbers() -> None:
    gansu = load(CATALOG / "gansu-severe-disability")
    wider = changed(gansu, {"clause.0.when.all.1.is_one_of": ("1", "2", "3")})
    assert wider.data.clause[0].when["all"][1]["is_one_of"] == [1, 2, 3]  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("edits", "where"),
    [
        ({"cap.amount": "2000,00"}, "cap.amount"),
        ({"cap.amount": "-1.00"}, "cap.amount"),
        ({"clause.0.when.age_at_least": "六十"}, "clause.0.when.age_at_least"),
        ({"clause.0.when.age_at_least": "200"}, "clause.0.when.age_at_least"),
        ({"clause.1.when.contains_any": ()}, "clause.1.when.contains_any"),
        ({"clause.1.when.contains_any": ("rich",)}, "clause.1.when.contains_any"),
        ({"plan.optional": "sometimes"}, "plan.optional"),
        ({"fund.0.limit": "1.00"}, "fund.0.limit"),
        ({"ceiling:13": "十元"}, "ceiling:13"),
        ({"ceiling:99": "10.00"}, "ceiling:99"),
        ({"percent:13": "101"}, "percent:13"),
        ({"percent:13": "一半"}, "percent:13"),
        ({"type:13": "plain"}, "item"),
        ({"add:0:item": "9/9"}, "add:0:item"),
        ({"out:clause.99": "1"}, "out:clause.99"),
        ({"out:programme.0": "1"}, "out:programme.0"),
        ({"nowhere.at.all": "1"}, "nowhere.at.all"),
        ({"programme.id": "1"}, "programme.id"),
        ({"price.0.item": "1"}, "price.0.item"),
    ],
)
def test_what_makes_no_programme_is_refused_at_its_field(edits: Edits, where: str) -> None:
    found = [".".join(map(str, problem.path)) for problem in refused(chongqing(), edits)]
    assert found[0] == where or found[0].startswith(f"{where}.")


def test_the_words_are_those_of_the_check() -> None:
    """As `programme check` says it, every field and fact by its Chinese name."""
    (age,) = refused(chongqing(), {"clause.0.when.age_at_least": "200"})
    assert age.message == "出生日期的年龄（满几周岁）：须为 0 至 150 的整数（周岁）（写周岁）"
    (limit,) = refused(chongqing(), {"fund.0.limit": "1.00"})
    assert limit.message == "各来源的每户上限合计不足补贴标准（提高每户上限，或让最后一个来源不写每户上限）"
    (sum_,) = refused(chongqing(), {"cap.amount": "2000,00"})
    assert sum_.message == "“每户”须为不小于 0 的数，最多两位小数，如 2000.00"


def test_a_problem_after_something_was_left_out_stands_at_its_own_field() -> None:
    """The eighth clause is the seventh once another is gone; it is told as the eighth."""
    (problem,) = refused(chongqing(), {"out:clause.0": "1", "clause.2.when.any.0.age_at_least": "999"})
    assert problem.path == ("clause.2.when.any.0.age_at_least",)


def test_a_clause_left_out_is_asked_no_longer() -> None:
    new = changed(chongqing(), {"out:clause.1": "1"})
    assert [clause.id for clause in new.clauses] == ["E1", "E3", "E4", "E5", "E6", "E7", "E8", "E9"]
    assert all("E2" not in body.clauses for body in new.data.verification)
    assert evaluate(new, facts(person__hardship=[]), ON).outcome.value == "eligible"


def test_the_last_clause_cannot_be_left_out() -> None:
    everything = {f"out:clause.{place}": "1" for place in range(len(chongqing().clauses))}
    assert refused(chongqing(), everything)[0].path == ("clause",)


def test_an_item_left_out_takes_along_what_speaks_of_it_alone() -> None:
    place = next(at for at, item in enumerate(demo_county().items) if item.number == 13)
    new = changed(demo_county(), {f"out:item.{place}": "1"})
    assert not new.has_item(13)
    assert new.ceiling_fen(13) is None
    assert [row for row in new.data.suggestion if 13 in row.items] == []
    assert len(new.items) == len(demo_county().items) - 1


def test_an_items_price_is_set_raised_and_lifted() -> None:
    assert chongqing().ceiling_fen(13) is None
    assert changed(chongqing(), {"ceiling:13": "150.00"}).ceiling_fen(13) == 15_000
    had = demo_county().ceiling_fen(13)
    assert had is not None
    assert changed(demo_county(), {"ceiling:13": "1.00"}).ceiling_fen(13) == 100
    assert changed(demo_county(), {"ceiling:13": ""}).ceiling_fen(13) is None


def test_an_items_percentage_leaves_the_others_whole() -> None:
    """Lines of 400 yuan each; of item 13 half is subsidised, of the others everything."""
    new = changed(chongqing(), {"percent:13": "50"})
    lines = [install(13, "400.00"), install(1, "400.00"), *others_waived(1, 13)]
    assert settle(chongqing(), lines).subsidy_fen == 80_000
    assert settle(new, lines).subsidy_fen == 60_000


def test_an_items_percentage_comes_before_rates_that_there_are() -> None:
    rated = load(CATALOG / "community-care-2023")
    number = rated.items[0].number
    new = changed(rated, {f"percent:{number}": "10"})
    assert (new.data.rate[0].items, new.data.rate[0].percent) == ((number,), 10)
    assert new.data.rate[1 : 1 + len(rated.data.rate)] == rated.data.rate


def offered(seed: str = "jilin-2025") -> Offered:
    other = load(CATALOG / seed)
    item = other.items[-1]
    return Offered(item, next(one for one in other.categories if one.key == item.category))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_item_is_added_under_the_next_number_with_its_price(seed: str) -> None:
    own, more = load(CATALOG / seed), offered("shanwei-2022" if seed == "jilin-2025" else "jilin-2025")
    edits = {"add:0:item": "1/7", "add:0:price": "88.00", "add:0:type": "optional"}
    new = changed(own, edits, {"1/7": more})
    added = new.items[-1]
    assert added.number == max(item.number for item in own.items) + 1
    assert (added.name, new.ceiling_fen(added.number)) == (more.item.name, 8_800)
    assert added.category in {category.key for category in new.categories}
    assert new.items[:-1] == own.items


def test_a_wrong_price_of_an_added_item_is_told_there() -> None:
    edits = {"add:0:item": "1/7", "add:0:price": "便宜"}
    assert refused(chongqing(), edits, library={"1/7": offered()})[0].path == ("add:0:price",)


def test_other_numbers_leave_everything_else() -> None:
    assert changed(chongqing(), {"cap.amount": "2000"}) == chongqing()
    assert changed(chongqing(), {}) == chongqing()


def test_sections_read_like_the_document() -> None:
    found = [section.heading for section in sections(chongqing())]
    assert found.index("申请条件") < found.index("方案") < found.index("补贴标准") < found.index("任务数")
    clauses = next(section for section in sections(chongqing()) if section.table == "clause")
    assert [entry.clause for entry in clauses.entries] == [f"E{number}" for number in range(1, 10)]
    assert {entry.is_leavable for entry in clauses.entries} == {True}


@given(st.integers(0, 100), st.integers(1, 40))
def test_a_percentage_of_an_item_is_half_up_to_the_fen(percent: int, quantity: int) -> None:
    new = changed(chongqing(), {"percent:13": str(percent)})
    lines = [install(13, "12.35", str(quantity)), *others_waived(13)]
    settled = settle(new, lines)
    exact = Decimal(1235 * quantity) * percent / 100
    assert settled.subsidy_fen == min(200_000, int(exact.quantize(Decimal(1), "ROUND_HALF_UP")))
    assert settled.subsidy_fen + settled.self_pay_fen == settled.total_fen
