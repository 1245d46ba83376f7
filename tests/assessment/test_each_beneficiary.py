"""Each beneficiary's own result counts: under a cap per person, in the facts of the household, and to be corrected."""

import json
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.db import transaction
from app.core.errors import RuleViolation
from app.permissions import SYSTEM, Role
from app.programme.policy import restore
from app.programme.service import load_draft, publish
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.application import filling, showing
from app.stages.application import queries as application
from app.stages.application.rules import Application
from app.stages.application.service import edit_application
from tests.assessment import instrumented
from tests.assessment.support import assigned, desk, visit
from tests.assessment.test_instruments import result
from tests.factories import people
from tests.factories.applications import do, person, submitted
from tests.support.client import PageClient

SEVERE = {"fact": "ability.level", "is_one_of": ["moderate", "severe", "complete"]}


@pytest.fixture(autouse=True)
def _programme(session: Session) -> None:
    """6000 yuan for each who cannot care for themselves (锦州 2023)."""
    content = json.loads(instrumented.programme().content)
    content["cap"] |= {"amount": "6000.00", "per": "person", "who": SEVERE}
    for fund in content["fund"]:
        fund["limit"] = None
    with transaction():
        version = load_draft(restore(json.dumps(content)), SYSTEM)
        publish(version.id, SYSTEM)


def couple(**changes: Any) -> dict[str, Any]:
    """The old man and his wife, both to be assessed."""
    return {"people": [person(), person(name="李桂英", relation="spouse", **changes)], "household_size": 2}


def levels(renovation: Renovation) -> list[str | None]:
    return [one.ability_level and one.ability_level.value for one in application.beneficiaries(renovation)]


@pytest.mark.parametrize(("points", "level", "most"), [(50, "moderate", 1_200_000), (80, "mild", 600_000)])
def test_the_spouses_assessment_counts_under_a_cap_per_person(points: int, level: str, most: int) -> None:
    around = desk()
    renovation = assigned(around, **couple())
    typed = visit(around) | {
        "indicators": [*instrumented.answers(50), *instrumented.answers(points, person=2)],
        "circumstances": [*instrumented.said(), *instrumented.said(person=2)],
    }
    do("assessment.record_visit", renovation, around.first, **typed)
    do("assessment.sign_visit", renovation, around.second, confirmed=True)
    assert levels(files.get(renovation.number, around.county)) == [None, None]
    renovation = do("assessment.complete", renovation, around.first)
    assert levels(renovation) == ["moderate", level]
    (wife,) = application.derived(renovation).facts["household"]["members"]
    assert wife["ability"]["level"] == level
    assert application.most_fen(renovation) == most


def test_a_recognised_result_of_the_spouse_counts_too() -> None:
    around = desk()
    renovation = submitted(around.township, **couple())
    do("assessment.recognise_result", renovation, around.township, **result(person=2))
    renovation = files.get(renovation.number, around.county)
    assert levels(renovation) == [None, "severe"]
    assert application.verdict(renovation).clause("E3").result.value == "unknown"


CHECKED = {"clause": "E3", "body": "卫健部门", "method": "查验原件", "checked_on": "2020-09-15", "result": "denied"}


def test_the_county_corrects_the_spouses_level_on_record() -> None:
    around = desk()
    renovation = submitted(around.township, **couple())
    renovation = do(
        "application.verify", renovation, around.county, **CHECKED, fact="person.ability.level#2", value="complete"
    )
    assert levels(renovation) == [None, "complete"]
    assert application.latest_changes(renovation) == {}  # the applicant's own are as they were
    tab = showing.tab(renovation, around.county)
    assert tab is not None
    assert [(one["label"], one["old"], one["new"]) for one in tab["changes"]] == [
        ("老年人能力等级（受益人2）", "不清楚", "完全失能")
    ]
    for wrong in ("person.ability.level#3", "person.ability.level#0", "dwelling.safe#2", "person.birth_date#2"):
        with pytest.raises(RuleViolation) as refused:
            do("application.verify", renovation, around.county, **CHECKED, fact=wrong, value="complete")
        assert refused.value.field == "fact"


def test_a_correction_stays_with_the_person_when_the_form_is_saved_again() -> None:
    around = desk()
    renovation = submitted(around.township, **couple())
    do("application.verify", renovation, around.county, **CHECKED, fact="person.ability.level#2", value="complete")
    do("application.return", renovation, around.township, reasons=[{"section": "papers", "reason": "补户口簿"}])
    renovation = files.get(renovation.number, around.township)
    values = filling.initial(application.intake(renovation), application.papers(renovation))
    third = person(name="王小二", relation="child")
    values["people"] = [values["people"][0], third, values["people"][1]]
    with transaction():
        locked = files.get_for_change(renovation.number, around.township)
        edit_application(locked, Application.model_validate(values), around.township)
    assert levels(files.get(renovation.number, around.county)) == [None, None, "complete"]


def test_the_page_offers_each_persons_facts(client: PageClient) -> None:
    around = desk()
    renovation = submitted(around.township, **couple())
    client.login(people.make_user(Role.COUNTY))
    page = client.page(f"/renovations/{renovation.number}/application/verify")
    offered = [one["value"] for one in page.select("[data-shows='clause=E3'] input[name=fact]")]
    assert offered == ["person.ability.level", "person.ability.level#2"]
    said = page.select_one("input[value='person.ability.level#2']").find_parent("label").get_text(" ", strip=True)
    assert said == "老年人能力等级（受益人2） 登记的是：不清楚"
