"""Papers and pages of a file whose programme leaves out everything that can be left out speak of none of it."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.letters.models import Message
from app.letters.rules import Occasion
from app.lifecycle import Status
from app.permissions import SYSTEM
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.renovation.papers import sheet
from app.stages.acceptance import pages
from app.stages.registry import papers
from app.workbench import buttons
from tests.acceptance import support as acceptances
from tests.assessment.support import confirmed, fund, photo, user
from tests.construction import support as construction
from tests.construction.support import Site, do
from tests.factories import applications
from tests.plan.support import lines, verify
from tests.support.client import PageClient

from .support import CONTENT, WHY, billed, finance, pay, publish_without

LEFT_OUT = (
    *("assessment", "plan_approval", "agreement", "dispatch", "supervision", "countersign", "settlement_approval"),
    "warranty",
)
WORDS = re.compile("评估|监理|公示|批准|协议|派工|会签|质保")
DISABLED = [
    {
        "id": "E1", "title": "残疾人", "source": "二", "text": "持有残疾人证。",
        "when": {"any": [
            {"fact": "person.disability.certificate", "is": True}, {"fact": "person.birth_date", "age_at_least": 18}
        ]},
    }
]  # fmt: skip


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def programme(**more: object) -> None:
    """In force: nobody assesses, approves, agrees, dispatches, supervises, countersigns; no notice, no warranty."""
    stages = [
        one
        | {"responsible": ["township", "county", "contractor"]}
        | ({"used": False, "note": WHY} if one["key"] in LEFT_OUT else {})
        for one in CONTENT["stage"]
    ]
    tables = {
        "stage": stages,
        "notice": {"used": False, "source": WHY},
        "actor": [{"task": "plan_draft", "roles": ["township"]}],
        "money": {"payee": "household"},
    }
    publish_without(*LEFT_OUT, **(tables | more))


def completed(on: Site, *clauses: str) -> Renovation:
    """A file that the township planned, the household signed and chose a firm for, and that the firm has finished."""
    township = on.around.township
    file = applications.submitted(township)
    with transaction():
        fund(files.get_for_change(file.number, township))
    today = f"{clock.today()}"
    file = do("application.forward", file, township, starts_on=today, places=[], poster="无")
    verify(file, on.around, clauses=clauses)
    file = do("application.confirm", file, on.around.county)
    typed = {"lines": lines(), "no_shared_space": True, "design_code": True, "submit": True}
    file = do("plan.draft", file, township, **typed)
    file = do("plan.sign", file, township, self_pay="0.00", signature=photo(township))
    file = do("construction.choose_firm", file, township, organisation_id=on.firm.id, signature=photo(township))
    return construction.completed(on, construction.building(on, construction.contracted(on, file, warranty_months=0)))


def read(file: Renovation) -> dict[str, str]:
    """Kind → the words of every paper that the file has now; the verdict's are the programme's own clauses."""
    there = {kind: paper for kind, paper in papers().items() if not paper.of_one_message and kind != "verdict_sheet"}
    bodies = {kind: sheet(one, file, SYSTEM).body() for kind, one in there.items() if one.context(file) is not None}
    return {kind: re.sub(r"<[^>]*>", "", body) for kind, body in bodies.items()}


def hits(text: str) -> list[str]:
    """Where a word of what is left out stands, with a little around it."""
    return [text[max(0, found.start() - 12) : found.end() + 12] for found in WORDS.finditer(text)]


def test_no_paper_speaks_of_what_is_left_out() -> None:
    programme()
    on = construction.site()
    file = completed(on, "E5", "E8")
    first = read(file)
    file = paid(on, file)
    last = read(file)
    assert file.status is Status.CLOSED
    found = {kind: hits(text) for said in (first, last) for kind, text in said.items()}
    assert {kind: places for kind, places in found.items() if places} == {}
    assert {"confirmation_letter", "contract", "acceptance_form", "settlement_sheet", "self_pay_receipt"} <= set(last)


def paid(on: Site, file: Renovation) -> Renovation:
    """From the finished works to the archive."""
    township = on.around.township
    file = acceptances.recorded(on, file, party=acceptances.party(township, supervisor=""))
    account = {"holder": "张家明", "relation": "儿子", "bank": "示例银行", "account": "6200000000000000099"}
    do("settlement.account", billed(on, file), township, **account)
    return pay(do("settlement.prepare", file, on.around.county), finance())


def test_nobody_is_told_of_the_end_of_a_notice_that_never_hung() -> None:
    programme()
    completed(construction.site(), "E5", "E8")
    told = db.session.scalars(select(Message.occasion).distinct()).all()
    assert [Occasion.CONFIRMED in told, Occasion.NOTICE_END in told] == [True, False]


def test_where_no_age_is_asked_nobody_is_called_old() -> None:
    programme(clause=DISABLED, verification=[], acceptance_check=[])
    on = construction.site()
    file = completed(on)
    called = {"plan_sheet": "申请人姓名", "contract": "做好申请人和邻居的防护", "acceptance_form": "申请人或家属"}
    said = read(file)
    assert [kind for kind, text in said.items() if "老人" in text] == []
    assert [kind for kind, words in called.items() if words not in said[kind]] == []


def test_an_old_persons_programme_keeps_its_word() -> None:
    on = construction.site()
    file = construction.contracted(on)
    assert "老人姓名" in sheet(papers()["plan_sheet"], file, SYSTEM).body()


@pytest.mark.sqlite_only
def test_the_file_s_page_is_silent_of_it_too(client: PageClient) -> None:
    programme()
    on = construction.site()
    file = completed(on, "E5", "E8")
    client.login(user(on.around.county))
    for tab in ("plan", "construction"):
        page = client.page(f"/renovations/{file.number}?tab={tab}")
        body = page.select_one("#tab, .tab-pane, main .stack")
        text = body.get_text() if body is not None else ""
        assert [one for one in ("监理", "批准", "协议") if one in text] == []


@pytest.mark.sqlite_only
def test_where_nobody_assessed_the_plan_has_no_column_for_it(client: PageClient) -> None:
    programme(actor=[{"task": "plan_draft", "roles": ["township"]}])
    on = construction.site()
    file = confirmed(on.around)
    client.login(user(on.around.township))
    heads = client.page(f"/renovations/{file.number}/plan/draft").select(".plan-decisions th")
    assert [one.get_text() for one in heads] == ["项目", "处理", "理由", "照片"]


def test_the_acceptance_says_beforehand_who_signs_and_by_which_office() -> None:
    """A row stands ready for everybody whom the programme names; the county's part is the office that leads."""
    programme(acceptance={"party": ["township", "household", "contractor_presenting", "federation", "county"]})
    on = construction.site()
    file = completed(on, "E5", "E8")
    page = pages.record_page(file)
    assert page["signing"] == ["申请人或家属", "乡镇（街道）", "县级民政局", "残联", "施工单位（到场，不参加评判）"]
    rows = [one["role"] for one in pages.party_initial(file, on.around.township)["party"]]
    assert rows == ["household", "township", "county", "federation", "contractor"]


def test_the_notice_of_paid_money_is_a_button() -> None:
    programme(payment_notice={"days": 7, "day_kind": "calendar", "places": ["公示栏"]})
    on = construction.site()
    file = paid(on, completed(on, "E5", "E8"))
    found = buttons.choices(file, on.around.township)
    assert "settlement.announce" in [one.key for one in (found.main, *found.others) if one is not None]
