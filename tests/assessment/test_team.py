"""How many assessors visit and what they must be able to show is the programme's (variants §0, 7)."""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import RuleViolations
from app.lifecycle import Status
from app.permissions import Role
from app.programme.loading import CATALOG
from app.stages.assessment import queries
from tests.application.notice_support import publish_tables
from tests.assessment.support import Desk, assigned, desk, photo, user, visited
from tests.factories import people
from tests.factories.applications import do
from tests.support.client import PageClient

ACCEPTED = ["老年人能力评估师", "社会工作者"]


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def refused(around: Desk, **changes: Any) -> list[tuple[str, str]]:
    renovation = assigned(around)
    with pytest.raises(RuleViolations) as caught:
        visited(around, renovation, **changes)
    return [(one.field, one.message) for one in caught.value.problems]


def test_one_assessor_is_enough_where_the_programme_says_so() -> None:
    publish_tables(assessment={"assessors": 1})
    around = desk()
    file = visited(around, second_assessor=None, second_qualification="")
    visit = queries.assessment(file)
    assert visit is not None
    assert [name for _id, name, _qualification in visit.team] == [around.first.name]
    assert do("assessment.complete", file, around.first).status is Status.ASSESSED


def test_more_than_the_programme_asks_is_refused() -> None:
    publish_tables(assessment={"assessors": 1})
    assert refused(desk()) == [("second_assessor", "这个政策由 1 名评估员入户，请不要再选其他人。")]


def test_three_assessors_all_sign() -> None:
    publish_tables(assessment={"assessors": 3})
    around = desk()
    third = people.actor(Role.ASSESSOR, firm=around.firm)
    assert refused(around) == [
        ("third_assessor", "请选择同去入户的评估员。"), ("third_qualification", "请填写评估员的资质。"),
    ]  # fmt: skip
    file = visited(around, third_assessor=third.user_id, third_qualification="护师")
    for one in (around.second, third):
        with pytest.raises(RuleViolations):
            do("assessment.complete", file, around.first)
        file = do("assessment.sign_visit", file, one, confirmed=True, signature=photo(one))
    assert do("assessment.complete", file, around.first).status is Status.ASSESSED


def test_the_third_is_another_person_in_the_database_too(session: Session) -> None:
    visit = queries.assessment(visited(desk()))
    assert visit is not None
    visit.third_id = visit.first_id
    with pytest.raises(IntegrityError, match="third_is_another"):
        session.flush()


@pytest.mark.parametrize(
    ("qualified", "given", "is_enough"),
    [(None, ("老年人能力评估师", "社会工作者"), True), (None, ("老年人能力评估师", "其他"), False),
     (1, ("其他", "社会工作者"), True), (1, ("其他", "其他"), False), (0, ("其他", "其他"), True)],
)  # fmt: skip
def test_enough_assessors_have_an_accepted_qualification(
    qualified: int | None, given: tuple[str, str], is_enough: bool
) -> None:
    terms: dict[str, Any] = {"qualifications": ACCEPTED} | ({} if qualified is None else {"qualified": qualified})
    publish_tables(assessment=terms)
    around = desk()
    changes = {"qualification": given[0], "second_qualification": given[1]}
    if is_enough:
        assert visited(around, **changes).status is Status.CONFIRMED
        return
    needed = 2 if qualified is None else qualified
    said = f"至少 {needed} 名评估员须有认可的资格：老年人能力评估师、社会工作者。请核对后选择，或改由有资格的人入户。"
    assert refused(around, **changes) == [("qualification", said)]


TRADES = ["能力评估师", "心理咨询师", "社会工作者"]
MANUAL = (CATALOG / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "lacking", "field"),
    [
        (("社会工作者", "能力评估师", "社会工作者"), "心理咨询师", "third_qualification"),
        (("社会工作者", "社会工作者", "能力评估师"), "心理咨询师", "second_qualification"),
        (("其他", "能力评估师", "社会工作者"), "心理咨询师", "qualification"),
        (("社会工作者",) * 3, "能力评估师”“心理咨询师", "third_qualification"),
    ],
)
def test_each_trade_is_in_the_team_where_the_programme_wants_it(
    given: tuple[str, str, str], lacking: str, field: str
) -> None:
    publish_tables(assessment={"assessors": 3, "qualifications": TRADES, "one_of_each": True})
    around = desk()
    third = people.actor(Role.ASSESSOR, firm=around.firm)
    fields = ("qualification", "second_qualification", "third_qualification")
    team = {"third_assessor": third.user_id} | dict(zip(fields, given, strict=True))
    said = (
        f"入户的人里还缺“{lacking}”。这个政策要求能力评估师、心理咨询师、社会工作者各有一人。"
        "请核对后选择，或改由有这个资格的人一同入户。"
    )
    assert refused(around, **team) == [(field, said)]
    assert said.replace(lacking, "心理咨询师") in MANUAL


def test_a_team_with_each_trade_is_taken_in_any_order() -> None:
    publish_tables(assessment={"assessors": 3, "qualifications": TRADES, "one_of_each": True})
    around = desk()
    third = people.actor(Role.ASSESSOR, firm=around.firm)
    fields = ("third_qualification", "qualification", "second_qualification")
    team = {"third_assessor": third.user_id} | dict(zip(fields, TRADES, strict=True))
    visit = queries.assessment(visited(around, **team))
    assert visit is not None
    assert {qualification for _id, _name, qualification in visit.team} == set(TRADES)


def test_two_of_three_may_have_each_of_two_trades() -> None:
    terms = {"assessors": 3, "qualifications": TRADES[:2], "qualified": 2, "one_of_each": True}
    publish_tables(assessment=terms)
    around = desk()
    third = people.actor(Role.ASSESSOR, firm=around.firm)
    team = {"third_assessor": third.user_id, "third_qualification": "其他"}
    assert visited(around, **team, qualification=TRADES[1], second_qualification=TRADES[0]).status is Status.CONFIRMED


@pytest.mark.sqlite_only
def test_the_form_says_beforehand_which_trades_must_come(client: PageClient) -> None:
    publish_tables(assessment={"assessors": 3, "qualifications": TRADES, "one_of_each": True})
    around = desk()
    file = assigned(around)
    client.login(user(around.first))
    page = client.page(f"/renovations/{file.number}/assessment/record_visit")
    assert "这个政策要求能力评估师、心理咨询师、社会工作者各有一人。" in [
        one.get_text() for one in page.select(".hint")
    ]
    offered = [one["value"] for one in page.select('select[name="qualification"] option') if one["value"]]
    assert offered == TRADES
