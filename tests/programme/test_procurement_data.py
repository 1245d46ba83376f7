"""The rules for lots in a programme's data: what they may say, and what is refused with its remedy."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import display
from app.permissions import Permission, Role
from app.programme import process
from app.programme.loading import CATALOG, load
from app.programme.policy import restore
from app.programme.problems import BrokenData
from app.programme.procurement_schema import Share
from app.stages.construction.share_rules import Turn

WHOLE = '\n[procurement]\nshare = "equal"\nmost_apart = 2\none_lot_each = true\nwithin_award = true\n'
README = (CATALOG / "README.md").read_text("utf-8")


def folder(tmp_path: Path, written: str) -> Path:
    """The shipped programme with this table."""
    made = tmp_path / "chongqing-2020"
    shutil.copytree(CATALOG / "chongqing-2020", made)
    (made / "lots.toml").write_text(written, "utf-8")
    return made


def refusals(made: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(BrokenData) as broken:
        load(made)
    return [(error.line, error.message, error.remedy) for error in broken.value.errors]


def test_it_is_read_and_comes_back_from_the_store(tmp_path: Path) -> None:
    programme = load(folder(tmp_path, WHOLE))
    for one in (programme, restore(programme.content)):
        terms = one.data.procurement
        assert terms is not None
        assert (terms.share, one.apart, one.one_lot_each, one.within_award) == (Share.EQUAL, 2, True, True)
        assert process.is_marked(process.marks(one.data), process.EQUAL_SHARES)


def test_without_the_table_or_the_field_nothing_is_held(tmp_path: Path) -> None:
    usual = load(CATALOG / "chongqing-2020")
    assert (usual.apart, usual.one_lot_each, usual.within_award) == (None, False, False)
    assert not process.is_marked(process.marks(usual.data), process.EQUAL_SHARES)
    one = load(folder(tmp_path / "a", "[procurement]\none_lot_each = true\n"))
    assert (one.apart, one.one_lot_each, one.within_award) == (None, True, False)
    assert restore(one.content).one_lot_each
    assert load(folder(tmp_path / "b", '[procurement]\nshare = "equal"\n')).apart == 1


def test_a_county_may_have_its_own(tmp_path: Path) -> None:
    folder(tmp_path, WHOLE)
    own = Path(shutil.copytree(CATALOG / "chongqing-2020-demo-county", tmp_path / "own"))
    assert load(own).apart == 2
    (own / "lots.toml").write_text("[procurement]\nwithin_award = true\n", "utf-8")
    assert (load(own).apart, load(own).within_award) == (None, True)


NOTHING = (
    'share = "equal"（按户数均分）、one_lot_each = true（一家只中一个标段）、within_award = true（不超过中标金额）'
    "至少写一样；都不用就删去 [procurement]"
)
IDLE = 'most_apart 只在按户数均分时有用：补写 share = "equal"，或删去 most_apart'


@pytest.mark.parametrize(
    ("written", "line", "message", "remedy"),
    [
        ("[procurement]\n", 1, f"“procurement”有误：{NOTHING}", ""),
        ('[procurement]\nshare = "free"\n', 1, f"“procurement”有误：{NOTHING}", ""),
        ("[procurement]\none_lot_each = true\nmost_apart = 3\n", 1, f"“procurement”有误：{IDLE}", ""),
        ("[procurement]\nused = false\n", 2, "没有“used”这个字段", "派工没有规矩的，删去整个 [procurement]"),
        ('[procurement]\nshare = "equal"\nmost_apart = 0\n', 3, "“most_apart”太小", "不小于 1"),
        ('[procurement]\nshare = "equal"\nmost_apart = 101\n', 3, "“most_apart”太大", "不大于 100"),
        ('[procurement]\nshare = "fair"\n', 2, "“share”有误：须为 free、equal 之一", ""),
        (
            '[procurement]\nshare = "按户数均分"\n',
            2,
            "“share”有误：须为 free、equal 之一；“按户数均分”的代码是 equal",
            "",
        ),
    ],
)
def test_nonsense_is_refused_at_its_line(tmp_path: Path, written: str, line: int, message: str, remedy: str) -> None:
    assert refusals(folder(tmp_path, written)) == [(line, message, remedy)]


def test_without_lots_there_is_nothing_to_share(tmp_path: Path) -> None:
    step = '[[step]]\nkey = "{}"\nused = false\nnote = "家庭自己选"\n'
    made = folder(tmp_path, WHOLE + step.format("dispatch") + step.format("supervision"))
    said = ("省去了“县级派工”，单位由家庭自己选，没有标段可以均分", "删去 [procurement]，或不省去 dispatch")
    assert said in [(message, remedy) for _, message, remedy in refusals(made)]


def test_who_enters_lots_may_be_the_township_and_nobody_else(tmp_path: Path) -> None:
    given_to = '[[actor]]\ntask = "procurement_manage"\nroles = ["county", "{}"]\n'
    marked = process.marks(load(folder(tmp_path / "a", given_to.format("township"))).data)
    roles = [
        role
        for role in Role
        if role is not Role.SYSTEM and process.is_held(marked, Permission.PROCUREMENT_MANAGE, role)
    ]
    assert roles == [Role.TOWNSHIP, Role.COUNTY]
    for role in ("federation", "contractor", "admin"):
        ((_, message, remedy),) = refusals(folder(tmp_path / role, given_to.format(role)))
        assert (message, remedy) == (f"{Role(role).label}不能办理“登记采购”", "可写 township、county")


# shares --------------------------------------------------------------------------------------------------------------
def turn(apart: int = 1, **homes: int) -> Turn:
    names = dict(enumerate(homes, 1))
    return Turn({number: homes[name] for number, name in names.items()}, names, apart)


def test_the_refusal_of_the_manual() -> None:
    said = turn(甲=5, 乙=4, 丙=4)
    assert (said.may_take(1), said.may_take(2), said.next_up) == (False, True, [2, 3])
    assert f"```text\n{said.refusal(1)}\n```" in README
    assert [said.refusal(firm) for firm in (2, 3)] == ["", ""]
    many = turn(甲=9, 乙=0, 丙=0, 丁=0, 戊=0)
    assert many.refusal(1).endswith("轮到乙、丙、丁等 4 家，请改选。")


def test_the_award_of_the_manual() -> None:
    assert f"中标金额 {display(80_000_00)}，已派各户合计 {display(79_000_00)}，加上这一户 {display(2_000_00)}" in README


def test_one_firm_alone_takes_everything() -> None:
    assert (turn(甲=40).may_take(1), turn(甲=40).refusal(1)) == (True, "")


@given(st.integers(2, 6), st.integers(1, 4), st.lists(st.integers(0, 5), max_size=60))
def test_who_starts_even_is_never_further_apart_than_written(firms: int, apart: int, wishes: list[int]) -> None:
    """Whatever is asked for in whatever order, and some firm can always take the next home."""
    homes = dict.fromkeys(range(firms), 0)
    for wish in wishes:
        now = Turn(dict(homes), {firm: f"{firm}" for firm in homes}, apart)
        assert all(now.may_take(firm) for firm in now.next_up)
        chosen = wish % firms
        assert (now.refusal(chosen) == "") == now.may_take(chosen) == (now.room(chosen) > 0)
        if now.may_take(chosen):
            homes[chosen] += 1
        assert max(homes.values()) - min(homes.values()) <= apart


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8), st.integers(1, 5))
def test_the_room_of_a_firm_is_used_up_exactly_when_it_is_another_ones_turn(counts: list[int], apart: int) -> None:
    homes = dict(enumerate(counts))
    took = 0
    while Turn(homes, {firm: f"{firm}" for firm in homes}, apart).may_take(0) and took <= 100:
        homes[0] += 1
        took += 1
    assert took == Turn(dict(enumerate(counts)), {}, apart).room(0)
