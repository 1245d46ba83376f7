"""Reads of the acceptance; each says what it loads."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import selectinload

from ...core.db import db
from ...evidence.queries import shots
from ...lifecycle import Stage, Status
from ...permissions import Actor, Role
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Assignment, Attachment, Renovation
from ...renovation.progress import left_out
from ..construction import photo_places
from ..construction import photo_queries as works_photos
from ..construction import queries as works
from .models import Acceptance
from .rules import AcceptanceState, Term, last_day
from .sampled import SUBJECT, findings

_WHOLE = (selectinload(Acceptance.lines), selectinload(Acceptance.party))


def rounds(renovation: Renovation) -> Sequence[Acceptance]:
    """Every round, newest first, with lines and party."""
    return db.session.scalars(
        select(Acceptance)
        .where(Acceptance.renovation_id == renovation.id)
        .order_by(Acceptance.round.desc())
        .options(*_WHOLE)
    ).all()


def current(renovation: Renovation) -> Acceptance | None:
    """The round that counts, with lines and party; None before the first and after a return."""
    return db.session.scalar(
        select(Acceptance)
        .where(Acceptance.renovation_id == renovation.id, Acceptance.state != AcceptanceState.SUPERSEDED)
        .options(*_WHOLE)
    )


def still_built(renovation: Renovation) -> Sequence[str]:
    """Who is accepted together with this file and not finished yet: file numbers, where the programme does not accept
    home by home (`in_each_home = false`); else nobody.

    Together are the homes of one township that one firm has under one tender. A suspended one does not hold up the
    others, nor does one that was looked at before and is being put right.
    """
    if programme_of(renovation.programme_version_id).data.acceptance.in_each_home:
        return ()
    part = files.assignment(renovation, Role.CONTRACTOR)
    if part is None:
        return ()
    seen = exists().where(Acceptance.renovation_id == Renovation.id)
    return db.session.scalars(
        select(Renovation.number)
        .join(Assignment, Assignment.renovation_id == Renovation.id)
        .where(
            Assignment.role == Role.CONTRACTOR,
            Assignment.ended_at.is_(None),
            Assignment.organisation_id == part.organisation_id,
            Assignment.procurement_record_id.is_not_distinct_from(part.procurement_record_id),
            Renovation.township_id == renovation.township_id,
            Renovation.programme_key == renovation.programme_key,
            Renovation.status.in_(_BUILT),
            Renovation.suspended_at.is_(None),
            Renovation.id != renovation.id,
            ~seen,
        )
        .order_by(Renovation.number)
    ).all()


_BUILT = (Status.AGREED, Status.DISPATCHED, Status.BUILDING)
"""Where a firm has a home in hand."""


def accepted_lines(renovation: Renovation) -> dict[int, tuple[bool, Decimal]]:
    """Line identity → (accepted, measured quantity) of the round that counts."""
    found = current(renovation)
    return {} if found is None else {line.root_id: (line.accepted, line.measured) for line in found.lines}


def accepted_on(renovation: Renovation) -> date | None:
    """The day of the acceptance in the home, once it is countersigned: the warranty runs from it."""
    found = current(renovation)
    return found.day if found is not None and found.state is AcceptanceState.COUNTERSIGNED else None


def warranty_term(renovation: Renovation) -> Term | None:
    """The warranty, which begins on the day of the acceptance in the home; None before it is countersigned, and where
    the programme has none."""
    if left_out(renovation, Stage.WARRANTY):
        return None
    day, contract = accepted_on(renovation), works.settled_contract(renovation)
    if day is None or contract is None:
        return None
    months = contract.warranty_months
    return Term(day, last_day(day, months), months, contract.organisation_name)


def line_photos(renovation: Renovation) -> dict[str, list[Attachment]]:
    """Subject (`accept:<round>:<root_id>`) → photos."""
    found: dict[str, list[Attachment]] = {}
    for attachment in files.attachments(renovation):
        if attachment.subject.startswith("accept:"):
            found.setdefault(attachment.subject, []).append(attachment)
    return found


def overview(renovation: Renovation) -> dict[str, Any]:
    """Every round with its lines, party and photos, beside plan, report and the photos of the works, with their times."""
    attached = files.attachments(renovation)
    taken = shots([one.file_id for one in attached])
    return {
        "shots": {one.id: taken[one.file_id] for one in attached if one.file_id in taken},
        "rounds": rounds(renovation),
        "lines": {line.root_id: line for line in works.all_lines(renovation)},
        "remaining": works.remaining(renovation),
        "reported": works.reported(renovation),
        "works": works_photos.line_photos(renovation),
        "places": photo_places.told(renovation),
        "handovers": works.handovers(renovation),
        "photos": line_photos(renovation),
        "attachments": {one.id: one for one in attached},
    }


def tab(renovation: Renovation, _actor: Actor) -> dict[str, Any] | None:
    """What the file's acceptance tab shows: every round with lines, party, signatures, deadlines; what another look found."""
    found = overview(renovation)
    return found | {"findings": findings(renovation), "pictures": _sampled(found)} if found["rounds"] else None


def _sampled(found: dict[str, Any]) -> dict[str, list[Attachment]]:
    """Subject (`sample:<id>`, `sample:<id>:remedy`) → photos."""
    pictures: dict[str, list[Attachment]] = {}
    for one in found["attachments"].values():
        if one.subject.startswith(SUBJECT):
            pictures.setdefault(one.subject, []).append(one)
    return pictures
