"""Who enters lots: the county everywhere, a township where a programme says so, for its own homes and admitted firms."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, NotAllowed, NotFound, RuleViolation
from app.identity.models import User
from app.identity.queries import actor_of
from app.identity.rules import MakeToken, Reach, TokenKind
from app.identity.tokens import make_token
from app.lifecycle import Status
from app.permissions import SYSTEM, Actor, Office, Role
from app.places import queries as places
from app.places import regions
from app.places.models import Organisation, ProcurementRecord
from app.places.rules import AddProcurement, EndProcurement, OrganisationKind, SetAward
from app.programme import tendering
from app.stages.settlement import deposits
from tests.application.notice_support import publish_tables
from tests.assessment.support import desk, procurement
from tests.deposits.support import receive
from tests.deposits.test_races import at_once
from tests.factories import people
from tests.factories.applications import KEY, do, publish_programme
from tests.plan.support import agreed
from tests.process.support import tables_without
from tests.support.client import PageClient
from tests.workbench.support import make_file, statements

TASK = {"task": "procurement_manage", "roles": ["county", "township"]}
END = EndProcurement(reason="登错")


def give_task(*roles: str, **more: Any) -> None:
    """The programme in force has these roles enter its lots."""
    publish_tables(actor=[TASK | {"roles": list(roles or ("county", "township"))}], **more)


def lot(firm: Organisation, actor: Actor, code: str = people.TOWNSHIP, **facts: Any) -> ProcurementRecord:
    """A lot that the actor enters."""
    typed: dict[str, Any] = {
        "kind": OrganisationKind.CONTRACTOR,
        "lot": "JP-1",
        "region_id": people.region(code).id,
        "valid_from": clock.today(),
        "valid_to": clock.today() + timedelta(days=100),
        "programme_key": KEY,
    } | facts
    with transaction():
        command = AddProcurement.model_validate(typed)
        return places.procurement(tendering.add_tender(places.organisation(firm.id), command, actor).id)


def refused(error: type[DomainError], words: str, /, *asked: Any, field: str = "", **facts: Any) -> None:
    with pytest.raises(error) as found:
        lot(*asked, **facts)
    assert (words in found.value.message, found.value.field) == (True, field), found.value.message


def admitted(code: str = people.COUNTY, **facts: Any) -> Organisation:
    """A firm that a county admitted."""
    return people.make_firm(actor=people.actor(Role.COUNTY, code=code), **facts)


def test_a_township_enters_its_own_lots_where_the_programme_says_so(session: Session) -> None:
    give_task()
    township, county, firm = people.actor(Role.TOWNSHIP), people.actor(Role.COUNTY), admitted()
    made = lot(firm, township, award="80000.00")
    assert (made.township, made.region.code, made.award_fen) == ("清溪镇", people.TOWNSHIP, 80_000_00)
    assert tendering.is_kept_by(made, township)
    assert tendering.is_kept_by(made, county)
    refused(NotAllowed, "只能登记本辖区的采购记录", firm, township, people.COUNTY, lot="JP-2")
    refused(NotAllowed, "只能登记本辖区的采购记录", firm, township, people.OTHER_TOWNSHIP, lot="JP-2")
    refused(
        RuleViolation, "请选这个标段用于哪个政策", firm, township, field="programme_key", lot="JP-2", programme_key=""
    )
    refused(
        RuleViolation, "今天没有施行这个政策", firm, township, field="programme_key", lot="JP-2", programme_key="none"
    )
    assert lot(firm, county, people.COUNTY, lot="XJ-1").township == ""
    with transaction():
        tendering.end_tender(made, END, township)
    assert places.procurement(made.id).end_reason == "登错"


def test_without_the_task_a_township_enters_nothing(session: Session) -> None:
    publish_programme()
    township, firm = people.actor(Role.TOWNSHIP), admitted()
    assert (tendering.manages(township), tendering.choices(township)) == (False, [])
    refused(NotAllowed, "登记采购记录由县级主管部门办理", firm, township)
    # another programme gives it the task: of this one it still enters none
    give_task(programme={"id": "jiaping-2023", "number_prefix": "JP2023"})
    assert [key for key, _ in tendering.choices(township)] == ["jiaping-2023"]
    refused(NotAllowed, "采购记录由县级民政局登记，请另选政策。", firm, township, field="programme_key")
    assert lot(firm, township, programme_key="jiaping-2023").programme_key == "jiaping-2023"


def test_where_the_township_alone_procures_the_county_enters_none_and_still_ends(session: Session) -> None:
    give_task("township")
    township, county, firm = people.actor(Role.TOWNSHIP), people.actor(Role.COUNTY), admitted()
    words = "采购记录由乡镇（街道）经办登记，请另选政策。"
    refused(NotAllowed, words, firm, county, people.COUNTY, field="programme_key")
    made = lot(firm, township)
    with transaction():
        tendering.set_award(made, SetAward.model_validate({"award": "80000.00"}), township)
        tendering.end_tender(made, END, county)


def test_a_township_sees_firms_of_its_county_alone(session: Session) -> None:
    give_task()
    township = people.actor(Role.TOWNSHIP)
    own, city = admitted(), people.make_firm()
    elsewhere = admitted("500101") if _plant_other_county() else own
    assert [one.id for one in tendering.firms_for(township)] == sorted([own.id, city.id])
    refused(NotFound, "没有这家单位，或没有在本县准入", elsewhere, township)


def _plant_other_county() -> bool:
    people.region(people.COUNTY)
    text = "code,name,level,parent_code,gb_code,valid_from,valid_to\n500101,万州区,county,500000,500101,,\n"
    with transaction():
        regions.import_regions(text, SYSTEM)
    return True


def test_others_end_and_award_nothing(session: Session) -> None:
    give_task()
    made = lot(admitted(), people.actor(Role.TOWNSHIP))
    federation = people.make_user(Role.COUNTY)
    with transaction():
        federation.office = Office.FEDERATION
    strangers = [
        people.actor(Role.TOWNSHIP, code=people.OTHER_TOWNSHIP),
        actor_of(federation),
        *(people.actor(role) for role in (Role.CONTRACTOR, Role.FINANCE, Role.AUDITOR, Role.FEDERATION, Role.CITY)),
    ]
    for stranger in strangers:
        for act, command in (
            (tendering.end_tender, END),
            (tendering.set_award, SetAward.model_validate({"award": "1.00"})),
        ):
            with pytest.raises((NotFound, NotAllowed)), transaction():
                act(made, command, stranger)
        with pytest.raises(DomainError):
            lot(admitted(), stranger, lot="JP-9")
    assert places.procurement(made.id).ended_at is None


def test_the_task_taken_back_leaves_the_lot_to_the_county(session: Session) -> None:
    give_task()
    township, county, firm = people.actor(Role.TOWNSHIP), people.actor(Role.COUNTY), admitted()
    made = lot(firm, township)
    publish_tables(programme={"version": "2026.9"})
    assert (tendering.is_kept_by(made, township), tendering.is_kept_by(made, county)) == (False, True)


# one lot each --------------------------------------------------------------------------------------------------------
ONE = {"one_lot_each": True}


def test_a_firm_has_one_lot_at_a_time(session: Session) -> None:
    publish_tables(procurement=ONE)
    county, firm, other = people.actor(Role.COUNTY), admitted(name="甲公司"), admitted(name="乙公司")
    here = {"code": people.COUNTY}
    made = lot(firm, county, **here)
    said = f"一家单位只中一个标段；甲公司已有标段 JP-1（{made.valid_from} 至 {made.valid_to}）。登错的请先终止那条"
    refused(Conflict, said, firm, county, field="lot", **here, lot="JP-2")
    refused(Conflict, said, firm, county, field="lot", **here, lot="JP-2", programme_key="")
    refused(Conflict, said, firm, county, field="lot", **here, lot="JP-2", valid_from=made.valid_to,
            valid_to=made.valid_to + timedelta(days=9))  # fmt: skip
    assert lot(other, county, **here, lot="JP-2").lot == "JP-2"
    after = made.valid_to + timedelta(days=1)
    assert lot(firm, county, **here, lot="JP-3", valid_from=after, valid_to=after).lot == "JP-3"
    with transaction():
        tendering.end_tender(made, END, county)
    assert lot(firm, county, **here, lot="JP-4").lot == "JP-4"


def test_one_lot_each_is_said_of_building_lots_of_that_programme_in_that_county(session: Session) -> None:
    publish_tables(procurement=ONE)
    publish_tables(programme={"id": "other-2026"})
    county, here = people.actor(Role.COUNTY), {"code": people.COUNTY}
    firm = people.make_firm(OrganisationKind.CONTRACTOR, OrganisationKind.SUPERVISOR, actor=county)
    lot(firm, county, **here, programme_key="other-2026")
    lot(firm, county, **here, lot="JP-2")
    lot(firm, county, **here, lot="JP-3", kind=OrganisationKind.SUPERVISOR)
    lot(firm, county, **here, lot="JP-4", programme_key="other-2026")
    # a lot for all programmes serves this one too
    general = people.make_firm(actor=county)
    lot(general, county, **here, programme_key="")
    refused(Conflict, "一家单位只中一个标段", general, county, field="lot", **here, lot="JP-5")


def test_a_townships_lot_is_the_only_one_of_its_firm_too(session: Session) -> None:
    give_task(procurement=ONE)
    township, county, firm = people.actor(Role.TOWNSHIP), people.actor(Role.COUNTY), admitted()
    lot(firm, township)
    refused(Conflict, "一家单位只中一个标段", firm, county, people.COUNTY, field="lot", lot="XJ-1")
    other = people.actor(Role.TOWNSHIP, code=people.OTHER_TOWNSHIP)
    refused(Conflict, "一家单位只中一个标段", firm, other, people.OTHER_TOWNSHIP, field="lot", lot="XJ-1")


def test_of_two_lots_entered_at_once_one_is_refused(committed: Flask) -> None:
    publish_tables(procurement=ONE)
    actors, firm = [people.actor(Role.COUNTY) for _ in range(3)], admitted()
    outcomes = at_once(committed, 3, lambda place: lot(firm, actors[place], people.COUNTY, lot=f"JP-{place}"))
    assert outcomes == ["done", "lot", "lot"]


# deposits ----------------------------------------------------------------------------------------------------------
def test_the_county_registers_the_deposit_of_a_townships_lot(session: Session) -> None:
    terms = {"percent": 5, "required_before": "dispatch", "release": "acceptance"}
    give_task(deposit=terms)
    township, county = people.actor(Role.TOWNSHIP), people.actor(Role.COUNTY)
    made = lot(admitted(), township, award="80000.00")
    assert [one.record.id for one in deposits.on_desk(county)] == [made.id]
    assert deposits.on_desk(people.actor(Role.CITY)) == deposits.on_desk(township) == []
    with pytest.raises(DomainError):
        receive(made.id, township, 4_000_00)
    receive(made.id, county, 4_000_00)
    assert deposits.on_desk(county) == []


# pages ---------------------------------------------------------------------------------------------------------------
def text_of(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


@pytest.fixture
def clerk(session: Session) -> User:
    give_task()
    return people.make_user(Role.TOWNSHIP)


def through_api(client: PageClient, user: User, address: str = "/api/v1/lots") -> Any:
    day = clock.today() + timedelta(days=7)
    wish = MakeToken(name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=day)
    with transaction():
        token = make_token(wish, actor_of(user))[1]
    return client.get(address, headers={"Authorization": f"Bearer {token}"})


def test_the_api_reads_the_lots_that_one_keeps(client: PageClient, clerk: User) -> None:
    county, neighbour = people.make_user(Role.COUNTY), people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP)
    firm = admitted()
    own = lot(firm, actor_of(clerk), award="80000.00", max_households=9)
    wide = lot(firm, actor_of(county), people.COUNTY, lot="XJ-1", prices=[
        {"item": 13, "unit": "根", "unit_price": "150.00"}])  # fmt: skip
    assert [one["id"] for one in through_api(client, county).json["items"]] == [wide.id, own.id]
    assert [one["id"] for one in through_api(client, clerk).json["items"]] == [own.id]
    assert through_api(client, neighbour).json == {"items": [], "next_before": None}
    shown = through_api(client, clerk, f"/api/v1/lots/{own.id}").json
    assert shown == {
        "id": own.id, "lot": "JP-1", "kind": "contractor", "organisation_id": firm.id, "organisation": firm.name,
        "region": people.TOWNSHIP, "programme": KEY, "valid_from": f"{own.valid_from}", "valid_to": f"{own.valid_to}",
        "households": 0, "max_households": 9, "award": "80000.00", "prices": [], "end_reason": None,
    }  # fmt: skip
    prices = through_api(client, county, f"/api/v1/lots/{wide.id}").json["prices"]
    assert prices == [{"item": 13, "unit": "根", "unit_price": "150.00"}]
    for user in (clerk, neighbour):
        assert through_api(client, user, f"/api/v1/lots/{wide.id}").status_code == 404
    assert through_api(client, people.make_user(Role.FINANCE)).status_code == 403
    publish_tables()
    told = through_api(client, clerk)
    assert (told.status_code, "没有政策把“登记采购”交给您的岗位" in told.json["detail"]) == (403, True)


def test_the_api_asks_the_same_for_one_lot_and_for_three(client: PageClient, clerk: User) -> None:
    county, counts = people.make_user(Role.COUNTY), []
    for number in (1, 2):
        for place in range(number):
            lot(admitted(), actor_of(county), people.COUNTY, lot=f"XJ-{number}-{place}")
        through_api(client, county)
        with statements() as seen:
            found = through_api(client, county).json["items"]
        counts.append((len(found), len(seen)))
    assert [found for found, _ in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]


@pytest.mark.sqlite_only
def test_who_enters_lots_has_them_in_the_menu(client: PageClient, clerk: User) -> None:
    def has_it(user: User) -> bool:
        client.login(user)
        return client.page("/renovations").select_one(".side-link[href='/admin/procurements']") is not None

    assert (has_it(clerk), has_it(people.make_user(Role.COUNTY)), has_it(people.make_user(Role.FINANCE))) == (
        True,
        True,
        False,
    )
    publish_tables()
    assert (has_it(clerk), has_it(people.make_user(Role.COUNTY))) == (False, True)


@pytest.mark.sqlite_only
def test_the_township_enters_a_lot_from_the_menu_and_ends_it(client: PageClient, clerk: User) -> None:
    firm = people.make_firm(actor=people.actor(Role.COUNTY), name="清溪建筑公司")
    client.login(clerk)
    page = client.page("/admin/procurements")
    assert "还没有登记标段" in text_of(page)
    link = page.select_one(f"a[href='/admin/organisations/{firm.id}/procurements/new']")
    assert link is not None
    form = client.page(str(link["href"]))
    assert [one["value"] for one in form.select("[name=region_id] option") if one["value"]] == [
        f"{people.region(people.TOWNSHIP).id}"
    ]
    assert [one["value"] for one in form.select("[name=programme_key] option")] == ["", KEY]
    typed = {"lot": "JP-1", "valid_from": "2026-01-01", "valid_to": "2027-12-31"}
    answer = client.submit(form, typed, programme_key="")
    told = answer.soup.select_one("#e-programme_key")
    assert (answer.status_code, told is not None) == (422, True)
    answer = client.submit(form, typed, valid_to="2025-12-31")
    assert (answer.status_code, "截止日期早于起始日期" in answer.text) == (422, True)
    content = io.BytesIO()
    Image.new("RGB", (640, 480), (9, 90, 9)).save(content, "JPEG")
    paper = (io.BytesIO(content.getvalue()), "中标通知书.jpg")
    answer = client.submit(form, typed, max_households="40", paper=paper)
    assert answer.location == "/admin/procurements", answer.text[:3000]
    shown = client.page("/admin/procurements")
    assert re.search("JP-1 .+ 清溪建筑公司 施工单位，清溪镇采购", text_of(shown))
    assert "0／40" in text_of(shown)
    paper_link = shown.select_one("a[href$='/own-paper']")
    assert client.get(str(paper_link["href"])).status_code == 200
    again = client.submit(form, typed)
    assert (again.status_code, "已有同一包号的采购记录" in again.text) == (409, True)
    record = db.session.query(ProcurementRecord).one()
    award = client.page(f"/admin/procurements/{record.id}/award")
    assert client.submit(award, award="80000.00").location == "/admin/procurements"
    end = client.page(f"/admin/procurements/{record.id}/end")
    assert client.submit(end, reason="").status_code == 422
    assert client.submit(end, reason="登错").location == "/admin/procurements"
    assert "已终止 登错" in text_of(client.page("/admin/procurements"))
    # of firms it reads no more than that
    for closed in ("/admin/organisations", f"/admin/organisations/{firm.id}", f"/admin/procurements/{record.id}/paper"):
        assert client.get(closed).status_code == 403
    county = people.make_user(Role.COUNTY)
    client.login(county)
    assert "JP-1" in text_of(client.page("/admin/procurements"))
    client.login(people.make_user(Role.TOWNSHIP, code=people.OTHER_TOWNSHIP))
    assert "JP-1" not in text_of(client.page("/admin/procurements"))
    for path in ("end", "award", "own-paper"):
        assert client.get(f"/admin/procurements/{record.id}/{path}").status_code == 404


@pytest.mark.sqlite_only
def test_who_has_not_the_task_finds_no_page(client: PageClient, session: Session) -> None:
    publish_programme()
    firm = people.make_firm()
    client.login(people.make_user(Role.TOWNSHIP))
    assert client.page("/").select_one("a[href='/admin/procurements']") is None
    for path in ("procurements", f"organisations/{firm.id}/procurements/new"):
        answer = client.get(f"/admin/{path}")
        assert (answer.status_code, "没有政策把“登记采购”交给您的岗位" in answer.text) == (403, True)
    for role in (Role.CONTRACTOR, Role.FINANCE, Role.FEDERATION, Role.AUDITOR, Role.CITY):
        client.login(people.make_user(role))
        assert client.get("/admin/procurements").status_code == 403


@pytest.mark.sqlite_only
def test_a_township_dispatches_its_own_homes_under_its_own_lot(client: PageClient, session: Session) -> None:
    tasks = [TASK, {"task": "construction_dispatch", "roles": ["township"]}]
    publish_tables(**tables_without("supervision", actor=tasks, procurement={"share": "equal"}))
    clerk, number = people.make_user(Role.TOWNSHIP), make_file("张德福", status=Status.AGREED)
    client.login(clerk)
    page = client.page(f"/renovations/{number}/construction/dispatch")
    assert page.select_one("main a[href='/admin/procurements']") is not None
    firms = [admitted(name=name) for name in ("A公司", "B公司")]
    first, second = (lot(firm, actor_of(clerk), lot=f"JP-{firm.name}") for firm in firms)
    other = make_file("李四", status=Status.AGREED)
    do("construction.dispatch", other, actor_of(clerk), procurement_record_id=first.id)
    page = client.page(f"/renovations/{number}/construction/dispatch")
    assert [one["value"] for one in page.select("[name=procurement_record_id]")] == [f"{second.id}"]
    assert page.select_one("[name=procurement_record_id]").has_attr("checked")
    assert "按户数均分，A公司已派 1 户，最少的只有 0 户，轮到B公司，请改选。" in text_of(page)
    assert "B公司 标段 JP-B公司（清溪镇采购） 轮到它 这家已派 0 户" in text_of(page)
    answer = client.submit(page, procurement_record_id=f"{first.id}", tampered=True)
    assert (answer.status_code, "轮到B公司，请改选。" in answer.text) == (422, True)
    assert client.submit(page).status_code == 302


@pytest.mark.sqlite_only
def test_papers_name_the_township_that_procured(client: PageClient, session: Session) -> None:
    publish_tables(**tables_without("supervision"))
    around = desk()
    file = agreed(around)
    own = procurement(admitted(name="乙公司"), OrganisationKind.CONTRACTOR, region_id=file.township_id, lot="JP-1")
    shown: dict[str, list[str]] = {}
    county = people.make_user(Role.COUNTY)
    client.login(county)
    for record in (own, procurement(admitted(), OrganisationKind.CONTRACTOR, lot="XJ-1")):
        file = do("construction.dispatch", file, around.county, procurement_record_id=record)
        for paper in ("work_order", "contract"):
            text = text_of(client.page(f"/renovations/{file.number}/papers/{paper}"))
            shown.setdefault(paper, []).append(text.replace(" ", ""))
        file = do("construction.replace_firm", file, around.county, reason="另派", parts=[])
    order, contract = shown["work_order"], shown["contract"]
    assert ["按照清溪镇的采购结果（JP-1）" in order[0], "按照采购结果（XJ-1）" in order[1]] == [True, True]
    assert ["云岭县（示例）民政局" in one for one in order] == [False, True]
    assert ["采购标段：JP-1，采购单位：清溪镇。" in contract[0], "采购标段：XJ-1。" in contract[1]] == [True, True]
    assert ["清溪镇可以更换施工单位" in contract[0], "县级民政局可以更换施工单位" in contract[1]] == [True, True]


# ---------------------------------------------------------------- what assessors are paid for a home


def test_what_assessors_are_paid_for_a_home_stays_within_the_programmes_ceiling(session: Session) -> None:
    publish_tables(assessment={"fee_ceiling": "100.00"})
    firm, county = people.make_firm(OrganisationKind.ASSESSOR), people.actor(Role.COUNTY)
    asked = {"kind": OrganisationKind.ASSESSOR, "code": people.COUNTY, "max_households": 145}
    limit = "服务费（评估、查勘、验收）每户最多 ¥100.00"
    refused(RuleViolation, f"{limit}，145 户最多 ¥14,500.00", firm, county, field="award", award="14500.01", **asked)
    refused(RuleViolation, f"{limit}，请填写中标金额", firm, county, field="award", **asked)
    unknown = asked | {"max_households": None}
    refused(RuleViolation, f"{limit}，请填写这个标段的户数", firm, county, field="max_households", award="1", **unknown)
    for_all = asked | {"programme_key": "", "award": "14500.01"}
    refused(RuleViolation, limit, firm, county, field="award", **for_all)
    assert lot(firm, county, award="14500.00", **asked).award_fen == 14_500_00


def test_an_award_that_is_added_later_is_held_to_the_ceiling_too(session: Session) -> None:
    publish_tables()
    firm, county = people.make_firm(OrganisationKind.ASSESSOR), people.actor(Role.COUNTY)
    record = lot(firm, county, people.COUNTY, kind=OrganisationKind.ASSESSOR, max_households=10)
    publish_tables(assessment={"fee_ceiling": "100.00"})
    with pytest.raises(RuleViolation, match="10 户最多"), transaction():
        tendering.set_award(places.procurement(record.id), SetAward(award="1000.01"), county)
    with transaction():
        tendering.set_award(places.procurement(record.id), SetAward(award="1000.00"), county)
    assert places.procurement(record.id).award_fen == 1_000_00


def test_builders_are_not_asked_what_assessors_are(session: Session) -> None:
    publish_tables(assessment={"fee_ceiling": "100.00"})
    assert lot(people.make_firm(), people.actor(Role.COUNTY), people.COUNTY).award_fen is None
