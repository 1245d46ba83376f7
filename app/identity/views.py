"""A person's own pages: sign in and out, password, API tokens."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from ..core import clock
from ..core.db import transaction
from ..core.forms import Form
from ..permissions import GRANTS, Actor, Permission
from . import queries, second_factor, sessions, shown, signin, tokens
from .access import actor_or_none, current_actor, forget, identity, local_path, public, requires
from .rules import ChangePassword, DisableSecondFactor, EnableSecondFactor, MakeToken, SecondCode, SignIn

bp = Blueprint("identity", __name__)
shown.register(bp)

SECOND, SECOND_WITHIN = "second", 300
"""Where the cookie keeps that the password was right, and for how many seconds that holds."""


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Any:
    """Staff number or telephone and password; goes on to `next`, a path on this site."""
    there = local_path(request.values.get("next"))
    form = Form(SignIn)
    session.pop(SECOND, None)
    if request.method == "GET" and actor_or_none() is not None:
        return redirect(there or home())
    needed: list[signin.SecondFactorNeeded] = []
    if form.run(lambda command: _sign_in(command, needed)):
        forget()
        return redirect(url_for("identity.sign_in_code", next=there) if needed else there or home())
    return render_template(
        "identity/sign_in.html", form=form, next=there, is_empty=queries.count_users() == 0
    ), form.status


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def sign_in_code() -> Any:
    """The second step, for accounts with a second factor; five minutes after the first."""
    there, form = local_path(request.values.get("next")), Form(SecondCode)
    begun = session.get(SECOND)
    if not isinstance(begun, dict) or clock.system().timestamp() - begun["at"] > SECOND_WITHIN:
        session.pop(SECOND, None)
        return redirect(url_for("identity.sign_in", next=there))
    if form.run(lambda one: sessions.carry(signin.finish(one, begun["user"], begun["attempt"], address()))):
        forget()
        return redirect(there or home())
    return render_template("identity/sign_in_code.html", form=form, next=there), form.status


@bp.post("/sign-out")
@requires()
def sign_out() -> Any:
    """End this session, here and on the server."""
    found = identity()
    if found is not None and found.session_id is not None:
        signin.sign_out(found.session_id, found.actor)
    session.clear()
    forget()
    flash("已退出登录", "done")
    return redirect(url_for("identity.sign_in"))


@bp.route("/account/password", methods=["GET", "POST"])
@requires()
def password() -> Any:
    """The person's own new password; every other session ends."""
    form = Form(ChangePassword)
    found = identity()
    user_id = current_actor().user_id or 0
    if form.run(lambda command: sessions.carry(signin.change_password(command, user_id, address()))):
        forget()
        flash("密码已修改，其他设备上的登录已全部退出", "done")
        return redirect(home())
    return render_template(
        "identity/password.html", form=form, must_change=bool(found and found.must_change_password)
    ), form.status


@bp.route("/account/tokens", methods=["GET", "POST"])
@requires(Permission.API_TOKEN)
def own_tokens() -> Any:
    """The person's API tokens; a new one is shown once, in the answer to its making."""
    actor = current_actor()
    suggested = clock.civil(clock.system()) + timedelta(days=90)
    form = Form(MakeToken, {"kind": "user", "reach": "read", "expires_on": suggested}, _token_choices())
    made: list[str] = []

    def work(command: MakeToken) -> None:
        with transaction():
            made.append(tokens.make_token(command, actor)[1])

    form.run(work)
    shown = queries.tokens(actor.user_id or 0)
    at = clock.system()
    page = render_template("identity/tokens.html", form=form, tokens=shown, made=made[0] if made else "", at=at)
    return page, form.status


@bp.post("/account/tokens/<int:token_id>/revoke")
@requires(Permission.API_TOKEN)
def revoke_token(token_id: int) -> Any:
    """End one of the person's tokens; programs that use it are refused from now on."""
    actor = current_actor()
    with transaction():
        tokens.revoke_token(queries.token(token_id), actor)
    flash("令牌已作废", "done")
    return redirect(url_for("identity.own_tokens"))


@bp.route("/account/second-factor", methods=["GET", "POST"])
@requires()
def own_second_factor() -> Any:
    """Switch the second factor on or off."""
    actor = current_actor()
    user = queries.user(actor.user_id or 0)
    if user.totp_secret is not None:
        return _disable_second_factor(actor)
    form = Form(EnableSecondFactor, {"secret": second_factor.new_secret()})
    secret = form.value("secret")
    image = second_factor.picture(user, secret)

    def work(command: EnableSecondFactor) -> None:
        with transaction():
            second_factor.enable(command, actor)

    if form.run(work):
        flash("两步验证已开启，下次登录时需要验证码", "done")
        return redirect(url_for("identity.own_second_factor"))
    return render_template("identity/second_factor.html", form=form, secret=secret, image=image), form.status


def _disable_second_factor(actor: Actor) -> Any:
    form = Form(DisableSecondFactor)

    def work(command: DisableSecondFactor) -> None:
        with transaction():
            second_factor.disable(command, actor)

    if form.run(work):
        flash("两步验证已关闭", "done")
        return redirect(url_for("identity.own_second_factor"))
    return render_template("identity/second_factor_off.html", form=form), form.status


def _sign_in(command: SignIn, needed: list[signin.SecondFactorNeeded]) -> None:
    """Sign in, or note in the cookie that only the code is missing."""
    try:
        sessions.carry(signin.sign_in(command, address()))
    except signin.SecondFactorNeeded as need:
        needed.append(need)
        session.clear()
        session[SECOND] = {"user": need.user_id, "attempt": need.attempt_id, "at": int(clock.system().timestamp())}


def _token_choices() -> dict[str, list[tuple[Any, str]]]:
    granted = GRANTS[current_actor().role]
    return {
        "permissions": [
            (permission, permission.label)
            for permission in Permission
            if permission in granted and permission is not Permission.API_TOKEN
        ]
    }


def address() -> str:
    """The network address of the asker, for the lock-out and the audit."""
    return request.remote_addr or ""


def home() -> str:
    """The start page, also below a host's prefix."""
    return f"{request.script_root}/"
