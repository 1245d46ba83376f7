"""Money: committed, trued up, spent, returned; the counters always agree with the ledger."""

import threading

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.errors import Conflict, RuleViolation
from app.funds import ledger, queries, service
from app.funds.account_models import FundAccount
from app.permissions import Role
from tests.funds.support import KEY, Tree, plant


@pytest.fixture
def tree(session: Session) -> Tree:
    tree = plant()
    fund(tree)
    return tree


def fund(tree: Tree, city_fen: int = 300_000, county_fen: int = 100_000) -> None:
    actor = tree.actor(tree.county)
    service.allot_places(tree.county, KEY, 2026, 50, actor)
    service.allot_money(tree.county, KEY, "municipal", "市级补助", 2026, city_fen, actor)
    service.allot_money(tree.county, KEY, "county", "县级配套", 2026, county_fen, actor)
    for renovation_id in (1, 2, 3):
        service.take_place(renovation_id, tree.county.id, KEY, 2026)


def state(tree: Tree) -> dict[str, tuple[int, int, int]]:
    rows = queries.accounts(tree.actor(tree.county), KEY, 2026)
    return {row.source_id: (row.amount_fen, row.committed_fen, row.spent_fen) for row in rows}


def test_from_agreement_to_payment(tree: Tree) -> None:
    service.commit_money(1, {"municipal": 200_000, "county": 50_000})
    assert state(tree) == {"municipal": (300_000, 200_000, 0), "county": (100_000, 50_000, 0)}
    service.true_up(1, {"municipal": 120_000})
    assert state(tree) == {"municipal": (300_000, 120_000, 0), "county": (100_000, 0, 0)}
    service.spend(1)
    assert state(tree)["municipal"] == (300_000, 120_000, 120_000)
    service.return_money(1, {"municipal": 20_000}, reason="账号错误")
    assert queries.unspent(1) == {"municipal": 20_000}
    service.release(1, "终止")
    assert state(tree)["municipal"] == (300_000, 100_000, 100_000)


def test_nothing_is_committed_beyond_what_was_allotted(tree: Tree) -> None:
    service.commit_money(1, {"municipal": 200_000})
    with pytest.raises(Conflict) as caught:
        service.commit_money(2, {"municipal": 100_001})
    assert caught.value.message == ("“市级补助”资金不足：还可使用 ¥1,000.00，这里需要 ¥1,000.01。请先追加资金。")
    service.commit_money(2, {"municipal": 100_000})


def test_no_money_without_an_account_or_a_place(tree: Tree) -> None:
    with pytest.raises(Conflict) as caught:
        service.commit_money(1, {"lottery": 1})
    assert caught.value.message == "资金尚未下达：甲县 2026 年没有“lottery”的资金，请先在“任务和资金”中登记。"
    with pytest.raises(Conflict) as caught:
        service.commit_money(9, {"municipal": 1})
    assert caught.value.message == "这份档案没有占用任务数，不能安排资金。请先确定为改造对象。"
    service.commit_money(1, {"lottery": 0})


@pytest.mark.parametrize("parts", [{"municipal": 200_001}, {"county": 1}])
def test_no_file_spends_what_was_committed_to_another(tree: Tree, parts: dict[str, int]) -> None:
    service.commit_money(1, {"municipal": 200_000})
    service.commit_money(2, {"municipal": 1_000, "county": 1_000})
    with pytest.raises(Conflict):
        service.spend(1, parts)


def test_a_settlement_below_what_was_paid_is_refused(tree: Tree) -> None:
    service.commit_money(1, {"municipal": 200_000})
    service.spend(1)
    with pytest.raises(Conflict):
        service.true_up(1, {"municipal": 100_000})


def test_townships_hold_no_money(tree: Tree) -> None:
    with pytest.raises(RuleViolation):
        service.allot_money(tree.east, KEY, "county", "县级配套", 2026, 1, tree.actor(tree.county))


def test_the_city_hands_money_down(tree: Tree) -> None:
    city = tree.actor(tree.city, Role.CITY)
    top = service.allot_money(tree.city, KEY, "municipal", "市级补助", 2026, 400_000, city)
    assert (top.given_fen, top.left_fen) == (300_000, 100_000)
    with pytest.raises(Conflict) as caught:
        service.allot_money(tree.other, KEY, "municipal", "市级补助", 2026, 100_001, city)
    assert caught.value.message == "示例市还可分配的资金只有 ¥1,000.00，请减少后再下达。"


def test_the_database_alone_refuses_to_overdraw(tree: Tree, session: Session) -> None:
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(FundAccount).values(committed_fen=FundAccount.amount_fen + 1))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(FundAccount).values(spent_fen=1))


STEP = st.tuples(
    st.sampled_from(["commit", "true_up", "spend", "return", "release"]),
    st.sampled_from([1, 2, 3]),
    st.dictionaries(st.sampled_from(["municipal", "county"]), st.integers(0, 200_000)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=12))
def test_counters_agree_with_the_ledger_after_any_steps(committed: Flask, steps: list[tuple[str, int, dict]]) -> None:
    with transaction():
        if db.session.get(FundAccount, 1) is None:
            fund(plant())
    for name, file, parts in steps:
        try:
            with transaction():
                if name == "commit":
                    service.commit_money(file, parts)
                elif name == "true_up":
                    service.true_up(file, parts)
                elif name == "spend":
                    service.spend(file, parts)
                elif name == "return":
                    service.return_money(file, parts)
                else:
                    ledger.free_money(file, "退出")
        except Conflict:
            pass
    db.session.rollback()
    for account in db.session.scalars(select(FundAccount)):
        total = queries.ledger_totals(account.id)
        assert account.amount_fen == total["allot"]
        assert account.committed_fen == total.get("commit", 0) - total.get("uncommit", 0)
        assert account.spent_fen == total.get("spend", 0) - total.get("return", 0)
    held = [queries.commitments(file) for file in (1, 2, 3)]
    for account in db.session.scalars(select(FundAccount)):
        rows = [row for rows in held for row in rows if row.account_id == account.id]
        assert account.committed_fen == sum(row.committed_fen for row in rows)
        assert account.spent_fen == sum(row.spent_fen for row in rows)


def test_of_many_commitments_at_once_only_as_many_pass_as_there_is_money(committed: Flask) -> None:
    with transaction():
        tree = plant()
        service.allot_places(tree.county, KEY, 2026, 20, tree.actor(tree.county))
        service.allot_money(tree.county, KEY, "municipal", "市级补助", 2026, 1_000, tree.actor(tree.county))
        for file in range(16):
            service.take_place(file, tree.county.id, KEY, 2026)
    passed: list[int] = []
    refused: list[int] = []
    start = threading.Barrier(8)

    def run(files: tuple[int, int]) -> None:
        start.wait()
        for file in files:
            with committed.app_context():
                try:
                    with transaction():
                        service.commit_money(file, {"municipal": 100})
                    passed.append(file)
                except Conflict:
                    refused.append(file)

    threads = [threading.Thread(target=run, args=((n, n + 8),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(passed), len(refused)) == (10, 6)
