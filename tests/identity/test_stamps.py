"""No endpoint without a stamp; what the stamps do at the door."""

import pytest
from flask import Blueprint, Flask

from app.identity.access import Stamp, check_stamps, local_path, public, requires, stamp_of
from app.permissions import Permission, Role
from tests.factories import people
from tests.support.client import PageClient


def test_an_endpoint_without_a_stamp_stops_the_start_up_naming_it() -> None:
    app, bp = Flask(__name__), Blueprint("stages", __name__)
    bp.add_url_rule("/a", "forgotten", lambda: "")
    bp.add_url_rule("/b", "open", public(lambda: ""))
    bp.add_url_rule("/c", "guarded", requires(Permission.MONEY_READ)(lambda: ""))
    app.register_blueprint(bp)
    app.add_url_rule("/d", "also_forgotten", lambda: "")
    with pytest.raises(RuntimeError) as error:
        check_stamps(app)
    assert str(error.value) == "endpoints without @requires or @public: also_forgotten, stages.forgotten"


def test_static_files_need_no_stamp() -> None:
    check_stamps(Flask(__name__))


def test_a_stamp_can_be_read_back() -> None:
    view = requires(Permission.MONEY_READ, Permission.FUNDS_READ)(lambda: "")
    assert stamp_of(view) == Stamp(False, (Permission.MONEY_READ, Permission.FUNDS_READ))
    assert stamp_of(public(lambda: "")) == Stamp(True)


@pytest.mark.parametrize("target", ["/", "/renovations?status=draft&q=%E5%BC%A0", "/a/b#c"])
def test_paths_on_this_site_are_followed(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "renovations",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "https://evil.example/",
        "/a\nb",
        "/\t/e",
    ],
)
def test_nothing_else_is(target: str | None) -> None:
    assert local_path(target) is None


@pytest.mark.sqlite_only
def test_a_page_without_session_leads_to_the_sign_in_and_back(client: PageClient) -> None:
    answer = client.get("/admin/users?q=%E7%8E%8B")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/admin/users?q%3D%25E7%258E%258B")
    people.make_user(Role.ADMIN, staff_no="boss")
    form = client.page("/admin/users?q=%E7%8E%8B").find("form", attrs={"method": "post"})
    assert form is not None
    signed = client.submit(form, account="boss", password=people.PASSWORD)
    assert (signed.status_code, signed.location) == (302, "/admin/users?q=%E7%8E%8B")


@pytest.mark.sqlite_only
def test_a_fragment_without_session_sends_the_whole_page_to_the_sign_in(client: PageClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/admin/users?role=admin"}
    answer = client.get("/admin/users", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in?next=/admin/users?role%3Dadmin")


@pytest.mark.sqlite_only
def test_signed_in_without_the_permission_is_refused_with_its_name(client: PageClient) -> None:
    client.login(people.make_user(Role.TOWNSHIP))
    page = client.page("/admin/users", status=403)
    assert "您没有“管理用户”的权限，如工作需要请联系管理员" in page.get_text()


@pytest.mark.sqlite_only
def test_the_api_knows_no_cookie(client: PageClient) -> None:
    client.login(people.make_user(Role.ADMIN))
    answer = client.get("/api/v1/renovations")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
