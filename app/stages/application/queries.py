"""Reads of the intake; each says what it loads."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import defer, joinedload

from ...core.crypto import blind_index
from ...core.db import db
from ...core.identity_numbers import parse_id_number
from ...funds.benefits import benefits_since, lock_claims, record_uses, uses_of
from ...lifecycle import Action, Stage
from ...places.models import Region
from ...programme import eligibility
from ...programme.ages import months_before
from ...programme.counters import Use
from ...programme.eligibility import Verdict
from ...programme.facts import read_facts
from ...programme.queries import programme_of
from ...programme.refusals import SettlementRefused
from ...programme.terms import Standing, terms_for
from ...renovation import queries as files
from ...renovation.models import Attachment, Event, Kind, Renovation
from .codes import DecisionKind
from .facts import Intake, facts_of
from .models import (
    Beneficiary,
    Decision,
    DerivedFacts,
    Dwelling,
    EarlierSubsidy,
    FactChange,
    Household,
    HouseholdMember,
    Verification,
)

PERSON = "beneficiary"
LAST_FOUR = "beneficiary.last4"
REGISTER = "household.register"
CLAIMS = "benefit"
"""Purposes of the blind indexes."""


def beneficiaries(renovation: Renovation) -> Sequence[Beneficiary]:
    """The people for whom the home is renovated, the applicant first."""
    return db.session.scalars(
        select(Beneficiary)
        .where(Beneficiary.renovation_id == renovation.id, Beneficiary.ended_at.is_(None))
        .order_by(Beneficiary.seq)
    ).all()


def applicant(renovation: Renovation) -> Beneficiary:
    """The first beneficiary."""
    return beneficiaries(renovation)[0]


def household(renovation: Renovation) -> Household:
    """The file's household with its dwelling."""
    return db.session.scalars(
        select(Household).where(Household.renovation_id == renovation.id).options(joinedload(Household.dwelling))
    ).one()


def dwelling(renovation: Renovation) -> Dwelling:
    """The home that is to be renovated."""
    return household(renovation).dwelling


def members(renovation: Renovation) -> Sequence[HouseholdMember]:
    """The other people of the household, in the order of the form."""
    return db.session.scalars(
        select(HouseholdMember)
        .where(HouseholdMember.renovation_id == renovation.id, HouseholdMember.ended_at.is_(None))
        .order_by(HouseholdMember.seq)
    ).all()


def subsidies(renovation: Renovation) -> Sequence[EarlierSubsidy]:
    """The earlier subsidised renovations, in the order of the form."""
    return db.session.scalars(
        select(EarlierSubsidy)
        .where(EarlierSubsidy.renovation_id == renovation.id, EarlierSubsidy.ended_at.is_(None))
        .order_by(EarlierSubsidy.seq)
    ).all()


def intake(renovation: Renovation) -> Intake:
    """Everything that facts are made of, from its rows."""
    home = household(renovation)
    code = db.session.scalar(select(Region.code).where(Region.id == renovation.township_id)) or ""
    return Intake(
        home, home.dwelling, beneficiaries(renovation), members(renovation), subsidies(renovation), residence=code
    )


def derived(renovation: Renovation) -> DerivedFacts:
    """The derived facts of a file."""
    return db.session.scalars(select(DerivedFacts).where(DerivedFacts.renovation_id == renovation.id)).one()


def facts(renovation: Renovation) -> dict[str, Any]:
    """The facts in the contract's nested form; absent = unknown."""
    return derived(renovation).facts


def standing(renovation: Renovation) -> Standing:
    """What the arithmetic asks about the household: facts, day of application, what it had before in the cap's period."""
    row = derived(renovation)
    months = programme_of(renovation.programme_version_id).data.cap.months
    held: dict[int, int] = {}
    if months is not None:
        held = benefits_since(renovation.id, *_counted(renovation), months_before(row.applied_on, months))
    return {
        "facts": row.facts,
        "on": row.applied_on,
        "earlier_fen": sum(held.values()),
        "used": _used(renovation, held) if held else (),
    }


def _used(renovation: Renovation, held: Mapping[int, int]) -> tuple[Use, ...]:
    """What earlier files of the same programme, which hold so many fen in the period, use of each item.

    Pieces count as long as any of the file's money does, fen never more than that. Of another county's file only that
    there is one is told (domain §7).
    """
    rows = db.session.execute(
        select(Renovation.id, Renovation.number, Renovation.county_id).where(
            Renovation.id.in_(held), Renovation.programme_key == renovation.programme_key
        )
    )
    names = {id_: number if county == renovation.county_id else "外区县的一份" for id_, number, county in rows}
    return tuple(
        replace(use, fen=min(use.fen, held[file]), file=names[file]) for file, use in uses_of(held) if file in names
    )


def most_fen(renovation: Renovation) -> int | None:
    """The most that the household may get by now, in fen; None while a fact that it depends on is missing."""
    asked = standing(renovation)
    programme = programme_of(renovation.programme_version_id)
    try:
        return terms_for(programme, read_facts(dict(asked["facts"])), asked["on"], asked["earlier_fen"]).cap_fen
    except SettlementRefused:
        return None


def hold_benefits(renovation: Renovation) -> None:
    """Where the cap is for a period: let nobody else use it up between looking and committing money."""
    if programme_of(renovation.programme_version_id).data.cap.months is not None:
        lock_claims(*_counted(renovation))


def record_benefits(renovation: Renovation, uses: Sequence[Use]) -> None:
    """Where the cap is for a period: what the file uses of each item from now on, beside the money committed to it."""
    if programme_of(renovation.programme_version_id).data.cap.months is not None:
        record_uses(renovation.id, uses)


def _counted(renovation: Renovation) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """The subjects and exclusion groups over which benefits are counted together."""
    benefit = programme_of(renovation.programme_version_id).data.benefit
    wanted: list[tuple[str, str]] = [pair for pair in subjects(renovation) if pair[0] in benefit.subjects]
    return wanted, (benefit.exclusion_group, *benefit.also_groups)


def verdict(renovation: Renovation, on: date | None = None) -> Verdict:
    """The verdict as the facts stand, by the file's version of the programme; `on` is the day of application else."""
    row = derived(renovation)
    return eligibility.evaluate(programme_of(renovation.programme_version_id), row.facts, on or row.applied_on)


def own_verdict(renovation: Renovation, intake: Intake, person: Beneficiary) -> Verdict:
    """What the clauses would say if this beneficiary were the applicant: each benefits in their own right."""
    others = [one for one in intake.people if one is not person]
    turned = replace(intake, people=[person, *others])
    programme = programme_of(renovation.programme_version_id)
    return eligibility.evaluate(programme, facts_of(turned), intake.household.applied_on)


def decisions(renovation: Renovation) -> Sequence[Decision]:
    """Every frozen verdict, newest first, without the form of a submission."""
    return db.session.scalars(
        select(Decision)
        .where(Decision.renovation_id == renovation.id)
        .options(defer(Decision.form))
        .order_by(Decision.id.desc())
    ).all()


def latest_decision(renovation: Renovation, kind: DecisionKind | str | None = None) -> Decision | None:
    """The newest frozen verdict, of a kind if one is named."""
    query = select(Decision).where(Decision.renovation_id == renovation.id)
    if kind is not None:
        query = query.where(Decision.kind == DecisionKind(kind))
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()


def verifications(renovation: Renovation) -> Sequence[Verification]:
    """Every check of a clause, newest first."""
    return db.session.scalars(
        select(Verification).where(Verification.renovation_id == renovation.id).order_by(Verification.id.desc())
    ).all()


def verified(renovation: Renovation) -> dict[str, Verification]:
    """Clause → its newest verification."""
    return newest(verifications(renovation))


def newest(rows: Sequence[Verification]) -> dict[str, Verification]:
    """Clause → the verification that counts, of rows with the newest first."""
    found: dict[str, Verification] = {}
    for row in rows:
        found.setdefault(row.clause, row)
    return found


def fact_changes(renovation: Renovation) -> Sequence[FactChange]:
    """Every correction of a fact, newest first."""
    return db.session.scalars(
        select(FactChange).where(FactChange.renovation_id == renovation.id).order_by(FactChange.id.desc())
    ).all()


def latest_changes(renovation: Renovation, person_index: str | None = None) -> dict[str, FactChange]:
    """Fact → its newest correction; those of the applicant, household and home, or of another beneficiary by index."""
    found: dict[str, FactChange] = {}
    for row in (one for one in fact_changes(renovation) if one.person_index == person_index):
        found.setdefault(row.fact, row)
    return found


def matches_last_four(renovation: Renovation, text: str) -> bool:
    """True when a beneficiary's ID number ends in these four characters."""
    index = blind_index(LAST_FOUR, text)
    return (
        db.session.scalar(
            select(Beneficiary.id)
            .where(
                Beneficiary.renovation_id == renovation.id,
                Beneficiary.ended_at.is_(None),
                Beneficiary.last4_index == index,
            )
            .limit(1)
        )
        is not None
    )


def id_index(id_number: str) -> str:
    """The blind index of an ID number already checked."""
    return blind_index(PERSON, id_number)


def by_id_number(text: str) -> ColumnElement[bool] | None:
    """The condition for files of the person with this ID number; None when the text is no such number."""
    try:
        number = parse_id_number(text).text
    except ValueError:
        return None
    return Renovation.id.in_(
        select(Beneficiary.renovation_id).where(
            Beneficiary.id_index == id_index(number), Beneficiary.ended_at.is_(None)
        )
    )


def subjects(renovation: Renovation) -> list[tuple[str, str]]:
    """(kind, blind index) of every listed beneficiary, the household and the dwelling, for benefit claims (domain S7).

    A household is known by its register number, without one by its applicant. A dwelling that a person said is the
    same as an earlier record is claimed as that one.
    """
    home, people = household(renovation), beneficiaries(renovation)
    register = home.register_index or people[0].id_index
    return [
        *(("beneficiary", person.id_index) for person in people),
        ("household", blind_index(f"{CLAIMS}.household", register)),
        ("dwelling", blind_index(f"{CLAIMS}.dwelling", str(home.dwelling.same_as_id or home.dwelling.id))),
    ]


# ---------------------------------------------------------------- what forms and papers need


def last_return(renovation: Renovation) -> Event | None:
    """The newest return for correction that the present draft answers."""
    return db.session.scalars(
        select(Event)
        .where(Event.renovation_id == renovation.id, Event.action == Action.RETURN)
        .order_by(Event.seq.desc())
        .limit(1)
    ).first()


def villages(township_id: int) -> list[tuple[int, str]]:
    """The villages of a township as choices of a form."""
    rows = db.session.execute(
        select(Region.id, Region.name).where(Region.parent_id == township_id).order_by(Region.code)
    )
    return [(id_, name) for id_, name in rows]


PAPERS: tuple[tuple[str, Kind], ...] = (
    ("declaration", Kind.DECLARATION),
    ("id_card", Kind.ID_CARD),
    ("household_register", Kind.HOUSEHOLD_REGISTER),
    ("hardship_proof", Kind.HARDSHIP_PROOF),
    ("disability_certificate", Kind.DISABILITY_CERTIFICATE),
    ("dwelling_proof", Kind.DWELLING_PROOF),
    ("other", Kind.OTHER),
)
"""Field of the form → kind of paper."""

INTAKE_SUBJECT = "intake"
"""Papers of the form carry this subject, so that a letter or a notice of this stage is not taken for one."""


def has_declaration(renovation: Renovation) -> bool:
    """True when the signed declaration is on file: uploaded with the form, or come back as a scan of the printed one."""
    return bool(files.attachments(renovation, Stage.APPLICATION, Kind.DECLARATION))


def papers(renovation: Renovation) -> dict[str, list[Attachment]]:
    """Field of the form → its papers in force."""
    found: dict[str, list[Attachment]] = {name: [] for name, _kind in PAPERS}
    by_kind = {kind: name for name, kind in PAPERS}
    for attachment in files.attachments(renovation, Stage.APPLICATION, subject=INTAKE_SUBJECT):
        found[by_kind[attachment.kind]].append(attachment)
    return found
