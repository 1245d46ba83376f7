"""Who is asking, and may they: `current_actor`, the stamps `@requires` and `@public`, and the check at the start-up.

Pages are opened by the session's cookie, `/api/` only by a bearer token: so another site's page cannot make a
signed-in browser call the API.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ..core.errors import DomainError, NotAllowed
from ..permissions import Actor, Permission, could
from . import sessions, tokens

View = Callable[..., Any]
STAMP = "anju_stamp"
_KEPT = "anju.identity"
_OPEN_TO_NEW_PASSWORDS = frozenset({"identity.password", "identity.sign_out"})


class NotSignedIn(DomainError):
    """Nobody is signed in, or the token opens nothing."""

    status = 401
    title = "请先登录"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and by which session (None: by a token)."""

    actor: Actor
    session_id: int | None = None
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an endpoint asks for at the door: nothing (public), or to be signed in with all the permissions."""

    is_public: bool
    permissions: tuple[Permission, ...] = ()


def identity() -> Identity | None:
    """Who asks in this request, looked up once. Kept on the request, since an application context may outlive it."""
    kept = request.environ
    if _KEPT not in kept:
        kept[_KEPT] = _from_token() if is_api() else _from_session()
    found: Identity | None = kept[_KEPT]
    return found


def known() -> Identity | None:
    """Who was found to ask, without looking: for the log, which must not ask the database."""
    found: Identity | None = request.environ.get(_KEPT)
    return found


def forget() -> None:
    """Look again, after sign-in or sign-out within the request."""
    request.environ.pop(_KEPT, None)


def actor_or_none() -> Actor | None:
    """The actor of this request, None when nobody is signed in; for public pages."""
    found = identity()
    return found.actor if found else None


def current_actor() -> Actor:
    """The actor of this request; raises NotSignedIn."""
    found = identity()
    if found is None:
        raise NotSignedIn("请先登录" if not is_api() else "缺少有效的接口令牌，请在请求头 Authorization 中给出")
    return found.actor


def is_api() -> bool:
    """True for requests of the API, which answer in problem details and know no cookie."""
    return request.path.startswith("/api/")


def _from_token() -> Identity | None:
    actor = tokens.actor_from_bearer(request.headers.get("Authorization", ""))
    return Identity(actor) if actor else None


def _from_session() -> Identity | None:
    found = sessions.current()
    if found is None:
        return None
    return Identity(found.actor, found.id, found.must_change_password)


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Stamp an endpoint: signed in, with all the permissions named (none: just signed in).

    Without a session pages lead to the sign-in and back, the API answers 401; raises NotAllowed (403).
    """

    def stamp(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            turned_away = _door(permissions)
            return view(*args, **kwargs) if turned_away is None else turned_away

        setattr(guarded, STAMP, Stamp(False, permissions))
        return guarded

    return stamp


def public(view: View) -> View:
    """Stamp an endpoint as open to everybody."""
    setattr(view, STAMP, Stamp(True))
    return view


def stamp_of(view: View) -> Stamp | None:
    """An endpoint's stamp, None when it has none."""
    found: Stamp | None = getattr(view, STAMP, None)
    return found


def check_stamps(app: Flask) -> None:
    """Stop the start-up when an endpoint has no stamp, naming every such one. Flask's static files are excepted."""
    missing = sorted(
        endpoint
        for endpoint, view in app.view_functions.items()
        if stamp_of(view) is None and endpoint.rpartition(".")[2] != "static"
    )
    if missing:
        raise RuntimeError(f"endpoints without @requires or @public: {', '.join(missing)}")


def _door(permissions: tuple[Permission, ...]) -> ResponseReturnValue | None:
    found = identity()
    if found is None:
        if is_api():
            current_actor()  # raises
        return _to_sign_in()
    if found.must_change_password and request.endpoint not in _OPEN_TO_NEW_PASSWORDS:
        if request.headers.get("HX-Request"):
            return Response(status=204)  # what a page asks for by itself stays away, or the page would hold itself
        flash("请先设置自己的密码，再继续使用", "warning")
        return redirect(url_for("identity.password"))
    for permission in permissions:
        if not could(found.actor, permission):  # what a programme may have given away is asked of the file
            raise NotAllowed(f"您没有“{permission.label}”的权限，如工作需要请联系管理员")
    return None


def _to_sign_in() -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        # a fragment must not be replaced by the sign-in page: the whole page goes there, and back to where it was
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        there = url_for("identity.sign_in", next=local_path(page.path + (f"?{page.query}" if page.query else "")))
        return Response(status=401, headers={"HX-Redirect": there})
    here = request.script_root + request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("identity.sign_in", next=here))


def local_path(target: str | None) -> str | None:
    """`target` when it is a path on this site, else None: sign-in never leads to another site."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    if any(ord(character) < 33 for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target
