"""Sessions in the browser: begun anew at each sign-in, and over when they should be."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.identity.models import User, UserSession
from app.identity.rules import UserState
from app.permissions import Role
from tests.factories import people
from tests.support.client import PageClient

PAGE = "/account/tokens"
NewClient = Callable[[], PageClient]


@pytest.fixture
def user(session: Session) -> User:
    return people.make_user(Role.ADMIN, staff_no="boss")


def sign_in(client: PageClient, password: str = people.PASSWORD) -> None:
    answer = client.submit(client.page("/sign-in"), account="boss", password=password)
    assert (answer.status_code, answer.location) == (302, "/")


def is_in(client: PageClient) -> bool:
    answer = client.get(PAGE)
    assert answer.status_code in (200, 302)
    return answer.status_code == 200


def test_the_cookie_is_ours_alone(client: PageClient, user: User) -> None:
    answer = client.submit(client.page("/sign-in"), account="boss", password=people.PASSWORD)
    parts = answer.headers["Set-Cookie"].split("; ")
    assert parts[0].startswith("anju_session=")
    assert set(parts[1:]) >= {"HttpOnly", "SameSite=Lax"}


def test_sign_in_keeps_nothing_of_the_session_before(client: PageClient, user: User) -> None:
    client.page("/sign-in")
    with client.session_transaction() as kept:
        kept["planted"] = "by somebody else"
        before = kept["csrf_token"]
    sign_in(client)
    with client.session_transaction() as kept:
        assert "planted" not in kept
        assert kept.get("csrf_token") != before


def test_sign_out_ends_the_session_on_the_server_too(client: PageClient, user: User) -> None:
    sign_in(client)
    with client.session_transaction() as kept:
        stolen = dict(kept)
    page = client.page(PAGE)
    form = page.find("form", attrs={"action": "/sign-out"})
    answer = client.post("/sign-out", data={"csrf_token": _token(page)}) if form is None else client.submit(form)
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert not is_in(client)
    with client.session_transaction() as kept:
        kept.update(stolen)
    assert not is_in(client)


def test_sign_out_needs_the_csrf_token(client: PageClient, user: User) -> None:
    sign_in(client)
    assert client.post("/sign-out").status_code == 400
    assert is_in(client)


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(new_client: NewClient, user: User) -> None:
    here, elsewhere = new_client(), new_client()
    for one in (here, elsewhere):
        sign_in(one)
    form = next(
        form for form in here.page("/account/password").find_all("form") if form.find(attrs={"name": "repeated"})
    )
    answer = here.submit(form, current=people.PASSWORD, new="xin-mi-ma-2468", repeated="xin-mi-ma-2468")
    assert answer.status_code == 302
    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_suspension_ends_the_session_at_the_next_request(client: PageClient, user: User, session: Session) -> None:
    sign_in(client)
    assert is_in(client)
    session.get_one(User, user.id).state = UserState.SUSPENDED
    session.commit()
    assert not is_in(client)


def test_an_idle_session_is_over(client: PageClient, user: User) -> None:
    sign_in(client)
    with client.session_transaction() as kept:
        kept["seen"] -= 4 * 3600 - 30
    assert is_in(client)  # and that counts as a sign of life
    with client.session_transaction() as kept:
        assert clock.system().timestamp() - kept["seen"] < 30
        kept["seen"] -= 4 * 3600 + 1
    assert not is_in(client)


def test_no_session_outlives_the_working_day(client: PageClient, user: User, session: Session) -> None:
    sign_in(client)
    row = session.query(UserSession).one()
    row.started_at -= timedelta(hours=12, minutes=1)
    session.commit()
    assert not is_in(client)


def test_a_forged_or_old_key_opens_nothing(client: PageClient, user: User) -> None:
    with client.session_transaction() as kept:
        kept.update(key="x" * 43, seen=int(clock.system().timestamp()))
    assert not is_in(client)
    with client.session_transaction() as kept:
        kept.update(key=["not", "text"], seen="yesterday")
    assert not is_in(client)


def test_who_has_a_one_time_password_must_change_it_first(client: PageClient, user: User, session: Session) -> None:
    session.get_one(User, user.id).must_change_password = True
    session.commit()
    sign_in(client)
    for path in ("/", "/admin/users"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (302, "/account/password")
    page = client.page("/account/password")
    assert "您正在使用一次性密码，请先设置自己的密码。" in page.get_text()


def test_the_page_of_a_one_time_password_is_not_filled_with_itself(
    client: PageClient, user: User, session: Session
) -> None:
    session.get_one(User, user.id).must_change_password = True
    session.flush()
    client.login(user)
    for path in ("/inbox/count", "/waiting"):
        part = client.get(path, headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/account/password"})
        assert (part.status_code, part.data) == (204, b"")


def test_what_was_typed_stays_but_the_password_does_not(client: PageClient, user: User) -> None:
    answer = client.submit(client.page("/sign-in"), account="boss", password="a-wrong-secret")
    assert answer.status_code == 422
    assert 'value="boss"' in answer.text
    assert "a-wrong-secret" not in answer.text


def test_next_never_leads_elsewhere(client: PageClient, user: User) -> None:
    page = client.page("/sign-in?next=https://evil.example/")
    assert page.find(attrs={"name": "next"}) is None
    form = page.find("form", attrs={"method": "post"})
    assert form is not None
    answer = client.submit(form, {"next": "//evil.example"}, tampered=True, account="boss", password=people.PASSWORD)
    assert answer.location == "/"


def test_a_fresh_system_says_how_to_make_the_first_account(client: PageClient) -> None:
    assert "flask --app wsgi admin create" in client.page("/sign-in").get_text()


def _token(page: object) -> str:
    return str(page.find("meta", attrs={"name": "csrf-token"})["content"])  # type: ignore[attr-defined]
