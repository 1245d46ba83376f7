"""The photographs that a programme names are those that are asked for when its homes are built."""

from pathlib import Path

from app.programme.item_schema import PHOTO_KEYS
from app.stages.construction.rules import PhotoKind

from .test_variants import errors, files, written


def test_a_photograph_that_nobody_would_ask_for_is_refused(tmp_path: Path) -> None:
    what = files()["what.toml"].replace('key = "after"', 'key = "material"', 1).replace('"after"', '"material"')
    told = errors(written(tmp_path / "x", dict(files()) | {"what.toml": what}))
    assert "施工和交付时不会要“material”这种照片" in told
    assert "材料照片写 during，名称写“改造后”" in told


def test_every_photograph_of_the_works_may_be_named() -> None:
    assert {kind.value for kind in PhotoKind} <= PHOTO_KEYS.keys()
