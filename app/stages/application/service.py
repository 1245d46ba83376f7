"""Use cases of the intake: open, correct, submit, verify, correct facts on record, freeze a verdict. Never commits."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from ...audit.service import record
from ...core import clock
from ...core.crypto import blind_index
from ...core.db import db
from ...core.errors import Conflict, NotFound, RuleViolation, RuleViolations
from ...lifecycle import Action, Stage
from ...permissions import Actor
from ...places import queries as places
from ...places.models import Region
from ...places.rules import Level
from ...programme import eligibility
from ...programme.eligibility import Verdict
from ...programme.models import ProgrammeVersion
from ...programme.queries import in_force, of, programme_of
from ...renovation import queries as files
from ...renovation.models import Kind, Renovation, Submission
from ...renovation.operations import Missing, first_time, require
from ...renovation.progress import advance, note
from ...renovation.service import attach, attach_all, end_attachment, give_receipt, name_applicant, open_renovation
from . import filling, queries
from .codes import Consent, DecisionKind, Department, Earlier, Outcome, Source
from .facts import CORRECTABLE, Intake, differences, facts_of, label, look_up, parse, say
from .models import (
    Beneficiary,
    Decision,
    DerivedFacts,
    Dwelling,
    DwellingMatch,
    EarlierSubsidy,
    FactChange,
    Household,
    Probe,
    Verification,
)
from .rules import Application, MatchDwelling, OpenApplication, Reveal, Submit, Verify, contradictions

PROBES_AN_HOUR = 60
"""How many different people and homes one user may look for in an hour (domain §7)."""

CORRECTED = frozenset({Source.VERIFICATION, Source.OBJECTION, Source.ASSESSMENT})
"""Corrections that the form does not take back."""


# ---------------------------------------------------------------- opening and correcting


def open_application(command: OpenApplication, actor: Actor, key: str = "") -> Renovation:
    """Log a new application in `draft` under a programme in force in the county, and give the file.

    `key` is the sender's own key of this request: the same again gives the same file. Raises RuleViolation(s) at the
    fields, NotFound for a township outside the actor's region.
    """
    if key and not first_time(actor, key, f"application.open|{command.model_dump_json()}"):
        return files.get(_submission(actor, key).number, actor)
    township = township_of(actor, command.township)
    county = places.enclosing(township, Level.COUNTY)
    if county is None:
        raise RuleViolation("这个乡镇不在任何区县下，请联系管理员核对区划。", "township")
    version = version_for(command.programme, county, clock.today())
    programme = of(version)
    renovation = open_renovation(
        programme.key, programme.number_prefix, version.id, township, _village(command.village, township), county, actor
    )
    _record_intake(renovation, command, actor)
    if key:
        _submission(actor, key).number = renovation.number
    return renovation


def _submission(actor: Actor, key: str) -> Submission:
    sender = str(actor.user_id or actor.role.value)
    return db.session.scalars(select(Submission).where(Submission.sender == sender, Submission.key == key)).one()


def township_of(actor: Actor, code: str = "") -> Region:
    """The township in which an actor logs applications: their own, or the one named, within their region."""
    region = places.region_by_code(code) if code else places.region(actor.region_id or 0)
    if region.level is not Level.TOWNSHIP:
        raise RuleViolation("请选择乡镇（街道）。", "township")
    if not region.path.startswith(actor.region_path):
        raise NotFound("没有这个乡镇，或不在您的范围内。")
    return region


def version_for(programme_key: str, county: Region, on: date) -> ProgrammeVersion:
    """The version of a programme in force in a county; raises RuleViolation at `programme`."""
    for version in in_force(county.code, on):
        if version.programme_key == programme_key:
            return version
    raise RuleViolation("这个项目现在没有在本区县实施，请从列表中选择。", "programme")


def _village(village_id: int | None, township: Region) -> Region | None:
    if village_id is None:
        return None
    village = db.session.get(Region, village_id)
    if village is None or village.parent_id != township.id:
        raise RuleViolation("这个村（社区）不在本乡镇，请从列表中选择。", "village")
    return village


def edit_application(renovation: Renovation, command: Application, actor: Actor) -> None:
    """Replace the form's content while the file is a draft; what a verifying body has corrected stays corrected."""
    township = db.session.get_one(Region, renovation.township_id)
    village = _village(command.village, township)
    renovation.village_id = village.id if village else None
    _record_intake(renovation, command, actor, queries.intake(renovation))
    note(renovation, Stage.APPLICATION, "修改申请内容", actor)


def _record_intake(renovation: Renovation, command: Application, actor: Actor, known: Intake | None = None) -> None:
    township = db.session.get_one(Region, renovation.township_id)
    intake, problems = filling.fill(command, known, township.code)
    RuleViolations.raise_if_any([*contradictions(command, clock.today()), *problems])
    if known is not None:
        _keep_corrections(renovation, intake)
    intake = _save(renovation, intake, known)
    applicant = intake.people[0]
    name_applicant(renovation, applicant.name, intake.dwelling.address)
    _file_papers(renovation, command, actor)
    before = None if known is None else queries.facts(renovation)
    derive(renovation, intake)
    if before is not None and queries.latest_decision(renovation, DecisionKind.SUBMISSION) is not None:
        _record_changes(renovation, before, queries.facts(renovation), actor)


def _save(renovation: Renovation, intake: Intake, known: Intake | None) -> Intake:
    """Put the rows in the session: people and lists anew (the old ones end), household and dwelling in place."""
    now = clock.now()
    if known is None:
        intake.dwelling.created_at, intake.dwelling.township_id = now, renovation.township_id
        db.session.add(intake.dwelling)
        db.session.flush()
        intake.household.renovation_id, intake.household.dwelling_id = renovation.id, intake.dwelling.id
        db.session.add(intake.household)
        household, dwelling = intake.household, intake.dwelling
    else:
        household, dwelling = known.household, known.dwelling
        _copy(intake.household, household, Household, {"id", "renovation_id", "dwelling_id"})
        kept = {"id", "township_id", "created_at", "same_as_id"}
        if intake.dwelling.address_key != dwelling.address_key:
            dwelling.same_as_id = None  # the answer was about another address
        _copy(intake.dwelling, dwelling, Dwelling, kept)
        for row in (*known.people, *known.members, *known.subsidies):
            row.ended_at = now
    db.session.flush()
    for row in (*intake.people, *intake.members, *intake.subsidies):
        row.renovation_id = renovation.id
        db.session.add(row)
    db.session.flush()
    return Intake(household, dwelling, intake.people, intake.members, intake.subsidies, intake.residence)


def _copy(source: Any, target: Any, model: Any, but: set[str]) -> None:
    for column in model.__mapper__.column_attrs:
        if column.key not in but:
            setattr(target, column.key, getattr(source, column.key))


def _file_papers(renovation: Renovation, command: Application, actor: Actor) -> None:
    """Attach new uploads, end those that were taken out."""
    in_force = queries.papers(renovation)
    for name, kind in queries.PAPERS:
        wanted: list[int] = getattr(command, name)
        there = {paper.file_id for paper in in_force[name]}
        for paper in in_force[name]:
            if paper.file_id not in wanted:
                end_attachment(paper, "登记人换掉")
        new = [file_id for file_id in dict.fromkeys(wanted) if file_id not in there]
        attach_all(renovation, Stage.APPLICATION, kind, new, actor, queries.INTAKE_SUBJECT, field=name)


def _keep_corrections(renovation: Renovation, intake: Intake) -> None:
    """What a verification, an objection or the assessment corrected is not taken back by the form."""
    newest: dict[str, FactChange] = {}
    for row in queries.fact_changes(renovation):
        newest.setdefault(row.fact, row)
    typed = facts_of(intake)
    problems = []
    for name, change in newest.items():
        place = CORRECTABLE[name]
        if change.source not in CORRECTED or look_up(typed, name) == change.new:
            continue
        if place.field:
            problems.append(
                RuleViolation(
                    f"“{label(name)}”已由{change.source.label}更正为“{say(name, change.new)}”，不能在这里改回。"
                    "有不同意见的，请核验单位重新核验。",
                    place.field,
                )
            )
        else:
            setattr(_row(intake, place.row), place.attribute, place.stored(change.new))
    RuleViolations.raise_if_any(problems)


def _record_changes(renovation: Renovation, before: Mapping[str, Any], after: Mapping[str, Any], actor: Actor) -> None:
    for name in differences(before, after):
        if name in CORRECTABLE:
            _write_change(
                renovation, name, look_up(before, name), look_up(after, name), Source.APPLICATION, "退回后补正", actor
            )


# ---------------------------------------------------------------- facts and verdicts


def derive(renovation: Renovation, intake: Intake | None = None) -> DerivedFacts:
    """Bring the derived facts and the verdict into step with the rows (domain §7)."""
    intake = intake or queries.intake(renovation)
    facts = facts_of(intake)
    applied_on = intake.household.applied_on
    verdict = eligibility.evaluate(programme_of(renovation.programme_version_id), facts, applied_on)
    row = db.session.get(DerivedFacts, renovation.id)
    if row is None:
        row = DerivedFacts(renovation_id=renovation.id)
        db.session.add(row)
    for name, value in columns_of(intake, facts, verdict).items():
        setattr(row, name, value)
    row.updated_at = clock.now()
    db.session.flush()
    return row


def columns_of(intake: Intake, facts: Mapping[str, Any], verdict: Verdict) -> dict[str, Any]:
    """The derived facts' columns, none of which names a person."""
    person, dwelling = intake.people[0], intake.dwelling
    return {
        "applied_on": intake.household.applied_on,
        "birth_date": person.birth_date,
        "hardship": _barred(person.hardship),
        "certificate": person.certificate,
        "disability_grade": person.disability_grade,
        "disability_category": person.disability_category,
        "recognised": person.recognised,
        "failed_items": person.failed_items,
        "living": _barred(person.living),
        "dwelling_right": dwelling.right,
        "dwelling_safe": dwelling.safe,
        "dwelling_renovatable": dwelling.renovatable,
        "demolition_planned": dwelling.demolition_planned,
        "must_move_out": dwelling.must_move_out,
        "people": len(intake.people),
        "verdict": Outcome(verdict.outcome.value),
        "priority": verdict.priority,
        "facts": dict(facts),
    }


def _barred(codes: Sequence[str] | None) -> str:
    return f"|{'|'.join(sorted(codes))}|" if codes else ""


def decide(
    renovation: Renovation, kind: DecisionKind | str, actor: Actor, on: date | None = None,
    form: dict[str, Any] | None = None,
) -> Decision:
    """Evaluate the facts as they stand and freeze verdict, facts and the programme's version on the file.

    `on` is the day for which ages are counted; without it the day of application.
    """
    row = derive(renovation)
    day = on or row.applied_on
    verdict = eligibility.evaluate(programme_of(renovation.programme_version_id), row.facts, day)
    decision = Decision(
        renovation_id=renovation.id,
        kind=DecisionKind(kind),
        on=day,
        outcome=Outcome(verdict.outcome.value),
        verdict=verdict.to_json(),
        facts=row.facts,
        programme_version_id=renovation.programme_version_id,
        form=form,
        at=clock.now(),
        actor_id=actor.user_id,
        actor_name=actor.name,
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def update_findings(
    renovation: Renovation, changes: Mapping[str, Any], source: Source | str, actor: Actor, reason: str = "",
    verification: Verification | None = None,
) -> list[str]:
    """Correct facts by their dotted names (values as in the contract's JSON, None = unknown), on record.

    Gives the labels of the facts that really changed. Raises RuleViolation for a fact that cannot be corrected so.
    """
    intake = queries.intake(renovation)
    facts = facts_of(intake)
    changed = []
    for name, value in changes.items():
        if name not in CORRECTABLE:
            raise RuleViolation(f"“{name}”不能在这里更正，请退回乡镇补正。", "fact")
        old = look_up(facts, name)
        if old == value:
            continue
        _correct(renovation, intake, name, value)
        _write_change(renovation, name, old, value, Source(source), reason, actor, verification)
        changed.append(label(name))
    if changed:
        db.session.flush()
        derive(renovation)
    return changed


def _correct(renovation: Renovation, intake: Intake, name: str, value: Any) -> None:
    place = CORRECTABLE[name]
    if place.row != "history":
        setattr(_row(intake, place.row), place.attribute, place.stored(value))
        return
    for row in intake.subsidies:
        row.ended_at = clock.now()
    intake.household.earlier = None if value is None else Earlier.SOME if value else Earlier.NONE
    db.session.add_all(
        EarlierSubsidy(
            renovation_id=renovation.id,
            seq=index + 1,
            department=Department(one["department"]),
            programme=one.get("programme", ""),
            paid_on=None,
            subject=None,
            amount_fen=None,
        )
        for index, one in enumerate(value or [])
    )


def _row(intake: Intake, row: str) -> Any:
    return {"applicant": intake.people[0], "dwelling": intake.dwelling, "household": intake.household}[row]


def _write_change(
    renovation: Renovation, fact: str, old: Any, new: Any, source: Source, reason: str, actor: Actor,
    verification: Verification | None = None,
) -> None:
    db.session.add(
        FactChange(
            renovation_id=renovation.id,
            fact=fact,
            old=old,
            new=new,
            source=source,
            reason=reason,
            verification_id=verification.id if verification else None,
            at=clock.now(),
            actor_id=actor.user_id,
            actor_name=actor.name,
        )
    )


# ---------------------------------------------------------------- submission


def submit_missing(renovation: Renovation) -> list[Missing]:
    """What a submission needs: the signed declaration (E9), and the guardian's name when a guardian applies."""
    home, filed = queries.household(renovation), queries.papers(renovation)
    missing = []
    if not filed["declaration"] and home.consent is not Consent.NONE:
        missing.append(Missing("上传签好字的申请书与承诺书", "application.edit", "declaration"))
    if home.consent is Consent.GUARDIAN and not home.guardian_name:
        missing.append(Missing("填写监护人姓名", "application.edit", "guardian_name"))
    return missing


def submit_application(renovation: Renovation, command: Submit, actor: Actor) -> None:
    """Hand the application to the first review, whatever its verdict; freezes the verdict, gives the receipt code.

    After a return, the timeline says which fields were changed, without their values.
    """
    require(submit_missing(renovation))
    previous = queries.latest_decision(renovation, DecisionKind.SUBMISSION)
    form = filling.snapshot(queries.intake(renovation), queries.papers(renovation))
    decision = decide(renovation, DecisionKind.SUBMISSION, actor, form=form)
    details: dict[str, Any] = {"verdict": decision.outcome.value}
    if previous is not None:
        details["changed"] = filling.changed_labels(previous.form or {}, form)
    give_receipt(renovation)
    advance(renovation, Action.SUBMIT, actor, command.remark, details)


# ---------------------------------------------------------------- verification


def verify_clause(renovation: Renovation, command: Verify, actor: Actor) -> Verification:
    """Record what a body found of a clause; what it found otherwise corrects the fact. Domain §2.

    Raises RuleViolation when clause, body or value are not of the programme, or a denial says nothing of what is.
    """
    programme = programme_of(renovation.programme_version_id)
    if command.clause not in {clause.id for clause in programme.clauses}:
        raise RuleViolation("请从本项目的条款中选择。", "clause")
    if command.checked_on > clock.today():
        raise RuleViolation("核验日期不能晚于今天。", "checked_on")
    if command.fact and command.value == "":
        raise RuleViolation("选了要更正的内容，请写明实际情况。", "value")
    paper = None
    if command.paper is not None:
        paper = attach(
            renovation, Stage.APPLICATION, Kind.VERIFICATION, command.paper, actor, f"clause:{command.clause}",
            field="paper",
        )
    verification = Verification(
        renovation_id=renovation.id,
        clause=command.clause,
        body=command.body,
        method=command.method,
        checked_on=command.checked_on,
        result=command.result,
        remark=command.remark,
        attachment_id=paper.id if paper else None,
        at=clock.now(),
        actor_id=actor.user_id,
        actor_name=actor.name,
    )
    db.session.add(verification)
    db.session.flush()
    changed = _correct_by(renovation, command, actor, verification)
    details = {"clause": command.clause, "result": command.result.value, "body": command.body, "changed": changed}
    note(renovation, Stage.APPLICATION, f"核验 {command.clause}：{command.result.label}", actor, details=details)
    return verification


def _correct_by(renovation: Renovation, command: Verify, actor: Actor, verification: Verification) -> list[str]:
    if not command.fact:
        return []
    try:
        value = parse(command.fact, command.value)
    except ValueError as error:
        raise RuleViolation(str(error), "value") from None
    reason = f"{command.body}：{command.remark or command.method}"
    return update_findings(
        renovation, {command.fact: value}, Source.VERIFICATION, actor, reason[:500], verification
    )


def match_dwelling(renovation: Renovation, command: MatchDwelling, actor: Actor) -> None:
    """Record a person's answer whether a look-alike address is the same home (domain S7)."""
    if command.is_same is None:
        raise RuleViolation("请选择是不是同一处住房。", "is_same")
    if command.candidate not in {row[0] for row in queries.open_candidates(renovation)}:
        raise RuleViolation("这处住房不在待核对之列，请刷新页面。", "candidate")
    home = queries.dwelling(renovation)
    other = db.session.get_one(Dwelling, command.candidate)
    db.session.add(
        DwellingMatch(
            renovation_id=renovation.id,
            dwelling_id=home.id,
            other_id=other.id,
            is_same=command.is_same,
            reason=command.reason,
            at=clock.now(),
            actor_id=actor.user_id,
            actor_name=actor.name,
        )
    )
    if command.is_same:
        home.same_as_id = other.same_as_id or other.id
    title = "核对住房：是同一处" if command.is_same else "核对住房：不是同一处"
    note(renovation, Stage.APPLICATION, title, actor, command.reason)


# ---------------------------------------------------------------- personal data


def reveal(renovation: Renovation, command: Reveal, actor: Actor) -> Beneficiary:
    """One person's row, for showing the whole number once; on the file's audit chain with the reason (domain §7)."""
    person = next((row for row in queries.beneficiaries(renovation) if row.id == command.person), None)
    if person is None:
        raise RuleViolation("没有这位受益人，请刷新页面。", "person")
    record(f"renovation:{renovation.number}", "reveal", actor, person=person.seq, reason=command.reason)
    return person


def look_elsewhere(
    intake: Intake, township_id: int, actor: Actor, number: str = ""
) -> list[dict[str, str]]:
    """Where the same people or a look-alike home are known, in the limited form; logged and limited (domain §7).

    Raises Conflict beyond the limit. The same look again within the hour tells nothing new and does not count.
    """
    wanted = {f"受益人{person.seq}": person.id_index for person in intake.people if person.id_index}
    address = intake.dwelling.address.strip("* ")
    probes = [*wanted.values()] + ([blind_index("probe.dwelling", f"{township_id}|{address}")] if address else [])
    since = clock.now() - timedelta(hours=1)
    known = set(
        db.session.scalars(select(Probe.person_index).where(Probe.user_id == actor.user_id, Probe.at > since))
    )
    new = [index for index in probes if index not in known]
    if len(known) + len(new) > PROBES_AN_HOUR:
        raise Conflict(f"一小时内最多查 {PROBES_AN_HOUR} 人次，请稍后再查；提交申请不受影响。")
    hits = queries.known_elsewhere(wanted, number) + queries.look_alikes(township_id, address, number)
    db.session.add_all(
        Probe(user_id=actor.user_id, at=clock.now(), person_index=index, hits=len(hits)) for index in new
    )
    if new and hits:
        record(f"user:{actor.user_id}", "probe", actor, hits=len(hits))
    db.session.flush()
    return hits
