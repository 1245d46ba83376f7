"""The pages of the intake as a clerk meets them."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.db import db
from app.identity.models import User
from app.identity.queries import actor_of
from app.lifecycle import Status
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.application import queries
from app.stages.application.models import Beneficiary, Probe
from tests.factories import applications, people
from tests.support.client import PageClient

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def clerk(session: Session, client: PageClient) -> User:
    user = people.make_user(Role.TOWNSHIP)
    applications.publish_programme()
    client.login(user)
    return user


def form_of(soup: BeautifulSoup) -> Any:
    return soup.find("form", id="application-form")


TYPED: dict[str, Any] = {
    "people-0-name": "张德福",
    "people-0-hardship": ["tekun_scattered"],
    "people-0-certificate": "false",
    "people-0-recognised": "none",
    "dwelling-address": "清溪镇青松村三组",
    "dwelling-right": "owned",
    "consent": "self",
    "earlier": "none",
}


def test_a_clerk_logs_a_household_on_one_page(client: PageClient, clerk: User) -> None:
    form = form_of(client.page("/applications/new"))
    answer = client.submit(form, TYPED | {"people-0-id_number": applications.id_number()})
    assert answer.status_code == 302
    (file,) = db.session.scalars(select(Renovation)).all()
    assert answer.location.endswith(f"/renovations/{file.number}?done=application.open")
    assert (file.status, file.applicant_name, file.address) == (Status.DRAFT, "张德福", "清溪镇青松村三组")


def test_the_form_sent_twice_opens_one_file(client: PageClient, clerk: User) -> None:
    form = form_of(client.page("/applications/new"))
    number = applications.id_number()
    answers = [client.submit(form, TYPED | {"people-0-id_number": number}) for _twice in range(2)]
    assert answers[0].location == answers[1].location
    assert db.session.scalar(select(func.count()).select_from(Renovation)) == 1


def test_a_refusal_keeps_what_was_typed_and_stands_at_its_field(client: PageClient, clerk: User) -> None:
    form = form_of(client.page("/applications/new"))
    answer = client.submit(form, TYPED | {"people-0-id_number": "500101193905060011"})
    page = answer.soup
    assert answer.status_code == 422
    assert [link["href"] for link in page.select("[data-error-list] a")] == ["#f-people-0-id_number"]
    assert page.find(id="e-people-0-id_number").get_text(strip=True) == "身份证号码校验位不符，请对照证件逐位核对"
    assert page.find(id="f-people-0-name")["value"] == "张德福"
    assert page.find(id="f-people-0-id_number")["value"] == "500101193905060011"
    assert page.find("input", attrs={"name": "people-0-hardship", "value": "tekun_scattered"}).has_attr("checked")
    once = page.find("input", attrs={"name": "once"})["value"]
    assert once == form.find("input", attrs={"name": "once"})["value"]
    assert db.session.scalar(select(func.count()).select_from(Renovation)) == 0


def post(client: PageClient, url: str, **typed: Any) -> BeautifulSoup:
    token = client.page("/applications/new").find("meta", attrs={"name": "csrf-token"})["content"]
    answer = client.post(url, data={"csrf_token": token, **typed}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.soup


def results(soup: BeautifulSoup) -> dict[str, str]:
    return {
        row.th.get_text(strip=True): row.find(class_="out").get_text(strip=True) for row in soup.select(".clauses tr")
    }


def test_the_verdict_is_shown_while_typing_and_nothing_is_kept(client: PageClient, clerk: User) -> None:
    number = applications.id_number()
    soup = post(client, "/applications/preview", **TYPED, programme=applications.KEY, **{"people-0-id_number": number})
    assert results(soup) == {
        "E1": "符合", "E2": "符合", "E3": "符合", "E4": "符合", "E5": "待查清", "E6": "待查清", "E7": "符合",
        "E8": "符合", "E9": "符合",
    }  # fmt: skip
    said = soup.find(id="b-people-0").get_text(strip=True)
    assert said.startswith("男，1939-05-06 出生，")
    assert number not in str(soup)
    assert db.session.scalar(select(func.count()).select_from(Beneficiary)) == 0


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"people-0-id_number": "5001", "applied_on": "yesterday"},
        {"members-0-relation": "nobody", "members-0-name": "李"},
        {"history-0-amount": "viel"},
        {"household_size": "many", "people-0-disability_grade": "9", "people-0-ability-eating": "false"},
        {"phone": "1", "dwelling-right": "castle"},
        {"people-3-name": "王"},
    ],
)
def test_the_preview_forgives_what_is_half_typed(client: PageClient, clerk: User, typed: dict[str, str]) -> None:
    soup = post(client, "/applications/preview", programme=applications.KEY, **typed)
    assert set(results(soup).values()) == {"待查清"}


def test_a_wrong_number_is_said_while_typing(client: PageClient, clerk: User) -> None:
    soup = post(client, "/applications/preview", programme=applications.KEY, **{"people-0-id_number": "5001"})
    assert soup.find(id="b-people-0").get_text(strip=True).startswith("身份证号码应为 18 位")


def test_the_warning_names_nobody_and_links_nowhere(client: PageClient, clerk: User) -> None:
    number = applications.id_number()
    other = people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP)
    file = applications.submitted(other, people=[applications.person(name="赵钱孙", id_number=number)])
    soup = post(client, "/applications/lookup", **{"people-0-id_number": number})
    assert [item.get_text(strip=True) for item in soup.find_all("li")] == [
        f"受益人1：{file.created_at.year} 年，云岭县（示例），重庆适老化2020，待初审。请与云岭县（示例）民政局核对。"
    ]
    assert soup.find("a") is None
    assert [text for text in ("赵钱孙", file.number, number) if text in str(soup)] == []
    assert db.session.scalar(select(Probe.hits)) == 1
    assert post(client, "/applications/lookup", **{"people-0-id_number": applications.id_number()}).find("li") is None


def test_the_edit_page_masks_numbers_and_saves_them_back(client: PageClient, clerk: User) -> None:
    number = applications.id_number()
    file = applications.draft(actor_of(clerk), people=[applications.person(id_number=number)])
    page = client.page(f"/renovations/{file.number}/application/edit")
    assert number not in str(page)
    assert "13812345678" not in str(page)
    assert page.find(id="f-people-0-id_number")["value"] == f"{number[:3]}***********{number[-4:]}"
    answer = client.submit(form_of(page), {"dwelling-safe": "false"})
    assert answer.status_code == 302
    file = files.get(file.number, actor_of(clerk))
    assert queries.applicant(file).id_number == number
    assert queries.household(file).phone == "13812345678"
    assert queries.dwelling(file).safe is False
    assert len(queries.papers(file)["declaration"]) == 1


def test_the_preview_of_a_file_reads_masked_numbers(client: PageClient, clerk: User) -> None:
    file = applications.draft(actor_of(clerk))
    masked = client.page(f"/renovations/{file.number}/application/edit").find(id="f-people-0-id_number")["value"]
    soup = post(client, f"/applications/preview?file={file.number}", **TYPED, **{"people-0-id_number": masked})
    assert results(soup)["E1"] == "符合"


@pytest.mark.parametrize("path", ["application/edit", "application/submit", "application/verify", "application/reveal"])
def test_another_townships_clerk_finds_nothing(client: PageClient, clerk: User, path: str) -> None:
    file = applications.draft(actor_of(clerk))
    client.login(people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP))
    assert client.get(f"/renovations/{file.number}/{path}").status_code == 404
    token = client.page("/applications/new").find("meta", attrs={"name": "csrf-token"})["content"]
    for url in ("/applications/preview", "/applications/lookup"):
        answer = client.post(f"{url}?file={file.number}", data={"csrf_token": token}, headers={"HX-Request": "true"})
        assert answer.status_code == 404


def test_submitting_and_verifying_by_page(client: PageClient, clerk: User) -> None:
    file = applications.draft(actor_of(clerk))
    page = client.page(f"/renovations/{file.number}/application/submit")
    assert results(page)["E2"] == "符合"
    assert client.submit(page).status_code == 302
    client.login(people.make_user(Role.FEDERATION))
    page = client.page(f"/renovations/{file.number}/application/verify")
    answer = client.submit(
        page,
        clause="E5",
        body="住房城乡建设部门",
        method="现场查看",
        result="denied",
        fact="dwelling.safe",
        value="false",
    )
    assert answer.status_code == 302
    assert queries.verdict(files.get(file.number, actor_of(clerk))).clause("E5").result.value == "fail"


def test_a_verification_without_its_value_keeps_what_was_typed(client: PageClient, clerk: User) -> None:
    file = applications.submitted(actor_of(clerk))
    page = client.page(f"/renovations/{file.number}/application/verify")
    answer = client.submit(
        page, clause="E5", body="民政部门", method="查验原件", result="denied", fact="dwelling.safe", remark="有裂缝"
    )
    assert answer.status_code == 422
    assert [link["href"] for link in answer.soup.select("[data-error-list] a")] == ["#f-value"]
    assert answer.soup.find(id="f-remark").get_text(strip=True) == "有裂缝"


def test_a_number_is_shown_once_with_a_reason(client: PageClient, clerk: User) -> None:
    file = applications.draft(actor_of(clerk))
    person = queries.applicant(file)
    url = f"/renovations/{file.number}/application/reveal?person={person.id}"
    assert person.id_number not in str(client.page(url))
    refused = client.submit(client.page(url), reason="看")
    assert refused.status_code == 422
    assert person.id_number not in refused.text
    answer = client.submit(client.page(url), reason="与银行核对账户")
    assert answer.status_code == 200
    assert person.id_number in answer.text
    assert person.id_number not in str(client.page(url))


@pytest.mark.parametrize(
    ("role", "health"), [(Role.TOWNSHIP, True), (Role.FEDERATION, True), (Role.AUDITOR, True), (Role.FINANCE, False)]
)
def test_the_tab_shows_health_only_to_those_who_may_read_it(
    client: PageClient, clerk: User, role: Role, health: bool
) -> None:
    file = applications.submitted(actor_of(clerk))
    client.login(people.make_user(role))
    page = client.page(f"/renovations/{file.number}?tab=application")
    text = page.get_text()
    assert queries.applicant(file).id_number not in str(page)
    assert ("分散供养特困人员" in text) is health
    assert ("六项指标" in text) is health


def test_the_receipt_is_printed_by_the_township_alone(client: PageClient, clerk: User) -> None:
    file = applications.draft(actor_of(clerk))
    url = f"/renovations/{file.number}/application/receipt"
    assert client.get(url).status_code == 404  # nothing has been submitted
    file = applications.do("application.submit", file, actor_of(clerk))
    assert file.receipt_code is not None
    shown = f"{file.receipt_code[:5]} {file.receipt_code[5:]}"
    page = client.page(url)
    assert page.find(class_="receipt-code").get_text(strip=True) == shown
    assert file.number not in page.find("article").get_text()
    assert shown in client.page(f"/renovations/{file.number}?tab=application").get_text()
    client.login(people.make_user(Role.COUNTY))
    assert client.get(url).status_code == 403
    assert shown not in client.page(f"/renovations/{file.number}?tab=application").get_text()
