"""Reads of accounts, sessions and tokens; each says what it loads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from ..core.crypto import blind_index
from ..core.db import db
from ..core.errors import NotFound
from ..permissions import Actor, Office, Permission, Role, may
from ..places.models import Organisation, Region
from ..places.queries import within
from ..places.rules import Level
from .models import ApiToken, SignInAttempt, User, UserSession
from .rules import SignInOutcome, UserState, normal_phone, normal_staff_no

_SCOPE = (joinedload(User.region), joinedload(User.organisation).joinedload(Organisation.region))

PAGE = 100
"""Rows of a list at once."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that nobody ended, and who is signed in by it."""

    id: int
    started_at: datetime
    must_change_password: bool
    actor: Actor


def actor_of(user: User) -> Actor:
    """The actor that an account stands for; its region and organisation are loaded."""
    region, firm = user.region, user.organisation
    return _actor(
        user,
        region.path if region is not None else None,
        region.level if region is not None else None,
        firm.name if firm is not None else region.name if region is not None else None,
    )


def _actor(account: Any, path: str | None, level: Level | None, place: str | None) -> Actor:
    """An account (object or row) with the path and level of its region and the name of its firm, else of its region.

    An administrator without region is above all.
    """
    everywhere = "/" if account.role is Role.ADMIN else ""
    return Actor(
        user_id=account.id,
        name=account.name,
        role=account.role,
        region_id=account.region_id,
        region_path=path or everywhere,
        organisation_id=account.organisation_id,
        region_level=level.value if level is not None else "",
        place=place or "全部区域",
        office=account.office,
    )


def not_of_another(office: Office) -> ColumnElement[bool]:
    """The condition that an account is not of the county's other office: what `office` leads is none of its business."""
    return or_(User.role != Role.COUNTY, User.office == office)


def user(user_id: int) -> User:
    """One account with region, organisation and its region; raises NotFound."""
    found = db.session.scalars(select(User).where(User.id == user_id).options(*_SCOPE)).one_or_none()
    if found is None:
        raise NotFound("没有这个账号，请在用户页核对")
    return found


def user_by_staff_no(staff_no: str) -> User | None:
    """One account by staff number, with region and organisation."""
    query = select(User).where(User.staff_no == normal_staff_no(staff_no)).options(*_SCOPE)
    return db.session.scalars(query).one_or_none()


def phone_index(phone: str) -> str | None:
    """The keyed hash under which a telephone number is looked up; None for no number."""
    digits = normal_phone(phone)
    return blind_index("user.phone", digits) if digits else None


def user_to_sign_in(account: str) -> User | None:
    """The account that a person means: by staff number, else by telephone. With region and organisation."""
    # an index of no number is text that no row has: comparing with None would find everybody without telephone
    index = phone_index(account) or "-"
    query = (
        select(User).where(or_(User.staff_no == normal_staff_no(account), User.phone_index == index)).options(*_SCOPE)
    )
    found = {one.staff_no == normal_staff_no(account): one for one in db.session.scalars(query)}
    return found.get(True, found.get(False))


def users(
    actor: Actor, text: str = "", role: Role | None = None, state: UserState | None = None, after: str = ""
) -> Sequence[User]:
    """Accounts that the administrator manages, with region, organisation and its region: PAGE and one more, by number.

    An administrator of a region sees accounts of its subtree and of firms kept there; one above all regions sees all.
    `after` is the last staff number of the page before.
    """
    if not may(actor, Permission.USER_MANAGE):
        return []
    home = aliased(Region)
    query = select(User).outerjoin(User.region).outerjoin(User.organisation).outerjoin(home, Organisation.region)
    query = query.options(*_SCOPE).where(User.staff_no > after).order_by(User.staff_no).limit(PAGE + 1)
    if actor.region_path != "/":
        path = actor.region_path or "-"
        query = query.where(or_(within(Region.path, path), within(home.path, path)))
    if text:
        like = [User.name.contains(text, autoescape=True), User.staff_no.contains(text.lower(), autoescape=True)]
        like += [Region.name.contains(text, autoescape=True), Organisation.name.contains(text, autoescape=True)]
        query = query.where(or_(*like, User.phone_index == (phone_index(text) or "-")))
    if role is not None:
        query = query.where(User.role == role)
    if state is not None:
        query = query.where(User.state == state)
    return db.session.scalars(query).all()


def count_users() -> int:
    """How many accounts there are; 0 on a fresh database."""
    return db.session.scalar(select(func.count()).select_from(User)) or 0


_SESSION, _USER, _REGION, _FIRM = (
    cast("Table", model.__table__) for model in (UserSession, User, Region, Organisation)
)
_OPEN_SESSION = (
    select(
        _SESSION.c.id.label("session_id"),
        _SESSION.c.started_at,
        _USER.c.must_change_password,
        _USER.c.id,
        _USER.c.name,
        _USER.c.role,
        _USER.c.office,
        _USER.c.region_id,
        _USER.c.organisation_id,
        _REGION.c.path,
        _REGION.c.level,
        func.coalesce(_FIRM.c.name, _REGION.c.name).label("place"),
    )
    .select_from(
        _SESSION.join(_USER, _USER.c.id == _SESSION.c.user_id)
        .outerjoin(_REGION, _REGION.c.id == _USER.c.region_id)
        .outerjoin(_FIRM, _FIRM.c.id == _USER.c.organisation_id)
    )
    .where(
        _SESSION.c.key_digest == bindparam("digest"),
        _SESSION.c.ended_at.is_(None),
        _USER.c.state == UserState.ACTIVE,
    )
)
"""Asked at every request, so written out once, and of tables instead of objects."""


def open_session(key_digest: str) -> OpenSession | None:
    """A session that nobody ended, of an active account; one query."""
    row = db.session.connection().execute(_OPEN_SESSION, {"digest": key_digest}).one_or_none()
    if row is None:
        return None
    actor = _actor(row, row.path, row.level, row.place)
    return OpenSession(row.session_id, row.started_at, row.must_change_password, actor)


def open_sessions(user_id: int) -> Sequence[UserSession]:
    """Sessions of an account that nobody ended, newest first."""
    return db.session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .order_by(UserSession.id.desc())
    ).all()


def live_token(digest: str, at: datetime) -> ApiToken | None:
    """A token that is neither revoked nor expired, of an active account, with account and region; one query."""
    return db.session.scalars(
        select(ApiToken)
        .join(ApiToken.user)
        .where(
            and_(ApiToken.digest == digest, ApiToken.revoked_at.is_(None), ApiToken.expires_at > at),
            User.state == UserState.ACTIVE,
        )
        .options(joinedload(ApiToken.user).options(joinedload(User.region), joinedload(User.organisation)))
    ).one_or_none()


def tokens(user_id: int) -> Sequence[ApiToken]:
    """The tokens of an account, newest first, ended ones included."""
    return db.session.scalars(select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())).all()


def token(token_id: int) -> ApiToken:
    """One token; raises NotFound."""
    found = db.session.get(ApiToken, token_id)
    if found is None:
        raise NotFound("没有这个令牌，请刷新页面")
    return found


def failures_of_account(account_index: str, since: datetime) -> Sequence[datetime]:
    """Failed attempts on an account since its last success or reset, at most back to `since`."""
    last_good = (
        select(func.coalesce(func.max(SignInAttempt.id), 0))
        .where(
            SignInAttempt.account_index == account_index,
            SignInAttempt.outcome.in_([SignInOutcome.DONE, SignInOutcome.RESET]),
        )
        .scalar_subquery()
    )
    return db.session.scalars(
        select(SignInAttempt.at).where(
            SignInAttempt.account_index == account_index,
            SignInAttempt.outcome == SignInOutcome.REFUSED,
            SignInAttempt.at > since,
            SignInAttempt.id > last_good,
        )
    ).all()


def failures_of_address(address: str, since: datetime) -> Sequence[datetime]:
    """Failed attempts from a network address since an instant; a success of one account does not clear them."""
    return db.session.scalars(
        select(SignInAttempt.at).where(
            SignInAttempt.address == address, SignInAttempt.outcome == SignInOutcome.REFUSED, SignInAttempt.at > since
        )
    ).all()


def attempts(user_id: int, limit: int = 20) -> Sequence[SignInAttempt]:
    """The last attempts to sign in to an account, newest first."""
    return db.session.scalars(
        select(SignInAttempt).where(SignInAttempt.user_id == user_id).order_by(SignInAttempt.id.desc()).limit(limit)
    ).all()
