"""The pages from the first review to the confirmation, as each desk and the public meet them."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core.db import db
from app.identity.models import User
from app.identity.queries import actor_of
from app.lifecycle import Status
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.application import notice_queries as reads
from app.stages.application.notice_rules import PhotoDay, public_id, public_name
from tests.application.notice_support import AFTER, END, START, allot, forwarded, noticed, prove
from tests.factories import applications, people
from tests.support.client import PageClient

pytestmark = pytest.mark.sqlite_only
do = applications.do
SetToday = Callable[[date], None]


@pytest.fixture
def clerk(session: Session, client: PageClient, set_today: SetToday) -> User:
    set_today(START)
    user = people.make_user(Role.TOWNSHIP)
    client.login(user)
    return user


def picture() -> tuple[io.BytesIO, str]:
    content = io.BytesIO()
    Image.effect_noise((640, 480), 80).convert("RGB").save(content, "JPEG")
    content.seek(0)
    return content, "公示.jpg"


def page_of(file: Renovation, name: str) -> str:
    return f"/renovations/{file.number}/application/{name}"


def status_of(file: Renovation, user: User) -> Status:
    db.session.expire_all()
    return files.get(file.number, actor_of(user)).status


def test_the_clerk_forwards_on_one_page_and_finds_the_notice(client: PageClient, clerk: User) -> None:
    file = applications.submitted(actor_of(clerk))
    page = client.page(page_of(file, "forward"))
    assert "张**" in page.get_text()
    answer = client.submit(page, poster="王芳")
    assert answer.status_code == 302
    assert status_of(file, clerk) is Status.REVIEWED
    rows = client.page("/notices").find_all("tr")
    assert [cell.get_text(strip=True) for cell in rows[1].find_all("td")] == [
        "清溪镇", "2020-09-15 至 2020-09-24", "公示中", "1", "没有", "未上传", "未到",
    ]  # fmt: skip


def test_the_clerk_returns_with_reasons_and_prints_the_slip(client: PageClient, clerk: User) -> None:
    file = applications.submitted(actor_of(clerk))
    form = client.page(page_of(file, "return"))
    answer = client.submit(form, {"reasons-0-section": "papers", "reasons-0-reason": "户口簿照片看不清"})
    assert answer.status_code == 302
    slip = client.page(page_of(file, "slip")).get_text()
    assert "户口簿照片看不清" in slip
    assert "证明材料" in slip


def test_photos_are_uploaded_on_the_notice_and_seen_by_the_county(
    client: PageClient, clerk: User, new_client: Callable[[], PageClient], set_today: SetToday
) -> None:
    entry = reads.running_entry(forwarded(actor_of(clerk)))
    assert entry is not None
    notice = entry.notice_id
    form = client.page(f"/notices/{notice}/photo?day=first")
    assert client.submit(form, photo=picture(), day="first").status_code == 302
    set_today(END)
    form = client.page(f"/notices/{notice}/photo?day=last")
    assert client.submit(form, photo=picture(), day="last").status_code == 302
    county = new_client()
    county.login(people.make_user(Role.COUNTY))
    seen = county.page(f"/notices/{notice}")
    pictures = [tag["src"] for tag in seen.find_all("img") if "/photos/" in str(tag["src"])]
    assert [county.get(str(url)).mimetype for url in pictures] == ["image/jpeg", "image/jpeg"]
    stranger = new_client()
    stranger.login(people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP))
    assert [stranger.get(str(url)).status_code for url in (f"/notices/{notice}", *pictures)] == [404, 404, 404]


def test_a_late_photo_without_a_reason_is_refused_at_its_field(
    client: PageClient, clerk: User, set_today: SetToday
) -> None:
    entry = reads.running_entry(forwarded(actor_of(clerk)))
    assert entry is not None
    set_today(END)
    answer = client.submit(client.page(f"/notices/{entry.notice_id}/photo"), photo=picture(), day="first")
    assert answer.status_code == 422
    assert "首日是 2020-09-15，不是当天拍的，请写明原因。" in answer.text


def test_the_public_page_names_nobody_and_is_gone_after_the_period(
    client: PageClient, clerk: User, new_client: Callable[[], PageClient], set_today: SetToday
) -> None:
    number = applications.id_number()
    file = forwarded(actor_of(clerk), people=[applications.person(id_number=number)])
    entry = reads.running_entry(file)
    assert entry is not None
    url = f"/notices/public/{entry.notice.token}"
    anybody = new_client()
    page = anybody.page(url)
    assert page.find("td", string="张**") is not None
    for leak in ("张德福", number, number[6:14], file.number, "13812345678", file.address):
        assert leak not in str(page)
    set_today(AFTER)
    assert anybody.get(url).status_code == 404
    assert anybody.get("/notices/public/nothing").status_code == 404


NAME = st.text("龘鱻麤犇骉猋", min_size=2, max_size=5)  # characters that no office writes otherwise
BORN = st.dates(date(1925, 1, 1), date(1940, 12, 31))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAME, born=BORN)
def test_no_notice_leaks_a_name_or_a_number(client: PageClient, clerk: User, name: str, born: date) -> None:
    """Whatever the name and number: the poster and the public page hold neither, nor the file's number."""
    number = applications.id_number(born)
    file = forwarded(actor_of(clerk), people=[applications.person(id_number=number, name=name)])
    entry = reads.running_entry(file)
    assert entry is not None
    assert entry.people == [{"name": public_name(name), "id_number": public_id(number)}]
    for url in (f"/notices/{entry.notice_id}/poster", f"/notices/public/{entry.notice.token}"):
        text = client.page(url).find("main").get_text()  # type: ignore[union-attr]
        assert name not in text
        assert file.number not in text
        assert not any(number[start : start + 7] in text for start in range(12))


def test_a_firm_sees_no_notice(client: PageClient, clerk: User) -> None:
    forwarded(actor_of(clerk))
    client.login(people.make_user(Role.CONTRACTOR))
    assert client.get("/notices").status_code == 403


def test_the_county_sees_what_is_missing_and_confirms(client: PageClient, clerk: User) -> None:
    file = noticed(actor_of(clerk))
    officer = people.make_user(Role.COUNTY)
    client.login(officer)
    page = client.page(page_of(file, "confirm"))
    assert [item.get_text(strip=True) for item in page.select("ul.missing li")] == [
        "尚未下达任务数：请先登记 2020 年的任务数"
    ]
    assert client.submit(page).status_code == 409
    allot(1)
    assert client.submit(client.page(page_of(file, "confirm"))).status_code == 302
    assert status_of(file, officer) is Status.CONFIRMED


def test_objections_are_recorded_and_answered_on_pages(client: PageClient, clerk: User) -> None:
    file = forwarded(actor_of(clerk))
    form = client.page(page_of(file, "record_objection"))
    assert client.submit(form, channel="phone", content="这家在城里有房子").status_code == 302
    page = client.page(page_of(file, "dismiss_objection"))
    assert "这家在城里有房子" in page.get_text()
    assert client.submit(page, reply="查无此事").status_code == 302
    assert "查无此事" in client.page(f"/renovations/{file.number}").get_text()


def test_a_rejection_prints_its_letter_and_a_recheck_reopens(client: PageClient, clerk: User) -> None:
    file = applications.submitted(actor_of(clerk), dwelling=applications.dwelling(right="private_rental"))
    form = client.page(page_of(file, "reject"))
    assert client.submit(form, reason="住房是私人租房").status_code == 302
    assert "申请复核" in client.page(page_of(file, "letter")).get_text()
    form = client.page(page_of(file, "request_recheck"))
    assert client.submit(form, grounds="已买下这处住房").status_code == 302
    client.login(people.make_user(Role.COUNTY))
    page = client.page(page_of(file, "grant_recheck"))
    assert "已买下这处住房" in page.get_text()
    assert client.submit(page, reply="同意重新审查").status_code == 302
    assert status_of(file, clerk) is Status.SUBMITTED


@pytest.mark.parametrize("state", ["running", "over", "all"])
def test_the_list_costs_the_same_for_one_and_for_three(
    client: PageClient, clerk: User, set_today: SetToday, state: str
) -> None:
    counts = []
    for days in ((15,), (16, 17)):
        for day in days:
            set_today(date(2020, 9, day))
            forwarded(actor_of(clerk))
        counts.append(_statements(client, f"/notices?state={state}"))
    assert counts[0] == counts[1]


def _statements(client: PageClient, url: str) -> int:

    found: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        client.page(url)
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    return len(found)


def test_a_notice_that_runs_says_that_it_ends_by_itself(client: PageClient, clerk: User, set_today: SetToday) -> None:
    """With the first day's photo there, nothing is to be done until the last day; the page says so instead of asking."""
    file = forwarded(actor_of(clerk))
    bar = client.page(f"/renovations/{file.number}").select_one(".file-actions")
    assert [one.get_text(strip=True) for one in bar.select(".btn-primary")] == ["上传公示照片"]
    prove(file, actor_of(clerk), PhotoDay.FIRST)
    bar = client.page(f"/renovations/{file.number}").select_one(".file-actions")
    assert bar.select(".btn-primary") == []
    assert bar.select_one(".file-rests").get_text(strip=True) == (
        "公示到 2020-09-24 为止，末日还要拍一张公示照片；期满没有异议，自动转县级民政局确定。"
    )
    assert "上传公示照片" in bar.get_text()
    set_today(END)
    bar = client.page(f"/renovations/{file.number}").select_one(".file-actions")
    assert [one.get_text(strip=True) for one in bar.select(".btn-primary")] == ["上传公示照片"]
