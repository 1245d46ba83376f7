"""Use cases of the intake: open, correct, submit. Never commits; correcting facts is in `findings`, showing in `privacy`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from ...core import clock
from ...core.db import db
from ...core.errors import NotFound, RuleViolation, RuleViolations
from ...core.submissions import Submission, first_time
from ...lifecycle import Action, Stage
from ...permissions import Actor
from ...places import queries as places
from ...places.models import Region
from ...places.rules import Level
from ...programme.models import ProgrammeVersion
from ...programme.queries import closed_to, in_force, of, programme_of
from ...renovation import queries as files
from ...renovation.models import Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, note
from ...renovation.service import attach_all, end_attachment, give_receipt, name_applicant, open_renovation
from . import filling, first_come, queries
from .codes import Consent, DecisionKind, Source
from .correctable import CORRECTABLE
from .facts import Intake, differences, facts_of, label, look_up, of_person, say
from .findings import decide, derive, match_dwelling, row_of, update_findings, verify_clause, write_change
from .models import Dwelling, FactChange, Household
from .privacy import look_elsewhere, reveal
from .rules import Application, OpenApplication, Submit, contradictions, strange_classes

__all__ = [
    "decide",
    "edit_application",
    "look_elsewhere",
    "match_dwelling",
    "open_application",
    "reveal",
    "submit_application",
    "submit_missing",
    "township_of",
    "update_findings",
    "verify_clause",
    "version_for",
]

CORRECTED = frozenset({Source.VERIFICATION, Source.OBJECTION, Source.ASSESSMENT, Source.RECOGNITION})
"""Corrections that the form does not take back."""


# ---------------------------------------------------------------- opening and correcting


def open_application(command: OpenApplication, actor: Actor, key: str = "") -> Renovation:
    """Log a new application in `draft` under a programme in force in the county, and give the file.

    `key` is the sender's own key of this request: the same again gives the same file. Raises RuleViolation(s) at the
    fields, NotFound for a township outside the actor's region.
    """
    if not first_time(actor.sender, key, f"application.open|{command.model_dump_json()}"):
        return files.get(_submission(actor, key).number, actor)
    township = township_of(actor, command.township)
    county = places.enclosing(township, Level.COUNTY)
    if county is None:
        raise RuleViolation("这个乡镇不在任何区县下，请联系管理员核对区划。", "township")
    version = version_for(command.programme, county, clock.today())
    programme = of(version)
    if nothing_left := first_come.closed(programme, county, township):
        raise RuleViolation(nothing_left, "programme")
    renovation = open_renovation(
        programme.key, programme.number_prefix, version.id, township, _village(command.village, township), county, actor
    )
    _record_intake(renovation, command, actor)
    if key:
        _submission(actor, key).number = renovation.number
    return renovation


def _submission(actor: Actor, key: str) -> Submission:
    return db.session.scalars(select(Submission).where(Submission.sender == actor.sender, Submission.key == key)).one()


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
            closed = closed_to(of(version), county.code)
            if closed:
                raise RuleViolation(closed, "programme")
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
    strange = strange_classes(command, programme_of(renovation.programme_version_id))
    RuleViolations.raise_if_any([*contradictions(command, clock.today()), *strange, *problems])
    if known is not None:
        keep_corrections(renovation, intake)
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


def keep_corrections(renovation: Renovation, intake: Intake) -> None:
    """What a verification, an objection or the assessment corrected is not taken back by the form.

    Raises RuleViolations at the fields that would take it back.
    """
    newest: dict[tuple[str, str | None], FactChange] = {}
    for row in queries.fact_changes(renovation):
        newest.setdefault((row.fact, row.person_index), row)
    typed, words = facts_of(intake), programme_of(renovation.programme_version_id).words
    seats = {None: 1} | {row.id_index: row.seq for row in intake.people}
    problems = []
    for (name, index), change in newest.items():
        place, seat = CORRECTABLE[name], seats.get(index)
        if change.source not in CORRECTED or seat is None:  # somebody who is no beneficiary any more has no facts here
            continue
        corrected = row_of(intake, place.row, seat) if place.row != "history" else None
        if (look_up(typed, name) if index is None else of_person(corrected, name)) == change.new:
            continue
        if place.field:
            problems.append(
                RuleViolation(
                    f"“{label(name)}”已由{change.source.label}更正为“{say(name, change.new, words)}”，不能在这里改回。"
                    "有不同意见的，请核验单位重新核验。",
                    place.field.replace("people-0", f"people-{seat - 1}"),
                )
            )
        else:
            setattr(corrected, place.attribute, place.stored(change.new))
    RuleViolations.raise_if_any(problems)


def _record_changes(renovation: Renovation, before: Mapping[str, Any], after: Mapping[str, Any], actor: Actor) -> None:
    for name in differences(before, after):
        if name in CORRECTABLE:
            write_change(
                renovation, name, look_up(before, name), look_up(after, name), Source.APPLICATION, "退回后补正", actor
            )


# ---------------------------------------------------------------- submission


def submit_missing(renovation: Renovation) -> list[Missing]:
    """What a submission needs: the signed declaration (E9), the guardian's name when a guardian applies, something left."""
    home = queries.household(renovation)
    missing = []
    if home.consent is not Consent.NONE and not queries.has_declaration(renovation):
        missing.append(Missing("上传签好字的申请书与承诺书", "application.edit", "declaration"))
    if home.consent is Consent.GUARDIAN and not home.guardian_name:
        missing.append(Missing("填写监护人姓名", "application.edit", "guardian_name"))
    return missing + first_come.submit_missing(renovation)


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
