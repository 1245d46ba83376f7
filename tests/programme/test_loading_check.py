"""What only shows when the first household is under way is refused at the loading, and stored versions are still read."""

from pathlib import Path

import pytest

from app.programme.loading import load
from app.programme.policy import restore
from app.programme.problems import BrokenData

from .test_variants import errors, files, written


def changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """The tutorial's programme with one text of one file replaced."""
    assert old in files()[file]
    return written(tmp_path / "qinghe-2026", dict(files()) | {file: files()[file].replace(old, new)})


def test_a_programme_without_rooms_is_refused_since_nobody_could_fill_in_a_plan(tmp_path: Path) -> None:
    texts = dict(files())
    texts["what.toml"] = texts["what.toml"][texts["what.toml"].index("[[photo_kind]]") :]
    assert errors(written(tmp_path / "qinghe-2026", texts)) == (
        "programme.toml:1: 缺少“room”：没有空间，评估和方案都填不了"
        '（补写表 [[room]]：key = "bathroom"，name = "卫生间"，一个空间一节）\n'
    )


@pytest.mark.parametrize("code", ["清河县", "99010", "9901010", "+990101"])
def test_a_region_that_is_no_code_is_refused(tmp_path: Path, code: str) -> None:
    folder = changed(tmp_path, "programme.toml", 'region = "990101"', f'region = "{code}"')
    assert errors(folder).startswith(f"programme.toml:9: “{code}”不是地区代码（写代码，不写地名")


@pytest.mark.parametrize("code", ["990000", "990101", "990101001", "990101001001", "QH-park"])
def test_codes_of_every_level_and_of_a_zone_pass(tmp_path: Path, code: str) -> None:
    assert load(changed(tmp_path, "programme.toml", 'region = "990101"', f'region = "{code}"'))


MONEY = '\n\n[[allotment]]\nfund = "county"\namount = "100000.00"\n'


def test_money_without_a_county_is_refused_and_passes_where_the_programme_is_a_countys(tmp_path: Path) -> None:
    texts = dict(files())
    texts["money.toml"] += MONEY
    assert load(written(tmp_path / "qinghe-2026", texts))
    texts["programme.toml"] = texts["programme.toml"].replace('"990101"', '"990100"')
    assert errors(written(tmp_path / "qinghe-2026", texts)) == (
        "money.toml:19: [[allotment]] 没有写下达到哪个区县，项目的地区也不是一个区县"
        "（写进各区县的细则；或删去，由区县在“任务和资金”里登记）\n"
    )


def test_a_version_that_was_stored_without_rooms_is_still_read(tmp_path: Path) -> None:
    programme = load(written(tmp_path / "qinghe-2026", files()))
    stored = programme.data.model_copy(update={"room": ()}).model_dump_json()
    assert restore(stored).data.room == ()


def test_the_same_folder_is_refused_by_load_itself(tmp_path: Path) -> None:
    with pytest.raises(BrokenData):
        load(changed(tmp_path, "programme.toml", 'region = "990101"', 'region = ""'))


def added(tmp_path: Path, more: str) -> Path:
    """The tutorial's programme with one file more."""
    return written(tmp_path / "qinghe-2026", dict(files()) | {"more.toml": more})


RATE = '[[rate]]\nname = "{}"\npercent = {}\n{}\n'
NO_ABILITY = "问了老年人能力等级（person.ability.level），但用的评估工具（六项自理指标）不给出等级，这一条永远查不清"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            '[[price]]\nitem = 1\nunit = "米"\nceiling = "100.00"\n',
            (
                'more.toml:3: 限价的单位是“米”，项目 1 防滑处理的单位是“平方米”（写 unit = "平方米"，并按这个单位写价；'
                "或改 [[item]] 的 unit）\n"
            ),
        ),
        (
            '[[quota]]\nregion = "500299"\nname = "别处"\nhouseholds = 5\n',
            "more.toml:2: “500299”不在项目的地区 990101 之内，登记不上（改成本地区之内的代码，或删去这一条）\n",
        ),
        (
            '[[allotment]]\nfund = "county"\nregion = "500299"\namount = "5.00"\n',
            "more.toml:3: “500299”不在项目的地区 990101 之内，登记不上（改成本地区之内的代码，或删去这一条）\n",
        ),
        (
            RATE.format("一半", 0, ""),
            "more.toml:3: “一半”的比例是 0，这些项目一分不补（写百分之几，如 percent = 50；全额补贴的删去 [[rate]]）\n",
        ),
        (
            RATE.format("施工", 50, 'kinds = ["works"]') + RATE.format("用品", 0, 'kinds = ["goods"]'),
            (
                "more.toml:7: “用品”的比例是 0，这些项目一分不补（写百分之几，如 percent = 50；本来就不补的删去这一条："
                "没有比例的项目由家庭自费）\n"
            ),
        ),
        (
            '[payment_notice]\ndays = 0\nday_kind = "calendar"\nplaces = ["村口"]\n',
            "more.toml:2: 公示 0 天等于不公示（写公示几天，如 days = 7；不公示的，删去 [payment_notice]）\n",
        ),
        (
            (
                '[[priority]]\nid = "weak"\nname = "失能"\npoints = 5\n'
                'when = { any = [{ fact = "person.ability.level", is = "severe" }] }\n'
            ),
            (
                f'more.toml:5: {NO_ABILITY}（[ability] 写 instrument = "gbt_42195_2022"（给出等级）；用六项指标的，'
                "改问 person.ability.failed_items（几项不能完成））\n"
            ),
        ),
    ],
)
def test_what_means_nothing_is_refused_with_its_remedy(tmp_path: Path, more: str, said: str) -> None:
    assert errors(added(tmp_path, more)) == said


def test_nothing_per_cent_keeps_an_item_from_the_row_behind(tmp_path: Path) -> None:
    assert load(added(tmp_path, RATE.format("洗浴椅不补", 0, "items = [3]") + RATE.format("其余", 50, "")))


def test_a_cap_of_nothing_is_refused_unless_the_programme_only_says_who_comes_first(tmp_path: Path) -> None:
    texts = dict(files()) | {"money.toml": files()["money.toml"].replace("3000.00", "0.00")}
    assert errors(written(tmp_path / "qinghe-2026", texts)) == (
        "money.toml:6: 补贴标准是 0 元，谁也得不到补贴（写每户最多补贴多少元；没有自己的钱、只影响先后的，写 [[priority]]，"
        "不写比例、限价和任务数）\n"
    )
    poor = 'amount = "500.00"\nwhen = { fact = "person.hardship", contains = "dibao" }\n'
    assert load(written(tmp_path / "qinghe-2026", texts | {"more.toml": f'[[cap_case]]\nname = "低保"\n{poor}'}))
    first = '[[priority]]\nid = "old"\nname = "高龄"\npoints = 5\nwhen = { fact = "person.birth_date", age_at_least = 80 }\n'
    assert load(written(tmp_path / "qinghe-2026", texts | {"more.toml": first}))


def test_a_notice_of_no_days_is_refused_with_the_way_to_have_none(tmp_path: Path) -> None:
    assert errors(changed(tmp_path, "how.toml", "days = 5\n", "days = 0\n")).startswith(
        "how.toml:2: 公示 0 天等于不公示（写公示几天，如 days = 7；不公示的，[notice] 只写一行 used = false）\n"
    )


def test_places_of_a_zone_without_a_national_code_pass(tmp_path: Path) -> None:
    assert load(added(tmp_path, '[[quota]]\nregion = "qh-park"\nname = "园区"\nhouseholds = 5\n'))


def test_a_level_is_asked_where_the_instrument_gives_one(tmp_path: Path) -> None:
    first = '[[priority]]\nid = "weak"\nname = "失能"\npoints = 5\n'
    texts = dict(files()) | {"more.toml": first + 'when = { fact = "person.ability.level", is = "severe" }\n'}
    texts["how.toml"] = texts["how.toml"].replace("six_indicators", "gbt_42195_2022")
    assert load(written(tmp_path / "qinghe-2026", texts))


def test_what_the_review_needs_has_no_cases(tmp_path: Path) -> None:
    paper = '\n[[document]]\nkey = "application"\nname = "申请书"\nstage = "application"\nneeded_for = "review"\n'
    texts = dict(files())
    texts["how.toml"] += paper
    assert load(written(tmp_path / "a", texts)).documents_for("review")[0].only_if == ""
    texts["how.toml"] += 'only_if = "works"\n'
    said = errors(written(tmp_path / "b", texts))
    told = "“申请书”初审以前就要，那时还不知道有没有这种情形（删去 only_if：初审的材料每户都要）"
    assert said.partition(": ")[2].rstrip("\n") == told
