"""Classes of persons that a programme names itself, on their way: form, file, verification, sheet, newer version."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.errors import RuleViolation, RuleViolations
from app.oversight.filters import count
from app.permissions import Role
from app.programme.queries import programme_of
from app.renovation import queries as files
from app.stages.application import explaining, queries, showing
from app.stages.application.excel.importing import run
from app.stages.application.models import Beneficiary, DerivedFacts
from app.stages.application.rules import Application, OpenApplication
from app.stages.application.service import edit_application, open_application
from tests.application.notice_support import publish_tables
from tests.application.test_intake_pages import form_of
from tests.excel.books import book, household, source
from tests.factories import applications, people
from tests.process.support import CONTENT
from tests.support.client import PageClient

do = applications.do
ELDERS = {"key": "three_elders", "name": "三老人员", "text": "老党员。", "evidence": ["组织部门的证明"]}
FIVE = {"key": "five_elders", "name": "五老人员"}
AGED = [one for one in CONTENT["clause"] if one["id"] == "E1"]
MEMBERS = {"some": "household.members", "where": {"fact": "classes", "contains": "three_elders"}}


def rule(when: Any) -> dict[str, Any]:
    return {"id": "E2", "title": "对象", "text": "三老人员。", "source": "示例", "when": when}


def has(*codes: str) -> dict[str, Any]:
    return {"fact": "person.classes", "contains_any": list(codes)}


def publish(*classes: dict[str, Any], when: Any = None, **more: Any) -> None:
    """Chongqing 2020 with an age and these classes alone."""
    codes = [one["key"] for one in classes]
    publish_tables(person_class=list(classes), clause=[*AGED, rule(when or has(*codes))], verification=[], **more)


def opened(**changes: Any) -> Any:
    actor = people.actor(Role.TOWNSHIP)
    command = OpenApplication.model_validate(applications.values(actor, people=[applications.person(**changes)]))
    with transaction():
        number = open_application(command, actor).number
    return files.get(number, actor)


def stored(file: Any) -> Any:
    return [row.classes for row in queries.beneficiaries(file)]


def test_what_is_ticked_is_kept_judged_and_found_in_bulk(session: Session) -> None:
    publish(ELDERS, FIVE)
    condition = programme_of(applications.publish_programme()).clause("E2").condition
    outcomes = []
    for codes in (["three_elders"], ["none"], []):
        file = opened(classes=codes)
        outcomes.append((stored(file), queries.derived(file).classes, queries.verdict(file).outcome.value))
    assert outcomes == [
        ([["three_elders"]], "|three_elders|", "eligible"),
        ([[]], "|", "ineligible"),
        ([None], "", "unknown"),
    ]
    assert count(condition) == {True: 1, False: 1, None: 1}
    assert count(condition, DerivedFacts.classes == "|") == {True: 0, False: 1, None: 0}


def test_a_member_is_of_a_class_too(session: Session) -> None:
    publish(ELDERS, when=MEMBERS)
    wife = {"name": "李桂英", "relation": "spouse", "classes": ["three_elders"]}
    actor = people.actor(Role.TOWNSHIP)
    with transaction():
        values = applications.values(members=[wife], household_size=2)
        number = open_application(OpenApplication.model_validate(values), actor).number
    file = files.get(number, actor)
    assert queries.verdict(file).outcome.value == "eligible"
    assert queries.derived(file).facts["household"]["members"] == [{"relation": "spouse", "classes": ["three_elders"]}]
    wrong = applications.values(members=[wife | {"classes": ["five_elders"]}])
    with pytest.raises(RuleViolations) as refused, transaction():
        edit_application(file, Application.model_validate({k: v for k, v in wrong.items() if k != "programme"}), actor)
    assert [problem.field for problem in refused.value.problems] == ["members-0-classes"]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (
            ["three_elder"],
            "“three_elder”不是这个项目的人员类别；是否想写 three_elders；可选：三老人员（three_elders）、五老人员（five_elders）。",
        ),
        (["none", "three_elders"], "选了“以上都不是”，就不能再选别的人员类别，请改一处。"),
    ],
)
def test_what_is_no_class_of_the_programme_is_refused_at_its_field(
    session: Session, codes: list[str], said: str
) -> None:
    publish(ELDERS, FIVE)
    with pytest.raises(RuleViolations) as refused:
        opened(classes=codes)
    assert [(problem.field, problem.message) for problem in refused.value.problems] == [("people-0-classes", said)]


def test_a_programme_without_classes_takes_none_and_says_nothing_of_them(session: Session) -> None:
    applications.publish_programme()
    with pytest.raises(RuleViolations) as refused:
        opened(classes=["three_elders"])
    assert [problem.message for problem in refused.value.problems] == ["这个项目没有人员类别可选，请删去。"]
    file = opened()
    assert (stored(file), queries.derived(file).classes) == ([None], "")
    tab = showing.tab(file, people.actor(Role.COUNTY))
    assert tab is not None
    assert tab["class_labels"] == {}


def test_a_verification_corrects_it_in_the_programmes_words(session: Session) -> None:
    publish(ELDERS, FIVE)
    county = people.actor(Role.COUNTY)
    file = do(
        "application.submit",
        opened(classes=["none"]).number,
        people.actor(Role.TOWNSHIP),
    )
    checked = {"clause": "E2", "body": "民政部门", "method": "查验原件", "checked_on": "2020-09-15", "result": "denied"}
    with pytest.raises(RuleViolation) as refused:
        do("application.verify", file, county, **checked, fact="person.classes", value="left_behind")
    assert refused.value.message == "“人员类别”的实际情况请从给出的选项中选择"
    file = do("application.verify", file, county, **checked, fact="person.classes", value="three_elders")
    assert (stored(file), queries.verdict(file).outcome.value) == ([["three_elders"]], "eligible")
    tab = showing.tab(file, county)
    assert tab is not None
    assert [(one["label"], one["old"], one["new"]) for one in tab["changes"]] == [("人员类别", "无", "三老人员")]
    explained = next(one for one in explaining.explain(file).clauses if one.id == "E2")
    assert [value.said for value in explained.values] == ["三老人员"]
    assert explained.evidence == ("组织部门的证明",)


def test_a_newer_version_keeps_what_it_knows_and_asks_the_rest_again(session: Session) -> None:
    publish(ELDERS, FIVE)
    both, lost, none = (opened(classes=codes) for codes in (["three_elders", "five_elders"], ["five_elders"], ["none"]))
    publish(ELDERS)
    county, found = people.actor(Role.COUNTY), []
    for file in (both, lost, none):
        moved = do("application.move_version", file.number, county, reason="新版政策已发布")
        details = files.events(moved)[0].details
        found.append((stored(moved), queries.derived(moved).classes, details.get("classes_dropped")))
    assert found == [
        ([["three_elders"]], "|three_elders|", ["五老人员"]),
        ([None], "", ["五老人员"]),
        ([None], "", None),
    ]


# ---------------------------------------------------------------- pages


@pytest.fixture
def clerk(session: Session, client: PageClient) -> PageClient:
    client.login(people.make_user(Role.TOWNSHIP))
    return client


TYPED: dict[str, Any] = {"people-0-name": "张德福", "people-0-hardship": ["dibao"], "dwelling-address": "青松村三组"}


@pytest.mark.sqlite_only
def test_the_form_asks_by_name_and_the_pages_say_it(clerk: PageClient) -> None:
    publish(ELDERS, FIVE)
    form = form_of(clerk.page("/applications/new"))
    box = form.find(id="f-people-0-classes")
    assert [label.get_text(strip=True) for label in box.select("label")] == ["三老人员", "五老人员", "以上都不是"]
    assert [hint.get_text(strip=True) for hint in box.select(".under")] == ["三老人员：老党员。材料：组织部门的证明"]
    assert form.find(id="f-members-999999-classes") is None or form.find("template") is not None
    number = applications.id_number()
    wrong = TYPED | {"people-0-id_number": number, "people-0-classes": ["three_elders", "none"]}
    sent = clerk.submit(form, wrong)
    assert sent.status_code == 422
    box = form_of(sent.soup).find(id="f-people-0-classes")
    assert box.select_one(".field-error").get_text(strip=True) == "选了“以上都不是”，就不能再选别的人员类别，请改一处。"
    assert [one["value"] for one in box.select("input[checked]")] == ["three_elders", "none"]
    sent = clerk.submit(form_of(sent.soup), {"people-0-classes": ["three_elders"]})
    file = str(sent.location).partition("?")[0].rpartition("/")[2]
    edited = form_of(clerk.page(f"/renovations/{file}/application/edit")).find(id="f-people-0-classes")
    assert [one["value"] for one in edited.select("input[checked]")] == ["three_elders"]
    clerk.login(people.make_user(Role.COUNTY))
    tab = clerk.page(f"/renovations/{file}?tab=application").get_text(" ", strip=True)
    assert "人员类别 三老人员" in tab
    assert "三老人员" in clerk.page(f"/renovations/{file}/papers/application_form").get_text()


@pytest.mark.sqlite_only
def test_of_several_programmes_only_the_chosen_ones_classes_stand_there(clerk: PageClient) -> None:
    publish(ELDERS)
    about = {"id": "small-2020", "name": "小项目", "short_name": "小项目", "number_prefix": "XX2020"}
    publish(FIVE, programme=about)
    form = form_of(clerk.page("/applications/new"))
    box = form.find(id="f-people-0-classes")
    assert box["data-shows"] == f"programme={applications.KEY}|small-2020"
    parts = {part["data-shows"]: [one["value"] for one in part.select("input")] for part in box.select("[data-alone]")}
    assert parts == {
        f"programme={applications.KEY}": ["three_elders", "none"],
        "programme=small-2020": ["five_elders", "none"],
    }
    typed = TYPED | {"people-0-id_number": applications.id_number(), "programme": "small-2020"}
    sent = clerk.submit(form, typed | {"people-0-classes": ["three_elders"]})
    assert sent.status_code == 422
    assert form_of(sent.soup).find(id="f-people-0-classes").select_one(".field-error") is not None


@pytest.mark.sqlite_only
def test_a_programme_that_does_not_ask_shows_nothing(clerk: PageClient) -> None:
    applications.publish_programme()
    assert "-classes" not in str(form_of(clerk.page("/applications/new")))


# ---------------------------------------------------------------- the registration sheet


def test_the_sheet_takes_the_names_of_the_programme(session: Session) -> None:
    publish(ELDERS, FIVE)
    clerk = people.actor(Role.TOWNSHIP)
    row = household(**{"people-0-classes": "三老人员、五老人员"})
    assert run(source(book([row]), clerk), write=True).errors == []
    assert db.session.query(Beneficiary.classes).scalar() == ["three_elders", "five_elders"]
    report = run(source(book([row | {"people-0-classes": "以上都不是"}]), clerk), write=True)
    assert [one.fields for one in report.changes] == [(("人员类别", "五老人员、三老人员", "以上都不是"),)]
    assert db.session.query(Beneficiary.classes).filter(Beneficiary.ended_at.is_(None)).scalar() == []


def test_the_sheet_says_what_is_no_class(session: Session) -> None:
    publish(ELDERS, FIVE)
    clerk = people.actor(Role.TOWNSHIP)
    report = run(source(book([household(**{"people-0-classes": "三老"})]), clerk), write=True)
    assert [(one.value, one.reason) for one in report.errors] == [
        ("三老", "没有“三老”这种人员类别，是不是“三老人员”？可填：三老人员、五老人员、以上都不是。")
    ]


def test_a_programme_without_classes_wants_the_cell_empty(session: Session) -> None:
    applications.publish_programme()
    report = run(source(book([household(**{"people-0-classes": "三老人员"})]), people.actor(Role.TOWNSHIP)), write=True)
    assert [one.reason for one in report.errors] == ["所办的项目没有人员类别，请清空这一格。"]
