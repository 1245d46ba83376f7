"""The page on which a firm enters a purchase code: first what it is about, then it takes the home."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from ...core.forms import Form
from ...identity.access import actor_or_none, current_actor, requires
from ...permissions import Permission, Role
from . import code_queries, redeeming
from .code_rules import EnterCode
from .redeeming import Offer

bp = Blueprint("codes", __name__, url_prefix="/codes")

CONTRACT, MONEY = Permission.CONSTRUCTION_CONTRACT, Permission.MONEY_READ


@bp.app_template_global()
def codes_used() -> bool:
    """True for a building firm's account where some programme gives codes; nobody else costs a query."""
    actor = actor_or_none()
    return actor is not None and actor.role is Role.CONTRACTOR and code_queries.are_used()


@bp.route("/", methods=["GET", "POST"])
@requires(CONTRACT, MONEY)
def enter() -> Any:
    """Type a code, and see what it is about."""
    form, offers = Form(EnterCode), list[Offer]()
    if form.run(lambda command: offers.append(redeeming.look(command, current_actor()))):
        return render_template("construction/code_offer.html", form=form, offer=offers[0])
    return render_template("construction/code.html", form=form), form.status


@bp.post("/take")
@requires(CONTRACT, MONEY)
def take() -> Any:
    """Take the home that was shown; the same page sent twice takes it once."""
    form, taken = Form(EnterCode), list[str]()
    if form.run(lambda command: taken.append(redeeming.redeem(command, current_actor(), request.form.get("once", "")))):
        flash("已凭码接单，请与家庭签订合同", "success")
        return redirect(url_for("workbench.renovation", number=taken[0]))
    return render_template("construction/code.html", form=form), form.status
