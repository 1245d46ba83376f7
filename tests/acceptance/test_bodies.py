"""Bodies that the programme names itself sign at the acceptance: rules, record, pages, paper."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app.core.db import db, transaction
from app.core.errors import RuleViolations
from app.lifecycle import Status
from app.permissions import SYSTEM
from app.programme.process_schema import AcceptanceParty
from app.renovation import queries as files
from app.renovation.models import Attachment, Kind, Renovation
from app.renovation.papers import sheet
from app.stages.acceptance import queries
from app.stages.acceptance.models import PartyMember
from app.stages.acceptance.rules import BodyInput, PartyRole, check_bodies
from app.stages.registry import papers
from tests.acceptance.support import judged, recorded, to_rectify
from tests.acceptance.test_pages import address, answers, form
from tests.application.notice_support import publish_tables
from tests.assessment.support import user
from tests.construction.support import completed, do, photo, site, take
from tests.support.client import PageClient

FINANCE = AcceptanceParty(key="finance", name="财政部门")
AUDIT = AcceptanceParty(key="audit", name="审计部门", required=False)
UNIT = "云岭县财政局"


def body(key: str = "finance", **changes: Any) -> BodyInput:
    """A body that signed."""
    return BodyInput.model_validate({"key": key, "unit": UNIT, "name": "周明", "signature": 7} | changes)


def told(*given: BodyInput, people: tuple[str, ...] = (), firms: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Field and sentence of what is refused."""
    return [(one.field, one.message) for one in check_bodies(given, [FINANCE, AUDIT], people, firms)]


LACKING = "还缺“财政部门”的签字。请其到场查看，填写单位和姓名并签字；没有到场的改日再验。"


def test_who_is_required_signs_wholly_and_who_is_not_may_stay_away() -> None:
    assert told(body()) == []
    assert told(body(), BodyInput(key="audit")) == []
    assert told(BodyInput(key="audit")) == [("bodies", LACKING)]
    assert told(BodyInput(key="finance")) == [("bodies-0-unit", LACKING)]
    assert told(body(), body("audit", unit="", signature=None)) == [
        ("bodies-1-unit", "“审计部门”请填写单位全称。"),
        ("bodies-1-signature", "“审计部门”请签字。"),
    ]


def test_nobody_else_signs_and_nobody_twice() -> None:
    assert told(body(), body(), body("police")) == [
        ("bodies-1-key", "“财政部门”填了两次，请只留一次。"),
        ("bodies-2-key", "“police”不是这个政策请来验收的单位，请删去。"),
    ]


@pytest.mark.parametrize(("people", "firms"), [(("周 明",), ()), ((), (UNIT,)), (("周明",), (UNIT,))])
def test_who_built_does_not_judge_for_a_body(people: tuple[str, ...], firms: tuple[str, ...]) -> None:
    assert told(body(), people=people, firms=firms) == [
        ("bodies-0-name", "周明是施工单位的，不能代表“财政部门”评判。请换人。")
    ]


KEYS = st.sampled_from(["finance", "audit", "police"])
ROWS = st.lists(
    st.builds(
        BodyInput,
        key=KEYS,
        unit=st.sampled_from(["", UNIT]),
        name=st.sampled_from(["", "周明"]),
        signature=st.sampled_from([None, 7]),
    ),
    max_size=4,
)


@given(ROWS)
def test_what_is_let_through_has_every_required_body_whole_and_once(rows: list[BodyInput]) -> None:
    if told(*rows):
        return
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys))
    assert {"finance"} <= set(keys) <= {"finance", "audit"}
    assert all(row.unit and row.name and row.signature for row in rows if row.is_there or row.key == "finance")


# ---------------------------------------------------------------- the record

pytestmark = pytest.mark.usefixtures("session")
TABLES = {"acceptance_party": [one.model_dump(exclude_defaults=True) for one in (FINANCE, AUDIT)]}


def on_file(clerk: Any, **changes: Any) -> dict[str, Any]:
    """The JSON of a body that signed."""
    return {"key": "finance", "unit": UNIT, "name": "周明", "signature": photo(clerk)} | changes


def test_they_stand_on_the_record_and_on_the_paper() -> None:
    publish_tables(**TABLES)
    on = site()
    renovation = completed(on)
    with pytest.raises(RuleViolations) as error:
        recorded(on, renovation)
    assert [(one.field, one.message) for one in error.value.problems] == [("bodies", LACKING)]
    form_ = papers()["acceptance_form"]
    assert "财政部门（单位、姓名）" in sheet(form_, renovation, SYSTEM).body()
    clerk = on.around.township
    renovation = recorded(on, renovation, bodies=[on_file(clerk)])
    found = queries.current(renovation)
    assert found is not None
    assert [(one.label, one.name) for one in found.party if one.role is None] == [(f"财政部门（{UNIT}）", "周明")]
    paper = db.session.get_one(Attachment, found.party[-1].attachment_id)
    assert (paper.kind, paper.caption) == (Kind.ACCEPTANCE_SIGNATURE, "财政部门 周明")
    assert f"财政部门（{UNIT}）" in sheet(form_, renovation, SYSTEM).body()
    assert do("acceptance.countersign", renovation, on.around.county).status is Status.ACCEPTED


def test_the_database_knows_a_body_once_and_by_its_name() -> None:
    publish_tables(**TABLES)
    on = site()
    renovation = recorded(on, completed(on), bodies=[on_file(on.around.township)])
    found = queries.current(renovation)
    assert found is not None
    signed = found.party[-1]
    row = {"acceptance_id": found.id, "name": "某人", "attachment_id": signed.attachment_id}
    own = {"body": "finance", "body_name": "财政部门", "unit": UNIT}
    for wrong in (own, own | {"body": "x", "unit": ""}, own | {"body": "x", "role": PartyRole.VILLAGE}, {}):
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(insert(PartyMember).values(row | wrong))


def test_a_programme_without_them_takes_none() -> None:
    on = site()
    with pytest.raises(RuleViolations) as error:
        recorded(on, completed(on), bodies=[on_file(on.around.township)])
    assert [one.field for one in error.value.problems] == ["bodies-0-key"]


# ---------------------------------------------------------------- the pages


def ready(client: PageClient) -> tuple[Any, Renovation, BeautifulSoup]:
    """A file to be accepted and the clerk's page."""
    publish_tables(**TABLES)
    on = site()
    renovation = completed(on)
    client.login(user(on.around.township))
    return on, renovation, client.page(address(renovation, "record"))


@pytest.mark.sqlite_only
def test_the_clerk_finds_their_rows_and_is_told_who_did_not_sign(client: PageClient) -> None:
    on, renovation, page = ready(client)
    rows = page.select("fieldset.body-signs > legend")
    assert [" ".join(one.get_text(" ", strip=True).split()) for one in rows] == ["财政部门", "审计部门 可以不到场"]
    assert "施工单位（到场，不参加评判）、财政部门。" in page.get_text()
    refused = client.submit(form(page), answers(page, on.around.township), tampered=True)
    assert refused.status_code == 422
    again = refused.soup  # type: ignore[attr-defined]
    assert LACKING in again.select("#f-bodies")[0].get_text()
    assert [one["value"] for one in again.select('input[name$="-unit"]')] == ["", ""]
    typed = {"bodies-0-unit": UNIT, "bodies-0-name": "周明", "bodies-0-signature": str(photo(on.around.township))}
    assert client.submit(form(again), typed, tampered=True).status_code == 302
    shown = client.page(f"/renovations/{renovation.number}?tab=acceptance")
    assert [one.get_text() for one in shown.select(".party .role")][-1] == f"财政部门（{UNIT}）"
    assert len(shown.select(".party .who img")) == 5
    client.login(user(on.around.county))
    assert f"财政部门（{UNIT}）" in client.page(address(renovation, "countersign")).get_text()


@pytest.mark.sqlite_only
def test_the_second_round_knows_the_unit(client: PageClient) -> None:
    publish_tables(**TABLES)
    on = site()
    renovation = completed(on)
    lines = judged(renovation, item_13=to_rectify())
    recorded(on, renovation, lines=lines, bodies=[on_file(on.around.township)])
    take(renovation, on.builder, "after", 13)
    do("construction.complete", renovation, on.builder)
    client.login(user(on.around.township))
    page = client.page(address(renovation, "record"))
    assert [one["value"] for one in page.select('input[name$="-unit"]')] == [UNIT, ""]
    assert files.get(renovation.number, on.around.township).status is Status.COMPLETED


@pytest.mark.sqlite_only
def test_a_programme_without_them_has_no_section(client: PageClient) -> None:
    on = site()
    renovation = completed(on)
    client.login(user(on.around.township))
    page = client.page(address(renovation, "record"))
    assert page.select("#f-bodies") == []
