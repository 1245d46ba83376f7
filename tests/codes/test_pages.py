"""The pages of codes: the household's own, the firm's, the township's; and the same through the API."""

import io
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sqlalchemy.orm import Session

from app.core import clock, spoken
from app.core.db import transaction
from app.identity.models import User
from app.identity.queries import actor_of
from app.identity.rules import MakeToken, Reach, TokenKind
from app.identity.tokens import make_token
from app.permissions import SYSTEM, Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from tests.assessment.support import confirmed, user
from tests.construction import support as construction
from tests.construction.support import Site, do
from tests.factories import applications, people
from tests.plan.support import line, verify
from tests.process.support import publish_without
from tests.process.test_purchases import BOUGHT
from tests.support.client import PageClient

from .support import live, outcomes, programme, signed


@pytest.fixture
def on(session: Session) -> Site:
    programme()
    return construction.site()


def picture(colour: int = 40) -> tuple[io.BytesIO, str]:
    content = io.BytesIO()
    Image.new("RGB", (640, 480), (colour, 90, 200)).save(content, "JPEG")
    content.seek(0)
    return content, "IMG_0001.jpg"


def form(page: BeautifulSoup) -> BeautifulSoup:
    return page.select("form[data-guard]")[-1]


def text(page: BeautifulSoup) -> str:
    return page.select_one("main").get_text(" ", strip=True)


def enter(client: PageClient, code: str) -> BeautifulSoup:
    return client.submit(form(client.page("/codes/")), code=code).soup


def at_home(client: PageClient, file: Renovation, id_number: str) -> BeautifulSoup:
    """The household's own page."""
    client.login(None)
    look = client.page("/my").select_one("main form")
    return client.submit(look, receipt=file.receipt_code, last_four=id_number[-4:], follow_redirects=True).soup


def test_from_the_list_to_the_contract_by_the_pages(client: PageClient, on: Site) -> None:
    """The township lists and has it signed, the household reads its code, the firm takes the home and signs."""
    township, number = on.around.township, applications.id_number()
    file = listed_as(on, number)
    client.login(user(township))
    page = client.page(f"/renovations/{file.number}/plan/sign")
    answer = client.submit(form(page), self_pay="0.00", signature=picture(), follow_redirects=True)
    assert answer.status_code == 200
    file = files.get(file.number, SYSTEM)
    code = live(file)
    shown = client.page(f"/renovations/{file.number}?tab=construction")
    assert "待凭码购买" in text(shown)
    assert "等家庭把码交给选定的单位" in text(shown)
    assert code.spoken in text(shown)
    slip = client.page(f"/renovations/{file.number}/papers/code_slip")
    assert code.spoken in slip.get_text()
    own = at_home(client, file, number)
    assert own.select_one(".elder-code").get_text() == code.spoken
    assert "请自己选一家在本县准入的单位，把下面的码给它看，或者念给它听。" in text(own)
    client.login(user(on.builder))
    assert client.get(f"/renovations/{file.number}").status_code == 404
    desk = client.page("/")
    assert desk.select_one('a[href="/codes/"]').get_text(strip=True) == "凭码接单"
    offer = enter(client, code.spoken.lower().replace("-", " "))
    said = text(offer)
    assert ("张**" in said, file.applicant_name in said, file.address in said, file.number in said) == (
        *(True, False, False, False),
    )
    assert outcomes(file) == [None]
    taken = client.submit(form(offer), follow_redirects=True)
    assert taken.request.path == f"/renovations/{file.number}"
    again = client.submit(form(offer), follow_redirects=True)  # the back button, and once more
    assert again.request.path == f"/renovations/{file.number}"
    assert outcomes(files.get(file.number, SYSTEM)) == ["redeemed"]
    page = client.page(f"/renovations/{file.number}/construction/contract")
    signed_ = client.submit(
        form(page), number="HT-1", warranty_months="0", clears_rubble="true", signature=picture(90),
        follow_redirects=True,
    )  # fmt: skip
    assert signed_.status_code == 200
    assert files.get(file.number, SYSTEM).status.value == "dispatched"
    own = at_home(client, file, number)
    assert own.select_one(".elder-code") is None


def listed_as(on: Site, id_number: str) -> Renovation:
    """A household with this ID number whose list waits for its signature."""
    around = on.around
    file = confirmed(around, people=[applications.person(id_number=id_number)])
    verify(file, around)
    bought = [line(item, "150.00", measured="") for item in BOUGHT]
    typed = {"lines": bought, "no_shared_space": True, "design_code": True, "submit": True}
    return do("plan.draft", file, around.township, **typed)


def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(client: PageClient, on: Site) -> None:
    signed(on)
    client.login(user(on.builder))
    nobodys = spoken.grouped(spoken.draw_checked(12))
    for typed, said in (
        ("", "请填写优惠码"),
        ("K7PM", "优惠码是 12 位，您输入了 4 位"),
        ("K7PM-K7PM-K7PP", "有一位输错了"),
        (nobodys, "没有查到贵单位可以用的优惠码"),
    ):
        page = enter(client, typed)
        assert said in page.select_one(".field-error").get_text()
        assert page.select_one("input[name=code]")["value"] == typed
        assert page.h1.get_text() == "凭码接单"


def test_an_expired_code_sends_the_household_to_the_township(client: PageClient, on: Site) -> None:
    number = applications.id_number()
    file = signed(on, listed_as(on, number))
    code = live(file)
    with clock.fixed(code.valid_to + timedelta(days=1)):
        own = at_home(client, file, number)
        assert own.select_one(".elder-code") is None
        assert "您的优惠码过期了。请到乡镇（街道）换一个新的，不用重新申请。" in text(own)
        client.login(user(on.around.township))
        assert "换发优惠码" in text(client.page("/"))
        assert client.get(f"/renovations/{file.number}/papers/code_slip").status_code == 404
        page = client.page(f"/renovations/{file.number}/construction/renew_code")
        assert "已过期" in text(page)
        empty = client.submit(form(page), reason="")
        assert (empty.status_code, "请填写为什么换发" in empty.text) == (422, True)
        client.submit(form(page), reason="过期了", follow_redirects=True)
        assert outcomes(files.get(file.number, SYSTEM)) == ["expired", None]
        assert at_home(client, file, number).select_one(".elder-code").get_text() == live(file).spoken


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_who_opens_what(client: PageClient, on: Site, role: Role) -> None:
    """Only building firms enter codes; only the offices that hand letters over read them."""
    file = signed(on)
    code = live(file).spoken
    client.login(people.make_user(role))
    assert client.get("/codes/").status_code == (200 if role is Role.CONTRACTOR else 403)
    assert client.post("/codes/take", data={"code": code}).status_code != 200 or role is Role.CONTRACTOR
    page = client.get(f"/renovations/{file.number}?tab=construction")
    reads = {Role.TOWNSHIP, Role.COUNTY}
    assert (code in page.text) is (role in reads)
    paper = client.get(f"/renovations/{file.number}/papers/code_slip")
    assert (paper.status_code == 200) is (role in reads)
    assert code not in (paper.text if role not in reads else "")
    if role is Role.ADMIN:
        return  # has no household's data at all
    timeline = client.get(f"/api/v1/renovations/{file.number}/timeline", headers=headers(people.make_user(role)))
    assert code not in timeline.text


def headers(owner: User, key: str = "") -> dict[str, str]:
    day = clock.today() + timedelta(days=7)
    with transaction():
        wish = MakeToken(name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=day)
        token = make_token(wish, actor_of(owner))[1]
    return {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})


def test_without_codes_no_page_speaks_of_them(client: PageClient, session: Session) -> None:
    publish_without("dispatch", "supervision")
    on = construction.site()
    client.login(user(on.builder))
    assert client.page("/").select_one('a[href="/codes/"]') is None


def test_the_same_through_the_api(client: PageClient, on: Site) -> None:
    file = signed(on)
    code, mine = live(file).spoken, headers(user(on.builder))
    seen = client.post("/api/v1/codes/look", json={"code": code}, headers=mine)
    assert (seen.status_code, seen.json["name"], [one["unit_price"] for one in seen.json["lines"]]) == (
        *(200, "张**", ["150.00", "150.00"]),
    )
    unknown = client.post("/api/v1/codes/look", json={"code": spoken.draw_checked(12)}, headers=mine)
    assert (unknown.status_code, unknown.json["errors"][0]["pointer"]) == (422, "/code")
    bare = client.post("/api/v1/codes/redeem", json={"code": code}, headers=mine)
    assert bare.status_code == 400
    keyed = mine | {"Idempotency-Key": "one"}
    taken = [client.post("/api/v1/codes/redeem", json={"code": code}, headers=keyed) for _ in range(2)]
    assert [(one.status_code, one.json["number"]) for one in taken] == [(200, file.number)] * 2
    other = headers(user(on.other_builder), "one")
    assert client.post("/api/v1/codes/redeem", json={"code": code}, headers=other).status_code == 409
    clerk = headers(user(on.around.township), "two")
    assert client.post("/api/v1/codes/redeem", json={"code": code}, headers=clerk).status_code == 403
