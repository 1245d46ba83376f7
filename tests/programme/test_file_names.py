"""Files may be called as one likes: a folder is a programme's by what its tables say, not by a file's name."""

from pathlib import Path

import pytest

from app.programme.loading import CATALOG, load, shipped
from app.programme.problems import BrokenData

from .test_local import edition
from .test_variants import errors, files, written


def all_in_one(folder: Path, **changes: str) -> Path:
    text = "\n".join(files().values())
    for old, new in changes.items():
        text = text.replace(old, new)
    return written(folder / "qinghe-2026", {"all.toml": text})


def test_an_edition_finds_a_base_of_one_file(tmp_path: Path) -> None:
    all_in_one(tmp_path)
    assert load(edition(tmp_path, "[warranty]\nmonths = 36\n")).warranty_months == 36


def test_a_list_of_items_is_taken_from_a_base_of_one_file(tmp_path: Path) -> None:
    base = load(all_in_one(tmp_path))
    text = {name: said for name, said in files().items() if name != "what.toml"}
    text["programme.toml"] = text["programme.toml"].replace('id = "qinghe-2026"', 'id = "other-2026"')
    text["what.toml"] = '[catalogue]\nsame_as = "qinghe-2026"\n'
    assert load(written(tmp_path / "other-2026", text)).items == base.items


def test_what_is_missing_is_told_at_the_file_that_there_is(tmp_path: Path) -> None:
    folder = written(tmp_path / "x", {"all.toml": files()["programme.toml"]})
    assert {line.partition(":")[0] for line in errors(folder).splitlines()} == {"all.toml"}


@pytest.mark.parametrize("name", ["instruments", "standards", "regions", "README.md", "nothing"])
def test_what_is_no_programme_is_none(name: str) -> None:
    assert shipped(name) is None


def test_a_base_that_is_nowhere_is_told_with_how_it_is_found(tmp_path: Path) -> None:
    with pytest.raises(BrokenData) as broken:
        load(edition(tmp_path, "", base="nowhere"))
    (error,) = broken.value.errors
    assert (error.line, error.halves) == (
        3,
        (
            "找不到基础项目“nowhere”",
            "写 catalog/ 中或已发布的项目的 id；自己的资料夹放在旁边，文件夹的名称与 id 相同",
        ),
    )


def test_the_shipped_ones_are_found_as_before() -> None:
    assert shipped("chongqing-2020") == CATALOG / "chongqing-2020"
