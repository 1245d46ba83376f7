"""Messages from the event to the reader: written with it, sent after it, tried again, shown."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.identity.models import User
from app.identity.queries import actor_of
from app.identity.rules import MakeToken, Reach, TokenKind
from app.identity.tokens import make_token
from app.jobs.models import Job, JobState
from app.jobs.service import run_waiting
from app.letters import channels, rules
from app.letters.channels import Mail, NotDelivered, Outgoing
from app.letters.models import Message
from app.letters.rules import SetContact
from app.letters.service import set_contact
from app.lifecycle import Action, Status
from app.permissions import SYSTEM, Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.renovation.progress import advance
from tests.factories import applications, people
from tests.support.client import PageClient
from tests.workbench.support import make_file

from .mailserver import Server, mail_server


@pytest.fixture
def clerk(session: Session) -> User:
    return people.make_user(Role.TOWNSHIP)


@pytest.fixture
def returned(clerk: User) -> str:
    """A file that was returned for correction by the system, so that the clerk is told."""
    number = make_file("欧阳明", status=Status.SUBMITTED)
    step(number, Action.RETURN, "缺户口簿复印件。")
    return number


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with mail_server() as kept:
        monkeypatch.setitem(app.extensions, "anju_channels", {"mail": Mail(kept.url)})
        yield kept


def step(number: str, action: Action, reason: str = "", **details: Any) -> None:
    with transaction():
        advance(files.get_for_change(number, SYSTEM), action, SYSTEM, reason, details)


def told(number: str) -> list[tuple[str, str, str, str]]:
    rows = db.session.scalars(select(Message).join(Renovation).where(Renovation.number == number).order_by(Message.id))
    return [(one.occasion.value, one.way, one.audience.value, one.state.value) for one in rows]


def test_a_return_tells_household_and_clerk(returned: str, clerk: User) -> None:
    assert told(returned) == [
        ("correction", "in_app", "household", "sent"),
        ("correction", "letter", "household", "queued"),
        ("correction", "in_app", "staff", "sent"),
    ]
    mine = db.session.scalars(select(Message).where(Message.user_id == clerk.id)).one()
    assert (mine.title, mine.text) == ("申请已退回补正", "请把补正通知单交给申请家庭，并登记送达。")
    household = db.session.scalars(select(Message).where(Message.way == "letter")).one()
    assert household.template == "correction.household/correction_slip"
    assert household.text == "您的申请退回补正：缺户口簿复印件。补齐以后交回乡镇（街道）即可，不用重新申请。"


def test_nothing_is_told_of_what_did_not_happen(clerk: User) -> None:
    number = make_file("欧阳明", status=Status.SUBMITTED)

    def break_off() -> None:
        with transaction():
            advance(files.get_for_change(number, SYSTEM), Action.RETURN, SYSTEM)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert told(number) == []


def test_who_did_it_is_not_told_and_other_places_are_not(session: Session) -> None:
    here, away = people.make_user(Role.TOWNSHIP), people.make_user(Role.TOWNSHIP, code=people.OTHER_TOWNSHIP)
    number = make_file("欧阳明", status=Status.SUBMITTED)
    with transaction():
        advance(files.get_for_change(number, SYSTEM), Action.RETURN, actor_of(here))
    told_to = set(db.session.scalars(select(Message.user_id).where(Message.user_id.is_not(None))))
    assert {here.id, away.id} & told_to == set()


@pytest.mark.sqlite_only
def test_the_inbox_counts_opens_and_empties(client: PageClient, returned: str, clerk: User) -> None:
    client.login(clerk)
    assert client.get("/inbox/count", headers={"HX-Request": "true"}).text == "1"
    page = client.page("/inbox")
    assert returned in page.get_text() and "欧阳明" not in page.find("main").get_text()
    opened = client.submit(page.select_one("table form"))
    assert opened.location == f"/renovations/{returned}"
    assert client.get("/inbox/count", headers={"HX-Request": "true"}).text == ""
    step_again = make_file("欧阳明", status=Status.SUBMITTED)
    step(step_again, Action.RETURN)
    client.submit(client.page("/inbox").select_one(".page-actions form"))
    assert client.get("/inbox/count", headers={"HX-Request": "true"}).text == ""


@pytest.mark.sqlite_only
def test_nobody_opens_anothers_notice(client: PageClient, returned: str, clerk: User) -> None:
    mine = db.session.scalars(select(Message.id).where(Message.user_id == clerk.id)).one()
    other = people.make_user(Role.TOWNSHIP)
    client.login(other)
    form = client.page("/inbox/contact").select_one("main form")
    answer = client.post(f"/inbox/{mine}", data={"csrf_token": form.find("input", {"name": "csrf_token"})["value"]})
    assert answer.status_code == 404


@pytest.mark.sqlite_only
def test_a_letter_is_printed_and_handed_over_once(client: PageClient, returned: str, clerk: User) -> None:
    client.login(clerk)
    page = client.page("/letters?way=letter&state=queued")
    row = next(one for one in page.select("tbody tr") if returned in one.get_text())
    assert row.find("a", string="打印")["href"] == f"/renovations/{returned}/papers/correction_slip"
    form = row.find("form")
    assert client.submit(form, how="本人签收").location == "/letters?way=letter&state=queued"
    assert returned not in client.page("/letters?way=letter&state=queued").find("main").get_text()
    assert "本人签收" in client.page(f"/letters?number={returned}").get_text()
    assert "不是待送的书面通知" in client.submit(form, how="再来一次", follow_redirects=True).text


@pytest.mark.sqlite_only
def test_a_notice_without_a_paper_of_its_own_is_printed(client: PageClient, clerk: User) -> None:
    number = make_file("欧阳明", status=Status.COMPLETED)
    step(number, Action.COUNTERSIGN)
    client.login(clerk)
    link = client.page(f"/letters?number={number}").find("a", string="打印")["href"]
    letter = client.page(link).select_one(".paper").get_text()
    assert "欧阳明：" in letter and "质保" in letter
    first, again = client.get(f"{link}/pdf"), client.get(f"{link}/pdf")
    assert (first.mimetype, first.data[:5], first.data == again.data) == ("application/pdf", b"%PDF-", True)
    listed = client.page(f"/renovations/{number}/papers").find("main").get_text()
    assert ("通知书" in listed, "第 1 版" in listed, "第 2 版" in listed) == (True, True, False)
    client.login(people.make_user(Role.TOWNSHIP, code=people.OTHER_TOWNSHIP))
    assert client.get(f"{link}/pdf").status_code == 404
    client.login(people.make_user(Role.FINANCE))
    assert client.get(f"{link}/pdf").status_code == 403


@pytest.mark.sqlite_only
def test_a_files_page_leads_to_its_deliveries(client: PageClient, clerk: User) -> None:
    applications.publish_programme()
    number = applications.draft(actor_of(clerk)).number
    client.login(clerk)
    assert client.page(f"/renovations/{number}").find("a", href=f"/letters?number={number}") is not None
    client.login(people.make_user(Role.FEDERATION))
    assert client.page(f"/renovations/{number}").find("a", href=f"/letters?number={number}") is None


@pytest.mark.sqlite_only
def test_the_log_shows_its_own_scope_to_those_who_may(client: PageClient, returned: str) -> None:
    client.login(people.make_user(Role.TOWNSHIP, code=people.OTHER_TOWNSHIP))
    assert returned not in client.page("/letters").get_text()
    client.login(people.make_user(Role.ASSESSOR))
    assert client.get("/letters").status_code == 403
    client.login(people.make_user(Role.COUNTY))
    assert returned in client.page("/letters").get_text()


@pytest.mark.sqlite_only
def test_the_household_reads_it_on_its_own_page(client: PageClient, session: Session) -> None:
    identity = applications.id_number()
    file = applications.submitted(people.actor(Role.TOWNSHIP), people=[applications.person(id_number=identity)])
    code, number = file.receipt_code, file.number
    step(number, Action.RETURN, "缺户口簿复印件")
    client.submit(client.page("/my").select_one("main form"), receipt=code, last_four=identity[-4:])
    page = client.page("/my/progress?screen=letters")
    assert "缺户口簿复印件" in page.get_text() and number not in page.get_text()
    assert ("correction", "in_app", "household", "read") in told(number)


# ---------------------------------------------------------------- mail


@pytest.fixture
def builder(session: Session) -> User:
    """Somebody who is told by mail: here a clerk of the county, who has set an address."""
    user = people.make_user(Role.COUNTY)
    with transaction():
        set_contact(SetContact(email="county@example.cn"), actor_of(user))
    return user


@pytest.fixture
def mailed(builder: User, server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file whose event is told by mail to the county; the mail waits."""
    rule = rules.rule_of(Action.END_NOTICE, "")
    assert rule is not None and rule.staff is not None
    by_mail = rules.Rule(
        rule.occasion,
        rule.actions,
        staff=rules.Wording("公示期满", "可以办理确定。", (rules.Way.MAIL,), (Role.COUNTY,)),
    )
    monkeypatch.setattr(rules, "RULES", (by_mail,))
    number = make_file("欧阳明", status=Status.REVIEWED)
    step(number, Action.END_NOTICE)
    return number


def test_mail_goes_out_after_the_commit_with_nothing_personal(mailed: str, server: Server) -> None:
    assert (told(mailed), server.mails) == ([("notice_end", "mail", "staff", "queued")], [])
    run_waiting()
    assert told(mailed) == [("notice_end", "mail", "staff", "sent")]
    (mail,) = server.mails
    assert "To: county@example.cn" in mail and "Message-ID: <anju-" in mail
    assert "欧阳明" not in mail and "青松村" not in mail
    run_waiting()
    assert len(server.mails) == 1


def test_a_busy_server_is_tried_again_and_a_refused_address_is_shown(
    mailed: str, server: Server, client: PageClient, builder: User
) -> None:
    server.answers = [b"451 busy county@example.cn"]
    run_waiting()
    assert told(mailed) == [("notice_end", "mail", "staff", "queued")]
    (job,) = db.session.scalars(select(Job).where(Job.kind == "letters.send"))
    assert job.state is JobState.QUEUED
    job.run_after = job.created_at
    db.session.commit()
    server.answers = [b"550 no county@example.cn"]
    run_waiting()
    assert told(mailed) == [("notice_end", "mail", "staff", "failed")]
    client.login(builder)
    page = client.page("/letters?state=failed")
    assert "收件地址被邮件服务器拒绝" in page.get_text() and "county@example.cn" not in page.get_text()
    client.submit(next(one for one in page.select("tbody form") if "again" in str(one["action"])))
    run_waiting()
    assert (told(mailed), len(server.mails)) == ([("notice_end", "mail", "staff", "sent")], 1)


def test_a_server_that_is_away_gives_up_in_the_end(mailed: str, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "anju_channels", {"mail": Mail("smtp://127.0.0.1:9?from=a@example.cn&tls=off")})
    for _ in range(4):
        run_waiting()
        for job in db.session.scalars(select(Job).where(Job.state == JobState.QUEUED)):
            job.run_after = job.created_at
        db.session.commit()
    (message,) = db.session.scalars(select(Message).where(Message.way == "mail"))
    assert (message.state.value, message.attempts) == ("failed", 4)
    assert message.error == "连不上邮件服务器（ConnectionRefusedError）"


# ---------------------------------------------------------------- the seam for text messages


class TextMessages:
    """A service of an installation's own, as README describes it."""

    key = "sms"
    needs = "phone"

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.sent: list[Outgoing] = []

    def deliver(self, message: Outgoing) -> None:
        if not message.to:
            raise NotDelivered("没有号码", again=False)
        self.sent.append(message)


@pytest.mark.sqlite_only
def test_a_service_for_text_messages_is_plugged_in_by_a_setting(session: Session) -> None:
    app = Flask(__name__)
    app.config.update(SMS_CHANNEL=f"{__name__}:TextMessages", SMTP_URL="smtps://mail.example.cn?from=a@example.cn")
    channels.init_app(app)
    with app.app_context():
        assert sorted(channels.active()) == ["mail", "sms"]
        assert type(channels.active()["sms"]).__name__ == "TextMessages"
    app.config.update(SMS_CHANNEL="nonsense")
    with pytest.raises(ValueError, match="ANJU_SMS_CHANNEL"):
        channels.init_app(app)


@pytest.mark.parametrize("url", ["mail.example.cn", "smtp://host", "http://host?from=a@b.cn"])
def test_a_wrong_mail_setting_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="ANJU_SMTP_URL"):
        Mail(url)


# ---------------------------------------------------------------- the API


@pytest.mark.sqlite_only
def test_the_api_does_what_the_pages_do(app: Flask, client: PageClient, returned: str, clerk: User) -> None:
    with transaction():
        until = clock.today() + timedelta(days=9)
        wish = MakeToken(name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=until)
        token = make_token(wish, actor_of(clerk))[1]
    headers = {"Authorization": f"Bearer {token}"}
    found = client.get("/api/v1/me/notices", headers=headers).get_json()
    assert (found["unread"], found["notices"][0]["number"]) == (1, returned)
    own = found["notices"][0]["id"]
    assert client.post(f"/api/v1/me/notices/{own}/read", headers=headers).get_json()["state"] == "read"
    letters = client.get(f"/api/v1/letters?way=letter&number={returned}", headers=headers).get_json()["messages"]
    (letter,) = letters
    handed = f"/api/v1/letters/{letter['id']}/handed-over"
    assert client.post(handed, headers=headers, json={"how": "本人签收"}).get_json()["state"] == "sent"
    assert client.post(handed, headers=headers, json={"how": "本人签收"}).status_code == 409
    assert client.post(f"/api/v1/letters/{letter['id']}/again", headers=headers).status_code == 409
    contact = client.post("/api/v1/me/contact", headers=headers, json={"email": "town@example.cn"})
    assert contact.get_json() == {"email": "town@example.cn"}
