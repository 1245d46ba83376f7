"""The demo clock on a page: what falls due on the way happens, notices end, warranties run out."""

from datetime import date
from typing import Annotated, Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from pydantic import Field

from ..core import clock
from ..core.commands import Command
from ..core.errors import NotFound
from ..core.forms import Form
from ..identity.access import requires
from ..jobs.schedule import move_clock

bp = Blueprint("demo", __name__)


class SetClock(Command):
    """The demo's new day."""

    day: Annotated[date, Field(title="拨到哪一天", description="只能往后拨；中间每一天到期的事都会办")]


@bp.route("/demo/clock", methods=["GET", "POST"])
@requires()
def set_clock() -> Any:
    """Move the demo's clock; there is no such page outside the demo."""
    if not current_app.config["DEMO"]:
        raise NotFound("没有这一页。")
    form = Form(SetClock, {"day": clock.today()})
    failed: list[str] = []
    if form.run(lambda command: failed.extend(move_clock(command.day))):
        flash(f"现在是 {clock.today()}", "success")
        for line in failed:
            flash(line, "danger")
        return redirect(url_for("workbench.desk"))
    return render_template("demo/clock.html", form=form, today=clock.today()), form.status
