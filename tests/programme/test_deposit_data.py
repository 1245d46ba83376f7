"""The performance deposit in a programme's data: what it may say, and what is refused with its remedy."""

import shutil
from pathlib import Path

import pytest

from app.core.money import yuan
from app.funds.deposit_rules import due_fen
from app.programme.loading import CATALOG, load
from app.programme.money_schema import DepositBefore, DepositRelease
from app.programme.policy import restore
from app.programme.problems import BrokenData

WHOLE = '\n[deposit]\npercent = 5\nrequired_before = "dispatch"\nrelease = "acceptance"\ndays = 30\n'


def folder(tmp_path: Path, deposit: str, more: str = "", held_back: int = 0) -> Path:
    """The shipped programme with this deposit."""
    made = tmp_path / "chongqing-2020"
    shutil.copytree(CATALOG / "chongqing-2020", made)
    path = made / "money.toml"
    text = path.read_text("utf-8").replace("retention_percent = 0", f"retention_percent = {held_back}", 1)
    path.write_text(f"{text}\n{deposit}\n{more}", "utf-8")
    return made


def refusals(made: Path) -> list[tuple[str, str]]:
    with pytest.raises(BrokenData) as broken:
        load(made)
    return [(error.message, error.remedy) for error in broken.value.errors]


def test_it_is_read_and_comes_back_from_the_store(tmp_path: Path) -> None:
    programme = load(folder(tmp_path, WHOLE))
    for one in (programme, restore(programme.content)):
        terms = one.data.deposit
        assert terms is not None
        assert (terms.percent, terms.amount, terms.required_before, terms.release, terms.days, terms.months) == (
            5, None, DepositBefore.DISPATCH, DepositRelease.ACCEPTANCE, 30, None,
        )  # fmt: skip


def test_who_writes_none_asks_for_none() -> None:
    assert load(CATALOG / "chongqing-2020").data.deposit is None


def test_a_county_may_ask_for_its_own(tmp_path: Path) -> None:
    shutil.copytree(CATALOG / "chongqing-2020", tmp_path / "chongqing-2020")
    own = Path(shutil.copytree(CATALOG / "chongqing-2020-demo-county", tmp_path / "own"))
    (own / "deposit.toml").write_text(WHOLE.replace("5", "8"), "utf-8")
    terms = load(own).data.deposit
    assert terms is not None
    assert terms.percent == 8


@pytest.mark.parametrize(
    ("old", "new", "message", "remedy"),
    [
        ("percent = 5\n", "", "“deposit”有误：percent（中标金额的百分之几）和 amount（固定金额）写一个，也只写一个", ""),
        ("percent = 5\n", 'percent = 5\namount = "10.00"\n',
         "“deposit”有误：percent（中标金额的百分之几）和 amount（固定金额）写一个，也只写一个", ""),
        ("percent = 5\n", 'amount = "0.00"\n', "“deposit”有误：amount 须大于 0；不收履约保证金就删去 [deposit]", ""),
        ("percent = 5", "percent = 11", "履约保证金 11% 超过法定上限",
         "《招标投标法实施条例》第五十八条：不得超过中标合同金额的 10%，改成 1–10"),
        ("percent = 5", "percent = 100", "履约保证金 100% 超过法定上限",
         "《招标投标法实施条例》第五十八条：不得超过中标合同金额的 10%，改成 1–10"),
        ("days = 30", "days = 30\nmonths = 1", "“deposit”有误：days（再过几天）和 months（再过几个月）最多写一个", ""),
    ],
)  # fmt: skip
def test_nonsense_is_refused(tmp_path: Path, old: str, new: str, message: str, remedy: str) -> None:
    assert refusals(folder(tmp_path, WHOLE.replace(old, new, 1))) == [(message, remedy)]


@pytest.mark.parametrize(("old", "new"), [("percent = 5", "percent = 101"), ("percent = 5", "percent = 0"),
                                          ("days = 30", "days = -1"), ('"dispatch"', '"agreement"'),
                                          ('"acceptance"', '"never"')])  # fmt: skip
def test_values_that_cannot_be_are_refused_at_their_field(tmp_path: Path, old: str, new: str) -> None:
    made = folder(tmp_path, WHOLE.replace(old, new, 1))
    with pytest.raises(BrokenData) as broken:
        load(made)
    lines = (made / "money.toml").read_text("utf-8").splitlines()
    assert [new.rsplit(" = ", maxsplit=1)[-1] in lines[error.line - 1] for error in broken.value.errors] == [True]


def test_without_a_tender_there_is_no_deposit(tmp_path: Path) -> None:
    step = '[[step]]\nkey = "{}"\nused = false\nnote = "家庭自己选"\n'
    made = folder(tmp_path, WHOLE, step.format("dispatch") + step.format("supervision"))
    said = "省去了“县级派工”，单位由家庭自己选，没有中标合同可以收履约保证金"
    assert (said, "删去 [deposit]，或不省去 dispatch") in refusals(made)


def test_it_is_not_kept_beside_money_that_is_held_back(tmp_path: Path) -> None:
    held = WHOLE.replace('"acceptance"', '"warranty_end"')
    assert load(folder(tmp_path / "a", held)).data.deposit is not None
    assert load(folder(tmp_path / "b", WHOLE, held_back=5)).data.deposit is not None
    assert refusals(folder(tmp_path / "c", held, held_back=5)) == [
        (
            "履约保证金留到质保期满，又预留了质保金，同一件事收了两次",
            '《建设工程质量保证金管理办法》第六条：两样不能同时留；写 release = "acceptance"，或删去 retention_percent',
        )
    ]


def test_the_sum_and_the_refusal_of_the_manual(tmp_path: Path) -> None:
    variant = (CATALOG / "README.md").read_text("utf-8").split("### 做法 18　")[1]
    terms = load(folder(tmp_path / "a", WHOLE)).data.deposit
    assert terms is not None
    assert f"应缴履约保证金 {yuan(due_fen(terms, 400_000_00) or 0)} 元" in variant
    message, remedy = refusals(folder(tmp_path / "b", WHOLE.replace("percent = 5", "percent = 15")))[0]
    assert f"{message}（{remedy}）" in variant
