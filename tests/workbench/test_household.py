"""The household's own page: the right pair opens it, wrong ones are all alike and soon have to wait."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.core import clock, settings_store
from app.core.db import db, transaction
from app.lifecycle import Status
from app.permissions import SYSTEM, Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.workbench import household
from tests.application.notice_support import publish_tables
from tests.factories import applications, people
from tests.support.client import PageClient


@pytest.fixture
def opened(session: Session) -> tuple[str, str, str]:
    """Receipt code, last four digits and number of a submitted file."""
    number = applications.id_number()
    actor = people.actor(Role.TOWNSHIP)
    file = applications.submitted(actor, people=[applications.person(id_number=number, name="张德福")])
    assert file.receipt_code is not None
    return file.receipt_code, number[-4:], file.number


def ask(client: PageClient, receipt: str, last_four: str) -> BeautifulSoup:
    form = client.page("/my").select_one("main form")
    return client.submit(form, receipt=receipt, last_four=last_four, follow_redirects=True).soup


def test_code_and_last_four_open_the_page(client: PageClient, opened: tuple[str, str, str]) -> None:
    receipt, last_four, number = opened
    shown = ask(client, f" {receipt.lower()[:5]} {receipt[5:]}", last_four)
    assert shown.h1.get_text() == "您家的改造"
    assert shown.select_one(".sentence").get_text() == "您的改造进行到第 1 步：申请。"
    text = shown.get_text()
    assert (number in text, "张德福" in text, "12345" in text) == (False, False, True)


def test_the_number_on_the_page_is_the_countys_own(client: PageClient, opened: tuple[str, str, str]) -> None:
    receipt, last_four, number = opened
    county = files.get(number, SYSTEM).county
    with transaction():
        settings_store.write(f"telephone:{county.code}", "023-12345678")
    assert "023-12345678" in ask(client, receipt, last_four).select_one(".elder-phone").get_text()


def test_wrong_code_and_wrong_digits_get_the_same_answer(client: PageClient, opened: tuple[str, str, str]) -> None:
    receipt, last_four, _number = opened
    wrong = "0000" if last_four != "0000" else "1111"
    answers = {
        ask(client, *pair).select_one(".error-list").get_text() for pair in ((receipt, wrong), ("A" * 10, last_four))
    }
    assert len(answers) == 1
    assert client.get("/my/progress").headers["Location"] == "/my"


def test_the_file_number_opens_nothing(client: PageClient, opened: tuple[str, str, str]) -> None:
    _receipt, last_four, number = opened
    assert ask(client, number, last_four).select_one(".error-list") is not None


def test_after_five_wrong_tries_even_the_right_pair_waits(
    client: PageClient, opened: tuple[str, str, str], set_today: Callable[..., None]
) -> None:
    receipt, last_four, _number = opened
    wrong = "0000" if last_four != "0000" else "1111"
    for _ in range(household.MOST_BY_RECEIPT):
        ask(client, receipt, wrong)
    assert "15 分钟" in ask(client, receipt, last_four).select_one(".error-list").get_text()
    with transaction():
        db.session.query(household.LookUpAttempt).update(
            {"at": clock.system() - household.WINDOW - timedelta(minutes=1)}
        )
    assert ask(client, receipt, last_four).h1.get_text() == "您家的改造"


def test_one_address_cannot_try_many_codes(client: PageClient, opened: tuple[str, str, str]) -> None:
    receipt, last_four, _number = opened
    with transaction():
        db.session.add_all(
            household.LookUpAttempt(receipt_index=f"{n}", address="127.0.0.1", at=clock.system(), succeeded=False)
            for n in range(household.MOST_BY_ADDRESS)
        )
    assert "15 分钟" in ask(client, receipt, last_four).select_one(".error-list").get_text()


def test_the_page_closes_on_request_and_by_itself(
    client: PageClient, opened: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ask(client, *opened[:2])
    client.submit(shown.select_one("form[action$=leave]"))
    assert client.get("/my/progress").status_code == 302
    ask(client, *opened[:2])
    later = clock.system() + household.OPEN_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "system", lambda: later)
    assert client.get("/my/progress").status_code == 302


def test_what_the_household_pays_stands_in_large_figures(client: PageClient, opened: tuple[str, str, str]) -> None:
    ask(client, *opened[:2])
    assert client.page("/my/progress?screen=money").select_one(".sentence").get_text() == "还没有算出来。"
    with transaction():
        db.session.query(Renovation).update({"total_fen": 230_000, "subsidy_fen": 200_000, "self_pay_fen": 30_000})
    shown = client.page("/my/progress?screen=money")
    assert (shown.select_one(".huge").get_text(), shown.select_one(".sentence").get_text()) == ("¥300.00", "¥2,000.00")


def test_a_household_that_gets_the_subsidy_itself_is_told_that_it_pays_the_firm(
    client: PageClient, session: Session
) -> None:
    publish_tables(money={"payee": "household"})
    number = applications.id_number()
    file = applications.submitted(people.actor(Role.TOWNSHIP), people=[applications.person(id_number=number)])
    assert file.receipt_code is not None
    ask(client, file.receipt_code, number[-4:])
    with transaction():
        db.session.query(Renovation).update({"total_fen": 230_000, "subsidy_fen": 230_000, "self_pay_fen": 0})
    said = client.page("/my/progress?screen=money").select_one(".huge").find_next_sibling("p").get_text()
    assert said.startswith(
        "工程款 ¥2,300.00 验收合格后由您家先全部付给施工单位，请当面要发票和收据。政府补贴另付到您家的账户"
    )


def test_all_seven_steps_are_told(client: PageClient, opened: tuple[str, str, str]) -> None:
    ask(client, *opened[:2])
    shown = client.page("/my/progress?screen=steps")
    assert [item.get_text(strip=True).lstrip("1234567") for item in shown.select(".elder-steps li")] == [
        "申请，正在做", "评估", "方案", "施工", "验收", "结算", "质保",
    ]  # fmt: skip


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_said_in_plain_words(status: Status) -> None:
    assert household.PLAIN[status].endswith("。")


@pytest.mark.parametrize(
    ("status", "step", "said"),
    [
        (Status.BUILDING, "施工", "您的改造进行到第 4 步：施工。"),
        (Status.CLOSED, "", "您的改造已经全部完成。"),
        (Status.REJECTED, "", "您的改造：不予改造。"),
    ],
)
def test_the_step_is_said_in_one_sentence(status: Status, step: str, said: str) -> None:
    assert household.sentence(status, 4, step) == said
