"""How the application is shown: the verdict in words, the file's tab, what was changed and why. Read-only."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...core.db import db
from ...lifecycle import Action
from ...permissions import Actor, Permission, may
from ...programme.eligibility import ClauseResult, Verdict
from ...programme.expressions import PERSON, Condition, facts_in
from ...programme.household.asked import MEMBERS, used_in
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Event, Renovation
from . import elsewhere, queries
from .codes import Hardship, Living
from .correctable import CORRECTABLE, PERSONAL, named_for
from .facts import Words, label, registered_here, say
from .models import (
    Beneficiary,
    FactChange,
    Household,
    Verification,
)


def described(verdict: Verdict, checks: Mapping[str, Verification] | None = None) -> dict[str, Any]:
    """A verdict for pages: clause by clause with title, reason, what is missing, and who has verified it."""
    return {
        "outcome": verdict.outcome,
        "version": verdict.version,
        "programme": verdict.programme,
        "clauses": [
            {
                "id": clause.id,
                "title": clause.title,
                "text": clause.text,
                "source": clause.source,
                "result": clause.result,
                "reason": _plain(clause),
                "assumption": clause.assumption,
                "check": (checks or {}).get(clause.id),
            }
            for clause in verdict.clauses
        ],
        "failed": verdict.failed,
        "unknown": verdict.unknown,
        "priority": verdict.priority,
    }


def _plain(clause: ClauseResult) -> str:
    """The reason without the result in front, which stands beside it as a badge; of an unknown one what is missing."""
    if clause.missing_labels and not clause.used:
        return f"还缺：{'、'.join(clause.missing_labels)}"
    return clause.reason.partition("：")[2] or clause.reason


def tab(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's tab shows; health data, verdict and verifications only to roles that may read them."""
    home = db.session.scalars(
        select(Household).where(Household.renovation_id == renovation.id).options(joinedload(Household.dwelling))
    ).one_or_none()
    if home is None:
        return None
    filed = queries.papers(renovation)
    programme, persons = programme_of(renovation.programme_version_id), queries.beneficiaries(renovation)
    context: dict[str, Any] = {
        "household": home,
        "dwelling": home.dwelling,
        "people": persons,
        "members": queries.members(renovation),
        "subsidies": queries.subsidies(renovation),
        "health": may(actor, Permission.HEALTH_READ),
        "hardship_labels": {code.value: code.label for code in Hardship},
        "class_labels": programme.person_classes,
        "registered": {row.seq: registered_here(row, home.dwelling) for row in persons},
        "living_labels": {code.value: code.label for code in Living},
        "may_reveal": may(actor, Permission.PERSONAL_REVEAL),
        "receipt": (renovation.receipt_code or "") if may(actor, Permission.APPLICATION_EDIT) else "",
        "papers": [
            (kind.label, [one for one in filed[name] if files.may_open(one, actor)]) for name, kind in queries.PAPERS
        ],
    }
    if context["health"]:
        checks = queries.verifications(renovation)
        context |= {
            "verdict": described(queries.verdict(renovation), queries.newest(checks)),
            "verifications": checks,
            "changes": [changed(row, programme.words, context["people"]) for row in queries.fact_changes(renovation)],
            "decisions": queries.decisions(renovation),
            "resubmitted": resubmissions(renovation),
            "own": own_verdicts(renovation, context["people"]),
            "candidates": elsewhere.candidate_choices(renovation),
        }
    return context


def own_verdicts(renovation: Renovation, people: Sequence[Beneficiary]) -> dict[int, Verdict]:
    """Of every beneficiary but the applicant, by place: the verdict in their own right."""
    if len(people) < 2:
        return {}
    whole = queries.intake(renovation)
    return {person.seq: queries.own_verdict(renovation, whole, person) for person in whole.people[1:]}


def resubmissions(renovation: Renovation) -> list[Event]:
    """The submissions that answered a return, newest first; each says which fields were changed."""
    rows = db.session.scalars(
        select(Event)
        .where(Event.renovation_id == renovation.id, Event.action == Action.SUBMIT)
        .order_by(Event.seq.desc())
    ).all()
    return [event for event in rows if "changed" in event.details]


def changed(row: FactChange, words: Words, people: Sequence[Beneficiary]) -> dict[str, Any]:
    """A correction in words; of another beneficiary than the applicant with their place."""
    seat = next((one.seq for one in people if one.id_index == row.person_index), 0 if row.person_index else 1)
    return {
        "label": label_for(row.fact, seat),
        "old": say(row.fact, row.old, words),
        "new": say(row.fact, row.new, words),
        "source": row.source.label,
        "reason": row.reason,
        "who": row.actor_name,
        "at": row.at,
    }


def facts_of_clause(renovation: Renovation, clause: str) -> list[str]:
    """The facts that a clause asks for and that a verification of it may correct, in the vocabulary's order."""
    programme, on = programme_of(renovation.programme_version_id), queries.derived(renovation).applied_on
    condition = programme.clause(clause, on).condition
    asked = set(facts_in(condition))
    found = [name for name in CORRECTABLE if name in asked]
    each = asked_of_each(programme, condition)
    others = [row.seq for row in queries.beneficiaries(renovation) if row.seq > 1] if each else []
    return found + [named_for(name, seat) for seat in others for name in each]


def asked_of_each(programme: Programme, condition: Condition) -> list[str]:
    """The facts that a condition asks of every beneficiary, or that say who counts under a cap per person."""
    parts = {name for fact, name in used_in(condition) if fact == MEMBERS}
    parts |= set(facts_in(programme.cap_who)) if programme.cap_who is not None else set()
    return [name for name in PERSONAL if name.removeprefix(PERSON) in parts]


def label_for(name: str, seat: int) -> str:
    """A fact's Chinese name, with whose it is; 0 for somebody who is no beneficiary any more."""
    return label(name) if seat == 1 else f"{label(name)}（{f'受益人{seat}' if seat else '以前的受益人'}）"
