"""The pages of the import, with the jobs behind them: upload, preview, writing, marked copy; killed jobs begin anew."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.identity import queries as identities
from app.identity.models import User
from app.identity.rules import MakeToken, Reach, TokenKind, UserState
from app.identity.tokens import make_token
from app.jobs.models import Job, JobState
from app.jobs.service import run_waiting
from app.permissions import Role
from app.renovation.models import Renovation
from app.stages.application.excel import service
from app.stages.application.excel.models import ImportState, IntakeImport
from tests.factories import applications, people
from tests.support.client import PageClient

from .books import book, household
from .test_files import styles_of


@pytest.fixture
def clerk(session: Session, frozen_clock: Any, client: PageClient) -> User:
    """The clerk of 清溪镇, signed in."""
    applications.publish_programme()
    user = people.make_user(Role.TOWNSHIP)
    client.login(user)
    return user


def upload(client: PageClient, content: bytes, name: str = "清溪镇登记表.xlsx") -> int:
    """Send the form; the import's number."""
    page = client.page("/applications/import")
    answer = client.submit(page.find("main"), {"file": (BytesIO(content), name)})
    assert answer.status_code == 302, answer.soup.get_text(" ", strip=True)[:500]
    return int(answer.location.rpartition("/")[2])


def row_of(import_id: int) -> IntakeImport:
    db.session.expire_all()
    return db.session.get_one(IntakeImport, import_id)


def press(client: PageClient, import_id: int, what: str) -> Any:
    page = client.page(f"/applications/import/{import_id}")
    return client.submit(page.find("form", action=lambda url: str(url).endswith(f"/{what}")), follow_redirects=True)


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Renovation)) or 0


def test_upload_preview_import(client: PageClient, clerk: User) -> None:
    import_id = upload(client, book([household(), household()]))
    assert "马上开始" in client.page(f"/applications/import/{import_id}").get_text()
    run_waiting()
    page = client.page(f"/applications/import/{import_id}")
    assert "读了 2 户：将登记 2 户，修改 0 户，没有变化 0 户。" in page.get_text()
    assert (row_of(import_id).state, count()) == (ImportState.READY, 0)
    press(client, import_id, "apply")
    assert count() == 0
    run_waiting()
    page = client.page(f"/applications/import/{import_id}")
    assert "读了 2 户：已登记 2 户" in page.get_text()
    assert "CQ2020-500299-000001" in page.get_text()
    assert (row_of(import_id).state, count()) == (ImportState.DONE, 2)
    listed = client.page("/applications/import").get_text()
    assert "清溪镇登记表.xlsx" in listed
    job = db.session.scalars(select(Job).where(Job.kind == service.APPLY)).one()
    assert job.result == {
        "summary": "读了 2 户：已登记 2 户，修改 0 户，没有变化 0 户。",
        "done": 2,
        "failed": 0,
        "links": [{"label": "查看这次导入", "url": f"/applications/import/{import_id}"}],
    }


def test_wrong_cells_are_listed_and_marked_in_a_copy(client: PageClient, clerk: User) -> None:
    content = book([household(), household(**{"phone": 13800000000.0, "people-0-name": ""})])
    import_id = upload(client, content)
    run_waiting()
    page = client.page(f"/applications/import/{import_id}")
    assert "读了 2 户，2 处有错，一户也没有写入。" in page.get_text()
    assert [cell.get_text(strip=True) for cell in page.select("tbody th")] == ["C3", "E3"]
    marked = client.get(f"/applications/import/{import_id}/marked.xlsx")
    assert styles_of(marked.data) == {"C3": "red", "E3": "red"}
    assert client.get(f"/applications/import/{import_id}/original.xlsx").data == content
    assert (
        client.get(f"/applications/import/{import_id}/report.json").json["errors"][0]["reason"]
        == "没有填写申请人姓名。"
    )
    press(client, import_id, "cancel")
    assert row_of(import_id).state is ImportState.CANCELLED


def test_what_is_no_workbook_is_refused_at_the_field(client: PageClient, clerk: User) -> None:
    page = client.page("/applications/import")
    answer = client.submit(page.find("main"), {"file": (BytesIO(b"a,b"), "x.csv")})
    assert answer.status_code == 422
    assert "这不是 Excel 工作簿" in answer.soup.get_text()
    answer = client.submit(page.find("main"))
    assert "请选择填好的登记表。" in answer.soup.get_text()
    assert db.session.scalar(select(func.count()).select_from(IntakeImport)) == 0


def test_a_preview_that_no_longer_holds_is_shown_again(client: PageClient, clerk: User) -> None:
    rows = [household(), household()]
    first, second = upload(client, book(rows)), upload(client, book([rows[0]]))
    run_waiting()
    press(client, second, "apply")
    run_waiting()
    press(client, first, "apply")
    run_waiting()
    page = client.page(f"/applications/import/{first}")
    assert "预览之后档案有了变化，请再看一遍，再决定是否导入。" in page.get_text()
    assert (row_of(first).state, count()) == (ImportState.READY, 1)
    press(client, first, "apply")
    run_waiting()
    assert (row_of(first).state, count()) == (ImportState.DONE, 2)


def test_changes_are_shown_before_they_are_made(client: PageClient, clerk: User) -> None:
    row = household()
    for content in (book([row]), book([row | {"phone": "13900001111", "dwelling-safe": "否"}])):
        import_id = upload(client, content)
        run_waiting()
        preview = client.page(f"/applications/import/{import_id}").get_text(" ", strip=True)
        press(client, import_id, "apply")
        run_waiting()
    assert "联系电话： 138****5678 → 139****1111" in preview
    assert "住房结构安全： 是 → 否" in preview
    assert (
        "读了 1 户：已登记 0 户，修改 1 户，没有变化 0 户。"
        in client.page(f"/applications/import/{import_id}").get_text()
    )


def test_a_job_done_twice_writes_once(client: PageClient, clerk: User) -> None:
    import_id = upload(client, book([household()]))
    run_waiting()
    press(client, import_id, "apply")
    run_waiting()
    with transaction():  # as if the worker had been killed after the commit, before it could say so
        db.session.execute(update(Job).values(state=JobState.QUEUED, run_after=clock.system(), finished_at=None))
    run_waiting()
    assert (row_of(import_id).state, count()) == (ImportState.DONE, 1)
    assert set(db.session.scalars(select(Job.state))) == {JobState.DONE}


def test_imports_of_another_township_do_not_exist(client: PageClient, clerk: User) -> None:
    import_id = upload(client, book([household()]))
    stranger = people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP)
    client.login(stranger)
    for path in ("", "/original.xlsx", "/marked.xlsx", "/report.json"):
        assert client.get(f"/applications/import/{import_id}{path}").status_code == 404
    assert "清溪镇登记表" not in client.page("/applications/import").get_text()
    with pytest.raises(NotFound):
        service.find(import_id, identities.actor_of(identities.user(stranger.id)))
    client.login(people.make_user(Role.COUNTY))
    assert client.get("/applications/import").status_code == 403


def test_the_template_is_sent_as_a_workbook(client: PageClient, clerk: User) -> None:
    answer = client.get("/applications/import/template.xlsx")
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert answer.data[:2] == b"PK"


def test_somebody_whose_account_is_suspended_imports_nothing(client: PageClient, clerk: User) -> None:
    import_id = upload(client, book([household()]))
    run_waiting()
    press(client, import_id, "apply")
    with transaction():
        db.session.execute(update(User).where(User.id == clerk.id).values(state=UserState.SUSPENDED))
    run_waiting()
    assert (row_of(import_id).state, count()) == (ImportState.REFUSED, 0)
    assert row_of(import_id).refusal == "上传人的账号已停用，请由在用的账号重新上传。"


# ---------------------------------------------------------------- the API


def test_the_api_imports_like_the_pages(app: Any, session: Session, frozen_clock: Any) -> None:
    applications.publish_programme()
    actor = people.actor(Role.TOWNSHIP)
    with transaction():
        until = clock.civil(clock.system()) + timedelta(days=30)
        wish = MakeToken(name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=until)
        token = make_token(wish, actor)[1]
    db.session.commit()
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}

    def send(content: bytes) -> Any:
        form = {"file": (BytesIO(content), "表.xlsx")}
        return client.post(f"/api/v1/imports?programme={applications.KEY}", data=form, headers=headers)

    wrong = send(book([household(phone="1")]))
    assert (wrong.status_code, wrong.json["state"]) == (202, "checking")
    made = send(book([household()])).json["id"]
    run_waiting()
    seen = client.get(f"/api/v1/imports/{wrong.json['id']}", headers=headers).json
    assert (seen["state"], seen["errors"][0]["cell"], seen["errors"][0]["value"]) == ("refused", "E2", "1")
    refused = client.post(f"/api/v1/imports/{wrong.json['id']}/apply", headers=headers)
    assert refused.status_code == 409
    assert client.post(f"/api/v1/imports/{made}/apply", headers=headers).status_code == 202
    run_waiting()
    done = client.get(f"/api/v1/imports/{made}", headers=headers).json
    assert (done["state"], done["created"], done["first_number"]) == ("done", 1, "CQ2020-500299-000001")
    ledger = client.get("/api/v1/ledger.xlsx", headers=headers)
    assert (ledger.status_code, ledger.data[:2]) == (200, b"PK")
    bad = client.post("/api/v1/imports?programme=nowhere", data={"file": (BytesIO(b"x"), "a")}, headers=headers)
    assert bad.status_code == 422
