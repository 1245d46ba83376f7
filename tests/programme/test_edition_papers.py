"""An edition that leaves a part of the process out: the base's papers of that part are asked for no longer."""

import shutil
from pathlib import Path

import pytest

from app.programme.difference import carried_over, differences
from app.programme.document import document
from app.programme.loading import CATALOG
from app.programme.policy import Programme, build
from app.programme.problems import BrokenData

from .factory import chongqing
from .test_editions import ONE, Write, faults, read, write

__all__ = ["write"]

NO_SUPERVISION = '[[step]]\nkey = "supervision"\nused = false\nnote = "由乡镇（街道）查看"\n'
NO_WARRANTY = '[[stage]]\nkey = "warranty"\nused = false\nnote = "按产品承诺"\n[warranty]\nmonths = 0\n'
NO_AGREEMENT = '[[step]]\nkey = "agreement"\nused = false\nnote = "家庭只签方案"\n'
NO_STAGE = '[[stage]]\nkey = "warranty"\nused = false\nnote = "按产品承诺"\n'
OWN_PAPER = (
    '[[document]]\nkey = "supervision_report"\nname = "监理小结"\nstage = "construction"\nneeded_for = "settlement"\n'
)


def papers(programme: Programme) -> list[str]:
    return [one.key for one in programme.data.document]


@pytest.mark.parametrize(
    ("tables", "gone"),
    [
        (NO_SUPERVISION, {"supervision_report"}),
        (NO_WARRANTY, {"warranty_card"}),
        (NO_AGREEMENT, {"agreement"}),
        (NO_SUPERVISION + NO_AGREEMENT, {"supervision_report", "agreement"}),
        ("", set()),
    ],
)
def test_the_papers_of_what_an_edition_leaves_out_fall_away(write: Write, tables: str, gone: set[str]) -> None:
    own = read(write("e-one", tables, **ONE))
    assert papers(own) == [key for key in papers(chongqing()) if key not in gone]
    told = [str(change) for chapter in differences(chongqing(), own) for change in chapter.changes]
    assert sum(said.startswith("取消须存档的材料") for said in told) == len(gone)
    section = next(one for chapter in document(own) for one in chapter.sections if one.table == "document")
    assert [entry.anchor for entry in section.entries] == [f"document-{key}" for key in papers(own)]


def test_the_county_upon_the_edition_of_its_city_does_without_them_too(write: Write) -> None:
    write("e-city", NO_SUPERVISION, regions='["500000"]', regions_name='"全市"')
    own = read(write("e-one", base="e-city", **ONE))
    assert "supervision_report" not in papers(own)


def test_an_edition_may_have_papers_of_its_own_kind_and_name(write: Write) -> None:
    own = read(write("e-one", OWN_PAPER, **ONE))
    assert papers(own) == papers(chongqing())
    assert [one.name for one in own.data.document if one.key == "supervision_report"] == ["监理小结"]


def test_a_paper_that_the_edition_writes_itself_is_refused_at_its_own_line(write: Write) -> None:
    folder: Path = write("e-one", NO_SUPERVISION + OWN_PAPER, **ONE)
    assert faults(folder) == [(13, "本项目不设“监理”，不会有“监理小结”")]


def test_what_only_the_base_can_change_is_told_at_the_edition(write: Write) -> None:
    """The county cannot edit the base's file: it is told what of its own does not fit, and what it may write."""
    assert faults(write("e-one", NO_STAGE, **ONE)) == [
        (9, "与基础项目的“质保”合不上：省去了质保环节，却写了 24 个月质保"),
    ]


def test_what_only_the_base_may_write_is_said_to_be_fixed(write: Write) -> None:
    """The county adds to the cap, and the base's funds do not reach so far: its own funds are the way."""
    folder = write("e-one", '[cap_addition]\namount = "300.00"\n', **ONE)
    with pytest.raises(BrokenData) as broken:
        read(folder)
    assert [(error.line, error.halves) for error in broken.value.errors] == [
        (
            9,
            (
                "与基础项目的“资金来源”合不上：各来源的 limit 合计不足补贴标准",
                "细则里写自己的 [[fund]]：提高 limit，或让最后一个来源不写 limit",
            ),
        )
    ]


def test_a_county_follows_its_base_without_the_papers_that_it_has_no_use_for(write: Write) -> None:
    """The base asks for the report only later: who has no supervision is still asked for none."""
    new = chongqing()
    without = tuple(one for one in new.data.document if one.key != "supervision_report")
    old, problems = build(new.data.model_copy(update={"document": without}))
    own = read(write("e-one", NO_SUPERVISION, **ONE))
    carried, wrong = build(carried_over(old.data, new.data, own.data))
    assert (problems, wrong) == ([], [])
    assert papers(carried) == papers(own)


def test_a_deposit_of_dispatched_firms_falls_away_where_the_household_chooses(write: Write, tmp_path: Path) -> None:
    shutil.copytree(CATALOG / "chongqing-2020", tmp_path / "chongqing-2020")
    deposit = '[deposit]\npercent = 5\nrequired_before = "dispatch"\nrelease = "acceptance"\n'
    (tmp_path / "chongqing-2020" / "deposit.toml").write_text(deposit, "utf-8")
    chosen = NO_SUPERVISION + '[[step]]\nkey = "dispatch"\nused = false\nnote = "家庭自己选"\n'
    assert read(write("e-one", **ONE)).data.deposit is not None
    assert read(write("e-one", chosen, **ONE)).data.deposit is None
    assert [line for line, _ in faults(write("e-one", chosen + deposit, **ONE))] == [17]


def test_the_rules_for_lots_fall_away_where_the_household_chooses(write: Write, tmp_path: Path) -> None:
    shutil.copytree(CATALOG / "chongqing-2020", tmp_path / "chongqing-2020")
    lots = '[procurement]\nshare = "equal"\n'
    (tmp_path / "chongqing-2020" / "lots.toml").write_text(lots, "utf-8")
    chosen = NO_SUPERVISION + '[[step]]\nkey = "dispatch"\nused = false\nnote = "家庭自己选"\n'
    assert read(write("e-one", **ONE)).apart == 1
    assert read(write("e-one", chosen, **ONE)).data.procurement is None
    assert [line for line, _ in faults(write("e-one", chosen + lots, **ONE))] == [17]
