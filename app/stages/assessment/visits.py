"""A visit while it is worked on: whose it is, who signed, what ends it. Used by recording, suggestions and service."""

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, NotAllowed
from ...lifecycle import Stage
from ...permissions import Actor, Role
from ...renovation.models import Assignment, Kind, Renovation
from ...renovation.progress import office_of
from ...renovation.queries import assignment
from ...renovation.service import attach
from . import queries
from .models import AssessorSignature, Visit


def check_firm(renovation: Renovation, actor: Actor) -> Assignment:
    """The firm's present part in the file; raises NotAllowed when the actor's firm has none (any more)."""
    firm = assignment(renovation, Role.ASSESSOR)
    if firm is None:
        raise Conflict(f"这一户还没有委托评估机构，请先由{office_of(renovation).at_county}委托。")
    if actor.organisation_id != firm.organisation_id:
        raise NotAllowed("这一户已委托其他机构评估，您只能查看。")
    return firm


def unfinished(renovation: Renovation) -> Visit:
    """The visit in force that was not handed in yet; raises Conflict."""
    visit = queries.assessment(renovation)
    if visit is None or visit.completed_at is not None:
        raise Conflict("还没有待签字的入户评估，请先记录入户评估。")
    return visit


def end_visit(visit: Visit | None, reason: str) -> None:
    """End a record, if there is one; it stays readable."""
    if visit is not None:
        visit.ended_at, visit.ended_reason = clock.now(), reason
        db.session.flush()


def end_signatures(visit: Visit, reason: str, spare: int | None = None) -> None:
    """End the signatures under a visit, save that of one user."""
    for signature in queries.signatures(visit).values():
        if signature.user_id != spare:
            signature.ended_at, signature.ended_reason = clock.now(), reason[:200]
    db.session.flush()


def sign(renovation: Renovation, visit: Visit, actor: Actor, file_id: int | None) -> AssessorSignature:
    """Put an assessor's signature under a visit, with the handwriting where it was given. Raises NotAllowed."""
    if actor.user_id is None:
        raise NotAllowed("签字须由评估员本人登录办理。")
    subject = f"visit:{visit.seq}:{actor.user_id}"
    drawn = (
        attach(renovation, Stage.ASSESSMENT, Kind.ASSESSMENT_SHEET, file_id, actor, subject, field="signature")
        if file_id
        else None
    )
    signature = AssessorSignature(
        visit_id=visit.id,
        user_id=actor.user_id,
        user_name=actor.name,
        signed_at=clock.now(),
        attachment_id=drawn.id if drawn else None,
    )
    db.session.add(signature)
    db.session.flush()
    return signature
