"""Every administration page as a browser sees it: what it shows, does, refuses, and who may open it."""

import io
import re
from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from PIL import Image
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import transaction
from app.core.holidays import DayKind, Holiday
from app.identity import queries
from app.identity.models import User
from app.identity.rules import UserState
from app.permissions import SYSTEM, Permission, Role, may
from app.places import queries as places
from app.places import regions
from app.places.national import national_rows
from app.places.rules import AddRegion, Admission, Level, OrganisationKind, Rating
from app.places.telephones import telephone
from tests.factories import people
from tests.support.client import PageClient

pytestmark = pytest.mark.sqlite_only

ADMIN_ONLY = ["users", "users/new", "regions", "regions/new", "regions/import", "regions/export", "holidays"]
FIRMS = ["organisations/new"]


@pytest.fixture
def boss(client: PageClient) -> User:
    """The administrator, signed in."""
    user = people.make_user(Role.ADMIN, staff_no="boss", name="管理员甲")
    client.login(user)
    return user


def text_of(page: BeautifulSoup) -> str:
    main = page.find("main")
    assert main is not None
    return re.sub(r"\s+", " ", main.get_text(" ")).strip()


def form(page: BeautifulSoup, holding: str = "", action: str = "") -> Tag:
    """The one posting form in the page's body that has a field of that name, or goes there."""
    main = page.find("main")
    assert main is not None
    found = [
        one
        for one in main.find_all("form", attrs={"method": "post"})
        if (not holding or one.find(attrs={"name": holding}))
        and (not action or str(one.get("action", "")).endswith(action))
    ]
    assert len(found) == 1
    return found[0]


def follow(client: PageClient, answer: Any) -> BeautifulSoup:
    assert answer.status_code == 302, answer.get_data(as_text=True)[:400]
    return client.page(answer.location)


# users ---------------------------------------------------------------------------------------------------------------
def test_a_new_account_gets_a_one_time_password_that_works_once_told(client: PageClient, boss: User) -> None:
    county = people.region(people.COUNTY)
    answer = client.submit(
        form(client.page("/admin/users/new"), "staff_no"),
        staff_no="li02",
        name="李四",
        phone="13900002222",
        role="county",
        region_id=str(county.id),
    )
    assert answer.status_code == 200
    password = answer.soup.find("code").get_text()
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", password)
    user = queries.user_by_staff_no("li02")
    assert user is not None
    assert (user.name, user.role, user.region_id, user.must_change_password) == ("李四", Role.COUNTY, county.id, True)
    client.login(None)
    signed = client.submit(form(client.page("/sign-in")), account="13900002222", password=password)
    assert signed.status_code == 302
    assert client.get("/account/tokens").location == "/account/password"


def test_a_refused_account_keeps_what_was_typed_and_names_the_field(client: PageClient, boss: User) -> None:
    people.plant_regions()
    answer = client.submit(
        form(client.page("/admin/users/new"), "staff_no"), staff_no="li02", name="李四", role="county"
    )
    assert answer.status_code == 422
    assert "请选择“县级民政局”账号的辖区" in text_of(answer.soup)
    assert answer.soup.find(id="f-staff_no")["value"] == "li02"
    assert queries.user_by_staff_no("li02") is None


def test_who_asks_for_the_same_account_again_is_led_to_it(client: PageClient, boss: User) -> None:
    """The answer with the one-time password may have been lost on its way."""
    county = people.region(people.COUNTY)
    wish = {"staff_no": "li02", "name": "李四", "role": "county", "region_id": str(county.id)}
    for _ in range(2):
        answer = client.submit(form(client.page("/admin/users/new"), "staff_no"), **wish)
    made = queries.user_by_staff_no("li02")
    assert made is not None
    assert answer.status_code == 409
    assert "如果是刚才建的，请打开" in text_of(answer.soup)
    assert answer.soup.find("a", string="这个账号")["href"] == f"/admin/users/{made.id}"


def test_the_list_finds_accounts_by_name_number_phone_place_and_filters(client: PageClient, boss: User) -> None:
    people.make_user(Role.TOWNSHIP, staff_no="wang01", name="王五", phone="13800001111")
    people.make_user(Role.CONTRACTOR, staff_no="zhao01", name="赵六", firm=people.make_firm(name="安心建筑公司"))

    def names(query: str) -> list[str]:
        table = client.page(f"/admin/users?{query}").find("table")
        return [] if table is None else [one.get_text() for one in table.select("td.title")]

    assert names("") == ["管理员甲", "王五", "赵六"]
    assert names("q=王") == names("q=WANG01") == names("q=138 0000 1111") == names("q=清溪") == ["王五"]
    assert names("q=安心") == names("role=contractor") == ["赵六"]
    assert names("state=suspended") == names("q=没有这个人") == []
    assert names("role=nonsense&state=x") == ["管理员甲", "王五", "赵六"]


def test_correct_suspend_resume_reset_from_the_accounts_page(client: PageClient, boss: User) -> None:
    user = people.make_user(Role.TOWNSHIP, staff_no="wang01", name="王五")
    there = f"/admin/users/{user.id}"
    page = follow(client, client.submit(form(client.page(there), "name"), name="王武", phone="13800001111"))
    assert "王武 在用" in text_of(page)
    page = follow(client, client.submit(form(client.page(f"{there}/suspend"), "reason"), reason="调离"))
    assert queries.user(user.id).state is UserState.SUSPENDED
    page = follow(client, client.submit(form(page, action="/resume")))
    assert queries.user(user.id).state is UserState.ACTIVE
    answer = client.submit(form(page, action="/reset"))
    password = answer.soup.find("code").get_text()
    client.login(None)
    assert client.submit(form(client.page("/sign-in")), account="wang01", password=password).status_code == 302


def test_an_administrator_of_a_county_gets_404_for_accounts_above(client: PageClient) -> None:
    above = people.make_user(Role.CITY)
    client.login(people.make_user(Role.ADMIN, people.COUNTY))
    for path in ("", "/suspend"):
        client.page(f"/admin/users/{above.id}{path}", status=404)
    page = client.page("/admin/users/new")
    options = [one.get_text(strip=True) for one in page.select("#f-region_id option")][1:]
    assert options == [
        "云岭县（示例）（区县级）",
        "城东街道（乡镇（街道））",
        "清溪镇（乡镇（街道））",
        "石桥镇（乡镇（街道））",
        "双河乡（乡镇（街道））",
    ]


# firms ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def county(client: PageClient) -> User:
    """The county's clerk, signed in."""
    user = people.make_user(Role.COUNTY, name="王科员")
    client.login(user)
    return user


def test_a_firms_undertaking_is_kept_with_its_admission(client: PageClient, county: User) -> None:
    scan = (io.BytesIO(), "承诺书.png")
    Image.new("RGB", (40, 40), "white").save(scan[0], "PNG")
    scan[0].seek(0)
    facts = {"name": "云岭宜居改造有限公司", "uscc": people.make_uscc(501), "kinds": ["contractor"], "reason": "备案"}
    follow(client, client.submit(form(client.page("/admin/organisations/new"), "uscc"), facts, paper=scan))
    firm = places.organisations()[0]
    here = f"/admin/organisations/{firm.id}"
    answer = client.submit(form(client.page(f"{here}/papers/new"), "reason"), reason="2026 年承诺书")
    assert answer.status_code == 422
    again = io.BytesIO()
    Image.new("RGB", (41, 41), "white").save(again, "PNG")
    again.seek(0)
    sent = {"reason": "2026 年承诺书", "paper": (again, "承诺书.png")}
    page = follow(client, client.submit(form(client.page(f"{here}/papers/new"), "reason"), sent))
    links = [
        str(link["href"]) for link in page.select(f"a[href^='{here}/papers/']") if not str(link["href"]).endswith("new")
    ]
    changes = places.organisation(firm.id).changes
    assert sorted(links) == sorted(f"{here}/papers/{one.id}" for one in changes)
    assert [(one.admission, one.reason) for one in changes] == [
        (Admission.ADMITTED, "备案"),
        (Admission.ADMITTED, "2026 年承诺书"),
    ]
    assert {client.get(link).status_code for link in links} == {200}
    assert client.get(f"{here}/papers/999999").status_code == 404
    stolen = changes[0].paper_id
    client.login(people.make_user(Role.COUNTY, name="李科员"))
    answer = client.submit(
        form(client.page(f"{here}/papers/new"), "reason"), {"reason": "冒用", "paper": f"{stolen}"}, tampered=True
    )
    assert (answer.status_code, "没有找到这个文件，请重新上传" in answer.text) == (422, True)


def test_a_county_admits_a_firm_and_enters_its_lot(client: PageClient, county: User) -> None:
    answer = client.submit(
        form(client.page("/admin/organisations/new"), "uscc"),
        name="云岭宜居改造有限公司",
        uscc=people.make_uscc(501),
        kinds=["contractor", "supervisor"],
        contact_phone="023-60000001",
        bank_account="3100000000001234",
        reason="中标通知书",
    )
    page = follow(client, answer)
    assert "还没有采购记录，不能派工。" in text_of(page)
    assert "************1234" in text_of(page)
    firm = places.organisations()[0]
    new = form(client.page(f"/admin/organisations/{firm.id}/procurements/new"), "lot")
    assert [one.get_text() for one in new.select("#f-region_id option")][1:] == ["云岭县（示例）（区县级）"]
    values = {"prices-0-item": "1", "prices-0-unit": "平方米", "prices-0-unit_price": "85.50"}
    answer = client.submit(
        new,
        values,
        tampered=True,
        kind="contractor",
        lot="YL-03",
        valid_from="2026-01-01",
        valid_to="2050-12-31",
        max_households="120",
    )
    page = follow(client, answer)
    assert (
        "YL-03 施工单位 云岭县（示例） 2026-01-01 至 2050-12-31 120 补登 1 项 项目 1：¥85.50／平方米 有效 终止"
        in text_of(page)
    )
    record = places.dispatchable(OrganisationKind.CONTRACTOR, county.region_id or 0, clock.today(), "")[0]
    page = follow(
        client, client.submit(form(client.page(f"/admin/procurements/{record.id}/end"), "reason"), reason="解除")
    )
    assert "已终止 解除" in text_of(page)


def test_the_paper_of_a_lot_is_shown_and_only_ones_own_upload_becomes_one(client: PageClient, county: User) -> None:
    firm = people.make_firm(name="甲公司")
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    new = form(client.page(f"/admin/organisations/{firm.id}/procurements/new"), "lot")
    facts = {"kind": "contractor", "valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    page = follow(client, client.submit(new, facts, lot="A", paper=(io.BytesIO(picture.getvalue()), "中标.png")))
    shown = client.get(page.select_one("td.title a")["href"])
    assert (shown.status_code, shown.mimetype.partition("/")[0]) == (200, "image")
    record = places.organisation(firm.id).procurements[0]
    client.login(people.make_user(Role.COUNTY))
    new = form(client.page(f"/admin/organisations/{firm.id}/procurements/new"), "lot")
    stolen = client.submit(new, facts, lot="B", paper=str(record.paper_id))
    assert stolen.status_code == 422
    assert "没有找到这个文件，请重新上传" in text_of(stolen.soup)
    client.login(people.make_user(Role.AUDITOR))
    page = client.page(f"/admin/organisations/{firm.id}")
    assert [one.get_text(strip=True) for one in page.select("main .page-actions a")] == []
    assert client.get(f"/admin/procurements/{record.id}/paper").status_code == 200
    client.login(people.make_user(Role.TOWNSHIP))
    assert client.get(f"/admin/procurements/{record.id}/paper").status_code == 403


def test_wrong_prices_stand_at_their_row(client: PageClient, county: User) -> None:
    firm = people.make_firm()
    values = {
        "prices-0-item": "1",
        "prices-0-unit": "处",
        "prices-0-unit_price": "10",
        "prices-1-item": "1",
        "prices-1-unit": "处",
        "prices-1-unit_price": "二十",
    }
    new = form(client.page(f"/admin/organisations/{firm.id}/procurements/new"), "lot")
    answer = client.submit(new, values, tampered=True, lot="A", valid_from="2026-01-01", valid_to="2026-12-31")
    assert answer.status_code == 422
    error = answer.soup.find(id="e-prices-1-unit_price")
    assert error.get_text(strip=True) == "第 2 行单价：请填金额，单位元，最多两位小数，例如 120.50"
    assert answer.soup.find(id="f-prices-1-unit_price")["value"] == "二十"


def test_suspend_rate_and_correct_a_firm(client: PageClient, county: User) -> None:
    firm = people.make_firm(name="甲公司", actor=queries.actor_of(queries.user(county.id)))
    there = f"/admin/organisations/{firm.id}"
    client.submit(form(client.page(f"{there}/admission"), "reason"), admission="suspended", reason="抽查不合格")
    client.submit(form(client.page(f"{there}/rating"), "reason"), rating="d", reason="年度考核")
    page = follow(client, client.submit(form(client.page(f"{there}/edit"), "name"), name="甲建筑公司"))
    changed = places.organisation(firm.id)
    assert (changed.name, changed.admission, changed.rating) == ("甲建筑公司", Admission.SUSPENDED, Rating.D)
    assert "暂停 不合格 年度考核 王科员" in text_of(page)


def test_another_countys_firm_is_seen_but_not_changed(client: PageClient, county: User) -> None:
    firm = people.make_firm(name="外地公司", actor=SYSTEM)
    page = client.page(f"/admin/organisations/{firm.id}")
    assert "该单位由其他地区登记" in text_of(page)
    assert page.find("a", string="变更准入状态") is None
    for path in ("edit", "admission", "rating"):
        client.page(f"/admin/organisations/{firm.id}/{path}", status=404)
    client.page("/admin/organisations/999999", status=404)


def test_the_list_of_firms_filters(client: PageClient, county: User) -> None:
    people.make_firm(OrganisationKind.ASSESSOR, name="康评估中心")
    people.make_firm(OrganisationKind.CONTRACTOR, name="安建筑公司")

    def names(query: str) -> list[str]:
        return [one.get_text() for one in client.page(f"/admin/organisations?{query}").select("td.title")]

    assert names("") == ["安建筑公司", "康评估中心"]
    assert names("kind=assessor") == names("q=评估") == ["康评估中心"]
    assert names("admission=exited") == []


# regions -------------------------------------------------------------------------------------------------------------
def test_browse_add_and_end_regions(client: PageClient, boss: User) -> None:
    assert "还没有下级区划。" in text_of(client.page("/admin/regions"))
    county = people.region(people.COUNTY)
    page = client.page(f"/admin/regions?node={county.id}")
    assert [one.get_text() for one in page.select("td.title")] == ["城东街道", "清溪镇", "石桥镇", "双河乡"]
    new = form(client.page(f"/admin/regions/new?parent={county.id}"), "code")
    page = follow(client, client.submit(new, code="500299104", name="新设镇", level="township"))
    assert [one.get_text() for one in page.select("td.title")][-1] == "新设镇"
    added = places.region_by_code("500299104")
    ended = form(client.page(f"/admin/regions/{added.id}/end"), "reason")
    page = follow(client, client.submit(ended, valid_to="2026-12-31", reason="撤并"))
    assert "2026-12-31 停用" in text_of(page)
    answer = client.submit(new, code="500299104", name="又一镇", level="township")
    assert answer.status_code == 409
    assert "代码“500299104”已被使用，请换一个代码" in text_of(answer.soup)


def test_import_by_file_or_paste_names_every_wrong_line(client: PageClient, boss: User) -> None:
    def importing(**values: Any) -> Any:
        return client.submit(form(client.page("/admin/regions/import"), "text"), **values)

    wrong = importing(file=(io.BytesIO("代码,名称,级别\nc1,,区县级\nc2,乙,城\n".encode("gb18030")), "区划.csv"))
    assert wrong.status_code == 422
    assert [one.get_text() for one in wrong.soup.select("[data-error-list] li")] == [
        "第 2 行：名称应为 1 到 60 个字",
        "第 3 行：级别“城”不对，应为 province、prefecture、county、township、village 之一",
    ]
    pasted = "code,name,level\nc1,甲县,county\nc2,乙县,county"
    assert "导入完成：新增 2，修改 0，未变 0" in follow(client, importing(text=pasted)).get_text()
    answer = importing(file=(io.BytesIO(people.CSV.read_bytes()), "demo.csv"))
    assert "导入完成：新增 23，修改 0，未变 0" in follow(client, answer).get_text()
    assert importing().status_code == 422
    exported = client.get("/admin/regions/export")
    assert exported.data.decode("utf-8-sig").splitlines()[0] == people.CSV.read_text("utf-8").splitlines()[0]
    assert len(exported.data.splitlines()) == 1 + 25


def test_an_administrator_of_a_county_sees_no_other_regions(client: PageClient) -> None:
    city = people.region(people.CITY)
    client.login(people.make_user(Role.ADMIN, people.COUNTY))
    assert client.page("/admin/regions").find("h1").get_text() == "云岭县（示例）"
    for path in (
        f"/admin/regions?node={city.id}",
        f"/admin/regions/{city.id}/end",
        f"/admin/regions/export?node={city.id}",
    ):
        client.page(path, status=404)
    assert "重庆市" not in client.get("/admin/regions/export").get_data(as_text=True)


# holidays ------------------------------------------------------------------------------------------------------------
def test_holidays_are_listed_entered_and_corrected(client: PageClient, boss: User, session: Session) -> None:
    assert "这一年还没有录入。" in text_of(client.page("/admin/holidays?year=2031"))
    day = {"day": "2031-01-01", "kind": "holiday", "name": "元旦", "source": "估计", "provisional": "true"}
    page = follow(client, client.submit(form(client.page("/admin/holidays?year=2031"), "day"), day))
    assert "2031-01-01 星期三 放假 元旦 估计 暂定" in text_of(page)
    page = client.page("/admin/holidays?year=2031&day=2031-01-01")
    page = follow(client, client.submit(form(page, "day"), kind="workday", source="国办发", provisional=None))
    row = session.get_one(Holiday, date(2031, 1, 1))
    assert (row.kind, row.source, row.provisional) == (DayKind.WORKDAY, "国办发", False)
    page = follow(client, client.submit(form(page, action="/official")))
    assert page.find(class_="flashes").get_text(strip=True) == "没有需要补入的日期"
    assert "春节" in text_of(client.page("/admin/holidays?year=2025"))
    events = session.scalars(select(AuditEntry.event).where(AuditEntry.chain == "settings")).all()
    assert events == ["holiday.set", "holiday.set", "holiday.official"]


# tokens --------------------------------------------------------------------------------------------------------------
def test_a_token_is_shown_once_works_and_is_revoked(client: PageClient, boss: User) -> None:
    answer = client.submit(form(client.page("/account/tokens"), "name"), name="对接脚本")
    token = answer.soup.find(id="made-token").get_text()
    assert token not in client.get("/account/tokens").get_data(as_text=True)
    page = client.page("/account/tokens")
    assert "对接脚本" in text_of(page)
    page = follow(client, client.submit(form(page, action="/revoke")))
    assert "已作废" in text_of(page)


def test_another_ones_token_is_not_revoked(client: PageClient, boss: User) -> None:
    client.submit(form(client.page("/account/tokens"), "name"), name="对接脚本")
    token_id = queries.tokens(boss.id)[0].id
    client.login(people.make_user(Role.COUNTY))
    page = client.page("/account/tokens")
    token = page.find("meta", attrs={"name": "csrf-token"})
    assert token is not None
    answer = client.post(f"/account/tokens/{token_id}/revoke", data={"csrf_token": token["content"]})
    assert answer.status_code == 404
    assert queries.tokens(boss.id)[0].revoked_at is None


# lists ----------------------------------------------------------------------------------------------------------------
def test_pages_of_lists_are_linked_and_complete(
    client: PageClient, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [people.make_firm(name=f"单位{number}").name for number in (2, 1, 3, 2)]
    monkeypatch.setattr(places, "PAGE", 2)
    seen: list[str] = []
    url = "/admin/organisations?admission=admitted"
    while url:
        page = client.page(url)
        seen += [one.get_text() for one in page.select("td.title")]
        more = page.find("a", rel="next")
        url = str(more["href"]) if more is not None else ""
    assert seen == sorted(names)


@pytest.mark.parametrize("path", ["users", "organisations"])
def test_a_list_of_three_asks_the_database_no_more_than_a_list_of_one(
    client: PageClient, boss: User, path: str
) -> None:
    def statements() -> int:
        count = 0

        def counted(*_: Any) -> None:
            nonlocal count
            count += 1

        event.listen(Engine, "before_cursor_execute", counted)
        try:
            client.page(f"/admin/{path}?q=甲")
        finally:
            event.remove(Engine, "before_cursor_execute", counted)
        return count

    people.make_user(Role.CONTRACTOR, firm=people.make_firm(name="甲一公司"))
    one = statements()
    assert one <= 8  # the session, the list with what it shows, and the frame around it
    for number in range(2):
        people.make_user(Role.CONTRACTOR, firm=people.make_firm(name=f"甲二{number}公司"))
    assert statements() == one


# who may ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_each_role_opens_the_pages_it_is_granted_and_no_other(client: PageClient, role: Role) -> None:
    user = people.make_user(role)
    client.login(user)
    actor = queries.actor_of(user)
    expected = {path: 200 if may(actor, Permission.USER_MANAGE) else 403 for path in ADMIN_ONLY}
    expected |= {path: 200 if may(actor, Permission.ORGANISATION_MANAGE) else 403 for path in FIRMS}
    expected["organisations"] = 200 if may(actor, Permission.ORGANISATION_READ) else 403
    assert {path: client.get(f"/admin/{path}").status_code for path in expected} == expected


def test_with_the_whole_country_loaded_one_region_is_chosen_on_the_region_page(client: PageClient, boss: User) -> None:
    with transaction():
        regions.seed(national_rows(), SYSTEM)
    options = client.page("/admin/users/new").select("#f-region_id option")
    assert len(options) == 1 + 33
    wanzhou = places.region_by_code("500101")
    page = client.page(f"/admin/regions?node={wanzhou.id}")
    link = page.find("a", string="为它建账号")
    assert link is not None
    options = client.page(str(link["href"])).select("#f-region_id option")
    assert [(one.get_text(strip=True), one.get("selected")) for one in options][1:] == [("万州区（区县级）", "")]


# telephones ----------------------------------------------------------------------------------------------------------
def test_a_county_sets_its_own_number_and_no_other(client: PageClient, session: Session) -> None:
    """Who stands on the household's page is the county's matter; 12345 until it says otherwise."""
    home = people.region(people.COUNTY)
    with transaction():
        places_of = regions.add_region(
            AddRegion(code="500298", name="邻县（示例）", level=Level.COUNTY, parent_code=people.CITY), SYSTEM
        )
    beside = places_of.id
    client.login(people.make_user(Role.COUNTY))
    page = client.page("/admin/telephones")
    assert "没有填写，显示 12345" in text_of(page)
    assert "邻县" not in text_of(page)
    wrong = client.submit(form(page, "number"), number="打电话")
    assert (wrong.status_code, "咨询电话" in wrong.soup.select_one(".error-list").get_text()) == (422, True)
    page = follow(client, client.submit(form(page, "number"), number="023-12345678"))
    assert "023-12345678" in text_of(page)
    assert (telephone(home), telephone(places.region(beside))) == ("023-12345678", "12345")
    foreign = client.submit(form(page, "number"), county_id=str(beside), number="023-7654321")
    assert foreign.status_code == 422
    entry = session.scalars(select(AuditEntry).where(AuditEntry.event == "telephone.set")).one()
    assert entry.details == {"county": people.COUNTY, "number": "023-12345678"}
    client.login(people.make_user(Role.ADMIN))
    assert "邻县" in text_of(client.page("/admin/telephones"))
    client.login(people.make_user(Role.TOWNSHIP))
    assert client.get("/admin/telephones").status_code == 403
