"""The second factor: the codes of RFC 6238, each once, and the way through the pages."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.core.errors import DomainError, RuleViolation
from app.identity import queries, second_factor, service, signin
from app.identity.models import User
from app.identity.rules import DisableSecondFactor, EnableSecondFactor, SecondCode, SignIn, SignInOutcome
from app.identity.signin import SecondFactorNeeded, TooMany
from app.permissions import SYSTEM, Role
from tests.factories import people
from tests.support.client import PageClient

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_codes_are_those_of_the_standard(seconds: int, digits: str) -> None:
    assert second_factor.code(RFC_SECRET, second_factor.step_at(datetime.fromtimestamp(seconds, UTC))) == digits


def test_a_telephone_may_be_half_a_minute_off_and_no_more() -> None:
    at = datetime(2026, 5, 1, 1, 0, 10, tzinfo=UTC)
    step = second_factor.step_at(at)
    found = [
        second_factor.matching_step(RFC_SECRET, second_factor.code(RFC_SECRET, step + off), at) for off in range(-2, 3)
    ]
    assert found == [None, step - 1, step, step + 1, None]


@pytest.fixture
def user(session: Session) -> User:
    """An account with a second factor, which signed in long ago."""
    made = people.make_user(Role.ADMIN, staff_no="boss")
    with transaction():
        second_factor.enable(EnableSecondFactor(secret=RFC_SECRET, code=now()), queries.actor_of(queries.user(made.id)))
    return queries.user(made.id)


def now(off: int = 0) -> str:
    return second_factor.code(RFC_SECRET, second_factor.step_at(clock.system()) + off)


def first_step() -> SecondFactorNeeded:
    with pytest.raises(SecondFactorNeeded) as needed:
        signin.sign_in(SignIn(account="boss", password=people.PASSWORD), "10.0.0.7")
    return needed.value


def second_step(needed: SecondFactorNeeded, code: str) -> str:
    return signin.finish(SecondCode(code=code), needed.user_id, needed.attempt_id, "10.0.0.7")


def test_password_and_code_open_a_session_and_both_attempts_end_well(session: Session, user: User) -> None:
    assert second_step(first_step(), now()) != ""
    assert [one.outcome for one in queries.attempts(user.id)] == [SignInOutcome.DONE] * 2


def test_the_secret_is_encrypted(session: Session, user: User) -> None:
    stored = session.execute(text("SELECT totp_secret FROM \"user\" WHERE staff_no = 'boss'")).scalar_one()
    assert RFC_SECRET.encode() not in bytes(stored)


def test_a_code_opens_once(session: Session, user: User) -> None:
    code = now()
    second_step(first_step(), code)
    with pytest.raises(RuleViolation) as error:
        second_step(first_step(), code)
    assert (error.value.field, error.value.message) == ("code", second_factor.WRONG_CODE)


def test_guessing_codes_is_locked_out(session: Session, user: User) -> None:
    needed = first_step()
    for _ in range(4):
        with pytest.raises(RuleViolation):
            second_step(needed, "000000" if now() != "000000" else "000001")
    with pytest.raises(TooMany):
        second_step(needed, now())


def test_a_wrong_password_never_asks_for_a_code(session: Session, user: User) -> None:
    with pytest.raises(RuleViolation) as error:
        signin.sign_in(SignIn(account="boss", password="wrong"), "10.0.0.7")
    assert error.value.message == signin.WRONG


def test_switching_off_needs_a_code_and_a_reset_switches_off(session: Session, user: User) -> None:
    actor = queries.actor_of(user)
    wrong = "000000" if now() != "000000" else "000001"
    with pytest.raises(DomainError), transaction():
        second_factor.disable(DisableSecondFactor(code=wrong), actor)
    assert queries.user(user.id).totp_secret == RFC_SECRET
    with transaction():
        service.reset_password(queries.user(user.id), SYSTEM)
    assert queries.user(user.id).totp_secret is None


@pytest.mark.sqlite_only
def test_through_the_pages(client: PageClient, session: Session) -> None:
    user = people.make_user(Role.ADMIN, staff_no="boss")
    client.login(user)
    page = client.page("/account/second-factor")
    secret = page.find(id="secret").get_text()
    form = next(one for one in page.find_all("form") if one.find(attrs={"name": "code"}))
    refused = client.submit(form, code="12345")
    assert refused.status_code == 422
    assert refused.soup.find(id="secret").get_text() == secret
    here = second_factor.step_at(clock.system())
    assert client.submit(form, code=second_factor.code(secret, here)).status_code == 302
    client.login(None)
    assert client.get("/sign-in/code").location == "/sign-in"
    signed = client.submit(client.page("/sign-in?next=/admin/users"), account="boss", password=people.PASSWORD)
    assert signed.location == "/sign-in/code?next=/admin/users"
    assert client.get("/admin/users").status_code == 302  # the password alone opens nothing
    form = client.page(signed.location)
    with client.session_transaction() as kept:
        begun = kept["second"]
        kept["second"] = {**begun, "at": begun["at"] - 301}
    assert client.get("/sign-in/code").location == "/sign-in"
    with client.session_transaction() as kept:
        kept["second"] = begun
    code = second_factor.code(secret, second_factor.step_at(clock.system()))
    assert client.submit(form, code=code).location == "/admin/users"
    assert client.get("/admin/users").status_code == 200
    page = client.page("/account/second-factor")
    form = next(one for one in page.find_all("form") if one.find(attrs={"name": "code"}))
    off = second_factor.code(secret, second_factor.step_at(clock.system() + timedelta(seconds=1)))
    assert client.submit(form, code=off).status_code == 302
    assert queries.user(user.id).totp_secret is None
