"""A renovation's page: the status bar, the buttons, the timeline, remarks, and who gets 404."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.lifecycle import Action, Stage, Status
from app.permissions import Role
from app.programme.loading import CATALOG, load
from app.renovation import queries as renovations
from app.renovation.models import Event, Renovation
from app.renovation.operations import Missing
from app.workbench import buttons, deadlines, links, stages_shown, timeline
from tests.factories import applications, people
from tests.support.client import PageClient
from tests.workbench.support import make_file

USUAL = load(CATALOG / "chongqing-2020")
START = datetime(2020, 9, 1, 2, tzinfo=UTC)


def change(action: Action, source: Status, target: Status, day: int) -> Event:
    return Event(
        action=action,
        from_status=source,
        to_status=target,
        at=datetime(2020, 9, day, 2, tzinfo=UTC),
        actor_name="李秀兰",
        role=Role.TOWNSHIP,
        title=action.label,
        reason="",
    )


SUBMIT = change(Action.SUBMIT, Status.DRAFT, Status.SUBMITTED, 2)
CONFIRM = change(Action.CONFIRM, Status.NOTICED, Status.CONFIRMED, 10)
UNFIT = change(Action.FIND_UNFIT, Status.CONFIRMED, Status.REJECTED, 12)


def file(status: Status) -> Renovation:
    return Renovation(status=status, created_at=START)


def shown(status: Status, *events: Event) -> list[tuple[str, int | None]]:
    """State and day of each of the seven stages."""
    steps = stages_shown.steps(file(status), list(reversed(events)))
    return [(step.state, step.date.day if step.date else None) for step in steps]


def test_the_status_bar_tells_what_is_done_and_since_when() -> None:
    assert shown(Status.CONFIRMED, SUBMIT, CONFIRM) == [("done", 1), ("now", 10), *[("todo", None)] * 5]


def test_a_file_that_ended_early_is_stopped_where_it_was() -> None:
    assert shown(Status.REJECTED, SUBMIT, CONFIRM, UNFIT)[:3] == [("done", 1), ("stopped", 10), ("todo", None)]


def test_a_closed_file_has_all_seven_done() -> None:
    assert [state for state, _day in shown(Status.CLOSED)] == ["done"] * 7


def test_going_back_keeps_the_first_day_of_a_stage_and_hides_those_ahead() -> None:
    back = change(Action.QUESTION_ELIGIBILITY, Status.CONFIRMED, Status.NOTICED, 14)
    assert shown(Status.NOTICED, SUBMIT, CONFIRM, back)[:2] == [("now", 1), ("todo", None)]


def test_the_timeline_tells_from_where_to_where_and_marks_ways_back() -> None:
    entries = timeline.timeline([UNFIT, SUBMIT], [], USUAL)
    assert [(entry.what, entry.back) for entry in entries] == [
        ("住房不具备改造条件：待评估 → 不予改造", True),
        ("提交：待提交 → 待初审", False),
    ]


def test_the_same_thing_done_several_times_a_day_stands_once() -> None:
    photo = change(Action.SUBMIT, Status.DRAFT, Status.SUBMITTED, 3)
    photos = [
        Event(title="上传照片", at=photo.at, actor_name="罗强", role=Role.CONTRACTOR, reason="") for _ in range(3)
    ]
    entries = timeline.timeline([UNFIT, *photos, SUBMIT], [], USUAL)
    assert [entry.what for entry in entries][1:] == ["上传照片（3 次）", "提交：待提交 → 待初审"]


@pytest.mark.parametrize("role", [Role.TOWNSHIP, Role.CONTRACTOR, Role.ADMIN])
def test_outside_the_scope_the_page_is_not_there(client: PageClient, role: Role) -> None:
    number = make_file("王德福", township=people.OTHER_TOWNSHIP)
    client.login(people.make_user(role))
    text = client.get(f"/renovations/{number}")
    assert (text.status_code, "王德福" in text.text) == (403 if role is Role.ADMIN else 404, False)


def test_the_main_thing_is_the_step_forward(client: PageClient) -> None:
    clerk = people.make_user(Role.TOWNSHIP)
    number = applications.draft(people.actor(Role.TOWNSHIP)).number
    client.login(clerk)
    shown = client.page(f"/renovations/{number}")
    bar = shown.select_one(".file-actions")
    assert [link.get_text(strip=True) for link in bar.select(".btn-primary")] == ["提交初审"]
    assert "留言" not in bar.get_text()
    assert {"家庭撤回申请", "终止改造", "暂停"} == {link.get_text() for link in bar.select(".menu-box a")} & {
        "家庭撤回申请",
        "终止改造",
        "暂停",
    }


def test_the_next_thing_is_what_the_step_forward_still_lacks(session: Session) -> None:
    clerk = people.actor(Role.TOWNSHIP)
    found = buttons.choices(applications.draft(clerk, declaration=[]), clerk)
    assert found.main is not None
    assert found.goal is not None
    assert (found.main.key, found.goal.key) == ("application.edit", "application.submit")
    assert found.others[0].key == "application.submit"
    assert len(found.missing) > 0


def test_a_suspended_file_is_first_of_all_resumed(session: Session) -> None:
    clerk = people.actor(Role.TOWNSHIP)
    file = applications.draft(clerk)
    file = applications.do("application.suspend", file, clerk, reason="老人住院")
    main = buttons.choices(file, clerk).main
    assert main is not None
    assert main.key == "application.resume"


def test_who_may_do_nothing_is_told_so(client: PageClient) -> None:
    number = make_file("王德福")
    client.login(people.make_user(Role.AUDITOR))
    assert client.page(f"/renovations/{number}").select_one(".file-actions .muted").get_text() == "这一步由其他岗位办理"


def test_a_remark_stands_on_the_timeline(client: PageClient) -> None:
    number = applications.draft(people.actor(Role.TOWNSHIP)).number
    client.login(people.make_user(Role.TOWNSHIP, name="李秀兰"))
    form = client.page(f"/renovations/{number}").select_one("form.remark")
    client.submit(form, text="周三上午上门")
    entry = client.page(f"/renovations/{number}").select_one(".timeline .comment")
    assert entry.select_one(".why").get_text() == "周三上午上门"
    assert entry.select_one(".when").get_text().startswith("李秀兰（乡镇（街道）经办）")


def test_every_tab_opens_for_every_role_that_sees_the_file(client: PageClient) -> None:
    file = applications.draft(people.actor(Role.TOWNSHIP))
    for role in (Role.TOWNSHIP, Role.COUNTY, Role.FEDERATION, Role.FINANCE, Role.CITY, Role.AUDITOR):
        client.login(people.make_user(role))
        for stage in Stage:
            shown = client.page(f"/renovations/{file.number}?tab={stage.value}")
            assert shown.select_one(".nav-tabs [aria-current]").get_text() == stage.label


def test_city_sees_the_file_with_its_people_masked(client: PageClient) -> None:
    number = make_file("王德福", address="清溪镇青松村三组 5 号")
    client.login(people.make_user(Role.CITY))
    shown = client.page(f"/renovations/{number}")
    assert (shown.h1.get_text(), "三组 5 号" in shown.get_text()) == ("王**", False)


def test_what_is_missing_links_to_where_it_is_done(client: PageClient) -> None:
    number = make_file("王德福")
    with client.application.test_request_context():
        assert (
            links.missing_url(number, Missing("签名", "application.edit")) == f"/renovations/{number}/application/edit"
        )
        assert links.missing_url(number, Missing("照片", "plan")) == f"/renovations/{number}?tab=plan"
        assert links.missing_url(number, Missing("别的")) == ""


def test_the_deadline_counts_working_days(session: Session, frozen_clock: object) -> None:
    clerk = people.actor(Role.COUNTY)
    number = make_file("王德福", due_on=date(2020, 9, 21))
    shown = deadlines.due(renovations.get(number, clerk))
    assert shown is not None
    assert (shown.day, shown.words, shown.tone) == (date(2020, 9, 21), "还剩 4 个工作日", "")
    ended = make_file("李素珍", status=Status.CLOSED, due_on=date(2020, 9, 21))
    assert deadlines.due(renovations.get(ended, clerk)) is None


def test_the_word_that_it_is_done_is_true_only_just_after(
    client: PageClient, set_today: Callable[[date | datetime], None]
) -> None:
    set_today(START)
    clerk = people.make_user(Role.TOWNSHIP)
    number = applications.draft(people.actor(Role.TOWNSHIP)).number
    client.login(clerk)
    sent = client.submit(client.page(f"/renovations/{number}/application/suspend"), reason="老人住院")
    assert "Set-Cookie" not in sent.headers
    assert client.page(sent.location).select_one(".flashes").get_text(strip=True) == "已办理：暂停"
    assert client.page(f"/renovations/{number}?done=application.nothing").select_one(".flashes") is None
    set_today(START + timedelta(minutes=3))
    assert client.page(sent.location).select_one(".flashes") is None
