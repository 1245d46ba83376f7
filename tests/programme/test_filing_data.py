"""The filing before the contract in a programme's data: what it may say, and what is refused with its remedy."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.workdays import Calendar
from app.permissions import Permission, Role
from app.programme.difference import changes_between
from app.programme.loading import CATALOG, load
from app.programme.policy import restore
from app.programme.problems import BrokenData
from app.programme.process import FIRM_FILING, is_marked, marks
from app.stages.construction.filing_rules import check_signed_on, last_day

WHOLE = """
[firm_filing]
days = 7
day_kind = "calendar"
papers = ["身份证", "房产证"]
before_photos = true
audit_days = 3
"""
ACTOR = '\n[[actor]]\ntask = "construction_filing_audit"\nroles = ["township"]\n'
VARIANT = (CATALOG / "README.md").read_text("utf-8").split("　签合同以前逐户备案\n")[1].split("\n### ")[0]


def folder(tmp_path: Path, filing: str) -> Path:
    """The shipped programme with this filing."""
    made = tmp_path / "chongqing-2020"
    shutil.copytree(CATALOG / "chongqing-2020", made)
    (made / "filing.toml").write_text(filing, "utf-8")
    return made


def refusals(made: Path) -> list[tuple[str, str, int]]:
    with pytest.raises(BrokenData) as broken:
        load(made)
    return [(error.message, error.remedy, error.line) for error in broken.value.errors]


def test_it_is_read_marked_and_comes_back_from_the_store(tmp_path: Path) -> None:
    programme = load(folder(tmp_path, WHOLE + ACTOR))
    for one in (programme, restore(programme.content)):
        terms = one.data.firm_filing
        assert terms is not None
        assert (terms.days, terms.day_kind, terms.papers, terms.before_photos, terms.audit_days) == (
            7, "calendar", ("身份证", "房产证"), True, 3,
        )  # fmt: skip
        assert is_marked(marks(one.data), FIRM_FILING)
        assert one.holders(Permission.CONSTRUCTION_FILING_AUDIT) == (Role.TOWNSHIP,)


def test_who_writes_none_asks_for_none() -> None:
    data = load(CATALOG / "chongqing-2020").data
    assert (data.firm_filing, is_marked(marks(data), FIRM_FILING)) == (None, False)


def test_a_county_may_ask_for_its_own(tmp_path: Path) -> None:
    shutil.copytree(CATALOG / "chongqing-2020", tmp_path / "chongqing-2020")
    own = Path(shutil.copytree(CATALOG / "chongqing-2020-demo-county", tmp_path / "own"))
    (own / "filing.toml").write_text(WHOLE.replace("days = 7", "days = 10", 1), "utf-8")
    terms = load(own).data.firm_filing
    assert terms is not None
    assert terms.days == 10


def test_the_difference_says_it_in_policy_words(tmp_path: Path) -> None:
    old = load(folder(tmp_path / "a", WHOLE))
    new = load(folder(tmp_path / "b", WHOLE.replace("days = 7", "days = 10", 1).replace("房产证", "土地证")))
    assert [f"{one}" for one in changes_between(old, new)] == [
        "施工备案：提交后几天内签合同 7 天 → 10 天",
        "施工备案：提交的材料 身份证、房产证 → 身份证、土地证",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message", "remedy"),
    [
        ('"房产证"', '"身份证"', "“firm_filing”有误：papers 里“身份证”写了两次，每份材料只写一次", ""),
        ('"房产证"', '" "', "“firm_filing”有误：papers 里每份材料写 1–40 个字的名称", ""),
        ("audit_days = 3", "audit_days = 6", "审核可用 6 个工作日，而合同要在备案后 7 天内签，审核完就过期了",
         "audit_days 不超过 5，或把 days 写大"),
        ("before_photos = true", "used = false", "没有“used”这个字段", "不备案的，删去整个 [firm_filing]"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(tmp_path: Path, old: str, new: str, message: str, remedy: str) -> None:
    assert [one[:2] for one in refusals(folder(tmp_path, WHOLE.replace(old, new, 1)))] == [(message, remedy)]


@pytest.mark.parametrize(
    ("old", "new"),
    [("days = 7", "days = 0"), ("days = 7", "days = 366"), ('"calendar"', '"weeks"'), ('["身份证", "房产证"]', "[]"),
     ("before_photos = true", 'before_photos = "是"'), ("audit_days = 3", "audit_days = 0")],
)  # fmt: skip
def test_values_that_cannot_be_are_refused_at_their_field(tmp_path: Path, old: str, new: str) -> None:
    found = refusals(folder(tmp_path, WHOLE.replace(old, new, 1)))
    lines = WHOLE.replace(old, new, 1).splitlines()
    assert [lines[line - 1] for _said, _remedy, line in found] == [next(one for one in lines if new in one)]


def test_photos_that_no_item_has_are_not_asked_for(tmp_path: Path) -> None:
    made = folder(tmp_path, WHOLE)
    for path in made.glob("*.toml"):
        path.write_text(path.read_text("utf-8").replace('"before", ', ""), "utf-8")
    said = ("没有一个施工项目要改造前照片，备案时无照片可交", "删去 before_photos，或在项目的 photos 里写 before")
    assert said in [one[:2] for one in refusals(made)]


def test_nobody_is_given_an_audit_that_there_is_not(tmp_path: Path) -> None:
    found = refusals(folder(tmp_path, ACTOR))
    assert [one[:2] for one in found] == [
        ("没有 [firm_filing]，没有备案可以审核", "补写 [firm_filing]，或删去这张 [[actor]]")
    ]


@given(
    filed=st.dates(date(2024, 1, 1), date(2026, 12, 1)), days=st.integers(1, 365), working=st.booleans(),
    audit=st.integers(0, 400), signed=st.integers(-5, 800),
)  # fmt: skip
def test_a_day_is_right_exactly_between_the_audit_and_the_end(
    filed: date, days: int, working: bool, audit: int, signed: int
) -> None:
    until = last_day(filed, days, working, Calendar(frozenset(), frozenset(), frozenset()).add)
    assert until >= filed + timedelta(days=days)
    approved, day = filed + timedelta(days=audit), filed + timedelta(days=signed)
    assert (check_signed_on(day, filed, approved, until) is None) == (approved <= day <= until)


def test_the_days_and_refusals_of_the_manual(tmp_path: Path) -> None:
    filed, approved, signed = date(2026, 11, 2), date(2026, 11, 4), date(2026, 11, 10)
    until = last_day(filed, 7, False, Calendar(frozenset(), frozenset(), frozenset()).add)
    wrong = check_signed_on(signed, filed, approved, until)
    assert wrong is not None
    assert f"```text\n{wrong.message}\n```" in VARIANT
    made = folder(tmp_path, WHOLE.replace("audit_days = 3", "audit_days = 10"))
    message, remedy, _line = refusals(made)[0]
    assert f"```text\n{message}（{remedy}）\n```" in VARIANT
