"""Reads of the file: always within what the actor may see."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, select, true
from sqlalchemy.orm import defer, joinedload, lazyload

from ..core.db import db
from ..core.errors import NotFound
from ..identity.models import User
from ..lifecycle import Action, Stage
from ..permissions import FIRM_ROLES, Actor, Permission, Role, may
from ..places.models import Region
from ..places.rules import Level
from ..programme.models import led_elsewhere
from .models import (
    FIRM_KINDS,
    MONEY_KINDS,
    OFFICE_KINDS,
    PICTURE_KINDS,
    SCAN,
    SENSITIVE_KINDS,
    Assignment,
    Attachment,
    Comment,
    Event,
    Kind,
    Renovation,
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition that keeps a list of renovations within the actor's scope.

    Firms see what was ever assigned to them; everybody else the subtree of their region, a county's office of it only
    what it leads; administrators no household.
    """
    if not may(actor, Permission.RENOVATION_READ):
        return false()
    if actor.role is Role.SYSTEM:
        return true()
    if actor.role in FIRM_ROLES:
        return exists().where(
            Assignment.renovation_id == Renovation.id,
            Assignment.organisation_id == actor.organisation_id,
            Assignment.role == actor.role,
        )
    if actor.region_id is None:
        return false()
    if actor.region_level == Level.TOWNSHIP:
        return Renovation.township_id == actor.region_id
    if actor.region_level == Level.COUNTY:
        here = Renovation.county_id == actor.region_id
        if actor.role is Role.COUNTY:
            return and_(here, ~led_elsewhere(Renovation.programme_version_id, actor.office))
        return here
    counties = select(Region.id).where(Region.path.startswith(actor.region_path, autoescape=True))
    return Renovation.county_id.in_(counties)


def get(number: str, actor: Actor) -> Renovation:
    """One renovation with its regions and the programme's version, or NotFound: outside the scope the answer is the
    same as for none."""
    return _found(db.session.scalar(_one(actor), {"number": number}))


def get_for_change(number: str, actor: Actor) -> Renovation:
    """As `get`, fresh and locked until the unit of work ends."""
    return _found(db.session.scalar(_one_for_change(actor), {"number": number}))


_PLACES = (Renovation.county, Renovation.township, Renovation.village)


@lru_cache(maxsize=500)
def _one(actor: Actor) -> Select[Renovation]:
    return _numbered(actor).options(*map(joinedload, _PLACES))


@lru_cache(maxsize=500)
def _one_for_change(actor: Actor) -> Select[Renovation]:
    """Every act asks for its programme; the few that look at the places, or at the receipt code, read them themselves."""
    locked = _numbered(actor).with_for_update(of=Renovation).execution_options(populate_existing=True)
    return locked.options(*map(lazyload, _PLACES), defer(Renovation.receipt_code))


def _numbered(actor: Actor) -> Select[Renovation]:
    """Kept by the two above: asked at every act of every person, building it would cost more than sending it."""
    with_programme = select(Renovation).options(joinedload(Renovation.programme_version))
    return with_programme.where(Renovation.number == bindparam("number"), visible_to(actor))


def _found(renovation: Renovation | None) -> Renovation:
    if renovation is None:
        raise NotFound("没有这份档案，或不在您的查看范围内。请核对档案号。")
    return renovation


def events(renovation: Renovation) -> Sequence[Event]:
    """The timeline, newest first."""
    return db.session.scalars(
        select(Event).where(Event.renovation_id == renovation.id).order_by(Event.seq.desc())
    ).all()


def comments(renovation: Renovation) -> Sequence[Comment]:
    """The remarks, newest first."""
    return db.session.scalars(
        select(Comment).where(Comment.renovation_id == renovation.id).order_by(Comment.id.desc())
    ).all()


def attachments(
    renovation: Renovation, stage: Stage | None = None, kind: Kind | None = None, subject: str | None = None
) -> Sequence[Attachment]:
    """The papers and photos in force, oldest first."""
    conditions = [Attachment.renovation_id == renovation.id, Attachment.ended_at.is_(None)]
    if stage is not None:
        conditions.append(Attachment.stage == stage)
    if kind is not None:
        conditions.append(Attachment.kind == kind)
    if subject is not None:
        conditions.append(Attachment.subject == subject)
    return db.session.scalars(select(Attachment).where(and_(*conditions)).order_by(Attachment.id)).all()


def may_open(attachment: Attachment, actor: Actor) -> bool:
    """True when the actor's role may see this kind of paper; the scope was asked with the renovation."""
    kind = attachment.kind
    if kind is Kind.OTHER and attachment.subject.startswith(SCAN):
        kind = Kind.SETTLEMENT_SHEET  # came back before its paper had a kind, onto a file that has been sealed since
    if actor.role is Role.CITY:
        return kind in PICTURE_KINDS
    if kind in FIRM_KINDS:
        return _of_own_firm(attachment, actor) if actor.role in FIRM_ROLES else may(actor, Permission.HEALTH_READ)
    if actor.role in FIRM_ROLES and (
        kind in OFFICE_KINDS or (kind in MONEY_KINDS and _from_another_firm(attachment, actor))
    ):
        return False
    if kind is Kind.OWN_PAPER:
        return _may_open_own(attachment, actor)
    if kind in MONEY_KINDS and not may(actor, Permission.MONEY_READ):
        return False
    return kind not in SENSITIVE_KINDS or may(actor, Permission.HEALTH_READ)


def _may_open_own(attachment: Attachment, actor: Actor) -> bool:
    """A paper of the programme's own: what tells of the household is for who reads that, what is said of the work after
    it is no other firm's business, drawings and lists are for everybody who works by them."""
    if attachment.stage in (Stage.PLAN, Stage.CONSTRUCTION):
        return True
    if actor.role in FIRM_ROLES and not _from_another_firm(attachment, actor) and _by_a_firm(attachment):
        return True
    return may(actor, Permission.HEALTH_READ) and (
        actor.role not in FIRM_ROLES or attachment.stage in (Stage.APPLICATION, Stage.ASSESSMENT)
    )


def _by_a_firm(attachment: Attachment) -> bool:
    filed_by = db.session.get(User, attachment.added_by) if attachment.added_by else None
    return filed_by is not None and filed_by.organisation_id is not None


def _from_another_firm(attachment: Attachment, actor: Actor) -> bool:
    """A firm that was replaced, and the one after it, do not read each other's invoices."""
    filed_by = db.session.get(User, attachment.added_by) if attachment.added_by else None
    return filed_by is not None and filed_by.organisation_id not in (None, actor.organisation_id)


def _of_own_firm(attachment: Attachment, actor: Actor) -> bool:
    """True when somebody of the actor's firm filed the paper."""
    filed_by = db.session.get(User, attachment.added_by) if attachment.added_by else None
    return filed_by is not None and filed_by.organisation_id == actor.organisation_id


def assignment(renovation: Renovation, role: Role) -> Assignment | None:
    """The firm that has this part now, with its organisation."""
    return db.session.scalar(
        select(Assignment)
        .where(Assignment.renovation_id == renovation.id, Assignment.role == role, Assignment.ended_at.is_(None))
        .options(joinedload(Assignment.organisation))
    )


def assignments(renovation: Renovation) -> Sequence[Assignment]:
    """Every firm that has or had a part, oldest first, with its organisation."""
    return db.session.scalars(
        select(Assignment)
        .where(Assignment.renovation_id == renovation.id)
        .options(joinedload(Assignment.organisation))
        .order_by(Assignment.id)
    ).all()


def owes_a_firm(renovation: Renovation) -> bool:
    """True when a firm that left is still to be settled for what it did: such a file does not end without settlement."""
    left = db.session.scalars(
        select(Event).where(Event.renovation_id == renovation.id, Event.action == Action.REPLACE_FIRM)
    )
    return any(event.details.get("settled_fen", 0) > 0 for event in left)
