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
