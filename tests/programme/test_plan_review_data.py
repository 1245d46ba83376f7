"""The technical review of plans in a programme's data: what it may say, and what is refused with its remedy."""

import shutil
from pathlib import Path

import pytest

from app.permissions import Role
from app.programme.loading import CATALOG, load
from app.programme.policy import restore
from app.programme.problems import BrokenData
from app.programme.process import marks

NOT_ASSESSED = ('key = "assessment"\n', 'key = "assessment"\nused = false\nnote = "已有评估"\n')
TOWNSHIP_DRAFTS = '[[actor]]\ntask = "plan_draft"\nroles = ["township"]\n'
TOWNSHIP_APPROVES = '[[actor]]\ntask = "plan_approve"\nroles = ["township", "county"]\n'


def folder(tmp_path: Path, by: str, more: str = "", change: tuple[str, str] = ("", "")) -> Path:
    """The shipped programme with its plans reviewed, and one text of its process changed."""
    made = tmp_path / "chongqing-2020"
    shutil.copytree(CATALOG / "chongqing-2020", made)
    path = made / "process.toml"
    text = path.read_text("utf-8")
    assert change[0] in text
    path.write_text(f"{text.replace(*change, 1) if change[0] else text}\n[plan_review]\n{by}\n{more}", "utf-8")
    return made


def refusals(made: Path) -> list[tuple[str, str]]:
    with pytest.raises(BrokenData) as broken:
        load(made)
    return [(error.message, error.remedy) for error in broken.value.errors]


@pytest.mark.parametrize(
    ("by", "more"),
    [("supervisor", ""), ("assessor", TOWNSHIP_DRAFTS), ("township", "")],
)
def test_it_is_read_marked_and_comes_back_from_the_store(tmp_path: Path, by: str, more: str) -> None:
    programme = load(folder(tmp_path, f'by = "{by}"', more))
    for one in (programme, restore(programme.content)):
        assert one.data.plan_review is not None
        assert one.data.plan_review.role is Role(by)
        assert f"|plan_review.{by}|" in marks(one.data)


def test_who_writes_none_reviews_none() -> None:
    data = load(CATALOG / "chongqing-2020").data
    assert (data.plan_review, "plan_review" in marks(data)) == (None, False)


def test_a_county_may_have_its_own(tmp_path: Path) -> None:
    shutil.copytree(CATALOG / "chongqing-2020", tmp_path / "chongqing-2020")
    own = Path(shutil.copytree(CATALOG / "chongqing-2020-demo-county", tmp_path / "own"))
    (own / "review.toml").write_text('[plan_review]\nby = "township"\n', "utf-8")
    terms = load(own).data.plan_review
    assert terms is not None and terms.role is Role.TOWNSHIP


DRAFTS = "by 换一个，或写 [[actor]]，把 plan_draft 交给别的岗位"
APPROVES = "by 换一个，或写 [[actor]]，把 plan_approve 交给别的岗位"


@pytest.mark.parametrize(
    ("by", "more", "said"),
    [
        ('by = "assessor"', "", ("方案由评估机构编制，不能又由它审核", DRAFTS)),
        ('by = "township"', TOWNSHIP_DRAFTS, ("方案由乡镇（街道）经办编制，不能又由它审核", DRAFTS)),
        ('by = "township"', TOWNSHIP_APPROVES, ("方案由乡镇（街道）经办批准，不能又由它审核", APPROVES)),
        ('used = false\nby = "supervisor"', "", ("没有“used”这个字段", "方案不用技术审核的，删去整个 [plan_review]")),
    ],
)
def test_what_cannot_be_is_refused_with_its_remedy(tmp_path: Path, by: str, more: str, said: tuple[str, str]) -> None:
    assert refusals(folder(tmp_path, by, more)) == [said]


def test_without_an_assessment_there_is_no_assessor_to_review(tmp_path: Path) -> None:
    made = folder(tmp_path, 'by = "assessor"', TOWNSHIP_DRAFTS, NOT_ASSESSED)
    assert refusals(made) == [
        ("省去了评估，没有评估机构来审核方案", '写 by = "supervisor" 或 "township"，或不省去 assessment')
    ]


def test_another_word_is_refused_with_the_words_that_there_are(tmp_path: Path) -> None:
    assert refusals(folder(tmp_path, 'by = "contractor"')) == [
        ("“by”的值不对", '可写 "supervisor", "assessor" 或 "township"')
    ]
