"""Words that fit the programme: no row, button or entry speaks of what the file's programme leaves out."""

import pytest
from sqlalchemy.orm import Session

from app.jobs.service import run_waiting
from app.lifecycle import Stage, Status, Step
from app.permissions import Actor
from app.programme.process import PAYMENT_NOTICE
from app.renovation import queries as files
from app.workbench import queries, said
from app.workbench.bulk_table import choices_for
from app.workbench.search import Wish
from tests.application.notice_support import publish_tables
from tests.assessment.support import confirmed, desk, user
from tests.construction import support as construction
from tests.factories.applications import do, submitted
from tests.plan.support import approved
from tests.process.support import publish_without
from tests.support.client import PageClient


@pytest.mark.parametrize(
    ("status", "marks", "word"),
    [
        (Status.PLANNED, "", "待签约"),
        (Status.PLANNED, "|agreement|", "待签字"),
        (Status.AGREED, "|agreement|dispatch|", "待选单位"),
        (Status.PAID, "|warranty|", "已拨付"),
        (Status.BUILDING, "|warranty|agreement|", "施工中"),
    ],
)
def test_a_row_says_the_files_own_word(status: Status, marks: str, word: str) -> None:
    assert said.said(status, marks) == word


@pytest.fixture
def without(session: Session) -> construction.Site:
    """A county whose programme has neither agreement nor dispatch nor assessment nor supervision, and tells of payments."""
    publish_without(Step.AGREEMENT.value, Step.DISPATCH.value, Step.SUPERVISION.value)
    return construction.site()


def test_list_and_board_say_it_and_the_export_too(without: construction.Site, client: PageClient) -> None:
    file = approved(without.around)
    client.login(user(without.around.county))
    rows = client.page("/renovations").select("tbody .state")
    assert [one.get_text() for one in rows] == ["待签字"]
    board = client.page("/renovations?as=board")
    assert [one.get_text(strip=True) for one in board.select(".board-column h2 a")] == ["待签约"]
    assert [one.get_text() for one in board.select(".board-card .state")] == ["待签字"]
    line = queries.files(without.around.county, Wish()).lines[0]
    assert (line.number, line.said, line.marks) == (file.number, "待签字", "|agreement|dispatch|supervision|")


def test_a_page_of_the_list_offers_only_what_its_files_can_take(without: construction.Site) -> None:
    county, town = without.around.county, without.around.township

    def offered(actor: Actor, *lines: queries.Line) -> set[str]:
        return {key for key, _ in choices_for(actor, lines)} - {"application.verify"}

    approved(without.around)
    line = queries.files(county, Wish()).lines[0]
    agreed, paid = line._replace(status=Status.AGREED), line._replace(status=Status.PAID)
    assert offered(county) == offered(county, line) == offered(county, agreed) == set()
    assert offered(county, agreed._replace(marks="")) == {"construction.dispatch"}
    assert offered(county, agreed._replace(marks="", suspended=True)) == set()
    assert offered(town, paid) == set()
    assert offered(town, paid._replace(marks=f"|{PAYMENT_NOTICE}|")) == {"settlement.announce"}


def test_papers_of_the_stage_of_the_list_come_first(without: construction.Site, client: PageClient) -> None:
    approved(without.around)
    client.login(user(without.around.county))
    kinds = [one["value"] for one in client.page("/renovations").select("select[name=kind] option")]
    assert kinds[0] == "plan_sheet"
    assert [one for one in ("agreement", "work_order", "supervision_report", "contract") if one in kinds] == [
        "contract"
    ]


def test_where_nothing_is_told_to_the_public_nothing_speaks_of_a_notice(session: Session, client: PageClient) -> None:
    publish_tables(notice={"used": False, "source": "示例"})
    around = desk()
    file = confirmed(around)
    client.login(user(around.township))
    text = client.page(f"/renovations/{file.number}?all=1").get_text(" ", strip=True)
    assert [word for word in ("初审通过并公示", "公示中") if word in text] == []
    assert [
        word for word in ("初审通过：待初审 → 已初审", "不设公示，转县级确定：已初审 → 待确定") if word not in text
    ] == []


def test_many_reviewed_without_a_notice_ask_for_nothing_of_one(session: Session, client: PageClient) -> None:
    publish_tables(notice={"used": False, "places": ["村公示栏"], "source": "示例"})
    around = desk()
    file = submitted(around.township)
    client.login(user(around.township))
    token = client.page("/renovations").select_one("input[name=csrf_token]")["value"]  # type: ignore[index]
    answer = client.post(
        "/renovations/bulk", data={"csrf_token": token, "operation": "application.forward", "n": file.number}
    )
    form = answer.soup.select_one("form.bulk-form")  # type: ignore[attr-defined]
    assert [one["name"] for one in form.select(".form-section [name]")] == ["note"]
    assert client.submit(form).status_code == 302
    run_waiting()
    assert files.get(file.number, around.county).status is Status.NOTICED


def test_a_tab_of_a_stage_that_is_left_out_is_not_there(session: Session, client: PageClient) -> None:
    publish_without(Stage.ASSESSMENT.value)
    around = desk()
    file = confirmed(around)
    do("assessment.assign_assessor", file, around.county, procurement_record_id=around.record_id)
    client.login(user(around.county))
    page = client.page(f"/renovations/{file.number}")
    assert "评估" not in [one.get_text(strip=True) for one in page.select(".nav-tabs .nav-link")]
    assert "评估" not in [one.get_text(strip=True) for one in page.select(".steps7 .name")]
    assert "入户评估表" not in client.page(f"/renovations/{file.number}/papers").get_text()


def test_while_a_preview_is_typed_nothing_is_an_error(without: construction.Site, client: PageClient) -> None:
    file = approved(without.around)
    client.login(user(without.around.county))
    token = client.page("/renovations").select_one("input[name=csrf_token]")["value"]  # type: ignore[index]
    typed = {"csrf_token": token, "operation": "application.verify", "asked": file.number, "once": "1", "clause": "E5"}
    answer = client.post("/renovations/bulk", data=typed)
    assert (answer.status_code, "is-invalid" in answer.text) == (200, False)
