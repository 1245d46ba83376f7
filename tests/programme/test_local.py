"""What a base leaves to the editions of cities and counties: they may write that and nothing more of its money."""

import re
from pathlib import Path

import pytest

from app.programme.cli import _summary
from app.programme.difference import carried_over, differences
from app.programme.loading import load
from app.programme.local_schema import LocalTable
from app.programme.policy import Programme, build, restore
from app.programme.problems import BrokenData
from app.programme.words import TABLES

from .test_variants import BLOCK, VARIANTS, files, replaced, written

LIMITS = '[[limit]]\nname = "每类最多 6 件"\nper = "category"\ncount = 6\n'
RATE = '[[rate]]\nname = "成交价"\npercent = 30\n'
OWN = {
    "cap": '[cap]\namount = "9000.00"\n',
    "cap_case": '[[cap_case]]\nname = "独居"\namount = "9000.00"\nwhen = { fact = "person.living", contains = "alone" }\n',
    "average_cap": '[average_cap]\namount = "2500.00"\n',
    "rate": '[[rate]]\nname = "市定"\npercent = 50\n',
    "limit": '[[limit]]\nname = "每户最多 9 件"\nper = "all"\ncount = 9\n',
    "composition": '[[composition]]\nid = "C9"\ntext = "至少一项施工。"\nkinds = ["works"]\nlines = 1\n',
}
COMPOSED = '[[composition]]\nid = "C1"\ntext = "施工不少于 15%。"\nkinds = ["works"]\npercent = 15\n'
BASE = LIMITS + RATE + COMPOSED


def edition(folder: Path, tables: str, base: str = "qinghe-2026", id_: str = "own", where: str = "") -> Path:
    place = where or 'county = "990101"\ncounty_name = "清河"'
    about = (
        f'[overlay]\nid = "{id_}"\nbase = "{base}"\nname = "细则"\nversion = "1"\n{place}\nvalid_from = 2026-03-01\n'
    )
    first = "".join(re.findall(r"^[a-z_]+ = \[\]\n", tables, re.MULTILINE))
    return written(folder / id_, {"overlay.toml": f"{first}{about}{tables.removeprefix(first)}"})


def base(folder: Path, local: str, more: str = BASE) -> Programme:
    made = written(folder / "qinghe-2026", replaced(files(), f"{more}{local}"))
    return load(made)


def told(folder: Path) -> list[tuple[int, tuple[str, str]]]:
    with pytest.raises(BrokenData) as broken:
        load(folder)
    return [(error.line, error.halves) for error in broken.value.errors]


NAME = "清河县困难老年人家庭适老化改造"


def test_its_words_are_those_of_the_tables() -> None:
    assert {one.value: one.label for one in LocalTable} == {one.value: TABLES[one.value].heading for one in LocalTable}
    assert {one.value for one in LocalTable} == set(OWN)


@pytest.mark.parametrize("table", OWN)
def test_without_leave_no_edition_writes_it(tmp_path: Path, table: str) -> None:
    others = [one for one in OWN if one != table]
    base(tmp_path, f"[local]\nmay_set = {others}\n".replace("'", '"'))
    (found,) = told(edition(tmp_path, OWN[table]))
    heads = f"[[{table}]]" if OWN[table].startswith("[[") else f"[{table}]"
    label = TABLES[table].heading
    remedy = f'由它写上 [local] may_set = ["{table}"] 并重新载入，细则才能写'
    more = "；只是每户另加一笔的，写 [cap_addition]" if table == "cap" else ""
    assert found == (9, (f"细则不能写 {heads}：“{NAME}”没有让各地自定{label}", remedy + more))


@pytest.mark.parametrize("table", OWN)
def test_with_leave_it_takes_the_place_of_the_bases(tmp_path: Path, table: str) -> None:
    upper = base(tmp_path, f'[local]\nmay_set = ["{table}"]\n')
    own = load(edition(tmp_path, OWN[table]))
    for one in LocalTable:
        mine, its = getattr(own.data, one.value), getattr(upper.data, one.value)
        assert (mine != its) is (one.value == table)
        if one.value == table and isinstance(mine, tuple):
            assert len(mine) == 1
    assert restore(own.content).data == own.data
    changed = {change.table for chapter in differences(upper, own) for change in chapter.changes}
    assert changed == {table, "programme"}


def test_an_empty_list_takes_the_bases_rows_away(tmp_path: Path) -> None:
    base(tmp_path, '[local]\nmay_set = ["limit"]\n')
    assert load(edition(tmp_path, "limit = []\n")).data.limit == ()


def test_who_writes_none_has_the_bases(tmp_path: Path) -> None:
    upper = base(tmp_path, '[local]\nmay_set = ["limit", "cap"]\n')
    own = load(edition(tmp_path, "")).data
    assert (own.limit, own.cap, own.local) == (upper.data.limit, upper.data.cap, upper.data.local)


def test_what_is_only_added_leaves_the_bases_in_force(tmp_path: Path) -> None:
    base(tmp_path, '[local]\nmay_add = ["limit", "composition"]\n')
    own = load(edition(tmp_path, OWN["limit"] + OWN["composition"])).data
    assert [one.name for one in own.limit] == ["每类最多 6 件", "每户最多 9 件"]
    assert [one.id for one in own.composition] == ["C1", "C9"]
    again = edition(tmp_path, LIMITS.replace("6\n", "60\n"))
    said = f"“每类最多 6 件”由“{NAME}”写定，细则只能再加，不能改"
    assert told(again) == [(10, (said, "换一个 name；上级的仍然有效"))]
    assert load(edition(tmp_path, "limit = []\n")).data.limit == own.limit[:1]


def test_a_cap_of_its_own_and_an_addition_are_refused_together(tmp_path: Path) -> None:
    base(tmp_path, '[local]\nmay_set = ["cap"]\n')
    both = OWN["cap"] + '[cap_addition]\namount = "300.00"\n'
    remedy = "把另加的数并进 [cap] 的 amount，删去 [cap_addition]"
    assert told(edition(tmp_path, both)) == [(11, ("自己定了补贴标准 [cap]，不能再写 [cap_addition] 另加", remedy))]


def test_a_cap_of_its_own_has_nothing_of_the_citys_addition(tmp_path: Path) -> None:
    base(tmp_path, '[local]\nmay_set = ["cap"]\n')
    everywhere = 'regions = ["990100"]\nregions_name = "全市"'
    edition(tmp_path, '[cap_addition]\namount = "300.00"\n', id_="city", where=everywhere)
    assert load(edition(tmp_path, "", base="city")).cap_fen == 3_300_00
    assert load(edition(tmp_path, OWN["cap"], base="city")).cap_fen == 9_000_00


def test_a_city_hands_on_what_it_was_given_and_no_more(tmp_path: Path) -> None:
    base(tmp_path, '[local]\nmay_set = ["cap", "limit"]\n')
    everywhere = 'regions = ["990100"]\nregions_name = "全市"'
    edition(tmp_path, '[local]\nmay_set = ["cap"]\nmay_add = ["limit"]\n', id_="city", where=everywhere)
    own = load(edition(tmp_path, OWN["limit"] + OWN["cap"], base="city"))
    assert (own.cap_fen, len(own.data.limit)) == (9_000_00, 2)
    wider = edition(tmp_path, '[local]\nmay_set = ["rate"]\n', id_="city", where=everywhere)
    said = f"“{NAME}”没有把“补贴比例”交给各地，细则也不能再交下去"
    assert told(wider) == [(10, (said, "删去 rate"))]


@pytest.mark.parametrize(
    ("local", "said"),
    [
        ('may_set = ["cap", "cap"]', "“cap”写了两次，may_set（整个自定）和 may_add（只能再加）里只写一次"),
        (
            'may_set = ["limit"]\nmay_add = ["limit"]',
            "“limit”写了两次，may_set（整个自定）和 may_add（只能再加）里只写一次",
        ),
        ('may_add = ["cap"]', "“cap”不能只加，may_add 可写 limit、composition；整个自定的写在 may_set"),
    ],
)
def test_nonsense_is_refused(tmp_path: Path, local: str, said: str) -> None:
    with pytest.raises(BrokenData) as broken:
        base(tmp_path, f"[local]\n{local}\n")
    assert [error.message for error in broken.value.errors] == [f"“local”有误：{said}"]


def test_a_table_that_cannot_be_left_is_told_with_those_that_can(tmp_path: Path) -> None:
    with pytest.raises(BrokenData) as broken:
        base(tmp_path, '[local]\nmay_set = ["money"]\n')
    (error,) = broken.value.errors
    assert error.message == "“may_set”有误：须为 cap、cap_case、average_cap、rate、limit、composition 之一"


def test_a_cap_by_person_is_told_to_say_it_of_the_bases_limits(tmp_path: Path) -> None:
    """The base's limit is the base's: the city that only sets the cap cannot make it one per person."""
    base(tmp_path, '[local]\nmay_set = ["cap"]\n')
    cap = '[cap]\namount = "6000.00"\nper = "person"\nwho = { fact = "birth_date", age_at_least = 60 }\n'
    ((line, (said, remedy)),) = told(edition(tmp_path, cap))
    assert (line, said) == (
        9,
        "与基础项目的“件数和金额上限”合不上：补贴标准按每人计，“每类最多 6 件”没有写是每人还是每户的",
    )
    assert remedy.startswith("基础项目的 [[limit]] 细则改不了：")


def test_the_check_says_what_is_left_to_others(tmp_path: Path) -> None:
    upper = base(tmp_path, '[local]\nmay_set = ["cap", "rate"]\nmay_add = ["limit"]\n')
    assert "各地自定：可以自定 补贴标准、补贴比例 可以再加 件数和金额上限" in _summary(upper).splitlines()


def test_rows_of_its_own_stay_as_they_are_when_the_base_gets_more(tmp_path: Path) -> None:
    upper = base(tmp_path, '[local]\nmay_set = ["limit"]\n')
    own = load(edition(tmp_path, OWN["limit"]))
    more = upper.data.model_copy(
        update={"limit": (*upper.data.limit, upper.data.limit[0].model_copy(update={"name": "x"}))}
    )
    carried, problems = build(carried_over(upper.data, more, own.data))
    assert (problems, carried.data.limit) == ([], own.data.limit)


def test_the_refusals_of_the_manual_are_true(tmp_path: Path) -> None:
    text = next(text for text in VARIANTS if "市里定件数" in text.partition("\n")[0])
    tomls = [said for kind, said in BLOCK.findall(text) if kind == "toml"]
    shown = [said for kind, said in BLOCK.findall(text) if kind == "text"][-2:]
    written(tmp_path / "qinghe-2026", replaced(files(), tomls[0]))
    changed = tomls[1].replace("扶手最多补贴 2 根", "每件最多补贴 2000 元")
    for place, folder in enumerate((changed, tomls[1] + RATE)):
        with pytest.raises(BrokenData) as broken:
            load(written(tmp_path / f"own-{place}", {"overlay.toml": folder}))
        assert "".join(f"{str(error).partition(': ')[2]}\n" for error in broken.value.errors) == shown[place]
