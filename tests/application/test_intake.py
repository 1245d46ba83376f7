"""One household's application through the services: opened, corrected, submitted, verified; what the database keeps."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core.crypto import blind_index
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, NotFound, RuleViolation
from app.lifecycle import Action, Status
from app.permissions import Actor, Role
from app.programme.facts import read_facts
from app.renovation import queries as files
from app.renovation.models import Event, Renovation
from app.renovation.progress import advance
from app.stages.application import elsewhere, filling, privacy, queries, service, showing
from app.stages.application.codes import DecisionKind, Outcome, Source
from app.stages.application.models import Beneficiary, DerivedFacts, Household, Probe
from app.stages.application.rules import OpenApplication, Reveal
from tests.factories import applications, people

pytestmark = pytest.mark.usefixtures("session")
UNKNOWN: dict[str, Any] = {"right": None, "safe": None, "renovatable": None, "must_move_out": None}


@pytest.fixture
def clerk(session: Session) -> Actor:
    return people.actor(Role.TOWNSHIP)


def test_an_application_opens_a_file_with_facts_and_verdict(clerk: Actor) -> None:
    file = applications.draft(clerk)
    assert (file.status, file.applicant_name, file.number) == (Status.DRAFT, "张德福", "CQ2020-500299-000001")
    row = queries.derived(file)
    assert (row.verdict, row.hardship, row.people, row.certificate) == (Outcome.ELIGIBLE, "|tekun_scattered|", 1, False)
    assert queries.facts(file) == row.facts
    assert set(read_facts(row.facts)) == {
        "person.birth_date", "person.hardship", "person.living", "person.disability.certificate",
        "person.ability.recognised", "person.residence_region", "household.size", "household.members",
        "dwelling.right", "dwelling.safe",
        "dwelling.renovatable", "dwelling.demolition_planned", "dwelling.must_move_out", "history.subsidised",
        "consent.applicant",
    }  # fmt: skip


def test_minimal_identity_is_enough_and_everything_else_is_unknown(clerk: Actor) -> None:
    file = applications.draft(
        clerk,
        people=[{"name": "李秀英", "id_number": applications.id_number()}],
        dwelling={"address": "青松村"},
        consent=None,
        earlier=None,
        household_size=None,
    )
    assert {clause.id: clause.result.value for clause in queries.verdict(file).clauses} == {
        "E1": "pass", "E2": "unknown", "E3": "pass", "E4": "unknown", "E5": "unknown", "E6": "unknown",
        "E7": "unknown", "E8": "unknown", "E9": "unknown",
    }  # fmt: skip
    assert queries.derived(file).verdict is Outcome.UNKNOWN


def test_no_raw_byte_in_the_database_holds_a_number(clerk: Actor) -> None:
    number = applications.id_number()
    file = applications.draft(
        clerk,
        people=[applications.person(id_number=number, certificate=True, certificate_number=number + "42")],
        phone="13987654321",
        register_number="370112009",
    )
    applications.do("application.submit", file, clerk)
    tables = db.session.scalars(
        text("SELECT name FROM sqlite_master WHERE type = 'table'")
        if db.engine.dialect.name == "sqlite"
        else text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ).all()
    assert {"beneficiary", "household", "decision", "derived_facts", "audit_entry"} <= set(tables)
    secrets = (number, "13987654321", "370112009")
    for table in tables:
        for row in db.session.execute(text(f'SELECT * FROM "{table}"')):
            for cell in row:
                plain = bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
                assert not [one for one in secrets if one.encode() in plain], table


def test_a_person_is_found_by_id_number_and_last_four(clerk: Actor) -> None:
    number = applications.id_number()
    file = applications.draft(clerk, people=[applications.person(id_number=number)])
    applications.draft(clerk)
    condition = queries.by_id_number(f" {number} ")
    assert condition is not None
    assert db.session.scalars(select(Renovation.number).where(condition)).all() == [file.number]
    assert queries.by_id_number("张德福") is None
    assert queries.matches_last_four(file, number[-4:].lower())
    assert not queries.matches_last_four(file, "0000" if number[-4:] != "0000" else "1111")


def test_the_same_key_opens_one_file(clerk: Actor) -> None:
    applications.publish_programme()
    command = OpenApplication.model_validate(applications.values())
    numbers = set()
    for _twice in range(2):
        with transaction():
            numbers.add(service.open_application(command, clerk, "key-1").number)
    assert len(numbers) == 1
    assert db.session.scalar(select(func.count()).select_from(Household)) == 1
    other = command.model_copy(update={"phone": "13800000000"})
    with pytest.raises(Conflict), transaction():
        service.open_application(other, clerk, "key-1")


def refused(work: Callable[[], Any]) -> list[tuple[str, str]]:
    with pytest.raises(DomainError) as caught:
        work()
    return [(problem.field, problem.message) for problem in caught.value.problems]


def test_places_and_programmes_that_do_not_belong_are_refused_at_their_field(clerk: Actor) -> None:
    elsewhere = people.region("500299102001").id
    assert [field for field, _ in refused(lambda: applications.draft(clerk, village=elsewhere))] == ["village"]
    assert [field for field, _ in refused(lambda: applications.draft(clerk, programme="gansu"))] == ["programme"]
    with pytest.raises(NotFound):
        applications.draft(clerk, township=people.OTHER_TOWNSHIP)


def test_one_person_twice_is_refused_at_the_second(clerk: Actor) -> None:
    number = applications.id_number()
    twice = [applications.person(id_number=number), applications.person(id_number=number, relation="spouse")]
    assert refused(lambda: applications.draft(clerk, people=twice)) == [
        ("people-1-id_number", "同一个人填了两次，请删去一处。")
    ]


def test_another_township_has_no_such_file(clerk: Actor) -> None:
    file = applications.draft(clerk)
    other = people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP)
    with pytest.raises(NotFound):
        applications.do("application.edit", file.number, other, **_form(file))


def _form(file: Renovation, **changes: Any) -> dict[str, Any]:
    """What the edit page would send unchanged: numbers masked."""
    typed = filling.initial(queries.intake(file), queries.papers(file))
    typed["people"] = [_blank_out(one) for one in typed["people"]]
    return {key: value for key, value in (typed | changes).items() if value not in ("", None)}


def _blank_out(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _blank_out(value) if isinstance(value, dict) else value
        for key, value in row.items()
        if value not in ("", None)
    }


def test_saving_the_masked_form_again_changes_nothing(clerk: Actor) -> None:
    number = applications.id_number()
    file = applications.draft(
        clerk,
        people=[applications.person(id_number=number, certificate=True, certificate_number=number + "42")],
        register_number="370112009",
    )
    before, facts = filling.snapshot(queries.intake(file), queries.papers(file)), queries.facts(file)
    typed = _form(file)
    assert typed["people"][0]["id_number"] == f"{number[:3]}***********{number[-4:]}"
    file = applications.do("application.edit", file, clerk, **typed)
    assert filling.snapshot(queries.intake(file), queries.papers(file)) == before
    assert queries.facts(file) == facts
    assert [row.id_number for row in queries.beneficiaries(file)] == [number]


def test_a_mask_that_belongs_to_nobody_is_refused(clerk: Actor) -> None:
    file = applications.draft(clerk)
    stranger = applications.person(id_number="500***********9999")
    assert refused(lambda: applications.do("application.edit", file, clerk, **_form(file, people=[stranger]))) == [
        ("people-0-id_number", "身份证号没有写完整，请重新输入 18 位号码。")
    ]


def test_editing_moves_facts_name_and_papers(clerk: Actor) -> None:
    file = applications.draft(clerk)
    kept = queries.papers(file)["declaration"][0].file_id
    new = applications.paper(clerk)
    typed = _form(file, people=[applications.person(name="张德贵", hardship=["dibao"])], declaration=[new])
    file = applications.do("application.edit", file, clerk, **typed)
    assert file.applicant_name == "张德贵"
    assert queries.derived(file).verdict is Outcome.INELIGIBLE
    assert [paper.file_id for paper in queries.papers(file)["declaration"]] == [new]
    assert new != kept
    assert db.session.scalar(select(func.count()).select_from(Beneficiary)) == 2  # the old row ended, it did not vanish


def test_a_submission_needs_the_signed_declaration(clerk: Actor) -> None:
    file = applications.draft(clerk, declaration=[])
    assert refused(lambda: applications.do("application.submit", file, clerk)) == [
        ("declaration", "上传签好字的申请书与承诺书")
    ]
    assert files.get(file.number, clerk).status is Status.DRAFT


def test_a_guardian_who_applies_is_named(clerk: Actor) -> None:
    file = applications.draft(clerk, consent="guardian")
    assert refused(lambda: applications.do("application.submit", file, clerk)) == [("guardian_name", "填写监护人姓名")]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.ELIGIBLE),
        ({"people": [applications.person(hardship=["dibao"])]}, Outcome.INELIGIBLE),
        ({"earlier": None}, Outcome.UNKNOWN),
    ],
)
def test_any_verdict_may_be_submitted_and_is_frozen(clerk: Actor, changes: dict[str, Any], outcome: Outcome) -> None:
    file = applications.submitted(clerk, **changes)
    decision = queries.latest_decision(file, DecisionKind.SUBMISSION)
    assert file.status is Status.SUBMITTED
    assert decision is not None
    assert (decision.outcome, decision.facts) == (outcome, queries.facts(file))
    assert decision.verdict == queries.verdict(file).to_json()
    assert file.receipt_code is not None
    assert len(file.receipt_code) == 10


def test_a_submitted_file_is_not_edited_or_submitted_again(clerk: Actor) -> None:
    file = applications.submitted(clerk)
    with pytest.raises(Conflict):
        applications.do("application.edit", file, clerk, **_form(file))
    with pytest.raises(Conflict):
        applications.do("application.submit", file, clerk)


def _return(file: Renovation, clerk: Actor) -> Renovation:
    with transaction():
        advance(files.get_for_change(file.number, clerk), Action.RETURN, clerk, "请补住房证明")
    return files.get(file.number, clerk)


def test_a_resubmission_says_which_fields_changed_and_no_value(clerk: Actor) -> None:
    file = _return(applications.submitted(clerk), clerk)
    returned = queries.last_return(file)
    assert returned is not None
    assert returned.reason == "请补住房证明"
    typed = _form(file, phone="13900001111")
    typed["dwelling"] = {**typed["dwelling"], "right": "long_term_use"}
    typed["dwelling"] = {key: value for key, value in typed["dwelling"].items() if value is not None}
    file = applications.do("application.edit", file, clerk, **typed)
    file = applications.do("application.submit", file, clerk, remark="已补")
    event = db.session.scalars(
        select(Event).where(Event.renovation_id == file.id, Event.action == Action.SUBMIT).order_by(Event.seq.desc())
    ).first()
    assert event is not None
    assert event.details == {"verdict": "eligible", "changed": ["联系电话", "住房：住房权属"]}
    assert [(row.fact, row.old, row.new, row.source) for row in queries.fact_changes(file)] == [
        ("dwelling.right", "owned", "long_term_use", Source.APPLICATION)
    ]


def test_an_untouched_resubmission_says_so(clerk: Actor) -> None:
    file = _return(applications.submitted(clerk), clerk)
    file = applications.do("application.submit", file, clerk)
    assert [event.details["changed"] for event in showing.resubmissions(file)] == [[]]


# ---------------------------------------------------------------- verification


def _verify(file: Renovation, actor: Actor, **changes: Any) -> Renovation:
    typed = {
        "clause": "E3", "body": "残联", "method": "残疾人证查询", "checked_on": "2020-09-15", "result": "confirmed",
    } | changes  # fmt: skip
    return applications.do("application.verify", file, actor, **typed)


@pytest.mark.usefixtures("frozen_clock")
def test_a_verification_is_a_record_and_may_correct_the_fact(clerk: Actor) -> None:
    number = applications.id_number(date(1950, 1, 1))
    file = applications.submitted(
        clerk, people=[applications.person(id_number=number, certificate=True, certificate_number=number + "42")]
    )
    federation = people.actor(Role.FEDERATION)
    assert queries.derived(file).verdict is Outcome.ELIGIBLE
    _verify(file, federation, result="denied", fact="person.disability.certificate", value="false", remark="证已注销")
    assert queries.derived(file).verdict is Outcome.UNKNOWN
    assert queries.verdict(file).clause("E3").result.value == "unknown"
    (verification,) = queries.verifications(file)
    (change,) = queries.fact_changes(file)
    assert (change.fact, change.old, change.new, change.reason, change.verification_id) == (
        "person.disability.certificate", True, False, "残联：证已注销", verification.id,
    )  # fmt: skip
    assert queries.verified(file) == {"E3": verification}


@pytest.mark.usefixtures("frozen_clock")
def test_an_earlier_renovation_found_fails_e7(clerk: Actor) -> None:
    file = applications.submitted(clerk, earlier=None)
    federation = people.actor(Role.FEDERATION)
    _verify(file, federation, clause="E7", result="denied", fact="history.subsidised", value="cdpf")
    assert queries.facts(file)["history"] == {"subsidised": [{"department": "cdpf"}]}
    assert queries.derived(file).verdict is Outcome.INELIGIBLE
    _verify(file, federation, clause="E7", fact="history.subsidised", value="none")
    assert queries.facts(file)["history"] == {"subsidised": []}
    assert queries.derived(file).verdict is Outcome.ELIGIBLE


@pytest.mark.usefixtures("frozen_clock")
def test_the_form_does_not_take_back_what_a_body_found(clerk: Actor) -> None:
    file = applications.submitted(clerk)
    _verify(file, people.actor(Role.FEDERATION), clause="E5", fact="dwelling.safe", value="false", result="denied")
    file = _return(file, clerk)
    typed = _form(file)
    typed["dwelling"] = {key: value for key, value in typed["dwelling"].items() if value is not None}
    applications.do("application.edit", file, clerk, **typed)  # as it stands
    typed = _form(file)
    typed["dwelling"] = {key: value for key, value in typed["dwelling"].items() if value is not None} | {"safe": True}
    assert [field for field, _ in refused(lambda: applications.do("application.edit", file, clerk, **typed))] == [
        "dwelling-safe"
    ]


@pytest.mark.usefixtures("frozen_clock")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"clause": "E10"}, "clause"),
        ({"result": "denied"}, "fact"),
        ({"fact": "dwelling.demolition_planned", "value": "true"}, "fact"),
        ({"fact": "person.birth_date", "value": "1930-01-01"}, "fact"),
        ({"checked_on": "2020-09-16"}, "checked_on"),
        ({"clause": "E5", "fact": "dwelling.safe"}, "value"),
        ({"clause": "E5", "fact": "dwelling.safe", "value": "perhaps"}, "value"),
    ],
)
def test_a_verification_of_nothing_is_refused(clerk: Actor, changes: dict[str, str], field: str) -> None:
    file = applications.submitted(clerk)
    assert [name for name, _ in refused(lambda: _verify(file, clerk, **changes))] == [field]
    assert queries.verifications(file) == []


def test_the_assessment_corrects_facts_on_record(clerk: Actor) -> None:
    file = applications.submitted(clerk)
    with transaction():
        changed = service.update_findings(
            files.get_for_change(file.number, clerk),
            {"person.ability.failed_items": 5, "dwelling.safe": True, "dwelling.must_move_out": True},
            Source.ASSESSMENT,
            clerk,
            "入户评估",
        )
    assert changed == ["六项自理指标中不能完成的项数", "施工期间须暂时迁出"]  # what was so already is no change
    assert queries.derived(file).failed_items == 5
    assert queries.facts(file)["dwelling"]["must_move_out"] is True


# ---------------------------------------------------------------- elsewhere, subjects, reveal


def _look(file: Renovation, actor: Actor) -> list[dict[str, str]]:
    with transaction():
        return service.look_elsewhere(queries.intake(file), file.township_id, actor, file.number)


@pytest.mark.usefixtures("frozen_clock")
def test_a_person_known_elsewhere_is_told_in_the_limited_form(clerk: Actor) -> None:
    number = applications.id_number()
    other = people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP)
    applications.submitted(other, people=[applications.person(id_number=number)])
    file = applications.draft(clerk, people=[applications.person(id_number=number)])
    assert _look(file, clerk) == [
        {
            "what": "受益人1", "programme": "重庆适老化2020", "year": "2020", "county": "云岭县（示例）",
            "status": "待初审", "contact": "云岭县（示例）民政局",
        }
    ]  # fmt: skip
    assert _look(applications.draft(clerk), clerk) == []


def test_a_look_alike_address_of_the_township_is_told_and_answered(clerk: Actor) -> None:
    first = applications.draft(clerk, dwelling=applications.dwelling(address="青松村三组 12 号"))
    second = applications.draft(clerk, dwelling=applications.dwelling(address="青松村3组12号"))
    assert [hit["what"] for hit in _look(second, clerk)] == ["地址相近的住房"]
    candidate = queries.dwelling(first).id
    assert [one for one, _label in elsewhere.candidate_choices(second)] == [candidate]
    assert queries.subjects(first)[-1] != queries.subjects(second)[-1]
    applications.do("application.match_dwelling", second, clerk, candidate=candidate, is_same=True, reason="入户查看")
    assert queries.subjects(first)[-1] == queries.subjects(second)[-1]
    assert elsewhere.candidate_choices(second) == []
    with pytest.raises(Conflict):
        applications.do("application.match_dwelling", second, clerk, candidate=candidate, is_same=False, reason="再看")


def test_subjects_are_every_beneficiary_the_household_and_the_dwelling(clerk: Actor) -> None:
    one, two = applications.id_number(), applications.id_number(male=False)
    file = applications.draft(
        clerk,
        people=[applications.person(id_number=one), applications.person(id_number=two, relation="spouse")],
        register_number="370112009",
    )
    home = queries.household(file)
    assert queries.subjects(file) == [
        ("beneficiary", queries.id_index(one)),
        ("beneficiary", queries.id_index(two)),
        ("household", blind_index("benefit.household", blind_index(queries.REGISTER, "370112009"))),
        ("dwelling", blind_index("benefit.dwelling", str(home.dwelling_id))),
    ]


def test_looks_are_logged_once_and_limited(clerk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "PROBES_AN_HOUR", 3)
    first, second = applications.draft(clerk), applications.draft(clerk)
    for _again in range(3):
        _look(first, clerk)
    assert db.session.scalar(select(func.count()).select_from(Probe)) == 2  # one person, one address
    with pytest.raises(Conflict):
        _look(second, clerk)


def test_a_reveal_is_on_the_files_chain_with_its_reason(clerk: Actor) -> None:
    file = applications.draft(clerk)
    person = queries.applicant(file)
    with transaction():
        row = service.reveal(file, Reveal(person=person.id, reason="与银行核对账户"), clerk)
    assert row.id_number == person.id_number
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "reveal")).one()
    assert entry.chain == f"renovation:{file.number}"
    other = applications.draft(clerk)
    with pytest.raises(RuleViolation), transaction():
        service.reveal(other, Reveal(person=person.id, reason="与银行核对账户"), clerk)


def test_each_further_beneficiary_is_judged_in_their_own_right(clerk: Actor) -> None:
    young = applications.person(id_number=applications.id_number(date(1990, 1, 1)), relation="child", hardship=["none"])
    file = applications.draft(clerk, people=[applications.person(), young])
    assert queries.derived(file).verdict is Outcome.ELIGIBLE
    own = showing.own_verdicts(file, queries.beneficiaries(file))
    assert {seq: [clause.id for clause in verdict.failed] for seq, verdict in own.items()} == {2: ["E1", "E2"]}


def test_derived_facts_name_nobody(clerk: Actor) -> None:
    file = applications.draft(clerk)
    row = db.session.get_one(DerivedFacts, file.id)
    kept = str({column.key: getattr(row, column.key) for column in DerivedFacts.__mapper__.column_attrs})
    person = queries.applicant(file)
    assert [one for one in (person.name, person.id_number, person.id_index, file.address) if one in kept] == []
