"""The pages of quotas and money."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.funds import queries, service
from app.funds.account_models import FundEntry
from app.funds.quota_models import QuotaEntry, QuotaMoneyEntry
from app.identity.queries import actor_of
from app.permissions import SYSTEM, Role
from app.programme import service as service_of_programmes
from app.programme.loading import CATALOG, load
from tests.application.notice_support import publish_tables
from tests.factories import applications, people
from tests.support.client import PageClient

pytestmark = pytest.mark.sqlite_only
KEY = applications.KEY


@pytest.fixture(autouse=True)
def programme(session: Session, set_today: Callable[[date], None]) -> None:
    set_today(date(2026, 5, 6))
    applications.publish_programme()


def test_without_anything_the_page_says_the_next_step(client: PageClient) -> None:
    client.login(people.make_user(Role.COUNTY))
    page = client.page("/funds/")
    assert "尚未下达 2026 年任务数，现在不能确定改造对象。" in page.get_text()


def test_the_county_allots_places_and_money_and_sees_them(client: PageClient) -> None:
    user = people.make_user(Role.COUNTY)
    client.login(user)
    region = str(people.region(people.COUNTY).id)
    form = client.page(f"/funds/places/new?programme_key={KEY}")
    answer = client.submit(
        form,
        programme_key=KEY,
        year="2026",
        region_id=region,
        direction="add",
        places="40",
        document="云民发〔2026〕8号",
    )
    assert answer.status_code == 302
    form = client.page("/funds/money/new")
    answer = client.submit(
        form,
        programme_key=KEY,
        year="2026",
        region_id=region,
        source_id="municipal",
        direction="add",
        amount="80000.00",
    )
    assert answer.status_code == 302
    page = client.page("/funds/")
    rows = [[cell.get_text(strip=True) for cell in row.find_all("td")] for row in page.select("tbody tr")]
    assert rows[0][:5] == ["云岭县（示例）", "40", "—", "0", "40"]
    assert rows[1][:7] == [
        "云岭县（示例）", "市级财政补助", "¥80,000.00", "—", "¥0.00", "¥0.00", "¥80,000.00",
    ]  # fmt: skip
    quota = queries.quotas(actor_of(user), KEY, 2026)[0]
    assert "云民发〔2026〕8号" in client.page(f"/funds/places/{quota.id}").get_text()


def test_a_refusal_stands_at_its_field(client: PageClient) -> None:
    client.login(people.make_user(Role.COUNTY))
    region = str(people.region(people.COUNTY).id)
    form = client.page("/funds/places/new")
    answer = client.submit(
        form, programme_key=KEY, year="2026", region_id=region, direction="reduce", places="3", reason="多了"
    )
    assert answer.status_code == 409
    assert "云岭县（示例）还没有下达任务数，没有可以调减的。" in answer.text


def test_a_township_reads_its_countys_quota_and_allots_nothing(client: PageClient) -> None:
    county = people.region(people.COUNTY)
    with transaction():
        service.allot_places(county, KEY, 2026, 40, SYSTEM)
    client.login(people.make_user(Role.TOWNSHIP))
    assert "云岭县（示例）" in client.page("/funds/").get_text()
    assert client.get("/funds/places/new").status_code == 403


def test_another_countys_ledger_is_not_found(client: PageClient) -> None:
    city = people.region(people.CITY)
    with transaction():
        row = service.allot_places(city, KEY, 2026, 40, SYSTEM)
        account = service.allot_money(city, KEY, "municipal", "市级", 2026, 100, SYSTEM)
    client.login(people.make_user(Role.COUNTY))
    assert client.get(f"/funds/places/{row.id}").status_code == 404
    assert client.get(f"/funds/money/{account.id}").status_code == 404


@pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.FEDERATION, Role.ADMIN])
def test_who_has_no_part_in_funds_is_turned_away(client: PageClient, role: Role) -> None:
    client.login(people.make_user(role))
    assert client.get("/funds/").status_code == 403


def test_the_city_sees_counties_and_one_click_on_their_townships(client: PageClient) -> None:
    county, township = people.region(people.COUNTY), people.region(people.TOWNSHIP)
    with transaction():
        service.allot_places(county, KEY, 2026, 40, SYSTEM)
        service.allot_places(township, KEY, 2026, 15, SYSTEM)
        service.take_place(1, county.id, KEY, 2026, township.id)
    client.login(people.make_user(Role.CITY))
    rows = _rows(client, "/funds/")
    assert [row[:5] for row in rows] == [["云岭县（示例）", "40", "15", "1", "25"]]
    rows = _rows(client, f"/funds/?region={county.id}")
    assert [row[:5] for row in rows] == [["云岭县（示例）", "40", "15", "1", "25"], ["清溪镇", "15", "—", "1", "14"]]
    client.login(people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP))
    assert [row[0] for row in _rows(client, "/funds/")] == ["云岭县（示例）"]
    assert client.get(f"/funds/?region={county.id}").status_code == 404


def _rows(client: PageClient, url: str) -> list[list[str]]:
    table = client.page(url).select("section.panel")[0]
    return [[cell.get_text(strip=True) for cell in row.find_all("td")] for row in table.select("tbody tr")]


def test_money_comes_from_the_programmes_own_sources(client: PageClient) -> None:
    with transaction():
        service_of_programmes.publish(service_of_programmes.load_draft(load(CATALOG / "jilin-2025"), SYSTEM).id, SYSTEM)
    client.login(people.make_user(Role.COUNTY))
    form = client.page(f"/funds/money/new?programme_key={KEY}")
    offered = [option["value"] for option in form.select("#f-source_id option") if option["value"]]
    assert offered == [source for source, _ in queries.sources(KEY, people.COUNTY, date(2026, 5, 6))]
    region = str(people.region(people.COUNTY).id)
    answer = client.submit(
        form, programme_key=KEY, year="2026", region_id=region, source_id="elsewhere", direction="add", amount="1.00"
    )
    assert answer.status_code == 422
    assert "这个政策没有这项资金来源，它的来源是：" in answer.text


@pytest.mark.parametrize("page", ["places", "money", "yuan"])
def test_the_same_page_sent_again_allots_once(client: PageClient, session: Session, page: str) -> None:
    """The answer was lost on the way, or the button was clicked twice; another page is another allotment."""
    client.login(people.make_user(Role.COUNTY))
    region = people.region(people.COUNTY)
    typed = {"programme_key": KEY, "year": clock.today().year, "region_id": region.id, "source_id": "municipal"}
    typed |= {"places": "5", "amount": "5.00", "direction": "add", "document": "云民发〔2026〕8号"}

    def entries() -> int:
        return sum(
            session.scalar(select(func.count()).select_from(one)) or 0
            for one in (QuotaEntry, QuotaMoneyEntry, FundEntry)
        )

    form = client.page(f"/funds/{page}/new").select_one("form[data-guard]")
    fields = {one["name"] for one in form.select("[name]")}
    sent = {name: value for name, value in typed.items() if name in fields}
    assert [client.submit(form, **sent).status_code for _ in range(2)] == [302, 302]
    assert entries() == 1
    again = client.submit(form, **sent | ({"places": "6"} if page == "places" else {"amount": "6.00"}))
    assert (again.status_code, entries()) == (409, 1)
    corrected = again.soup.select_one("form[data-guard]")  # type: ignore[attr-defined]
    assert (client.submit(corrected).status_code, entries()) == (302, 2)


def test_a_programme_that_is_not_on_the_list_is_allotted_nothing(client: PageClient, session: Session) -> None:
    client.login(people.make_user(Role.COUNTY))
    region = people.region(people.COUNTY)
    for page, more in (("places", {"places": "5"}), ("yuan", {"amount": "5.00"})):
        form = client.page(f"/funds/{page}/new").select_one("form[data-guard]")
        typed = {"programme_key": "nix", "region_id": region.id, "direction": "add", **more}
        answer = client.submit(form, **typed)
        assert (answer.status_code, "没有这个政策，或不由本单位牵头" in answer.text) == (422, True)
    assert session.scalar(select(func.count()).select_from(QuotaEntry)) == 0
    assert "nix" not in client.page("/funds/?programme=nix").get_text()


@pytest.fixture
def first_come(session: Session) -> str:
    """A programme that limits no number of households, only what they cost."""
    quota = [{"region": people.COUNTY, "name": "云岭县", "year": 2026, "amount": "60000.00"}]
    publish_tables(programme={"id": "first-come-2026", "number_prefix": "XDXD"}, quota=quota, allotment=[])
    return "first-come-2026"


def test_where_yuan_alone_limit_the_page_says_so_and_leads_there(
    client: PageClient, session: Session, first_come: str
) -> None:
    client.login(people.make_user(Role.COUNTY))
    empty = client.page(f"/funds/?programme={first_come}&year=2026")
    assert "尚未下达 2026 年金额指标，现在不能确定改造对象。这个政策不限户数，先到先得。" in empty.get_text()
    assert empty.select_one(f'a[href^="/funds/yuan/new?programme_key={first_come}"]') is not None
    client.submit(empty.select_one('form[action="/funds/planned"]'))
    page = client.page(f"/funds/?programme={first_come}&year=2026")
    assert "不限户数，只按下面的金额指标控制" in page.get_text()
    assert [cell.get_text(strip=True) for cell in page.select("td[data-label=金额指标]")] == ["¥60,000.00"]
    county = people.region(people.COUNTY)
    with transaction():
        service.take_place(1, county.id, first_come, 2026, reserve_fen=200_000, by_yuan=True)
    row = client.page(f"/funds/?programme={first_come}&year=2026").select_one("td[data-label=任务数]").parent  # type: ignore[union-attr]
    shown = {cell["data-label"]: cell.get_text(strip=True) for cell in row.select("td[data-label]")}  # type: ignore[union-attr]
    assert (shown["任务数"], shown["已确定"], shown["剩余"]) == ("不限", "1", "看金额指标")


def test_what_stands_otherwise_than_the_data_is_told(client: PageClient, first_come: str) -> None:
    client.login(people.make_user(Role.COUNTY))
    county = people.region(people.COUNTY)
    with transaction():
        service.allot_yuan(county, first_come, 2026, 1_500_000, SYSTEM)
    form = client.page(f"/funds/?programme={first_come}&year=2026").select_one('form[action="/funds/planned"]')
    said = client.page(client.submit(form).location).get_text()
    assert "云岭县（示例）金额指标政策数据是 ¥60,000.00，已登记 ¥15,000.00。要改请用“追加或调减”" in said
    assert "没有新增" not in said
