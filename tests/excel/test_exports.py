"""Excel out: what the list shows, the ledger, the summary; scope, masks, no formulas, on the audit record."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db
from app.demo import variants
from app.documents.excel_out import Book, Column
from app.documents.xlsx_package import Package
from app.identity.queries import user_by_staff_no
from app.jobs.models import Job
from app.jobs.service import run_waiting
from app.lifecycle import Status
from app.permissions import Role
from app.workbench import exports
from tests.factories import people
from tests.support.client import PageClient
from tests.support.databases import Databases
from tests.support.stories import END, lived
from tests.workbench.support import make_file


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def rows(content: bytes, name: str) -> list[dict[str, Any]]:
    head, *found = sheets(content)[name]
    return [dict(zip(head, row, strict=True)) for row in found]


def entries(chain: str = "exports") -> list[tuple[str, dict[str, Any]]]:
    query = select(AuditEntry).where(AuditEntry.chain == chain).order_by(AuditEntry.seq)
    return [(one.event, one.details) for one in db.session.scalars(query)]


# ---------------------------------------------------------------- text is never a formula


@given(st.sampled_from("=+-@\t"), st.text(max_size=20))
def test_text_that_looks_like_a_formula_stays_text(first: str, rest: str) -> None:
    stream = BytesIO()
    with Book(stream) as book:
        table = book.table("表", [Column("列")])
        table.row([first + rest])
        table.row(["平常"])
        table.end()
    package = Package(stream.getvalue())
    xml = package.text("xl/worksheets/sheet1.xml")
    assert "<f>" not in xml
    assert 't="inlineStr"' in xml
    assert 'quotePrefix="1"' in package.text("xl/styles.xml")


def test_money_is_exact_and_dates_are_dates() -> None:
    stream = BytesIO()
    with Book(stream) as book:
        table = book.table("表", [Column("元", "money"), Column("日", "date"), Column("空")])
        table.row([214704, clock.today(), None])
        table.end()
    assert sheets(stream.getvalue())["表"][1] == [2147.04, clock.today(), ""]


# ---------------------------------------------------------------- the list


def test_the_list_is_what_the_list_shows(client: PageClient, session: Session) -> None:
    make_file("王德福", status=Status.SUBMITTED, subsidy_fen=200_000)
    make_file("=李素珍", status=Status.DRAFT)
    make_file("石桥人", township=people.OTHER_TOWNSHIP)
    client.login(people.make_user(Role.TOWNSHIP))
    answer = client.get("/renovations.xlsx?status=submitted")
    found = rows(answer.data, "改造户")
    assert [(one["姓名"], one["乡镇（街道）"], one["进度"], one["补贴（元）"]) for one in found] == [
        ("王德福", "清溪镇", "待初审", 2000.0)
    ]
    everybody = rows(client.get("/renovations.xlsx?view=all").data, "改造户")
    assert [one["姓名"] for one in everybody] == ["=李素珍", "王德福"]
    assert entries() == [
        ("list_exported", {"rows": 1, "full": False, "searched": False, "status": "submitted", "reason": ""}),
        ("list_exported", {"rows": 2, "full": False, "searched": False, "view": "all", "reason": ""}),
    ]


def test_a_search_is_not_repeated_on_the_record(client: PageClient, session: Session) -> None:
    make_file("王德福")
    client.login(people.make_user(Role.COUNTY))
    assert len(rows(client.get("/renovations.xlsx?view=all&q=王德福").data, "改造户")) == 1
    ((_event, details),) = entries()
    assert details["searched"] is True
    assert "王德福" not in str(details)


def test_the_city_gets_masked_names_and_finance_no_more_than_on_screen(client: PageClient, session: Session) -> None:
    make_file("王德福", address="清溪镇青松村三组5号")
    client.login(people.make_user(Role.CITY))
    (row,) = rows(client.get("/renovations.xlsx").data, "改造户")
    assert (row["姓名"], row["地址"]) == ("王**", "清溪镇青松村***")
    (home,) = rows(client.get("/ledger.xlsx").data, "一户一行")
    assert (home["申请人"], home["住房地址"]) == ("王**", "清溪镇青松村***")
    assert "身份证号" not in home


def test_many_become_a_job_that_only_its_asker_reads(
    client: PageClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    for name in ("王德福", "李素珍"):
        make_file(name)
    client.login(people.make_user(Role.COUNTY))
    answer = client.get("/renovations.xlsx?q=")
    job_id = int(answer.location.rpartition("/")[2])
    assert client.get(f"/exports/{job_id}.xlsx").status_code == 404
    run_waiting()
    page = client.page(f"/jobs/{job_id}")
    assert page.find("a", href=f"/exports/{job_id}.xlsx") is not None
    assert len(rows(client.get(f"/exports/{job_id}.xlsx").data, "改造户")) == 2
    assert entries()[-1] == ("list_exported", {"rows": 2, "full": False, "searched": False, "reason": ""})
    client.login(people.make_user(Role.COUNTY))
    assert client.get(f"/exports/{job_id}.xlsx").status_code == 404


def test_what_was_searched_for_does_not_stand_in_the_job(
    client: PageClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    make_file("王德福")
    client.login(people.make_user(Role.COUNTY))
    client.get("/renovations.xlsx?q=王德福")
    job = db.session.scalars(select(Job)).one()
    assert "王德福" not in str(job.payload)
    assert "%E7" not in str(job.payload)
    run_waiting()
    db.session.expire_all()
    assert db.session.get_one(Job, job.id).result["done"] == 1


# ---------------------------------------------------------------- the ledger and the summary, of households that lived


@pytest.fixture(scope="module")
def county(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A household that was paid, one whose firm was replaced, one that withdrew."""
    lives = {
        "paid": lambda story: story.life(Status.PAID),
        "replaced": variants.firm_replaced,
        "gone": variants.withdrawn,
    }
    with lived(databases, tmp_path_factory.mktemp("files"), lives) as stories:
        from flask import current_app  # noqa: PLC0415

        app = current_app._get_current_object()
        app.stories = stories
        yield app


def signed_in(app: Flask, staff_no: str) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.login(user_by_staff_no(staff_no))
    return client


def test_the_ledger_adds_up(county: Flask) -> None:
    client = signed_in(county, "county1")
    content = client.get("/ledger.xlsx").data
    homes, lines = rows(content, "一户一行"), rows(content, "一项一行")
    assert [one["进度"] for one in homes] == ["已撤回", "质保中", "质保中"]
    paid = next(one for one in homes if one["档案号"] == county.stories["paid"].number)
    own = [one for one in lines if one["档案号"] == paid["档案号"]]
    assert len(own) == 7
    assert round(sum(one["结算金额（元）"] for one in own), 2) == paid["合计（元）"]
    assert round(sum(one["其中补贴（元）"] for one in own), 2) == paid["补贴（元）"]
    assert {one["验收结果"] for one in own} == {"合格"}
    person = county.stories["paid"].known.people[0]
    assert (paid["申请人"], paid["身份证号"]) == (
        person.name, f"{person.id_number[:3]}***********{person.id_number[-4:]}",
    )  # fmt: skip
    assert (paid["验收日期"], paid["施工单位"] != "") == (paid["验收日期"], True)


def test_the_ledger_of_a_firm_holds_no_health_and_no_numbers(county: Flask) -> None:
    found = rows(signed_in(county, "build1").get("/ledger.xlsx").data, "一户一行")
    assert found
    assert {"身份证号", "联系电话", "困难类别", "条件审查", "出生日期"} & set(found[0]) == set()


def test_whole_numbers_need_the_permission_and_a_reason(county: Flask) -> None:
    assert signed_in(county, "build1").get("/ledger/full").status_code == 403
    client = signed_in(county, "county1")
    page = client.page("/ledger/full")
    refused = client.submit(page.find("main"), reason="")
    assert refused.status_code == 422
    answer = client.submit(page.find("main"), reason="报财政局核对")
    found = rows(answer.data, "一户一行")
    assert {one["身份证号"] for one in found} == {one.known.people[0].id_number for one in county.stories.values()}
    db.session.expire_all()
    assert entries()[-1] == (
        "ledger_exported",
        {"rows": 3, "full": True, "searched": False, "view": "all", "reason": "报财政局核对"},
    )


def test_the_summary_counts_every_household_once(county: Flask) -> None:
    client = signed_in(county, "county1")
    page = client.page(f"/summary?year={END.year}")
    assert [cell.get_text(strip=True) for cell in page.select("tbody.is-total tr > *")][:2] == ["合计", "3"]
    (row, total) = rows(client.get(f"/summary.xlsx?year={END.year}").data, "汇总")
    assert (row["乡镇（街道）"], row["户数"], row["已撤回"], row["质保中"]) == ("清溪镇", 3.0, 1.0, 2.0)
    assert total["户数"] == 3.0
    homes = rows(client.get("/ledger.xlsx").data, "一户一行")
    assert round(sum(one["补贴（元）"] or 0 for one in homes), 2) == total["补贴（元）"]
    assert (total["本年已确定"], total["本年任务数"] >= 2) == (2.0, True)
    assert signed_in(county, "city1").page("/summary").select("tbody th")[0].get_text(strip=True) == "云岭县（示例）"
