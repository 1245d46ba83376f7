"""Deposits come in, go back and are forfeited: to the fen, within the scope, and the database holds the sums."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, DomainError, NotAllowed, NotFound, RuleViolation
from app.funds import deposit_queries as queries
from app.funds import deposit_service as service
from app.funds.deposit_models import DepositEntry
from app.funds.deposit_rules import DepositMove, UndoEntry, months_after
from app.permissions import Actor, Office, Role
from app.places import queries as places
from app.places import service as firms
from app.places.rules import AddProcurement, EndProcurement, OrganisationKind, SetAward
from app.programme import tendering
from app.stages.settlement import deposits
from tests.application.notice_support import publish_tables
from tests.factories import people
from tests.factories.applications import KEY

from .support import DUE, ask, ask_too, correct, end_term, forfeit, give_back, held, left, receive, tender, undo


@pytest.fixture
def county(session: Session) -> Actor:
    ask()
    return people.actor(Role.COUNTY)


def over(record_id: int) -> None:
    """Nothing more is dispatched under it, and the thirty days are over."""
    end_term(record_id, clock.today() - timedelta(days=60))


def refused(error: type[DomainError], field: str, words: str, act: object, *given: object, **facts: object) -> None:
    with pytest.raises(error) as caught:
        act(*given, **facts)  # type: ignore[operator]
    assert [(one.field, one.message) for one in caught.value.problems] == [(field, words)]


TENTH = "在押的合计不能超过中标金额的 10%，即 ¥40,000.00（《招标投标法实施条例》第五十八条）"


def test_what_is_due_must_come_in_whole(county: Actor) -> None:
    record = tender()
    refused(RuleViolation, "amount", "应缴 ¥20,000.00，现有 ¥0.00，还差 ¥20,000.00。请单位缴足后再登记。",
            receive, record, county, DUE - 1)  # fmt: skip
    refused(RuleViolation, "amount", f"{TENTH}：现有 ¥0.00，最多再收 ¥40,000.00。", receive, record, county, 40_000_01)  # fmt: skip
    made = receive(record, county)
    found = queries.deposit(made, county)
    assert (found.amount_fen, found.due_fen, found.left_fen, found.programme_version.programme_key) == (
        DUE, DUE, DUE, KEY,
    )  # fmt: skip
    assert queries.covered_fen([record], clock.today()) == {record: DUE}


def test_after_a_forfeiture_only_the_rest_is_lacking(county: Actor) -> None:
    record = tender()
    forfeit(receive(record, county), county, 5_000_00)
    refused(RuleViolation, "amount", "应缴 ¥20,000.00，现有 ¥15,000.00，还差 ¥5,000.00。请单位缴足后再登记。",
            receive, record, county, 4_999_99, voucher="P-2")  # fmt: skip
    receive(record, county, 5_000_00, voucher="P-2")
    assert queries.covered_fen([record], clock.today()) == {record: DUE}


def test_an_award_that_nobody_entered_is_asked_for(county: Actor) -> None:
    record = tender(award=None)
    refused(RuleViolation, "procurement_record_id",
            f"标段 {places.procurement(record).lot} 没有登记中标金额，算不出应缴多少。请先在“单位”里补登中标金额，再来登记。",
            receive, record, county)  # fmt: skip
    with transaction():
        firms.set_award(places.procurement(record), SetAward(award="400000.00"), county)
    assert left(receive(record, county), county) == DUE
    with transaction(), pytest.raises(Conflict) as caught:
        firms.set_award(places.procurement(record), SetAward(award="1.00"), county)
    assert caught.value.message == "这条采购记录已有中标金额，登记后不能改；登错的请终止这条记录后重新登记"


def test_the_same_slip_is_entered_once_until_it_is_countered(county: Actor) -> None:
    record = tender()
    first = receive(record, county)
    refused(Conflict, "voucher", f"凭证号 P-1 已经登记过：{clock.today()} 收到转账 ¥20,000.00，不用再登记。"
            "确是另一笔的，请写它自己的凭证号。", receive, record, county)  # fmt: skip
    correct(first, county)
    refused(Conflict, "", f"这一笔 {clock.today()} 已经冲销，不用再办。", correct, first, county)
    again = receive(record, county)
    assert (left(first, county), left(again, county)) == (0, DUE)
    forfeit(again, county, 1)
    refused(
        Conflict, "", "这一笔已经退还或扣除过，不能冲销；退还或扣除登记错的，请先把那一条冲回。", correct, again, county
    )


def test_a_slip_of_a_return_or_a_forfeiture_is_entered_once(county: Actor) -> None:
    record, today = tender(), clock.today()
    made = receive(record, county)
    forfeit(made, county, 100_00, document="决1")
    said = (
        f"已经登记过：{today} 扣除 ¥100.00，不用再办。确是另一次扣除的，请写它自己的决定文号；上次登记错的，请先冲回。"
    )
    refused(Conflict, "document", f"决定文号 决1 {said}", forfeit, made, county, 100_00, document="决1")
    refused(Conflict, "document", f"决定文号 决1 {said}", forfeit, made, county, 7_00, document="决1")
    forfeit(made, county, 100_00, document="决2")
    over(record)
    give_back(made, county, DUE - 200_00, voucher="决1")  # a return is not a forfeiture
    said = f"凭证号 决1 已经登记过：{today} 退还 ¥19,800.00，不用再办。确是另一次退还的，请写它自己的凭证号；上次登记错的，请先冲回。"
    refused(Conflict, "voucher", said, give_back, made, county, DUE - 200_00, voucher="决1")
    said = f"凭证号 P-1 已经登记过：{today} 收到转账 ¥20,000.00，不用再登记。确是另一笔的，请写它自己的凭证号。"
    refused(Conflict, "voucher", said, receive, record, county)  # nor is what went back received again
    assert left(made, county) == 0


def test_days_that_cannot_be_are_refused(county: Actor) -> None:
    record, today = tender(), clock.today()
    later = today + timedelta(days=1)
    refused(RuleViolation, "received_on", "收到日期不能晚于今天，请核对。", receive, record, county, received_on=later)
    early = today - timedelta(days=20)
    refused(RuleViolation, "guarantee_until", "这份保函已经到期，请单位换一份有效的。", receive, record, county,
            form="guarantee", received_on=early, guarantee_until=today - timedelta(days=1))  # fmt: skip
    made = receive(record, county, received_on=today)
    words = f"扣除日期不能早于收到保证金那天（{today}），也不能晚于今天。"
    for day in (today - timedelta(days=1), later):
        refused(RuleViolation, "day", words, forfeit, made, county, 1, day=day)


def test_a_day_that_is_a_slip_of_the_pen_is_refused(county: Actor) -> None:
    record = tender()
    begins, ends = places.procurement(record).valid_from, places.procurement(record).valid_to
    first, last = months_after(begins, -12), months_after(ends + timedelta(days=30), 120)
    said = f"收到日期不能早于 {first}（标段 {begins} 开始，最多提前一年），请核对。"
    refused(RuleViolation, "received_on", said, receive, record, county, received_on=first - timedelta(days=1))
    said = f"保函有效期不能晚于 {last}（标段到期、满政策退还期后 10 年），请核对。"
    refused(RuleViolation, "guarantee_until", said, receive, record, county,
            form="guarantee", guarantee_until=last + timedelta(days=1))  # fmt: skip
    assert left(receive(record, county, received_on=first, form="guarantee", guarantee_until=last), county) == DUE


def test_what_is_held_at_a_time_is_at_most_the_lawful_tenth(county: Actor) -> None:
    record = tender()
    first = receive(record, county)
    receive(record, county, voucher="P-2")
    said = f"{TENTH}：现有 ¥40,000.00，最多再收 ¥0.00。换新保函的，请选“换下哪一笔”。"
    refused(RuleViolation, "amount", said, receive, record, county, 1, voucher="P-3")
    give_back(first, county, 5_00)
    receive(record, county, 5_00, voucher="P-4")


def test_what_was_held_beyond_it_before_is_to_be_returned(county: Actor, session: Session) -> None:
    record = tender()
    first = receive(record, county)
    again = "INSERT INTO deposit ({0}, voucher) SELECT {0}, 'P-2' FROM deposit".format(
        "procurement_record_id, programme_version_id, form, amount_fen, gone_fen, due_fen, received_on, recorded_at,"
        " recorded_by_name"
    )
    session.execute(text(again))
    assert deposits.tender(record, county).over_fen == 0
    session.execute(text(again.replace("P-2", "P-3") + " WHERE voucher = 'P-1'"))
    session.commit()
    found = deposits.tender(record, county)
    assert (found.over_fen, found.state) == (DUE, ("超过中标金额的 10%，应退还 ¥20,000.00", "soon"))
    assert [one.record.id for one in deposits.on_desk(county)] == [record]
    give_back(first, county, DUE)
    assert deposits.tender(record, county).state == ("在押", "work")


def test_a_new_guarantee_comes_in_before_the_old_one_goes_back(county: Actor) -> None:
    record, today = tender(), clock.today()
    soon, late = {"guarantee_until": today + timedelta(days=9)}, {"guarantee_until": today + timedelta(days=800)}
    old = receive(record, county, 2 * DUE, form="guarantee", **soon)
    said = "应缴 ¥20,000.00，换下以后 ¥0.00，还差 ¥20,000.00。请单位缴足后再登记。"
    refused(RuleViolation, "amount", said, receive, record, county, DUE - 1, voucher="P-2", replaces=old)
    said = f"{TENTH}：换下以后 ¥0.00，最多再收 ¥40,000.00。"
    refused(RuleViolation, "amount", said, receive, record, county, 2 * DUE + 1, voucher="P-2", replaces=old)
    new = receive(record, county, 2 * DUE, form="guarantee", voucher="P-2", replaces=old, **soon)
    assert [held(one, county).state(today)[0] for one in (old, new)] == [
        "已换新，应退还", f"保函 {soon['guarantee_until']} 到期，早于退还日，请换新",
    ]  # fmt: skip
    assert [one.record.id for one in deposits.on_desk(county)] == [record]
    said = "这一笔已经由凭证号 P-2 的一笔换下，请先登记退还，再办下一次换新。"
    refused(Conflict, "replaces", said, receive, record, county, DUE, voucher="P-3", replaces=old)
    # so that nobody holds three: the old one goes back before the new one is replaced
    said = f"{TENTH}：换下以后 ¥40,000.00，最多再收 ¥0.00。"
    refused(RuleViolation, "amount", said, receive, record, county, 1, voucher="P-3", replaces=new)
    give_back(old, county, 2 * DUE)
    last = receive(record, county, 2 * DUE, form="guarantee", voucher="P-3", replaces=new, **late)
    assert [held(one, county).state(today)[0] for one in (old, new, last)] == ["已结清", "已换新，应退还", "在押"]
    said = "这个标段没有这一笔在押的履约保证金，请刷新页面后重选。"
    for gone in (old, receive(tender(), county)):
        refused(RuleViolation, "replaces", said, receive, record, county, DUE, voucher="P-4", replaces=gone)


def test_a_swap_that_was_a_mistake_is_countered_and_done_again(county: Actor) -> None:
    record, until = tender(), clock.today() + timedelta(days=800)
    old = receive(record, county)
    wrong = receive(record, county, form="guarantee", guarantee_until=until, voucher="P-2", replaces=old)
    correct(wrong, county)
    assert [held(one, county).state(clock.today()) for one in (old, wrong)] == [("在押", "work"), ("已冲销", "done")]
    receive(record, county, form="guarantee", guarantee_until=until, voucher="P-2", replaces=old)
    assert held(old, county).is_replaced


def test_a_guarantee_that_nobody_needs_asks_for_no_new_one(county: Actor) -> None:
    record, today = tender(), clock.today()
    early = receive(record, county, form="guarantee", guarantee_until=today + timedelta(days=9))
    assert held(early, county).is_needed
    receive(record, county, voucher="P-2")
    assert held(early, county).state(today) == ("在押", "work")
    assert deposits.tender(record, county).state == ("在押", "work")
    with clock.fixed(today + timedelta(days=10)):
        said = f"保函 {today + timedelta(days=9)} 已到期，应退还"
        assert held(early, county).state(clock.today()) == (said, "soon")


def test_a_tender_of_another_programme_or_of_an_ended_record_takes_none(county: Actor) -> None:
    other = tender(programme_key="another-2026")
    lot = places.procurement(other).lot
    refused(
        RuleViolation, "programme_key", f"标段 {lot} 适用的政策都不收履约保证金，不用登记。", receive, other, county
    )
    refused(RuleViolation, "programme_key", f"这个标段只能按“{_name()}”收，请改选。", receive, tender(), county,
            programme_key="another-2026")  # fmt: skip
    ended = tender()
    with transaction():
        firms.end_procurement(places.procurement(ended), EndProcurement(reason="违约"), county)
    refused(Conflict, "procurement_record_id", "这条采购记录已经终止，不再收履约保证金。", receive, ended, county)


def _name() -> str:
    return queries.asking_in(people.COUNTY, clock.today())[0].name


def test_it_goes_back_when_the_tender_is_over_and_not_before(county: Actor) -> None:
    record = tender()
    made = receive(record, county)
    end = places.procurement(record).valid_to
    refused(
        RuleViolation, "amount", f"还不能退还：标段到 {end} 为止还可以派工。到期后再退。", give_back, made, county, DUE
    )
    over(record)
    refused(RuleViolation, "amount", "这一笔还有 ¥20,000.00，不能退还更多。", give_back, made, county, DUE + 1)
    give_back(made, county, 12_000_00)
    give_back(made, county, 8_000_00, voucher="R-2")
    found = queries.deposit(made, county)
    assert (found.left_fen, found.moved_fen(DepositMove.RETURN), held(made, county).state(clock.today())) == (
        0, DUE, ("已结清", "done"),
    )  # fmt: skip


def test_more_than_is_due_goes_back_before(county: Actor) -> None:
    """A new guarantee came in for one that runs out: the old one is given back."""
    record, today = tender(), clock.today()
    old = receive(record, county, form="guarantee", guarantee_until=today + timedelta(days=20))
    assert held(old, county).state(today) == (f"保函 {today + timedelta(days=20)} 到期，早于退还日，请换新", "soon")
    receive(record, county, form="guarantee", guarantee_until=today + timedelta(days=800), voucher="P-2")
    give_back(old, county, DUE)
    assert queries.covered_fen([record], today) == {record: DUE}
    refused(RuleViolation, "amount",
            f"还不能退还：标段到 {places.procurement(record).valid_to} 为止还可以派工。现在最多退还超出应缴数的 ¥1.00。",
            give_back, receive(record, county, 1_00, voucher="P-3"), county, 1_01)  # fmt: skip


def test_an_expired_guarantee_stands_for_nothing(county: Actor) -> None:
    record, today = tender(), clock.today()
    until = today + timedelta(days=5)
    made = receive(record, county, form="guarantee", guarantee_until=until)
    with clock.fixed(until + timedelta(days=1)):
        assert queries.covered_fen([record], clock.today()) == {record: 0}
        assert held(made, county).state(clock.today()) == (f"保函 {until} 已到期", "late")
        refused(RuleViolation, "day", "保函那天已经到期，不能再要求兑付。", forfeit, made, county, 1)
        assert [one.record.id for one in deposits.on_desk(county)] == [record]
        give_back(made, county, DUE)
        assert left(made, county) == 0


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.booleans(), st.integers(1, 15_000_00)), max_size=5))
def test_what_came_in_is_what_is_left_and_what_went(county: Actor, moves: list[tuple[bool, int]]) -> None:
    record = tender()
    made = receive(record, county)
    over(record)
    went = {DepositMove.RETURN: 0, DepositMove.FORFEIT: 0}
    for place, (back, fen) in enumerate(moves):
        act = partial(give_back, voucher=f"{place}") if back else partial(forfeit, document=f"{place}")
        move = DepositMove.RETURN if back else DepositMove.FORFEIT
        if sum(went.values()) + fen <= DUE:
            act(made, county, fen)
            went[move] += fen
        else:
            with pytest.raises(RuleViolation):
                act(made, county, fen)
    found = queries.deposit(made, county)
    assert {move: found.moved_fen(move) for move in went} == went
    assert found.left_fen + sum(went.values()) == DUE == found.amount_fen


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(1, 9_000_00), st.booleans()), max_size=5))
def test_what_was_undone_stands_again(county: Actor, moves: list[tuple[int, bool]]) -> None:
    made = receive(tender(), county)
    went = 0
    for fen, wrong in moves:
        if went + fen > DUE:
            continue
        forfeit(made, county, fen, document=f"{went}")
        if wrong:
            undo(made, county)
        else:
            went += fen
        assert (left(made, county), queries.deposit(made, county).moved_fen(DepositMove.FORFEIT)) == (DUE - went, went)


def test_a_wrong_slip_is_undone_once_and_entered_right_under_its_number(county: Actor) -> None:
    made = receive(tender(), county)
    forfeit(made, county, 1_000_00)
    undo(made, county)
    refused(Conflict, "", f"这一条扣除 {clock.today()} 已经由{county.name}冲回，不用再办。", undo, made, county)
    forfeit(made, county, 100_00)
    document = "云民罚〔2026〕1号"
    refused(
        Conflict, "document",
        f"决定文号 {document} 已经登记过：{clock.today()} 扣除 ¥100.00，不用再办。"
        "确是另一次扣除的，请写它自己的决定文号；上次登记错的，请先冲回。",
        forfeit, made, county, 100_00,
    )  # fmt: skip
    found = queries.deposit(made, county)
    assert [(one.amount_fen, one.turn, one.undo and one.undo.reason) for one in found.entries] == [
        (1_000_00, 0, "金额多写了一位"), (100_00, 1, None),
    ]  # fmt: skip
    assert found.left_fen == DUE - 100_00


def test_after_everything_was_undone_the_deposit_itself_can_be_countered_and_not_back(county: Actor) -> None:
    record = tender()
    made = receive(record, county)
    forfeit(made, county, 1_00)
    refused(
        Conflict, "", "这一笔已经退还或扣除过，不能冲销；退还或扣除登记错的，请先把那一条冲回。", correct, made, county
    )
    undo(made, county)
    correct(made, county)
    assert held(made, county).state(clock.today()) == ("已冲销", "done")
    refused(RuleViolation, "", "整笔冲销的不能恢复，请重新登记收到的履约保证金。", undo, made, county)


def test_it_does_not_stand_again_beside_what_took_its_place(county: Actor) -> None:
    record, term = tender(), clock.today() + timedelta(days=300)
    old = receive(record, county)
    new = receive(record, county, voucher="P-2", replaces=old)
    over(record)
    give_back(new, county, DUE)
    end_term(record, term)
    third = receive(record, county, voucher="P-3", replaces=old)
    words = "凭证号 P-3 的一笔已经换下了同一笔，请先冲销那一笔，再冲回这一条。"
    refused(Conflict, "", words, undo, new, county)
    correct(third, county)
    undo(new, county)
    assert (left(new, county), left(third, county)) == (DUE, 0)


def test_only_who_keeps_it_undoes(county: Actor) -> None:
    made = receive(tender(), county)
    forfeit(made, county, 1_00)
    entry = queries.deposit(made, county).entries[0].id
    for actor, error in ((people.actor(Role.FINANCE), NotAllowed), (people.actor(Role.AUDITOR), NotAllowed)):
        with pytest.raises(error), transaction():
            service.undo(queries.deposit(made, actor), entry, UndoEntry(reason="看错"), actor)
    other = receive(tender(), county)
    with pytest.raises(NotFound), transaction():
        service.undo(queries.deposit(other, county), entry, UndoEntry(reason="看错"), county)
    assert left(made, county) == DUE - 1_00


UNBACKED = (
    "INSERT INTO deposit_entry (deposit_id, move, amount_fen, day, document, reason, paper_id, at, actor_name)"
    " SELECT deposit_id, move, 1, day, document, reason, paper_id, at, actor_name FROM deposit_entry"
)
"""An entry that the deposit's counter knows nothing of."""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE deposit SET amount_fen = amount_fen + 1",
        "UPDATE deposit SET voucher = 'x'",
        "UPDATE deposit SET guarantee_until = NULL, form = 'transfer', due_fen = 0",
        "UPDATE deposit SET gone_fen = gone_fen - 1",
        "UPDATE deposit SET gone_fen = amount_fen + 1",
        "DELETE FROM deposit",
        "UPDATE deposit_entry SET amount_fen = 1",
        "DELETE FROM deposit_entry",
        UNBACKED,
        "UPDATE deposit_undo SET reason = 'x'",
        "DELETE FROM deposit_undo",
        "INSERT INTO deposit_undo (entry_id, reason, at, actor_name) SELECT entry_id, reason, at, actor_name FROM deposit_undo",
        "INSERT INTO deposit_undo (entry_id, reason, at, actor_name) SELECT id, '', at, actor_name FROM deposit_entry",
    ],
)
def test_the_database_refuses_what_would_change_it(county: Actor, session: Session, statement: str) -> None:
    made = receive(tender(), county)
    forfeit(made, county, 7, document="错")
    undo(made, county)
    forfeit(made, county, 100)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))
    session.rollback()
    assert left(made, county) == DUE - 100
    assert [entry.amount_fen for entry in session.scalars(select(DepositEntry))] == [7, 100]


@pytest.mark.parametrize("same", [True, False])
def test_the_database_books_a_slip_once(county: Actor, session: Session, same: bool) -> None:
    made = receive(tender(), county)
    forfeit(made, county, 100)
    session.execute(text("UPDATE deposit SET gone_fen = gone_fen + 1"))  # so that the entry is backed
    again = text(UNBACKED if same else UNBACKED.replace("1, day, document", "1, day, 'other'"))
    with nullcontext() if not same else pytest.raises(IntegrityError), session.begin_nested():
        session.execute(again)
    session.rollback()


def test_every_act_is_on_the_firms_chain(county: Actor, session: Session) -> None:
    firm = people.make_firm()
    made = receive(tender(firm), county)
    forfeit(made, county, 1_00)
    chain = AuditEntry.chain == f"organisation:{firm.id}"
    rows = session.execute(select(AuditEntry.event, AuditEntry.details).where(chain).order_by(AuditEntry.id)).all()
    assert [(event, details.get("amount_fen")) for event, details in rows[-2:]] == [
        ("deposit.received", DUE), ("deposit.forfeit", 1_00),
    ]  # fmt: skip


def test_who_may_and_who_sees(county: Actor) -> None:
    firm, other = people.make_firm(), people.make_firm()
    record = tender(firm)
    made = receive(record, county)
    for role in (Role.FINANCE, Role.AUDITOR, Role.CITY, Role.COUNTY):
        assert left(made, people.actor(role)) == DUE
    own = people.actor(Role.CONTRACTOR, firm=firm)
    assert [one.record.id for one in deposits.tenders(own).tenders] == [record]
    assert left(made, own) == DUE
    for stranger in (people.actor(Role.CONTRACTOR, firm=other), people.actor(Role.TOWNSHIP),
                     people.actor(Role.SUPERVISOR), people.actor(Role.ADMIN)):  # fmt: skip
        assert deposits.tenders(stranger).tenders == ()
        refused(NotFound, "", "没有这笔履约保证金，或不在您的查看范围内。", queries.deposit, made, stranger)
    refused(
        NotAllowed, "", "您的岗位不能登记履约保证金，请由民政局办理。", forfeit, made, people.actor(Role.FINANCE), 1
    )
    refused(NotAllowed, "", "您的岗位不能登记履约保证金，请由民政局办理。", receive, record, own)


def test_the_other_office_of_the_county_has_its_own(county: Actor) -> None:
    made = receive(tender(), county)
    federation = replace(people.actor(Role.COUNTY), office=Office.FEDERATION)
    assert deposits.tenders(federation).tenders == ()
    refused(NotFound, "", "没有这笔履约保证金，或不在您的查看范围内。", queries.deposit, made, federation)


GONE = "没有这个标段，或不在您的查看范围内。"
NOTHING = "这个标段没有要收的履约保证金，或不在您的查看范围内。"


def test_a_tender_of_the_other_offices_programme_is_not_there(county: Actor) -> None:
    federation = replace(county, office=Office.FEDERATION)
    theirs, shared = tender(programme_key=KEY), tender()
    refused(NotFound, "", GONE, deposits.tender, theirs, federation)
    refused(NotFound, "", GONE, receive, theirs, federation)
    # of a tender for all programmes there is nothing to tell while no programme of the own office asks
    refused(NotFound, "", NOTHING, deposits.tender, shared, federation)
    said = f"标段 {places.procurement(shared).lot} 适用的政策里由本单位牵头的都不收履约保证金，不用登记。"
    refused(RuleViolation, "programme_key", said, receive, shared, federation)
    assert [deposits.tender(one, county).due_fen for one in (theirs, shared)] == [DUE, DUE]


def test_a_tender_of_both_offices_tells_each_the_true_sum(county: Actor) -> None:
    ask_too(percent=10)
    federation = replace(county, office=Office.FEDERATION)
    record = tender()
    mine = receive(record, county)
    found = deposits.tender(record, federation)
    assert ([one.programme_key for one in found.asking], found.held, found.due_fen) == (["other-2026"], (), 2 * DUE)
    assert (found.covered_fen, found.others_fen, found.lacks) == (DUE, DUE, True)
    theirs = receive(record, federation, programme_key="other-2026", voucher="F-1")
    for actor, own in ((county, mine), (federation, theirs)):
        found = deposits.tender(record, actor)
        assert [one.deposit.id for one in found.held] == [own]
        assert (found.covered_fen, found.others_fen) == (2 * DUE, DUE)


def test_the_other_offices_tenders_are_not_ended_nor_offered(county: Actor) -> None:
    federation = replace(county, office=Office.FEDERATION)
    theirs, shared = tender(programme_key=KEY), tender(award=None)
    words = "没有这条采购记录，或不在您的管理范围内"
    refused(NotFound, "", words, tendering.end_tender, places.procurement(theirs), END, federation)
    refused(NotFound, "", words, tendering.set_award, places.procurement(theirs), SetAward(award="1.00"), federation)
    assert tendering.choices(federation) == []
    assert [key for key, _ in tendering.choices(county)] == [KEY]
    command = AddProcurement(kind=OrganisationKind.CONTRACTOR, lot="X", region_id=people.region(people.COUNTY).id,
                             valid_from=clock.today(), valid_to=clock.today(), programme_key=KEY)  # fmt: skip
    refused(RuleViolation, "programme_key", "这个政策由民政局牵头，它的采购记录由县级民政局登记，请另选。",
            tendering.add_tender, places.organisation(people.make_firm().id), command, federation)  # fmt: skip
    with transaction():
        tendering.end_tender(places.procurement(shared), END, federation)
        tendering.end_tender(places.procurement(theirs), END, county)


END = EndProcurement(reason="违约")


def test_a_citys_framework_is_kept_by_the_city_and_read_by_the_county(county: Actor) -> None:
    city = people.actor(Role.CITY)
    record = tender(code=people.CITY)
    refused(NotAllowed, "", f"这个标段由{people.region(people.CITY).name}采购，履约保证金由当地登记。", receive, record,
            county)  # fmt: skip
    made = receive(record, city)
    assert left(made, county) == DUE
    assert deposits.keeps(queries.deposit(made, county).record, county) is False


def test_without_a_programme_that_asks_there_is_nothing(session: Session) -> None:
    publish_tables()
    county = people.actor(Role.COUNTY)
    tender()
    assert (deposits.are_used(), deposits.tenders(county).tenders, deposits.on_desk(county)) == (False, (), [])
