"""A household assessed by another instrument, a result recognised instead, one that has expired: through the services."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, RuleViolations
from app.lifecycle import Status
from app.permissions import SYSTEM, Role
from app.programme import queries as programmes
from app.programme.service import load_draft, publish
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.renovation.papers import sheet
from app.renovation.talk import queries as talk
from app.stages.application import explaining
from app.stages.application import queries as application
from app.stages.application.codes import AbilityLevel, Source
from app.stages.application.documents import VERDICT_SHEET
from app.stages.assessment import queries
from app.stages.assessment.models import AbilityResult, RecognisedResult
from tests.assessment import instrumented
from tests.assessment.support import Desk, assigned, desk, visit
from tests.factories import people
from tests.factories.applications import do, draft, person, submitted, values

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture(autouse=True)
def _programme(session: Session) -> None:
    instrumented.publish_programme()


def assessed(around: Desk, points: int, **told: str) -> Renovation:
    """A file in whose visit the answers add up to so many points, handed in."""
    renovation = assigned(around)
    typed = visit(around) | {"indicators": instrumented.answers(points), "circumstances": instrumented.said(**told)}
    do("assessment.record_visit", renovation, around.first, **typed)
    do("assessment.sign_visit", renovation, around.second, confirmed=True)
    return do("assessment.complete", renovation, around.first)


@pytest.mark.parametrize(
    ("points", "told", "level", "after"),
    [
        (50, {}, AbilityLevel.MODERATE, Status.ASSESSED),
        (50, {"events": "2"}, AbilityLevel.SEVERE, Status.ASSESSED),
        (31, {"disorder": "yes", "events": "4"}, AbilityLevel.COMPLETE, Status.ASSESSED),
        (90, {"coma": "yes"}, AbilityLevel.COMPLETE, Status.ASSESSED),
        (70, {}, AbilityLevel.MILD, Status.NOTICED),  # E3 no longer holds: the county decides anew
    ],
)
def test_the_server_scores_the_answers_and_the_facts_follow(
    points: int, told: dict[str, str], level: AbilityLevel, after: Status, session: Session
) -> None:
    renovation = assessed(desk(), points, **told)
    assert renovation.status is after
    assert application.facts(renovation)["person"]["ability"]["level"] == level.value
    assert application.applicant(renovation).ability_level is level
    (result,) = session.scalars(select(AbilityResult)).all()
    assert (result.total, result.level, result.instrument) == (points, level.value, "gbt_42195_2022")
    assert result.instrument_title == "老年人能力评估规范 GB/T 42195-2022（2022）"
    (change,) = [row for row in application.fact_changes(renovation) if row.fact == "person.ability.level"]
    assert (change.source, change.new) == (Source.ASSESSMENT, level.value)


def test_what_was_said_of_illness_is_encrypted_at_rest(session: Session) -> None:
    assessed(desk(), 50, disorder="yes")
    stored = session.execute(text("SELECT detail FROM ability_result")).scalars().one()
    assert b"disorder" not in bytes(stored)
    assert session.scalars(select(AbilityResult)).one().detail["circumstances"] == {
        "coma": False,
        "disorder": True,
        "events": 0,
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"indicators": instrumented.answers(50)[:20]}, "indicators"),
        ({"circumstances": []}, "circumstances"),
        ({"circumstances": instrumented.said(events="两次")}, "circumstances-2-value"),
        ({"circumstances": instrumented.said(coma="")}, "circumstances-0-value"),
        ({"levels": [{"level": "intact", "reason": "看着挺好"}]}, "levels-0-level"),
    ],
)
def test_half_answered_or_overruled_is_refused_at_its_field(changes: dict[str, Any], field: str) -> None:
    around = desk()
    renovation = assigned(around)
    whole = {"indicators": instrumented.answers(50), "circumstances": instrumented.said()}
    with pytest.raises(RuleViolations) as refused:
        do("assessment.record_visit", renovation, around.first, **(visit(around) | whole | changes))
    assert field in [one.field for one in refused.value.problems]


def test_an_old_record_shows_by_its_own_edition() -> None:
    around = desk()
    renovation = assessed(around, 50)
    with transaction():
        newer = load_draft(_with_version(instrumented.programme(), "2"), SYSTEM)
        publish(newer.id, SYSTEM)
        files.get_for_change(renovation.number, around.county).programme_version_id = newer.id
    renovation = files.get(renovation.number, around.county)
    found = queries.assessment(renovation)
    assert found is not None
    assert queries.instrument_of(found).title == "老年人能力评估规范 GB/T 42195-2022（2022）"
    assert programmes.programme_of(newer.id).instrument.title == "老年人能力评估规范 GB/T 42195-2022（2）"


def _with_version(programme: Any, version: str) -> Any:
    """The same with another edition of its instrument."""
    data = programme.data
    tool = data.instruments[0]
    newer = tool.model_copy(update={"instrument": tool.instrument.model_copy(update={"version": version})})
    return type(programme)(
        data.model_copy(update={"instruments": (newer, *data.instruments[1:])}),
        programme.clauses,
        _items=programme._items,
    )


# ---------------------------------------------------------------- results of other bodies


def result(**changes: Any) -> dict[str, Any]:
    """The JSON of a recognised result of sixty days ago."""
    return {
        "instrument": "gbt_42195_2022",
        "issuer": "市医疗保障局",
        "assessed_on": f"{clock.today() - timedelta(days=60)}",
        "level": "severe",
        "points": 40,
    } | changes


def test_a_recognised_result_is_not_repeated() -> None:
    around = desk()
    renovation = assigned(around)
    do("assessment.recognise_result", renovation, around.township, **result())
    row = queries.recognised_results(renovation)[1]
    assert (row.level_name, row.holds_until > clock.today()) == ("能力重度受损（重度失能）", True)
    assert application.facts(renovation)["person"]["ability"]["level"] == "severe"
    typed = visit(around) | {"indicators": []}
    do("assessment.record_visit", renovation, around.first, **typed)
    found = queries.assessment(renovation)
    assert found is not None
    assert (found.recognised, "person.ability.level" in found.findings) == (True, False)
    do("assessment.sign_visit", renovation, around.second, confirmed=True)
    assert do("assessment.complete", renovation, around.first).status is Status.ASSESSED
    assert [one.key for one in queries.uncovered(renovation)] == ["mzt_218_2024"]


def test_an_expired_result_is_said_to_be_expired_with_the_day() -> None:
    around = desk()
    renovation = assigned(around)
    old = clock.today() - timedelta(days=400)
    with pytest.raises(RuleViolations) as refused:
        do("assessment.recognise_result", renovation, around.township, **result(assessed_on=f"{old}"))
    until = old.replace(year=old.year + 1)
    assert [(one.field, one.message) for one in refused.value.problems] == [
        ("assessed_on", f"这份结果已于 {until} 到期（认可 12 个月），不能采用，请重新评估。")
    ]


def test_a_result_that_expires_before_the_visit_is_asked_again(session: Session) -> None:
    around = desk()
    renovation = assigned(around)
    do("assessment.recognise_result", renovation, around.township, **result())
    yesterday = clock.today() - timedelta(days=1)
    with transaction():
        session.scalars(select(RecognisedResult)).one().holds_until = yesterday
        application.latest_changes(renovation)["person.ability.level"].holds_until = yesterday
    with pytest.raises(RuleViolations, match="请评全部项目"):
        do("assessment.record_visit", renovation, around.first, **(visit(around) | {"indicators": []}))
    (clause,) = [one for one in explaining.explain(renovation).clauses if one.expired]
    assert clause.wants == f"E3 重度失能以上：“老年人能力等级”已于 {yesterday} 到期，请重新评估或补新的结果"
    typed = {"indicators": instrumented.answers(40), "circumstances": instrumented.said()}
    do("assessment.record_visit", renovation, around.first, **(visit(around) | typed))
    do("assessment.sign_visit", renovation, around.second, confirmed=True)
    renovation = do("assessment.complete", renovation, around.first)
    assert [one for one in explaining.explain(renovation).clauses if one.expired] == []  # the same level, found anew


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"issuer": "某公司"}, "issuer", "本项目只认可这些单位的结果：市医疗保障局、市民政局。"),
        ({"instrument": "six_indicators"}, "instrument", "本项目不认可这种评估的结果，请重新评估。"),
        ({"level": "mild"}, "level", "40 分应是“能力重度受损（重度失能）”，与填写的等级不符，请核对原件。"),
        ({"points": 91}, "points", "得分最高 90 分，请核对。"),
        ({"assessed_on": "2999-01-01"}, "assessed_on", "评估日期不能晚于今天。"),
    ],
)
def test_what_is_not_recognised_is_refused(changes: dict[str, Any], field: str, said: str) -> None:
    around = desk()
    with pytest.raises(RuleViolations) as refused:
        do("assessment.recognise_result", submitted(around.township), around.township, **result(**changes))
    assert [(one.field, one.message) for one in refused.value.problems] == [(field, said)]


def test_a_result_of_the_older_standard_counts_for_its_own_months() -> None:
    around = desk()
    renovation = submitted(around.township)
    day = clock.today() - timedelta(days=30)
    typed = {"instrument": "mzt_039_2013", "issuer": "市民政局", "level": "moderate", "assessed_on": f"{day}"}
    do("assessment.recognise_result", renovation, around.township, **typed)
    row = queries.recognised_results(renovation)[1]
    assert (row.holds_until - day).days in range(180, 185)
    assert application.verdict(renovation).clause("E3").result == "pass"


def test_the_form_saved_again_keeps_a_recognised_level() -> None:
    clerk = people.actor(Role.TOWNSHIP)
    renovation = draft(clerk)
    do("assessment.recognise_result", renovation, clerk, **result())
    known = application.applicant(renovation)
    typed = values(clerk, people=[person(id_number=known.id_number, name="张德福")])
    del typed["programme"]
    do("application.edit", renovation, clerk, **typed)
    assert application.facts(renovation)["person"]["ability"]["level"] == "severe"


def test_another_result_takes_the_place_of_the_one_before(session: Session) -> None:
    around = desk()
    renovation = submitted(around.township)
    do("assessment.recognise_result", renovation, around.township, **result())
    do("assessment.recognise_result", renovation, around.township, **result(level="complete", points=20))
    assert queries.recognised_results(renovation)[1].level == "complete"
    ended = session.scalars(select(RecognisedResult).where(RecognisedResult.ended_at.is_not(None))).one()
    assert (ended.level, ended.ended_reason) == ("severe", "改用另一份结果")
    assert application.facts(renovation)["person"]["ability"]["level"] == "complete"


# ---------------------------------------------------------------- the verdict explained


def test_the_verdict_says_where_each_value_came_from_and_what_is_missing() -> None:
    clerk = people.actor(Role.TOWNSHIP)
    renovation = draft(clerk)
    explained = explaining.explain(renovation)
    (clause,) = [one for one in explained.clauses if one.id == "E3"]
    assert [(one.label, one.known) for one in clause.values] == [("老年人能力等级", False)]
    assert clause.wants == "E3 重度失能以上：补齐“老年人能力等级”，材料：能力评估报告，由卫生健康部门核验"
    (birth,) = [one for one in explained.clauses if one.id == "E1"]
    assert [one.origin for one in birth.values] == ["身份证号"]
    renovation = do("application.submit", renovation, clerk)
    do("assessment.recognise_result", renovation, clerk, **result())
    (clause,) = [one for one in explaining.explain(renovation).clauses if one.id == "E3"]
    day = clock.today() - timedelta(days=60)
    (level,) = clause.values
    assert (level.said, clause.wants) == ("重度失能", "")
    assert level.origin.startswith(f"认可其他单位的评估：市医疗保障局 {day}，认可到 ")


def test_a_verification_is_named_with_body_and_day() -> None:
    clerk = people.actor(Role.TOWNSHIP)
    renovation = submitted(clerk)
    found = {"clause": "E5", "body": "住建部门", "method": "现场查看", "checked_on": f"{clock.today()}"}
    do("application.verify", renovation, clerk, **found, result="denied", fact="dwelling.safe", value="false")
    (clause,) = [one for one in explaining.explain(renovation).clauses if one.id == "E5"]
    origins = {one.fact: (one.said, one.origin) for one in clause.values}
    assert origins["dwelling.safe"] == ("否", f"住建部门核验（现场查看，{clock.today()}）")


def test_what_is_missing_becomes_to_dos_once() -> None:
    clerk = people.actor(Role.TOWNSHIP)
    renovation = submitted(clerk, people=[person(certificate=None)], earlier=None)
    wants = explaining.explain(renovation).wants
    assert len(wants) >= 2
    do("application.plan_missing", renovation, clerk)
    assert [one.text for one in talk.open_to_dos(renovation)] == [one[:200] for one in wants]
    with pytest.raises(Conflict, match="都已列为待办"):
        do("application.plan_missing", renovation, clerk)
    assert len(talk.open_to_dos(renovation)) == len(wants)


def test_the_familys_sheet_says_each_clause_and_no_number() -> None:
    clerk = people.actor(Role.TOWNSHIP)
    renovation = submitted(clerk)
    said = BeautifulSoup(sheet(VERDICT_SHEET, renovation, SYSTEM).body(), "html.parser").get_text()
    assert renovation.number not in said
    assert "还要补的重度失能以上：请带能力评估报告来。" in said.replace("\n", "")
    assert "出生日期：1939-05-06，见身份证号。" in said
