"""Signing in: lock-out of accounts and addresses, equal answers, the person's own new password."""

from datetime import timedelta
from threading import Thread
from time import process_time

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError, NotAllowed, RuleViolation
from app.identity import passwords, queries, service, sessions, signin
from app.identity.models import SignInAttempt, User, UserSession
from app.identity.rules import ChangePassword, SignIn, SignInOutcome, SuspendUser
from app.identity.signin import WRONG, TooMany
from app.permissions import SYSTEM, Role
from tests.factories import people

HERE = "10.0.0.7"


def attempt(account: str, password: str = "wrong", address: str = HERE) -> str:
    return signin.sign_in(SignIn(account=account, password=password), address)


def answer(account: str, password: str = "wrong", address: str = HERE) -> str:
    try:
        attempt(account, password, address)
    except DomainError as error:
        return f"{error.status} {error.message}"
    return "signed in"


def pass_time(**span: float) -> None:
    """Let what was attempted so far have happened earlier by that much."""
    rows = db.session.execute(select(SignInAttempt.id, SignInAttempt.at)).all()
    for row_id, at in rows:
        db.session.execute(update(SignInAttempt).where(SignInAttempt.id == row_id).values(at=at - timedelta(**span)))
    db.session.commit()


def test_by_staff_number_or_telephone_and_the_session_is_the_accounts(session: Session) -> None:
    user = people.make_user(Role.TOWNSHIP, staff_no="Wang.01", phone="138 0000 1111")
    for account in ("wang.01", "WANG.01", "13800001111", "+86 13800001111"):
        opened = queries.open_session(sessions.digest(attempt(account, people.PASSWORD)))
        assert opened is not None
        assert opened.actor.user_id == user.id
    assert queries.user(user.id).last_sign_in_at is not None
    assert [one.outcome for one in queries.attempts(user.id)] == [SignInOutcome.DONE] * 4


def test_an_account_without_telephone_is_not_found_by_no_number(session: Session) -> None:
    people.make_user(Role.TOWNSHIP, staff_no="nophone")
    assert queries.user_to_sign_in("---") is None


def test_wrong_and_unknown_get_the_same_answer_and_leave_the_same_traces(session: Session) -> None:
    people.make_user(Role.TOWNSHIP, staff_no="known")
    for account in ("known", "unknown"):
        assert answer(account) == f"422 {WRONG}"
    assert session.scalars(select(SignInAttempt.outcome)).all() == [SignInOutcome.REFUSED] * 2
    entries = session.scalars(select(AuditEntry).where(AuditEntry.event == "sign_in").order_by(AuditEntry.id)).all()
    assert [(one.chain, one.details["outcome"]) for one in entries] == [("sign-in", "refused")] * 2


def test_an_unknown_account_takes_as_long_as_a_known_one(session: Session) -> None:
    known = people.password_hash()
    passwords.verify(None, "warm up")

    def fastest(password_hash: str | None) -> float:  # by the processor's time, since other tests run beside
        times = []
        for _ in range(5):
            start = process_time()
            passwords.verify(password_hash, "wrong")
            times.append(process_time() - start)
        return min(times)

    ratio = fastest(None) / fastest(known)
    assert 0.5 < ratio < 2


@pytest.mark.parametrize("account", ["known", "unknown"])
def test_five_failures_lock_known_and_unknown_accounts_alike(session: Session, account: str) -> None:
    people.make_user(Role.TOWNSHIP, staff_no="known")
    assert [answer(account) for _ in range(5)] == [f"422 {WRONG}"] * 5
    with pytest.raises(TooMany) as error:
        attempt(account, people.PASSWORD)
    until = clock.local(clock.system() + timedelta(minutes=2))
    early = clock.local(clock.system() + timedelta(minutes=1))
    assert error.value.message in {
        f"登录失败次数太多，请在 {at:%H:%M} 以后再试，或联系管理员重置密码" for at in (until, early)
    }
    assert (error.value.status, error.value.field) == (429, "account")


def test_the_lock_ends_by_itself_and_the_next_one_is_longer(session: Session) -> None:
    people.make_user(Role.TOWNSHIP, staff_no="known")
    for _ in range(5):
        answer("known")
    pass_time(seconds=61)
    assert answer("known") == f"422 {WRONG}"
    pass_time(seconds=61)
    assert answer("known", people.PASSWORD).startswith("429 ")
    pass_time(seconds=61)
    assert answer("known", people.PASSWORD) == "signed in"
    assert [answer("known") for _ in range(5)] == [f"422 {WRONG}"] * 5  # a success clears what was before


def test_attempts_while_locked_do_not_lengthen_the_lock(session: Session) -> None:
    people.make_user(Role.TOWNSHIP, staff_no="known")
    for _ in range(9):
        answer("known")
    pass_time(seconds=61)
    assert answer("known", people.PASSWORD) == "signed in"


def test_staff_number_and_telephone_count_together(session: Session) -> None:
    people.make_user(Role.TOWNSHIP, staff_no="known", phone="13800001111")
    for account in ("known", "13800001111", "KNOWN", "13800001111", "known"):
        answer(account)
    assert answer("13800001111", people.PASSWORD).startswith("429 ")


def test_one_locked_account_locks_no_other(session: Session) -> None:
    people.make_user(Role.TOWNSHIP, staff_no="known")
    people.make_user(Role.TOWNSHIP, staff_no="other")
    for _ in range(6):
        answer("known")
    assert answer("other", people.PASSWORD) == "signed in"


def test_an_address_that_tries_many_accounts_is_locked_and_others_are_not(session: Session) -> None:
    people.make_user(Role.TOWNSHIP, staff_no="known")
    for number in range(30):
        answer(f"guess-{number}")
    assert answer("known", people.PASSWORD).startswith("429 ")
    assert answer("known", people.PASSWORD, "10.0.0.8") == "signed in"
    pass_time(seconds=61)
    assert answer("known", people.PASSWORD) == "signed in"


def test_suspension_is_told_only_to_who_knows_the_password(session: Session) -> None:
    user = people.make_user(Role.TOWNSHIP, staff_no="known")
    with transaction():
        service.suspend_user(queries.user(user.id), SuspendUser(reason="调离"), SYSTEM)
    assert answer("known") == f"422 {WRONG}"
    with pytest.raises(NotAllowed) as error:
        attempt("known", people.PASSWORD)
    assert error.value.message == "该账号已停用，请联系管理员"
    assert session.scalars(select(UserSession)).all() == []


def test_what_was_typed_as_account_is_not_kept(session: Session) -> None:
    answer("my-secret-password")
    row = session.scalars(select(SignInAttempt)).one()
    assert "secret" not in f"{row.account_index}{row.address}"


def test_simultaneous_guesses_see_each_other(committed: Flask) -> None:
    user_id = people.make_user(Role.TOWNSHIP, staff_no="known").id
    db.session.remove()
    answers: list[str] = []

    def guess() -> None:
        with committed.app_context():
            answers.append(answer("known"))
            db.session.remove()

    threads = [Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one[:3] for one in answers) == ["422"] * 5 + ["429"] * 7
    assert [one.outcome for one in queries.attempts(user_id)].count(SignInOutcome.LOCKED) == 7


def change(user: User, current: str, new: str, repeated: str = "") -> str:
    command = ChangePassword(current=current, new=new, repeated=repeated or new)
    return signin.change_password(command, user.id, HERE)


def test_a_new_password_replaces_the_old_and_ends_every_session_but_its_own(session: Session) -> None:
    user = people.make_user(Role.TOWNSHIP, staff_no="known")
    before = [attempt("known", people.PASSWORD) for _ in range(2)]
    key = change(user, people.PASSWORD, "xin-mi-ma-2468")
    assert [queries.open_session(sessions.digest(one)) for one in before] == [None, None]
    assert queries.open_session(sessions.digest(key)) is not None
    assert answer("known", people.PASSWORD) == f"422 {WRONG}"
    assert answer("known", "xin-mi-ma-2468") == "signed in"
    chain = session.scalars(select(AuditEntry.event).where(AuditEntry.chain == f"user:{user.id}")).all()
    assert "user.password_changed" in chain


@pytest.mark.parametrize(
    ("current", "new", "repeated", "field"),
    [
        ("wrong", "xin-mi-ma-2468", "", "current"),
        (people.PASSWORD, "short", "", "new"),
        (people.PASSWORD, "xx-known1-xx", "", "new"),
        (people.PASSWORD, people.PASSWORD, "", "new"),
        (people.PASSWORD, "xin-mi-ma-2468", "xin-mi-ma-2469", "repeated"),
    ],
)
def test_a_password_that_will_not_do_is_refused_at_its_field(
    session: Session, current: str, new: str, repeated: str, field: str
) -> None:
    user = people.make_user(Role.TOWNSHIP, staff_no="known1")
    with pytest.raises(RuleViolation) as error:
        change(user, current, new, repeated)
    assert error.value.field == field
    assert answer("known1", people.PASSWORD) == "signed in"


def test_guessing_the_current_password_is_locked_out_too(session: Session) -> None:
    user = people.make_user(Role.TOWNSHIP, staff_no="known")
    for _ in range(5):
        with pytest.raises(RuleViolation):
            change(user, "wrong", "xin-mi-ma-2468")
    with pytest.raises(TooMany):
        change(user, people.PASSWORD, "xin-mi-ma-2468")
