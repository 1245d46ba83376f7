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
