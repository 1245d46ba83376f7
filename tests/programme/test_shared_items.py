"""One list of items for several programmes: taken whole, changed and left out by number, kept in the version."""

import re
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy.orm import Session

from app.core.db import db
from app.programme.difference import changes_between
from app.programme.loading import CATALOG, load
from app.programme.models import ProgrammeVersion
from app.programme.policy import Programme, build
from app.programme.problems import BrokenData
from app.programme.queries import programme_of, published_base
from app.programme.upload import read_zip

from .factory import chongqing
from .test_upload import made
from .test_versions import load as loaded

Write = Callable[..., Path]
OWN = "own-2026"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A programme like the shipped one, without any list of items of its own; `more` is added, `same_as` is named."""

    def writing(more: str = "", same_as: str = "chongqing-2020", id_: str = OWN, without: str = "") -> Path:
        folder = tmp_path / id_
        copytree(CATALOG / "chongqing-2020", folder, dirs_exist_ok=True)
        about = (folder / "programme.toml").read_text("utf-8").replace('id = "chongqing-2020"', f'id = "{id_}"')
        (folder / "programme.toml").write_text(about.replace('"CQ2020"', '"OWN26"'), "utf-8")
        left = f"without = [{without}]\n" if without else ""
        (folder / "items.toml").write_text(f'[catalogue]\nsame_as = "{same_as}"\n{left}{more}', "utf-8")
        return folder

    return writing


def faults(folder: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(BrokenData) as broken:
        load(folder)
    return [(Path(error.file).name, error.line, error.message) for error in broken.value.errors]


GRAB_BAR = """
[[item]]
number = 13
category = "toilet_bath"
name = "安装扶手"
type = "basic"
kind = "works"
unit = "米"
description = "本市按米计。"
photos = ["before", "after"]
"""
NEW = GRAB_BAR.replace("13", "31").replace("安装扶手", "智能床垫")


def test_the_list_is_taken_whole(write: Write) -> None:
    own = load(write())
    for table in ("item", "category", "photo_kind", "group", "items"):
        assert getattr(own.data, table) == getattr(chongqing().data, table)
    assert own.data.catalogue is not None
    assert own.data.catalogue.same_as == "chongqing-2020"


def test_an_item_written_here_takes_the_others_place_and_a_new_one_is_added(write: Write) -> None:
    category = chongqing().item(13).category
    own = load(write((GRAB_BAR + NEW).replace("toilet_bath", category)))
    assert [item.number for item in own.items] == [*(item.number for item in chongqing().items), 31]
    assert (own.item(13).unit, own.item(31).name) == ("米", "智能床垫")
    same = [item for item in own.items if item.number not in (13, 31)]
    assert same == [item for item in chongqing().items if item.number != 13]


NAMED = {number for row in chongqing().data.suggestion for number in row.items}


def test_items_that_are_not_wanted_are_left_out(write: Write) -> None:
    folder = write(without="27, 28")
    text = (folder / "assessment.toml").read_text("utf-8")
    parts = re.split(r"^(?=\[\[)", text, flags=re.MULTILINE)
    kept = [part for part in parts if not part.startswith("[[suggestion]]")]
    (folder / "assessment.toml").write_text("".join(kept), "utf-8")
    own = load(folder)
    assert [item.number for item in own.items] == [i.number for i in chongqing().items if i.number not in (27, 28)]


def test_what_still_names_an_item_that_is_left_out_is_told_where_it_does(write: Write) -> None:
    found = faults(write(without=str(min(NAMED))))
    assert {(file, message) for file, _, message in found} == {("assessment.toml", f"没有项目“{min(NAMED)}”")}


@pytest.mark.parametrize(
    ("more", "same_as", "without", "message"),
    [
        ("", "nowhere", "", ("items.toml", 2, "找不到项目“nowhere”")),
        ("", "chongqing-2020-demo-county", "", ("items.toml", 2, "找不到项目“chongqing-2020-demo-county”")),
        ("", "chongqing-2020", "99", ("items.toml", 3, "清单里没有项目“99”")),
        (GRAB_BAR.replace("toilet_bath", "nothing"), "chongqing-2020", "", ("items.toml", 6, "没有类别“nothing”")),
    ],
)
def test_a_slip_is_told_at_its_line(
    write: Write, more: str, same_as: str, without: str, message: tuple[str, int, str]
) -> None:
    assert faults(write(more, same_as, without=without)) == [message]


def test_a_circle_of_lists_is_refused(write: Write) -> None:
    write(same_as="b-2026", id_="a-2026")
    assert faults(write(same_as="a-2026", id_="b-2026"))[0][2] == "项目清单绕成一圈：a-2026 → b-2026 → a-2026"


def test_a_list_of_a_list_is_followed(write: Write) -> None:
    write(id_="a-2026")
    assert load(write(same_as="a-2026", id_="b-2026")).items == chongqing().items


def test_a_fault_in_the_shared_list_is_told_there(write: Write, tmp_path: Path) -> None:
    other = tmp_path / "list-2020"
    copytree(CATALOG / "chongqing-2020", other)
    text = (other / "items.toml").read_text("utf-8")
    (other / "items.toml").write_text(
        text.replace('photos = ["before", "hidden", "after"]', 'photos = ["dark"]', 1), "utf-8"
    )
    found = faults(write(same_as="list-2020"))
    line = text[: text.index('photos = ["before", "hidden", "after"]')].count("\n") + 1
    assert found == [("items.toml", line, "没有照片种类“dark”")]


def test_a_corrected_list_makes_a_new_version_and_changes_none_that_is_decided(
    write: Write, tmp_path: Path, session: Session
) -> None:
    other = tmp_path / "list-2020"
    copytree(CATALOG / "chongqing-2020", other)
    folder = write(same_as="list-2020")
    first = loaded(load(folder))
    before = programme_of(first)
    text = (other / "items.toml").read_text("utf-8")
    (other / "items.toml").write_text(text.replace('unit = "平方米"', 'unit = "米"', 1), "utf-8")
    second = loaded(load(folder), publish=False)
    assert second != first
    assert programme_of(first) == before
    assert db.session.get_one(ProgrammeVersion, first).content_hash == before.content_hash
    (change,) = changes_between(before, programme_of(second))
    assert str(change) == f"改造项目 1 {before.item(1).name}：单位 平方米 → 米"


def test_a_published_programme_gives_its_list_to_a_zip(write: Write, session: Session) -> None:
    """Where the other programme's folder is not at hand, what is in force here counts before what was shipped."""
    data = chongqing().data
    cheaper = data.model_copy(update={"item": (data.item[0].model_copy(update={"unit": "块"}), *data.item[1:])})
    published: Programme = build(cheaper)[0]
    loaded(published)
    folder = write()
    files = {path.name: path.read_text("utf-8") for path in folder.glob("*.toml")}
    own = read_zip(made(files), published_base)
    assert own.item(1).unit == "块"
    assert own.items[1:] == chongqing().items[1:]
