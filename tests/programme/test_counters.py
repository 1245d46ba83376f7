"""Limits over the cap's period: what earlier files used of them counts, is told, and never adds up to more than they allow."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.programme.counters import Use, used_before
from app.programme.difference import changes_between
from app.programme.document import document
from app.programme.money_schema import Cap, Limit
from app.programme.policy import Programme, build
from app.programme.quoting import quote
from app.programme.subsidy import settle
from app.programme.values import CapUnit, Over, Per

from .factory import chongqing, install
from .generating import households, line_lists, programmes
from .test_formulas import ON, flat, parts

CAP = Cap(amount="12000.00", months=36)  # type: ignore[arg-type]
BATH, RAIL = 13, 14
CATEGORY = chongqing().item(BATH).category


def counting(over: Over = Over.PERIOD, cap: Cap = CAP, **limit: Any) -> Programme:
    """A cap of 12,000 yuan in three years, and one limit."""
    return flat(cap=cap, limit=(Limit(name="限额", over=over, **limit),))


def use(item: int, quantity: str, fen: int, file: str = "QH-1") -> Use:
    return Use(item, Decimal(quantity), fen, file)


def test_pieces_of_earlier_files_count_against_a_category() -> None:
    assert chongqing().item(RAIL).category == CATEGORY
    programme = counting(per=Per.CATEGORY, count=6)
    unit = programme.item(RAIL).unit
    lines = [install(RAIL, "100", quantity="3")]
    found = settle(programme, lines, used=[use(BATH, "3", 30_000), use(RAIL, "1", 10_000, "QH-2")])
    assert parts(found) == [
        (
            20_000,
            f"限额（以前的档案 QH-1、QH-2 已计 4），这一行计 2 {unit}，补贴 200.00 元，其余 100.00 元由家庭自付",
        )
    ]
    assert found.uses == (use(RAIL, "2", 20_000, ""),)
    assert [one.to_json() for one in found.counters] == [
        {
            "name": "限额",
            "of": next(one.name for one in programme.categories if one.key == CATEGORY),
            "unit": "quantity",
            "most": "6",
            "before": "4",
            "now": "2",
            "left": "0",
            "files": ["QH-1", "QH-2"],
        }
    ]


def test_a_limit_of_one_file_counts_no_other_file() -> None:
    lines = [install(RAIL, "100", quantity="3")]
    programme = counting(Over.FILE, per=Per.CATEGORY, count=2)
    alone, after = settle(programme, lines), settle(programme, lines, used=[use(RAIL, "2", 20_000)])
    assert parts(alone) == parts(after)
    assert (alone.subsidy_fen, alone.counters, after.counters) == (20_000, (), ())


def test_yuan_of_earlier_files_count_and_a_lowered_limit_takes_nothing_away() -> None:
    programme = counting(per=Per.ITEM, amount="500.00")
    lines = [install(BATH, "400"), install(RAIL, "400")]
    found = settle(programme, lines, used=[use(BATH, "1", 30_000)])
    assert parts(found) == [
        (20_000, "限额（以前的档案 QH-1 已用 300.00 元），补贴 200.00 元，其余 200.00 元由家庭自付"),
        (40_000, "全额补贴"),
    ]
    over = settle(programme, lines, used=[use(BATH, "1", 90_000)])
    assert parts(over)[0] == (0, "限额（以前的档案 QH-1 已用 900.00 元），由家庭自付")
    assert [(one.of, f"{one.before}", f"{one.left}") for one in over.counters] == [
        (programme.item(BATH).name, "900", "0"),
        (programme.item(RAIL).name, "0", "100"),
    ]


def test_a_category_names_other_items_and_an_item_that_is_gone_counts_nowhere() -> None:
    programme = counting(per=Per.ALL, items=(BATH,), count=2)
    used = [use(RAIL, "9", 90_000), use(999, "9", 90_000), use(BATH, "1", 10_000)]
    assert {bucket: total.quantity for bucket, total in used_before(programme, used).items()} == {("限额", ""): 1}
    assert settle(programme, [install(BATH, "100", quantity="3")], used=used).subsidy_fen == 10_000


def test_each_person_has_as_much_over_the_period() -> None:
    cap = Cap(amount="12000.00", months=36, per=CapUnit.PERSON, who={"fact": "birth_date", "age_at_least": 60})  # type: ignore[arg-type]
    programme = counting(cap=cap, per=Per.ITEM, each=CapUnit.PERSON, count=2)
    couple = {"household": {"members": [{"relation": "spouse", "birth_date": "1950-01-01"}]}}
    lines, used = [install(RAIL, "100", quantity="4")], [use(RAIL, "1", 10_000)]
    assert settle(programme, lines, couple, ON, used=used).subsidy_fen == 30_000
    assert settle(programme, lines, {"household": {"members": []}}, ON, used=used).subsidy_fen == 10_000


def test_a_line_that_the_cap_leaves_nothing_uses_nothing() -> None:
    programme = counting(cap=Cap(amount="100.00", months=36), per=Per.CATEGORY, count=6)  # type: ignore[arg-type]
    found = settle(programme, [install(BATH, "100"), install(RAIL, "100")])
    assert found.uses == (use(BATH, "1", 10_000, ""),)


def test_a_quote_is_told_what_was_used_before() -> None:
    programme = counting(per=Per.CATEGORY, count=6)
    line = {"item": RAIL, "decision": "install", "quantity": "3", "unit_price": "100.00", "accepted": True}
    used = {"item": BATH, "quantity": "4", "subsidy": "400.00", "file": "QH-1"}
    said = quote(programme, {"lines": [line], "used": [used]})
    assert (said["subsidy"], said["used"], said["counters"][0]["left"]) == ("200.00", [used], "0")
    plain = quote(programme, {"lines": []})
    assert "used" not in plain
    assert "counters" not in plain
    wrong = [{"item": "13", "quantity": 4}, {"item": 13, "subsidy": 4, "date": "2026"}, 5]
    assert quote(programme, {"lines": [line], "used": wrong})["refused"] == [
        "used（以前的档案用掉的）第1行：item 须为项目序号（整数）",
        'used（以前的档案用掉的）第1行：数量须写成文字，如 "3.50"',
        "used（以前的档案用掉的）第2行：没有“date”这一项，可写 item、quantity、subsidy、file",
        'used（以前的档案用掉的）第2行：补贴：金额须加引号，写成 "2000.00"',
        "used（以前的档案用掉的）第3行：须是一个对象（{…}）",
    ]


def test_a_period_is_needed_to_count_over_one() -> None:
    limit = Limit(name="每类最多 6 件", per=Per.CATEGORY, over=Over.PERIOD, count=6)
    problems = build(flat().data.model_copy(update={"limit": (limit,)}))[1]
    assert [(one.path, one.message, one.remedy) for one in problems] == [
        (
            ("limit", 0, "over"),
            "“每类最多 6 件”要连以前的档案一起数，补贴标准却没有期限",
            '[cap] 里加 months = 36，[benefit] 里写 per = "cap"；只在每份档案里各算的，删去 over',
        )
    ]
    with pytest.raises(ValueError, match='per = "unit" 是每件的限额，与以前的档案无关，不写 over'):
        Limit(name="每件", per=Per.UNIT, over=Over.PERIOD, amount="10.00")  # type: ignore[arg-type]


def test_the_document_says_so_and_is_silent_where_nothing_is_written() -> None:
    def said(programme: Programme) -> list[str]:
        sections = [section for chapter in document(programme) for section in chapter.sections]
        limits = next(section for section in sections if section.table == "limit")
        return [value.text for value in limits.entries[0].values if value.field == "over"]

    old, new = counting(Over.FILE, per=Per.CATEGORY, count=6), counting(per=Per.CATEGORY, count=6)
    assert (said(old), said(new)) == ([], ["补贴标准的期限内合计"])
    assert [str(one) for one in changes_between(old, new)] == [
        "件数和金额上限 限额：跨档案怎么计 每份档案各算 → 补贴标准的期限内合计"
    ]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_number_of_files_uses_more_than_the_limits_allow(data: st.DataObject) -> None:
    programme, facts = data.draw(programmes()), data.draw(households())
    used: list[Use] = []
    for number in range(data.draw(st.integers(1, 3))):
        found = settle(programme, data.draw(line_lists(programme)), facts, date(2026, 5, 1), used=used)
        assert found.subsidy_fen + found.self_pay_fen == found.total_fen
        assert sum(share.amount_fen for share in found.sources) == found.subsidy_fen
        assert sum(one.fen for one in found.uses) == found.subsidy_fen
        assert all(one.before + one.now <= one.most for one in found.counters)
        used += [Use(one.item, one.quantity, one.fen, f"QH-{number}") for one in found.uses]
