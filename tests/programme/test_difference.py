"""What differs between two versions, in policy words; and a county's edition of a changed base."""

from typing import Any

from app.programme.changing import changed
from app.programme.difference import Change, Way, carried_over, changes_between, differences
from app.programme.policy import Programme, build

from .factory import chongqing, demo_county


def with_(programme: Programme, **tables: Any) -> Programme:
    made, problems = build(programme.data.model_copy(update=tables))
    assert problems == []
    return made


def said(old: Programme, new: Programme) -> list[str]:
    return [str(change) for change in changes_between(old, new)]


def test_the_same_content_differs_in_nothing() -> None:
    assert said(chongqing(), chongqing()) == []
    chapters = differences(chongqing(), chongqing())
    assert [chapter.changes for chapter in chapters] == [()] * len(chapters)


def test_a_sum_is_said_in_yuan() -> None:
    new = changed(demo_county(), {"cap.amount": "2500.00"})
    assert said(demo_county(), new) == ["补贴标准：每户 2000 元 → 2500 元"]
    assert said(new, demo_county()) == ["补贴标准：每户 2500 元 → 2000 元"]


def test_an_age_is_said_in_years() -> None:
    new = changed(chongqing(), {"clause.0.when.age_at_least": "65"})
    assert said(chongqing(), new) == ["申请条件 E1 老年人：年龄 60 周岁 → 65 周岁"]


def test_one_number_within_a_nested_condition_is_found() -> None:
    new = changed(chongqing(), {"clause.2.when.any.2.else.at_least": "3"})
    assert said(chongqing(), new) == ["申请条件 E3 高龄、失能或残疾：六项自理指标中不能完成的项数 不少于4 → 不少于3"]


def test_a_condition_of_another_shape_is_said_whole() -> None:
    clauses = chongqing().data.clause
    other = clauses[0].model_copy(update={"when": {"not": {"fact": "person.birth_date", "age_below": 60}}})
    new = with_(chongqing(), clause=(other, *clauses[1:]))
    assert said(chongqing(), new) == ["申请条件 E1 老年人：条件 年龄满 60 周岁 → 不是：年龄未满 60 周岁"]


def test_items_that_come_and_go() -> None:
    items = chongqing().data.item
    new_item = items[-1].model_copy(update={"number": 31, "name": "紧急呼叫器"})
    suggestions = tuple(one for one in chongqing().data.suggestion if 3 not in one.items)
    new = with_(chongqing(), item=(*items[:2], *items[3:], new_item), suggestion=suggestions)
    changes = [one for one in changes_between(chongqing(), new) if one.table == "item"]
    assert changes[0] == Change("item", Way.REMOVED, "改造项目 3 平整硬化")
    assert (changes[1].way, changes[1].what) == (Way.ADDED, "改造项目 31 紧急呼叫器")
    assert len(changes) == 2


def test_a_table_within_a_table_is_said_key_by_key() -> None:
    limits = chongqing().data.time_limits
    days = limits.days | {"submitted": 8}
    new = with_(chongqing(), time_limits=limits.model_copy(update={"days": days}))
    assert said(chongqing(), new) == ["办理时限：各状态的天数·待初审 5 天 → 8 天"]


def test_chapters_fold_what_is_unchanged() -> None:
    new = changed(demo_county(), {"cap.amount": "2500.00"})
    how_much = next(chapter for chapter in differences(demo_county(), new) if chapter.title == "补贴多少")
    assert [str(change) for change in how_much.changes] == ["补贴标准：每户 2000 元 → 2500 元"]
    assert how_much.unchanged == ("结算和付款", "资金来源", "项目单价", "任务数", "下达资金")


def test_a_county_follows_its_base_where_it_has_nothing_of_its_own() -> None:
    base = chongqing()
    new = changed(base, {"cap.amount": "2500.00", "clause.0.when.age_at_least": "65", "fund.0.limit": "2500.00"})
    carried = carried_over(base.data, new.data, demo_county().data)
    assert carried.cap.amount == 250_000
    assert carried.clause == new.data.clause
    assert carried.fund[0] == new.data.fund[0]
    assert carried.fund[1:] == demo_county().data.fund[1:]
    assert carried.price == demo_county().data.price
    assert carried.programme == demo_county().data.programme


def test_a_county_keeps_what_is_its_own() -> None:
    base, own = chongqing(), demo_county().data
    mine = own.clause[0].model_copy(update={"title": "本县的老年人"})
    own = own.model_copy(update={"clause": (mine, *own.clause[1:])})
    new = changed(base, {"clause.0.when.age_at_least": "65"})
    assert carried_over(base.data, new.data, own).clause[0] == mine


def test_what_the_base_drops_or_adds_is_dropped_or_added_for_the_county() -> None:
    base = chongqing()
    clauses = base.data.clause
    added = clauses[0].model_copy(update={"id": "E10", "title": "新条件"})
    bodies = tuple(
        body.model_copy(update={"clauses": tuple(id_ for id_ in body.clauses if id_ != "E6")})
        for body in base.data.verification
    )
    new = with_(base, clause=(*clauses[:5], *clauses[6:], added), verification=bodies)
    carried = carried_over(base.data, new.data, demo_county().data)
    assert [clause.id for clause in carried.clause] == ["E1", "E2", "E3", "E4", "E5", "E7", "E8", "E9", "E10"]


def test_of_long_texts_only_what_differs_is_said() -> None:
    base = chongqing()
    text = base.data.clause[2].text
    clause = base.data.clause[2].model_copy(update={"text": text.replace("80", "75")})
    new = with_(base, clause=(*base.data.clause[:2], clause, *base.data.clause[3:]))
    (change,) = changes_between(base, new)
    old_part, new_part = change.parts
    at = text.index("80")
    assert (old_part, new_part) == (f"…{text[at - 8 : at + 10]}…", f"…{text[at - 8 : at]}75{text[at + 2 : at + 10]}…")
    assert str(change).endswith(f"{old_part} → {new_part}")


def test_entries_that_are_all_new_or_all_gone_stand_together() -> None:
    chapter = next(one for one in differences(chongqing(), demo_county()) if one.title == "补贴多少")
    tables = [(group[0].table, group[0].way.value, len(group)) for group in chapter.groups if len(group) > 1]
    assert tables == [
        ("fund", "added", 2),
        ("price", "added", 30),
        ("quota", "removed", len(chongqing().data.quota)),
        ("quota", "added", len(demo_county().data.quota)),
    ]
    assert [one for group in chapter.groups for one in group] == list(chapter.changes)


def test_what_a_county_has_for_an_item_or_a_clause_goes_with_it() -> None:
    """The county prices item 20 itself; the base gives it up, and clause E6 with it."""
    base, own = chongqing(), demo_county()
    place = next(at for at, item in enumerate(base.items) if item.number == 20)
    new = changed(base, {f"out:item.{place}": "1", "out:clause.5": "1"})
    assert own.ceiling_fen(20) is not None
    carried, problems = build(carried_over(base.data, new.data, own.data))
    assert problems == []
    assert (carried.has_item(20), carried.ceiling_fen(20)) == (False, None)
    assert "E6" not in [clause.id for clause in carried.clauses]
    assert carried.ceiling_fen(13) == own.ceiling_fen(13)
