"""The pages and the API of deposits: entered, seen, returned; who may open what."""

import re
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.core.errors import RuleViolation, RuleViolations
from app.core.money import yuan
from app.funds import deposit_queries as queries
from app.identity.models import User
from app.identity.queries import actor_of
from app.identity.rules import MakeToken, Reach, TokenKind
from app.identity.tokens import make_token
from app.permissions import GRANTS, Office, Permission, Role
from app.places import queries as places
from app.places.rules import AddProcurement, OrganisationKind
from app.programme.queries import of
from app.programme.tendering import add_tender
from tests.application.notice_support import publish_tables
from tests.assessment.support import photo
from tests.factories import people
from tests.factories.applications import KEY
from tests.support.client import PageClient
from tests.workbench.support import statements

from .support import DUE, ask, end_term, forfeit, receive, tender


def text_of(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def county(session: Session) -> User:
    ask()
    return people.make_user(Role.COUNTY)


def test_the_county_enters_what_came_in(client: PageClient, county: User) -> None:
    record = tender(programme_key=KEY)
    firm = places.procurement(record).organisation.name
    client.login(county)
    assert f"{firm} 没有缴足 标段 YL-" in text_of(client.page("/"))
    page = client.page(f"/deposits/tenders/{record}")
    assert "应缴 ¥20,000.00" in text_of(page)
    form = client.page(f"/deposits/tenders/{record}/receive")
    answer = client.submit(form, amount="100.00", voucher="P-9")
    assert answer.status_code == 422
    assert "应缴 ¥20,000.00，现有 ¥0.00，还差 ¥20,000.00。请单位缴足后再登记。" in answer.text
    answer = client.submit(form, voucher="P-9")  # the form opens with what is lacking
    assert answer.location == f"/deposits/tenders/{record}"
    shown = text_of(client.page(answer.location))
    assert "转账 ¥20,000.00 在押" in shown
    assert "凭证号 P-9" in shown
    end = places.procurement(record).valid_to
    assert f"退还日期 未定：标段到 {end} 为止还可以派工" in shown
    assert "履约保证金" not in text_of(client.page("/"))


def test_a_guarantee_without_its_day_is_told_at_the_field(client: PageClient, county: User) -> None:
    record = tender()
    client.login(county)
    form = client.page(f"/deposits/tenders/{record}/receive")
    label = form.select_one("[data-shows='form=guarantee'] label")
    assert (label.get_text(strip=True), form.select("[name=replaces]")) == ("保函有效期至", [])
    answer = client.submit(form, {"form": "guarantee"}, voucher="P-9")
    page = BeautifulSoup(answer.text, "html.parser")
    assert (answer.status_code, page.select_one("#e-guarantee_until").get_text(strip=True)) == (
        422, "保函要填有效期至哪一天",
    )  # fmt: skip
    assert page.select_one("a[href='#f-guarantee_until']") is not None
    # what was typed before the choice was changed back is hidden, and means nothing
    answer = client.submit(form, {"form": "transfer"}, guarantee_until="2001-01-01", voucher="P-9")
    assert answer.status_code == 302, answer.text[-2000:]
    offered = client.page(f"/deposits/tenders/{record}/receive").select("[name=replaces] option")
    assert [one.get_text() for one in offered] == ["不是换新", "转账 P-9，¥20,000.00"]


def test_the_other_office_opens_nothing_of_it(client: PageClient, county: User) -> None:
    firm = people.make_firm(actor=actor_of(county))
    theirs, shared = tender(firm, programme_key=KEY), tender(firm)
    federation = people.make_user(Role.COUNTY)
    with transaction():
        federation.office = Office.FEDERATION
    client.login(federation)
    for record in (theirs, shared):
        client.page(f"/deposits/tenders/{record}", 404)
        client.page(f"/deposits/tenders/{record}/receive", 404)
    for page in ("end", "award"):
        client.page(f"/admin/procurements/{theirs}/{page}", 404)
    shown = client.page(f"/admin/organisations/{firm.id}")
    assert [one["href"] for one in shown.select("a[href$='/end']")] == [f"/admin/procurements/{shared}/end"]
    options = client.page(f"/admin/organisations/{firm.id}/procurements/new").select("[name=programme_key] option")
    assert [one["value"] for one in options] == [""]


def test_a_tender_for_all_programmes_is_no_alarm(client: PageClient, county: User) -> None:
    firm = people.make_firm()
    record = tender(firm)
    for user in (county, people.make_user(Role.CONTRACTOR, firm=firm)):
        client.login(user)
        assert "履约保证金" not in text_of(client.page("/"))
    client.login(county)
    assert "用于适老化改造以前要缴" in text_of(client.page("/deposits/")).replace(_short(), "适老化改造")
    assert "派工或签施工合同；其他政策不受影响。" in text_of(client.page(f"/deposits/tenders/{record}"))


def _short() -> str:
    return of(queries.asking_in(people.COUNTY, clock.today())[0]).short_name


def test_what_is_due_stands_on_the_desk_and_is_given_back(client: PageClient, county: User) -> None:
    record = tender()
    made = receive(record, actor_of(county))
    end_term(record, clock.today() - timedelta(days=60))
    client.login(county)
    assert "起应退还" in text_of(client.page("/"))
    form = client.page(f"/deposits/{made}/return")
    answer = client.submit(form, voucher="R-1", reason="全部验收", paper=str(photo(actor_of(county))))
    assert answer.status_code == 302, answer.text[-3000:]
    shown = text_of(client.page(f"/deposits/tenders/{record}"))
    assert "退还 −¥20,000.00 R-1 全部验收" in shown
    assert "余额 ¥0.00" in shown
    assert "起应退还" not in text_of(client.page("/"))


def test_a_wrong_entry_is_undone_from_the_tenders_page(client: PageClient, county: User) -> None:
    record = tender()
    made = receive(record, actor_of(county))
    forfeit(made, actor_of(county), 1_000_00)
    client.login(county)
    link = client.page(f"/deposits/tenders/{record}").find("a", string="登记有误", href=re.compile("/undo$"))
    form = client.page(str(link["href"]))
    assert "登记的扣除 ¥1,000.00" in text_of(form)
    answer = client.submit(form, reason="")
    assert (answer.status_code, "请填写错在哪里" in answer.text) == (422, True)
    answer = client.submit(form, reason="多写了一个零")
    assert answer.location == f"/deposits/tenders/{record}"
    page = client.page(answer.location)
    assert "冲回：多写了一个零" in text_of(page)
    assert page.find("s").get_text() == "−¥1,000.00"
    assert page.find("tfoot").get_text(" ", strip=True) == "余额 ¥20,000.00"
    assert page.find("a", href=re.compile("/undo$")) is None
    answer = client.submit(form, reason="再来一次")
    assert (answer.status_code, "冲回，不用再办" in answer.text) == (409, True)


def test_the_firm_sees_its_own(client: PageClient, county: User) -> None:
    firm = people.make_firm()
    record, other = tender(firm), tender()
    receive(record, actor_of(county))
    client.login(people.make_user(Role.CONTRACTOR, firm=firm))
    listed = text_of(client.page("/deposits/"))
    assert places.procurement(record).lot in listed
    assert places.procurement(other).lot not in listed
    assert "¥20,000.00" in text_of(client.page(f"/deposits/tenders/{record}"))
    client.page(f"/deposits/tenders/{other}", 404)
    client.page(f"/deposits/tenders/{record}/receive", 403)
    assert f"标段 {places.procurement(record).lot}" in text_of(client.page("/"))


def test_a_list_asks_as_often_for_three_as_for_one(client: PageClient, county: User) -> None:
    client.login(county)
    counts = []
    for number in (1, 2):
        for _ in range(number):
            receive(tender(), actor_of(county), voucher="P")
        client.get("/deposits/")
        with statements() as asked:
            client.page("/deposits/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_without_a_programme_that_asks_no_page_speaks_of_it(client: PageClient, session: Session) -> None:
    publish_tables()
    firm = people.make_firm()
    tender(firm)
    for user in (people.make_user(Role.COUNTY), people.make_user(Role.CONTRACTOR, firm=firm)):
        client.login(user)
        assert "履约保证金" not in client.get("/").text
    client.login(people.make_user(Role.COUNTY))
    for address in ("/admin/organisations", f"/admin/organisations/{firm.id}"):
        assert "履约保证金" not in text_of(client.page(address)).replace("政策要收履约保证金的", "")


ADDRESSES = {
    "/deposits/": (Permission.DEPOSIT_READ, Permission.MONEY_READ),
    "/deposits/tenders/{record}": (Permission.DEPOSIT_READ, Permission.MONEY_READ),
    "/deposits/tenders/{record}/receive": (Permission.DEPOSIT_MANAGE, Permission.MONEY_READ),
    "/deposits/{deposit}/return": (Permission.DEPOSIT_MANAGE, Permission.MONEY_READ),
    "/deposits/{deposit}/forfeit": (Permission.DEPOSIT_MANAGE, Permission.MONEY_READ),
    "/deposits/{deposit}/correct": (Permission.DEPOSIT_MANAGE, Permission.MONEY_READ),
    "/deposits/entries/{entry}/undo": (Permission.DEPOSIT_MANAGE, Permission.MONEY_READ),
    "/deposits/{deposit}/paper": (Permission.DEPOSIT_READ, Permission.MONEY_READ),
}
ELSEWHERE = "510199"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_every_page_and_every_role(client: PageClient, county: User, role: Role) -> None:
    firm = people.make_firm()
    record = tender(firm)
    made = receive(record, actor_of(county), paper=photo(actor_of(county)))
    forfeit(made, actor_of(county), 1)
    entry = queries.deposit(made, actor_of(county)).entries[0].id
    own = people.make_user(role, firm=firm) if role is Role.CONTRACTOR else people.make_user(role)
    client.login(own)
    found = {}
    for address, needed in ADDRESSES.items():
        status = client.get(address.format(record=record, deposit=made, entry=entry)).status_code
        found[address] = status, 200 if set(needed) <= GRANTS[role] else 403
    assert {address: one for address, one in found.items() if one[0] != one[1]} == {}
    if role is Role.CONTRACTOR:
        client.login(people.make_user(role))
        for address in list(ADDRESSES)[1:]:
            assert client.get(address.format(record=record, deposit=made, entry=entry)).status_code in {403, 404}


def headers(user: User, key: str) -> dict[str, str]:
    day = clock.today() + timedelta(days=7)
    with transaction():
        wish = MakeToken(name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=day)
        token = make_token(wish, actor_of(user))[1]
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key}


def test_the_same_through_the_api(client: PageClient, county: User) -> None:
    record, actor = tender(), actor_of(county)
    body = {"procurement_record_id": record, "programme_key": KEY, "form": "transfer", "amount": yuan(DUE),
            "received_on": f"{clock.today()}", "voucher": "A-1"}  # fmt: skip
    key = headers(county, "one")
    low = client.post("/api/v1/deposits", json=body | {"amount": "1.00"}, headers=key)
    assert (low.status_code, low.json["errors"][0]["pointer"]) == (422, "/amount")
    for _ in range(2):  # the same key again does nothing
        answer = client.post("/api/v1/deposits", json=body, headers=key)
        assert (answer.status_code, answer.json["covered"], len(answer.json["deposits"])) == (201, "20000.00", 1)
    made = answer.json["deposits"][0]["id"]
    back = {"amount": "5.00", "day": f"{clock.today()}", "voucher": "R", "reason": "退", "paper": photo(actor)}
    early = client.post(f"/api/v1/deposits/{made}/return", json=back, headers=key | {"Idempotency-Key": "two"})
    assert early.status_code == 422
    kept = {"amount": "5.00", "day": f"{clock.today()}", "document": "文号", "reason": "停工", "paper": photo(actor)}
    gone = client.post(f"/api/v1/deposits/{made}/forfeit", json=kept, headers=key | {"Idempotency-Key": "three"})
    assert gone.status_code == 200, gone.json
    assert [one["move"] for one in gone.json["deposits"][0]["entries"]] == ["forfeit"]
    entry = gone.json["deposits"][0]["entries"][0]["id"]
    for _ in range(2):  # the same key again does nothing
        undone = client.post(
            f"/api/v1/deposits/entries/{entry}/undo", json={"reason": "看错"}, headers=key | {"Idempotency-Key": "four"}
        )
        told = undone.json["deposits"][0]
        assert (undone.status_code, told["left"], told["entries"][0]["undone"]) == (200, "20000.00", "看错")
    gone = client.post(f"/api/v1/deposits/{made}/forfeit", json=kept, headers=key | {"Idempotency-Key": "five"})
    assert [one["undone"] for one in gone.json["deposits"][0]["entries"]] == ["看错", None]
    listed = client.get("/api/v1/deposits", headers=key).json["items"]
    assert [(one["record_id"], one["due"], one["covered"], one["state"]) for one in listed] == [
        (record, "20000.00", "19995.00", "没有缴足"),
    ]  # fmt: skip
    township = headers(people.make_user(Role.TOWNSHIP), "x")
    assert client.get("/api/v1/deposits", headers=township).status_code == 403


def test_a_tender_for_a_programme_has_that_programmes_items(session: Session) -> None:
    publish_tables()
    firm, county = people.make_firm(), people.actor(Role.COUNTY)
    today = clock.today()

    def command(**facts: Any) -> AddProcurement:
        base = {"kind": OrganisationKind.CONTRACTOR, "lot": "甲", "region_id": people.region(people.COUNTY).id,
                "valid_from": today, "valid_to": today, "programme_key": KEY}  # fmt: skip
        return AddProcurement.model_validate(base | facts)

    wrong = [{"item": 1, "unit": "套", "unit_price": "1.00"}, {"item": 99, "unit": "套", "unit_price": "1.00"}]
    with transaction(), pytest.raises(RuleViolations) as caught:
        add_tender(places.organisation(firm.id), command(prices=wrong), county)
    name = "重庆市老年人居家适老化改造（2020）"
    assert [(one.field, one.message) for one in caught.value.problems] == [
        ("prices-0-unit", f"“{name}”第 1 项（防滑处理）按“平方米”计价，请改成每平方米的单价。"),
        ("prices-1-item", f"“{name}”的项目清单里没有第 99 项，请对照政策的项目清单改序号。"),
    ]
    with transaction(), pytest.raises(RuleViolation) as other:
        add_tender(places.organisation(firm.id), command(programme_key="nothing-2026"), county)
    assert other.value.field == "programme_key"
    with transaction():
        made = add_tender(places.organisation(firm.id), command(), county).id
    assert places.procurement(made).programme_key == KEY


def test_the_page_offers_the_programmes_in_force(client: PageClient, county: User) -> None:
    firm = people.make_firm(actor=actor_of(county))
    client.login(county)
    page = client.page(f"/admin/organisations/{firm.id}/procurements/new")
    options = [option["value"] for option in page.select("[name=programme_key] option")]
    assert options == ["", KEY]
