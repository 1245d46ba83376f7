"""Facts corrected on record, the verdict that follows, and the record of who verified which clause. Never commits."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ...core import clock
from ...core.db import db
from ...core.errors import RuleViolation
from ...lifecycle import Stage
from ...permissions import Actor
from ...programme import eligibility
from ...programme.eligibility import Result, Verdict
from ...programme.queries import programme_of
from ...renovation.models import Kind, Renovation
from ...renovation.progress import note
from ...renovation.service import attach
from . import elsewhere, queries, showing
from .codes import DecisionKind, Department, Earlier, Finding, Outcome, Source
from .correctable import CORRECTABLE, PERSONAL, parse, whose
from .facts import Intake, facts_of, label, look_up, of_person, told
from .models import Decision, DerivedFacts, Dwelling, DwellingMatch, EarlierSubsidy, FactChange, Verification
from .rules import MatchDwelling, Verify


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
    return {
        "applied_on": intake.household.applied_on,
        **told(facts),
        "people": len(intake.people),
        "verdict": Outcome(verdict.outcome.value),
        "priority": verdict.priority,
        "facts": dict(facts),
    }


def decide(
    renovation: Renovation,
    kind: DecisionKind | str,
    actor: Actor,
    on: date | None = None,
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
    renovation: Renovation,
    changes: Mapping[str, Any],
    source: Source | str,
    actor: Actor,
    reason: str = "",
    verification: Verification | None = None,
    holds_until: date | None = None,
    person: int = 1,
) -> list[str]:
    """Correct facts by their dotted names (values as in the contract's JSON, None = unknown), on record.

    Facts of a person are those of the beneficiary in the place `person`, the applicant's without one.

    Gives the labels of the facts that really changed. Raises RuleViolation for a fact that cannot be corrected so.
    """
    intake = queries.intake(renovation)
    facts = facts_of(intake)
    changed = []
    index = intake.people[person - 1].id_index if person > 1 else None
    dated = {row.fact for row in queries.latest_changes(renovation, index).values() if row.holds_until}
    for name, value in changes.items():
        if name not in (CORRECTABLE if person == 1 else PERSONAL):
            raise RuleViolation(f"“{name}”不能在这里更正，请退回乡镇补正。", "fact")
        old = look_up(facts, name) if person == 1 else of_person(intake.people[person - 1], name)
        if old == value and holds_until is None and name not in dated:
            continue  # what held for a time is confirmed anew, though it says the same
        _correct(renovation, intake, name, value, person)
        write_change(
            renovation, name, old, value, Source(source), reason, actor, verification, holds_until, person_index=index
        )
        changed.append(label(name))
    if changed:
        db.session.flush()
        derive(renovation)
    return changed


def _correct(renovation: Renovation, intake: Intake, name: str, value: Any, person: int) -> None:
    place = CORRECTABLE[name]
    if place.row != "history":
        setattr(row_of(intake, place.row, person), place.attribute, place.stored(value))
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


def row_of(intake: Intake, row: str, person: int = 1) -> Any:
    """The row of the intake in which a correctable fact is stored, of the beneficiary in that place."""
    return {"applicant": intake.people[person - 1], "dwelling": intake.dwelling, "household": intake.household}[row]


def write_change(
    renovation: Renovation,
    fact: str,
    old: Any,
    new: Any,
    source: Source,
    reason: str,
    actor: Actor,
    verification: Verification | None = None,
    holds_until: date | None = None,
    *,
    person_index: str | None = None,
) -> None:
    """Put a correction of a fact on record; `person_index` is the beneficiary's, where it is not the applicant."""
    db.session.add(
        FactChange(
            renovation_id=renovation.id,
            fact=fact,
            person_index=person_index,
            old=old,
            new=new,
            source=source,
            reason=reason,
            verification_id=verification.id if verification else None,
            holds_until=holds_until,
            at=clock.now(),
            actor_id=actor.user_id,
            actor_name=actor.name,
        )
    )


def verify_clause(renovation: Renovation, command: Verify, actor: Actor) -> Verification:
    """Record what a body found of a clause; what it found otherwise corrects the fact. Domain §2.

    Raises RuleViolation when clause, body or value are not of the programme, or a denial says nothing of what is.
    """
    _check(renovation, command)
    paper = None
    if command.paper is not None:
        paper = attach(
            renovation,
            Stage.APPLICATION,
            Kind.VERIFICATION,
            command.paper,
            actor,
            f"clause:{command.clause}",
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


def _check(renovation: Renovation, command: Verify) -> None:
    programme = programme_of(renovation.programme_version_id)
    if command.clause not in {clause.id for clause in programme.clauses}:
        raise RuleViolation("请从本项目的条款中选择。", "clause")
    if command.checked_on > clock.today():
        raise RuleViolation("核验日期不能晚于今天。", "checked_on")
    if command.fact and command.fact not in showing.facts_of_clause(renovation, command.clause):
        raise RuleViolation(f"这项内容与 {command.clause} 无关，请选与所核验条款有关的内容。", "fact")
    if command.fact and command.value == "":
        raise RuleViolation("选了要更正的内容，请写明实际情况。", "value")
    fails = queries.verdict(renovation).clause(command.clause).result is Result.FAIL
    if command.result is Finding.DENIED and not command.fact and not fails:
        raise RuleViolation("核实不符的，请写明哪一项与登记不同、实际情况是什么；审查结果随之重算。", "fact")


def _correct_by(renovation: Renovation, command: Verify, actor: Actor, verification: Verification) -> list[str]:
    if not command.fact:
        return []
    fact, person = whose(command.fact)
    try:
        value = parse(fact, command.value, programme_of(renovation.programme_version_id).words)
    except ValueError as error:
        raise RuleViolation(str(error), "value") from None
    reason = f"{command.body}：{command.remark or command.method}"
    return update_findings(
        renovation, {fact: value}, Source.VERIFICATION, actor, reason[:500], verification, person=person
    )


def match_dwelling(renovation: Renovation, command: MatchDwelling, actor: Actor) -> None:
    """Record a person's answer whether a look-alike address is the same home (domain S7)."""
    if command.is_same is None:
        raise RuleViolation("请选择是不是同一处住房。", "is_same")
    if command.candidate not in {row[0] for row in elsewhere.open_candidates(renovation)}:
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
