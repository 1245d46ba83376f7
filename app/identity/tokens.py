"""API tokens: made and revoked by their owner, shown once, and turned into an actor at each call.

A token reads `anju_<prefix>_<secret>`. It never carries more than its owner's role, and ends with the account.
"""

import re
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex, token_urlsafe

from sqlalchemy import update

from ..audit.service import record
from ..core import clock
from ..core.db import db, is_writing, transaction
from ..core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from ..permissions import Actor, Permission, may
from . import queries
from .models import ApiToken
from .rules import MakeToken, Reach, TokenKind, permissions_of
from .sessions import digest

LONGEST = timedelta(days=366)
_USED_EVERY = timedelta(minutes=10)
_SHAPE = re.compile(r"Bearer (anju_[0-9a-f]{8}_[A-Za-z0-9_-]{43})", re.IGNORECASE)


def make_token(command: MakeToken, actor: Actor) -> tuple[ApiToken, str]:
    """Make a token of the actor's account; answers its row and its text, which is shown this once.

    Raises NotAllowed (no account, no permission, a one-time password), RuleViolation (expiry, no permission chosen).
    """
    if actor.user_id is None or not may(actor, Permission.API_TOKEN) or actor.only is not None:
        raise NotAllowed("您不能新建接口令牌，请登录后在“我的令牌”页办理")
    if queries.user(actor.user_id).must_change_password:
        raise NotAllowed("请先登录网页，把一次性密码改成自己的密码")
    _check(command, actor)
    prefix, secret = token_hex(4), token_urlsafe(32)
    text = f"anju_{prefix}_{secret}"
    chosen = sorted(set(command.permissions)) if command.reach is Reach.CHOSEN else []
    row = ApiToken(
        user_id=actor.user_id,
        kind=command.kind,
        name=command.name,
        prefix=prefix,
        digest=digest(text),
        reach=command.reach,
        permissions=" ".join(chosen),
        created_at=clock.system(),
        # through the end of the day named
        expires_at=clock.start_of(command.expires_on + timedelta(days=1)),
    )
    db.session.add(row)
    db.session.flush()
    details = {"token": prefix, "name": row.name, "reach": row.reach.value, "expires_on": str(command.expires_on)}
    record(f"user:{actor.user_id}", "token.made", actor, details)
    return row, text


def _check(command: MakeToken, actor: Actor) -> None:
    today = clock.civil(clock.system())
    if not today <= command.expires_on <= today + LONGEST:
        raise RuleViolation(f"有效期请选在 {today} 到 {today + LONGEST} 之间", "expires_on")
    if command.reach is Reach.CHOSEN and not permissions_of(actor.role, Reach.CHOSEN, command.permissions):
        raise RuleViolation("请至少选一项您本人有的权限", "permissions")


def revoke_token(token: ApiToken, actor: Actor) -> None:
    """End a token of the actor's own. Raises NotFound (somebody else's), Conflict (ended already)."""
    if token.user_id != actor.user_id:
        raise NotFound("没有这个令牌，请刷新页面")
    if token.revoked_at is not None:
        raise Conflict("这个令牌已经作废，请刷新页面")
    token.revoked_at = clock.system()
    record(f"user:{token.user_id}", "token.revoked", actor, {"token": token.prefix})


def revoke_all(user_id: int) -> None:
    """End every token of an account; for suspension and an administrator's reset, which stand in the audit."""
    db.session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.system())
    )


def actor_from_bearer(header: str) -> Actor | None:
    """The actor of an `Authorization` header, narrowed to the token's permissions; None when it opens nothing."""
    match = _SHAPE.fullmatch(header.strip())
    if match is None:
        return None
    at = clock.system()
    token = queries.live_token(digest(match.group(1)), at)
    if token is None:
        return None
    whole = queries.actor_of(token.user)
    name = f"{whole.name}（{token.name}）" if token.kind is TokenKind.INTEGRATION else whole.name
    # a token may have been made when there was a permission that is none any more
    chosen = [one for one in Permission if one in token.permissions.split()]
    only = permissions_of(whole.role, token.reach, chosen)
    actor = replace(whole, name=name, only=only)
    _note_use(token)
    return actor


def _note_use(token: ApiToken) -> None:
    """Keep when a token was last used, to ten minutes: not a write with every call."""
    at = clock.system()
    if is_writing() or (token.last_used_at is not None and at - token.last_used_at < _USED_EVERY):
        return
    token_id = token.id
    with transaction():
        db.session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=at))
