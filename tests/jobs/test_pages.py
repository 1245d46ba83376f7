"""My work: only mine is there, how far it is, what became of each household, trying again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.errors import Conflict
from app.identity.models import User
from app.jobs import service
from app.jobs.items import add_items, each
from app.jobs.models import Job, JobState
from app.jobs.service import Task, enqueue, run_waiting
from app.permissions import Role
from tests.factories.people import make_user
from tests.support.client import PageClient


@pytest.fixture(name="refused", autouse=True)
def _refused() -> Iterator[set[str]]:
    """Items that fail."""
    refused: set[str] = set()

    def do(subject: str) -> str:
        if subject in refused:
            raise Conflict(f"{subject} 缺签名，请补签")
        return f"{subject} 已办"

    def handle(task: Task) -> dict[str, Any]:
        return each(task, do) | {"links": [{"label": "下载结果", "url": "/jobs"}]}

    service.handler("test", "试一试")(handle)
    yield refused
    del service._handlers["test"]


@pytest.fixture(name="clerk")
def _clerk(session: Session) -> User:
    return make_user(Role.TOWNSHIP)


def ask(user: User, key: str, *subjects: str, **payload: str) -> int:
    with transaction():
        job = enqueue("test", key, payload, user.id)
        add_items(job, subjects)
    return job.id


def test_the_list_holds_ones_own_newest_first(client: PageClient, clerk: User) -> None:
    ask(clerk, "a", title="批量确定 2 户")
    ask(make_user(Role.TOWNSHIP), "b", title="别人的")
    ask(clerk, "c")
    client.login(clerk)
    page = client.page("/jobs")
    assert [row.th.get_text(strip=True) for row in page.select("tbody tr")] == ["试一试", "批量确定 2 户"]
    assert page.select_one('.side-link[aria-current="page"]').get_text(strip=True) == "我的任务"
    client.login(make_user(Role.ADMIN))
    assert len(client.page("/jobs").select("tbody tr")) == 3


def test_the_list_is_empty_at_first(client: PageClient, clerk: User) -> None:
    client.login(clerk)
    assert "还没有后台任务" in client.page("/jobs").get_text()


def test_a_long_list_goes_on(client: PageClient, clerk: User) -> None:
    for number in range(51):
        ask(clerk, str(number), title=f"第 {number} 项")
    client.login(clerk)
    page = client.page("/jobs")
    assert len(page.select("tbody tr")) == 50
    older = client.page(page.select_one('a[rel="next"]')["href"])
    assert [row.th.get_text(strip=True) for row in older.select("tbody tr")] == ["第 0 项"]
    assert older.select('a[rel="next"]') == []


def test_another_ones_work_does_not_exist(
    client: PageClient, clerk: User, new_client: Callable[[], PageClient]
) -> None:
    job_id = ask(clerk, "a", "x")
    for user, status in ((make_user(Role.TOWNSHIP), 404), (make_user(Role.COUNTY), 404), (make_user(Role.ADMIN), 200)):
        client.login(user)
        assert client.get(f"/jobs/{job_id}").status_code == status
    client.login(clerk)
    retry = client.page(f"/jobs/{job_id}")
    assert retry.select("form[action$=retry]") == []  # it has not run yet
    assert client.get("/jobs/999999").status_code == 404
    client.login(None)
    assert client.get(f"/jobs/{job_id}").status_code == 302


def test_a_running_job_asks_again_and_a_finished_one_does_not(client: PageClient, clerk: User) -> None:
    job_id = ask(clerk, "a", "x", "y")
    client.login(clerk)
    state = client.page(f"/jobs/{job_id}").select_one("#job")
    assert (state["hx-get"], state["hx-trigger"]) == (f"/jobs/{job_id}", "every 2s")
    assert (state.progress["value"], state.progress["max"]) == ("0", "2")
    part = client.get(f"/jobs/{job_id}", headers={"HX-Request": "true"})
    assert part.soup.html is None
    run_waiting()
    part = client.get(f"/jobs/{job_id}", headers={"HX-Request": "true"}).soup
    assert (part.select_one("#job").get("hx-get"), part.progress) == (None, None)
    assert part.select_one(".job-summary").get_text() == "共 2 户，办成 2 户，全部办成"
    assert part.select_one("a.btn-primary")["href"] == "/jobs"


def test_results_are_shown_filtered_and_only_failed_ones_tried_again(
    client: PageClient, clerk: User, refused: set[str]
) -> None:
    job_id = ask(clerk, "a", "x", "y", "z")
    refused.add("y")
    run_waiting()
    client.login(clerk)
    page = client.page(f"/jobs/{job_id}?show=all")
    assert [row.get_text("|", strip=True) for row in page.select("tbody tr")] == [
        "x|x|已办成|x 已办",
        "y|y|未办成|y 缺签名，请补签",
        "z|z|已办成|z 已办",
    ]
    assert [chip.get_text() for chip in page.select(".chip")] == ["全部 3", "已办成 2", "未办成 1"]
    failed = client.page(f"/jobs/{job_id}")  # what failed comes first
    assert len(failed.select("tbody tr")) == 1
    refused.clear()
    assert client.submit(failed.select_one("form[action$=retry]")).location == f"/jobs/{job_id}"
    assert db.session.get_one(Job, job_id, populate_existing=True).state is JobState.QUEUED
    run_waiting()
    done = client.page(f"/jobs/{job_id}")
    assert [chip.get_text() for chip in done.select(".chip")] == ["全部 3", "已办成 3"]
    assert done.select("form[action$=retry]") == []


def test_trying_again_what_is_done_or_anothers_changes_nothing(client: PageClient, clerk: User) -> None:
    job_id = ask(clerk, "a", "x")
    run_waiting()
    client.login(clerk)
    form = client.page("/jobs")
    token = form.select_one("input[name=csrf_token]")["value"]
    client.post(f"/jobs/{job_id}/retry", data={"csrf_token": token})
    assert "已全部办成" in client.page(f"/jobs/{job_id}").get_text()
    client.login(make_user(Role.TOWNSHIP))
    token = client.page("/jobs").select_one("input[name=csrf_token]")["value"]
    assert client.post(f"/jobs/{job_id}/retry", data={"csrf_token": token}).status_code == 404
    assert db.session.get_one(Job, job_id, populate_existing=True).state is JobState.DONE


def test_a_failed_job_says_why(client: PageClient, clerk: User) -> None:
    def refuse(_task: Task) -> None:
        raise Conflict("文件里没有数据，请核对后重新上传")

    service.handler("test")(refuse)
    job_id = ask(clerk, "a")
    run_waiting()
    client.login(clerk)
    page = client.page(f"/jobs/{job_id}")
    assert "文件里没有数据" in page.select_one(".notice.late").get_text()
    client.submit(page.select_one("form[action$=retry]"))
    assert db.session.get_one(Job, job_id, populate_existing=True).state is JobState.QUEUED


def test_many_items_come_in_pages(client: PageClient, clerk: User) -> None:
    job_id = ask(clerk, "a", *(f"n{number:03}" for number in range(101)))
    client.login(clerk)
    assert client.page(f"/jobs/{job_id}").select("tbody tr") == []  # nothing is answered yet
    run_waiting()
    page = client.page(f"/jobs/{job_id}")
    assert len(page.select("tbody tr")) == 100
    older = client.page(page.select_one('a[rel="next"]')["href"])
    assert [row.th.get_text(strip=True) for row in older.select("tbody tr")] == ["n100"]
