"""Reads of the warranty; each says what it loads."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import selectinload

from ...core import clock
from ...core.db import db
from ...core.memory import remembered
from ...lifecycle import Status
from ...permissions import Actor
from ...renovation import queries as files
from ...renovation.models import Attachment, Renovation
from ...renovation.sealing import seals
from ..acceptance import queries as acceptances
from ..acceptance.rules import Term
from ..construction import queries as works
from .models import Claim, FollowUp
from .rules import OPEN_CLAIMS, ClaimState

RUNNING = frozenset({Status.ACCEPTED, Status.SETTLED, Status.PAID})
"""The warranty runs beside settlement, from the countersigned acceptance on (domain §3)."""


def term(renovation: Renovation) -> Term | None:
    """The warranty of a file; None before the acceptance is countersigned."""
    return remembered(("term", renovation.id), lambda: acceptances.warranty_term(renovation))


def claims(renovation: Renovation, states: Collection[ClaimState] = tuple(ClaimState)) -> Sequence[Claim]:
    """The claims in these states, newest first, with their history."""
    statement = (
        select(Claim)
        .where(Claim.renovation_id == renovation.id)
        .order_by(Claim.seq.desc())
        .options(selectinload(Claim.history))
    )
    found = remembered(("claims", renovation.id), lambda: db.session.scalars(statement).all())
    return [claim for claim in found if claim.state in states]


def open_claims(renovation: Renovation) -> Sequence[Claim]:
    """Claims that keep the file from closing."""
    return claims(renovation, OPEN_CLAIMS)


def is_overdue(on: date) -> ColumnElement[bool]:
    """The condition that a claim was not repaired by its day; such claims reach the county's desk."""
    return and_(Claim.state == ClaimState.ASSIGNED, Claim.due_on < on)


def overdue(renovation: Renovation, on: date) -> list[Claim]:
    """Assigned claims of a file whose day has passed."""
    return [claim for claim in claims(renovation, {ClaimState.ASSIGNED}) if claim.due_on and claim.due_on < on]


def follow_ups(renovation: Renovation) -> Sequence[FollowUp]:
    """Visits and calls, newest first."""
    return db.session.scalars(
        select(FollowUp)
        .where(FollowUp.renovation_id == renovation.id)
        .order_by(FollowUp.day.desc(), FollowUp.id.desc())
    ).all()


def claim_photos(renovation: Renovation) -> dict[str, list[Attachment]]:
    """Subject (`claim:<seq>`) → photos."""
    found: dict[str, list[Attachment]] = {}
    for attachment in files.attachments(renovation):
        if attachment.subject.startswith("claim:"):
            found.setdefault(attachment.subject, []).append(attachment)
    return found


def tab(renovation: Renovation, _actor: Actor) -> dict[str, Any] | None:
    """What the file's warranty tab shows: the term, claims with history, visits, seals."""
    found = term(renovation)
    if found is None:
        return None
    return {
        "term": found,
        "claims": claims(renovation),
        "lines": {line.root_id: line for line in works.lines(renovation)},
        "photos": claim_photos(renovation),
        "follow_ups": follow_ups(renovation),
        "seals": seals(renovation),
        "overdue": {claim.id for claim in overdue(renovation, clock.today())},
        "today": clock.today(),
    }


def to_close(today: date) -> list[str]:
    """Numbers of paid files whose warranty is over, or that ended early; open claims are asked when each is closed."""
    return list(
        db.session.scalars(
            select(Renovation.number).where(
                Renovation.status == Status.PAID, Renovation.suspended_at.is_(None), closing_is_due(today)
            )
        )
    )


def closing_is_due(today: date) -> ColumnElement[bool]:
    """The condition that a paid file's term is over; one that ended early has nothing to wait for."""
    return or_(Renovation.ending.is_not(None), Renovation.due_on < today)
