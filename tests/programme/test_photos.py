"""The photographs that a programme names are those that are asked for when its homes are built."""

from pathlib import Path

import pytest

from app.programme.difference import changes_between
from app.programme.item_schema import PHOTO_KEYS
from app.programme.loading import load
from app.programme.policy import restore
from app.stages.construction.rules import PhotoKind

from .test_variants import README, errors, files, sentences, written


def test_a_photograph_that_nobody_would_ask_for_is_refused(tmp_path: Path) -> None:
    what = files()["what.toml"].replace('key = "after"', 'key = "material"', 1).replace('"after"', '"material"')
    told = errors(written(tmp_path / "x", dict(files()) | {"what.toml": what}))
    assert "施工和交付时不会要“material”这种照片" in told
    assert "材料照片写 during，名称写“改造后”" in told


def test_every_photograph_of_the_works_may_be_named() -> None:
    assert {kind.value for kind in PhotoKind} <= PHOTO_KEYS.keys()


def test_a_position_is_asked_only_where_it_is_written(tmp_path: Path) -> None:
    assert load(written(tmp_path / "a", files())).located_photos == ()
    what = files()["what.toml"].replace('name = "改造后"\n', 'name = "改造后"\nlocated = true\n')
    programme = load(written(tmp_path / "b", dict(files()) | {"what.toml": what}))
    assert programme.located_photos == ("after",)
    assert restore(programme.content).located_photos == ("after",)
    assert "照片：要有定位 是" in sentences(programme)
    before = load(tmp_path / "a")
    assert [f"{change}" for change in changes_between(before, programme)] == ["照片 改造后：要有定位 否 → 是"]


@pytest.mark.parametrize(("key", "name"), [("label", "用品铭牌"), ("label", "标签")])
def test_what_is_not_uploaded_by_itself_has_no_position(tmp_path: Path, key: str, name: str) -> None:
    kind = f'\n[[photo_kind]]\nkey = "{key}"\nname = "{name}"\nlocated = true\n'
    said = errors(written(tmp_path / "x", dict(files()) | {"what.toml": files()["what.toml"] + kind}))
    told = f'“{name}”不单独上传，不能要求定位（删去 located；铭牌和用品一起拍，要定位的写在 key = "handover" 的那一节）'
    assert said.partition(": ")[2].rstrip("\n") == told
    assert name != "用品铭牌" or told in README


def test_a_position_is_wanted_or_not(tmp_path: Path) -> None:
    what = files()["what.toml"].replace('name = "改造后"\n', 'name = "改造后"\nlocated = "是"\n')
    said = errors(written(tmp_path / "x", dict(files()) | {"what.toml": what}))
    assert said.partition(": ")[2].rstrip("\n") == "“located”须为 true 或 false（不加引号）"
