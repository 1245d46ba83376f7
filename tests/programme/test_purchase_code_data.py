"""The purchase code in a programme's data: what it may say, what is refused with its remedy, how it is told."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lifecycle import Status
from app.programme.cli import _summary
from app.programme.difference import changes_between
from app.programme.loading import CATALOG, load
from app.programme.policy import restore
from app.programme.problems import BrokenData
from app.programme.process import marks, status_label
from app.programme.schema import ProgrammeData

WHOLE = "\n[purchase_code]\ndays = 30\n"
CHOSEN = "".join(
    f'\n[[step]]\nkey = "{step}"\nused = false\nnote = "家庭自己选"\n' for step in ("dispatch", "supervision")
)


def folder(tmp_path: Path, code: str, steps: str = CHOSEN) -> Path:
    """The shipped programme with this table, nobody dispatching."""
    made = Path(shutil.copytree(CATALOG / "chongqing-2020", tmp_path / "chongqing-2020"))
    path = made / "process.toml"
    text = path.read_text("utf-8")
    if steps:
        before, report, after = text.partition('key = "supervision_report"')
        assert report
        head, _, rest = after.partition("\n[[")
        del head
        text = before.rpartition("[[document]]")[0] + "[[" + rest
    path.write_text(f"{text}\n{code}\n{steps}", "utf-8")
    return made


def refusals(made: Path) -> list[tuple[str, str]]:
    with pytest.raises(BrokenData) as broken:
        load(made)
    return [(error.message, error.remedy) for error in broken.value.errors]


def test_it_is_read_and_comes_back_from_the_store(tmp_path: Path) -> None:
    programme = load(folder(tmp_path, WHOLE))
    for one in (programme, restore(programme.content)):
        terms = one.data.purchase_code
        assert terms is not None
        assert (terms.days, terms.day_kind, one.has_codes) == (30, "calendar", True)
        assert status_label(one.data, Status.AGREED) == "待凭码购买"
        assert marks(one.data).endswith("|purchase_code|")
    assert "申购优惠码 30 天内有效" in _summary(programme)


def test_who_writes_none_gives_none() -> None:
    programme = load(CATALOG / "chongqing-2020")
    assert (programme.data.purchase_code, programme.has_codes) == (None, False)
    assert "purchase_code" not in marks(programme.data)
    assert status_label(programme.data, Status.AGREED) == "待派工"


def test_a_county_may_give_its_own(tmp_path: Path) -> None:
    folder(tmp_path, WHOLE)
    own = Path(shutil.copytree(CATALOG / "chongqing-2020-demo-county", tmp_path / "own"))
    (own / "code.toml").write_text('[purchase_code]\ndays = 10\nday_kind = "working"\n', "utf-8")
    terms = load(own).data.purchase_code
    assert terms is not None
    assert (terms.days, terms.day_kind) == (10, "working")


def test_where_the_county_dispatches_there_is_no_use_for_it(tmp_path: Path) -> None:
    assert refusals(folder(tmp_path, WHOLE, "")) == [
        (
            "发优惠码是让家庭自己选单位，本项目却由县里派工，码没有地方用",
            '一并省去 dispatch（[[step]]，key = "dispatch"，used = false，写 note）；由县里派工的，删去 [purchase_code]',
        )
    ]


@pytest.mark.parametrize(
    ("written", "message", "remedy"),
    [
        ("days = 0", "“days”太小", "不小于 1"),
        ("days = 367", "“days”太大", "不大于 366"),
        ('days = "30 天"', "“days”须为整数", "只写数字，不加引号：days = 30"),
        ("", "缺少“days”", "补写 days = 1"),
        ('days = 30\nday_kind = "week"', "“day_kind”的值不对", '可写 "working" 或 "calendar"'),
        ("days = 30\nused = false", "没有“used”这个字段", "不发优惠码的，删去整个 [purchase_code]"),
    ],
)
def test_nonsense_is_refused(tmp_path: Path, written: str, message: str, remedy: str) -> None:
    assert refusals(folder(tmp_path, f"[purchase_code]\n{written}\n")) == [(message, remedy)]


@given(st.integers(-10, 400))
def test_the_days_that_may_be_written(days: int) -> None:
    raw = CONTENT | {"purchase_code": {"days": days}}
    if 1 <= days <= 366:
        found = ProgrammeData.model_validate(raw).purchase_code
        assert found is not None
        assert found.days == days
    else:
        with pytest.raises(ValueError, match="purchase_code"):
            ProgrammeData.model_validate(raw)


CONTENT = load(CATALOG / "chongqing-2020").data.model_dump()


def test_a_change_is_told_in_policy_words(tmp_path: Path) -> None:
    without = load(folder(tmp_path / "a", ""))
    with_ = load(folder(tmp_path / "b", WHOLE))
    longer = load(folder(tmp_path / "c", "[purchase_code]\ndays = 60\n"))
    assert [str(one) for one in changes_between(without, with_)] == ["新增“申购优惠码”"]
    assert [str(one) for one in changes_between(with_, longer)] == ["申购优惠码：发码后几天内有效 30 天 → 60 天"]
    assert [str(one) for one in changes_between(longer, without)] == ["取消“申购优惠码”"]
