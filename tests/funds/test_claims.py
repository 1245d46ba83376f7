"""Benefit claims: a person, a household and a dwelling each have one (domain S7)."""

import threading
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict
from app.funds import queries, service
from app.funds.claim_models import BenefitClaim
from app.funds.claims import release_items
from tests.funds.support import KEY, Tree, plant

PERSON = ("beneficiary", "a" * 64)
HOUSEHOLD = ("household", "b" * 64)
DWELLING = ("dwelling", "c" * 64)


@pytest.fixture
def tree(session: Session) -> Tree:
    return plant()


def claim(tree: Tree, renovation_id: int, *subjects: tuple[str, str], period: str = "lifetime") -> None:
    service.claim_benefit(renovation_id, subjects, "home", period, KEY, tree.county.id)


@pytest.mark.parametrize(
    ("shared", "words"),
    [(PERSON, "其中一位老年人"), (HOUSEHOLD, "这户家庭"), (DWELLING, "这处住房")],
)
def test_a_second_claim_is_refused_in_the_limited_form(tree: Tree, shared: tuple[str, str], words: str) -> None:
    with clock.fixed(date(2026, 5, 6)):
        claim(tree, 1, PERSON, HOUSEHOLD, DWELLING)
    with pytest.raises(Conflict) as caught:
        claim(tree, 2, shared, ("beneficiary", "9" * 64))
    assert caught.value.message == (
        f"{words}已在甲县 2026 年的“{KEY}”中确定，不能重复享受。请与甲县民政局核对，属实的先核验更正，再办理不予改造。"
    )


def test_another_group_or_another_year_is_another_benefit(tree: Tree) -> None:
    claim(tree, 1, PERSON, period="2025")
    claim(tree, 2, PERSON, period="2026")
    service.claim_benefit(3, [PERSON], "care", "lifetime", KEY, tree.county.id)
    assert [len(queries.claims(n)) for n in (1, 2, 3)] == [1, 1, 1]


def test_a_lifetime_claim_and_one_of_a_year_exclude_each_other(tree: Tree) -> None:
    claim(tree, 1, PERSON, period="2025")
    with pytest.raises(Conflict):
        claim(tree, 2, PERSON, period="lifetime")
    service.release(1, "撤回")
    claim(tree, 2, PERSON, period="lifetime")
    with pytest.raises(Conflict):
        claim(tree, 3, PERSON, period="2026")


def test_a_file_keeps_the_claims_that_it_has(tree: Tree) -> None:
    claim(tree, 1, PERSON, DWELLING)
    claim(tree, 1, PERSON, HOUSEHOLD, DWELLING)
    assert sorted(row.subject_kind.value for row in queries.claims(1)) == ["beneficiary", "dwelling", "household"]


def test_a_released_claim_frees_the_subject_and_stays_readable(tree: Tree, session: Session) -> None:
    claim(tree, 1, PERSON)
    service.release(1, "家庭撤回申请")
    claim(tree, 2, PERSON)
    rows = [(row.renovation_id, row.released_reason) for row in session.query(BenefitClaim).order_by(BenefitClaim.id)]
    assert rows == [(1, "家庭撤回申请"), (2, "")]


def test_the_database_alone_refuses_a_second_claim(tree: Tree, session: Session) -> None:
    claim(tree, 1, PERSON)
    row = {
        "subject_kind": "beneficiary",
        "subject_index": PERSON[1],
        "exclusion_group": "home",
        "period": "lifetime",
        "renovation_id": 2,
        "programme_key": KEY,
        "county_id": tree.county.id,
        "claimed_at": clock.now(),
        "released_at": None,
        "released_reason": "",
    }
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(BenefitClaim), [row])
    session.execute(insert(BenefitClaim), [row | {"released_at": clock.now(), "released_reason": "早已退出"}])


def test_of_many_files_that_claim_the_same_subjects_at_once_one_wins(committed: Flask) -> None:
    with transaction():
        county = plant().county.id
    won: list[int] = []
    lost: list[str] = []
    start = threading.Barrier(8)

    def run(file: int) -> None:
        subjects = [PERSON, HOUSEHOLD, DWELLING] if file % 2 else [DWELLING, HOUSEHOLD, PERSON]
        with committed.app_context():
            start.wait()
            try:
                with transaction():
                    service.claim_benefit(file, subjects, "home", "lifetime", KEY, county)
                won.append(file)
            except Conflict as error:
                lost.append(error.message)

    threads = [threading.Thread(target=run, args=(file,)) for file in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 7)
    assert len(queries.claims(won[0])) == 3


ON = date(2026, 5, 10)


def rolling(tree: Tree, renovation_id: int, on: date, months: int = 36) -> None:
    with clock.fixed(on):
        service.claim_benefit(renovation_id, [PERSON], "home", "rolling", KEY, tree.county.id, rolling_months=months)


@pytest.mark.parametrize(
    ("on", "is_free"), [(date(2026, 5, 10), False), (date(2029, 5, 9), False), (date(2029, 5, 10), True)]
)
def test_a_rolling_period_is_over_on_the_same_day_so_many_months_later(tree: Tree, on: date, is_free: bool) -> None:
    rolling(tree, 1, ON)
    if is_free:
        rolling(tree, 2, on)
        assert [queries.claims(1)[0].superseded_at is not None, len(queries.claims(2))] == [True, 1]
        return
    with pytest.raises(Conflict) as caught:
        rolling(tree, 2, on)
    assert caught.value.message == (
        f"其中一位老年人已在甲县 2026 年的“{KEY}”中确定，不能重复享受（2029-05-10 起可再次享受）。"
        "请与甲县民政局核对，属实的先核验更正，再办理不予改造。"
    )


def test_a_rolling_claim_looks_back_at_other_periods_and_they_at_it(tree: Tree) -> None:
    with clock.fixed(date(2024, 3, 1)):
        claim(tree, 1, PERSON, period="2024")
    with pytest.raises(Conflict):
        rolling(tree, 2, ON)
    rolling(tree, 3, ON, months=26)
    with clock.fixed(date(2027, 1, 5)), pytest.raises(Conflict):
        claim(tree, 4, PERSON, period="2027")
    with clock.fixed(date(2028, 7, 10)):
        claim(tree, 4, PERSON, period="2028")
    with clock.fixed(date(2040, 1, 1)), pytest.raises(Conflict):
        claim(tree, 5, PERSON, period="lifetime")


def test_items_exclude_only_themselves_and_the_whole(tree: Tree) -> None:
    for file, item in ((1, f"{KEY}:3"), (2, f"{KEY}:4")):
        service.claim_benefit(file, [DWELLING], "home", "lifetime", KEY, tree.county.id, item=item)
    with pytest.raises(Conflict) as caught:
        service.claim_benefit(3, [DWELLING], "home", "lifetime", KEY, tree.county.id, item=f"{KEY}:4")
    assert "这个项目不能重复补贴" in caught.value.message
    with pytest.raises(Conflict):
        claim(tree, 3, DWELLING)
    release_items(2, [f"{KEY}:4"], "方案不再含这个项目")
    service.claim_benefit(3, [DWELLING], "home", "lifetime", KEY, tree.county.id, item=f"{KEY}:4")
    assert [[row.item for row in queries.claims(file)] for file in (1, 2, 3)] == [[f"{KEY}:3"], [], [f"{KEY}:4"]]


@pytest.mark.parametrize(
    "kinds",
    [[("rolling", ""), ("rolling", "")], [("lifetime", ""), ("rolling", "")], [("2026", ""), ("lifetime", "")],
     [("lifetime", ""), ("lifetime", f"{KEY}:3")], [("rolling", ""), ("2026", "")]],
)  # fmt: skip
def test_of_two_writers_with_periods_of_any_kind_one_wins(committed: Flask, kinds: list[tuple[str, str]]) -> None:
    with transaction():
        county = plant().county.id
    won: list[int] = []
    start = threading.Barrier(8)

    def run(file: int) -> None:
        period, item = kinds[file % 2]
        with committed.app_context():
            start.wait()
            try:
                with transaction():
                    service.claim_benefit(
                        file, [PERSON], "home", period, KEY, county,
                        rolling_months=12 if period == "rolling" else 0, item=item,
                    )  # fmt: skip
                won.append(file)
            except Conflict:
                pass

    threads = [threading.Thread(target=run, args=(file,)) for file in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert [len(queries.claims(file)) for file in range(8)] == [int(file == won[0]) for file in range(8)]
