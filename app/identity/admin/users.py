"""Pages of accounts: list, create, correct, suspend, reset. For administrators."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from ...core.db import transaction
from ...core.errors import NotFound
from ...core.forms import Form
from ...permissions import Actor, Office, Permission, Role
from ...places import queries as places
from ...places.models import Region
from ...places.rules import Level
from .. import passwords, queries, service
from ..access import current_actor, requires
from ..models import User
from ..rules import ACCOUNT_ROLES, CreateUser, NoInput, SuspendUser, UserFacts, UserState
from ..views import address
from . import bp

MOST_REGIONS = 400
"""More regions than this are no list to choose from: the region page then leads here with one chosen."""


@bp.get("/users")
@requires(Permission.USER_MANAGE)
def users() -> str:
    """Accounts that the actor administers, filtered by text, role and state."""
    text, role, state = request.args.get("q", "").strip(), _role(), _state()
    found = queries.users(current_actor(), text, role, state, request.args.get("after", ""))
    return render_template(
        "admin/users.html",
        users=found[: queries.PAGE],
        after=found[queries.PAGE - 1].staff_no if len(found) > queries.PAGE else "",
        q=text,
        role=role,
        state=state,
        roles=ACCOUNT_ROLES,
        states=list(UserState),
    )


@bp.route("/users/new", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def new_user() -> Any:
    """A new account; its one-time password is shown once, in the answer."""
    actor, chosen = current_actor(), request.args.get("region", type=int)
    first = {"region_id": chosen or "", "office": Office.CIVIL_AFFAIRS.value}
    form = Form(CreateUser, first, _choices(actor, chosen))
    password = passwords.one_time()
    made: list[int] = []

    def work(command: CreateUser) -> None:
        with_password = command.model_copy(update={"password": password})
        with transaction():
            made.append(service.create_user(with_password, actor, must_change_password=True).id)

    if form.run(work):
        return render_template("admin/password.html", user=queries.user(made[0]), password=password, is_new=True)
    return render_template("admin/user_new.html", form=form, chosen=chosen, taken=_taken(form, actor)), form.status


@bp.route("/users/<int:user_id>", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def user(user_id: int) -> Any:
    """One account: correct name and telephone, see sessions and attempts."""
    found, actor = _load(user_id), current_actor()
    form = Form(UserFacts, {"name": found.name, "phone": found.phone or ""})

    def work(command: UserFacts) -> None:
        with transaction():
            service.change_user(queries.user(user_id), command, actor)

    if form.run(work):
        flash("已保存", "done")
        return redirect(url_for("admin.user", user_id=user_id))
    page = render_template(
        "admin/user.html",
        form=form,
        user=queries.user(user_id),
        actor=actor,
        sessions=queries.open_sessions(user_id),
        attempts=queries.attempts(user_id),
    )
    return page, form.status


@bp.route("/users/<int:user_id>/suspend", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def suspend_user(user_id: int) -> Any:
    """Suspend an account, with the reason."""
    found, actor, form = _load(user_id), current_actor(), Form(SuspendUser)
    name = found.name

    def work(command: SuspendUser) -> None:
        with transaction():
            service.suspend_user(queries.user(user_id), command, actor)

    if form.run(work):
        flash(f"{name}的账号已停用", "done")
        return redirect(url_for("admin.user", user_id=user_id))
    return render_template("admin/user_suspend.html", form=form, user=queries.user(user_id)), form.status


@bp.post("/users/<int:user_id>/resume")
@requires(Permission.USER_MANAGE)
def resume_user(user_id: int) -> Any:
    """Let an account sign in again."""
    _load(user_id)
    actor = current_actor()
    with transaction():
        service.resume_user(queries.user(user_id), NoInput(), actor)
    flash("账号已恢复使用", "done")
    return redirect(url_for("admin.user", user_id=user_id))


@bp.post("/users/<int:user_id>/reset")
@requires(Permission.USER_MANAGE)
def reset_password(user_id: int) -> str:
    """A one-time password, shown once, in the answer."""
    _load(user_id)
    actor = current_actor()
    with transaction():
        password = service.reset_password(queries.user(user_id), actor, address())
    return render_template("admin/password.html", user=queries.user(user_id), password=password, is_new=False)


def _load(user_id: int) -> User:
    found = queries.user(user_id)
    if not service.manages(found, current_actor()):
        raise NotFound("没有这个账号，或不在您的管理范围内")
    return found


def _taken(form: Form[CreateUser], actor: Actor) -> User | None:
    """The account that has the number already, where this administrator manages it: perhaps made a moment ago."""
    if not form.error("staff_no"):
        return None
    found = queries.user_by_staff_no(form.value("staff_no"))
    return found if found and service.manages(found, actor) else None


def _choices(actor: Actor, chosen: int | None) -> dict[str, list[tuple[Any, str]]]:
    regions = [
        (node.id, f"{'　' * node.level.depth}{node.name}（{node.level.label}）") for node in _regions(actor, chosen)
    ]
    firms = [(firm.id, firm.name) for firm in places.firms_kept_in(actor.region_path or "-")]
    return {
        "role": [(role, "县级主管部门" if role is Role.COUNTY else role.label) for role in ACCOUNT_ROLES],
        "region_id": regions,
        "organisation_id": firms,
    }


def _regions(actor: Actor, chosen: int | None) -> list[Region]:
    """Regions to choose from: the chosen one, else all above villages when they are few enough for a list."""
    if chosen is not None:
        node = places.region(chosen)
        return [node] if node.path.startswith(actor.region_path or "-") else []
    if not actor.region_path:
        return []
    found = places.above_villages(actor.region_path, MOST_REGIONS + 1)
    return list(found) if len(found) <= MOST_REGIONS else list(places.subtree(actor.region_path, Level.PROVINCE))


def _role() -> Role | None:
    value = request.args.get("role", "")
    return next((role for role in ACCOUNT_ROLES if role.value == value), None)


def _state() -> UserState | None:
    value = request.args.get("state", "")
    return next((state for state in UserState if state.value == value), None)
