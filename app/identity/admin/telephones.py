"""The page of the telephones that households call, one for each county. For the county itself and administrators."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from ...core import clock
from ...core.db import transaction
from ...core.forms import Form
from ...permissions import Permission
from ...places.telephones import HOTLINE, SetTelephone, counties_of, own_telephones, set_telephone
from ..access import current_actor, requires
from . import bp


@bp.route("/telephones", methods=["GET", "POST"])
@requires(Permission.TELEPHONE_MANAGE)
def telephones() -> Any:
    """The counties within the own region with their numbers; one is set."""
    actor, today = current_actor(), clock.today()
    counties = counties_of(actor, today)
    numbers = own_telephones(counties)
    chosen = request.args.get("county", type=int) or (counties[0].id if len(counties) == 1 else None)
    initial = {"county_id": chosen or "", "number": numbers.get(chosen or 0, "")}
    form = Form(SetTelephone, initial, {"county_id": [(one.id, one.name) for one in counties]})

    def work(command: SetTelephone) -> None:
        with transaction():
            set_telephone(command, actor, today)

    if form.run(work):
        flash("已保存，申请人和家属看到的页面、公示和以后的通知书上都是这个电话", "done")
        return redirect(url_for("admin.telephones"))
    page = render_template("admin/telephones.html", form=form, counties=counties, numbers=numbers, hotline=HOTLINE)
    return page, form.status
