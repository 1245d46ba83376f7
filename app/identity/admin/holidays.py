"""Pages of the calendar of days off and make-up days. For administrators."""

import re
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import extract, select

from ...audit.service import record
from ...core import clock
from ...core import holidays as calendar
from ...core.db import db, transaction
from ...core.forms import Form
from ...core.holidays import Holiday
from ...permissions import Permission
from ..access import current_actor, requires
from ..rules import SetHoliday
from . import bp


@bp.route("/holidays", methods=["GET", "POST"])
@requires(Permission.SETTING_MANAGE)
def holidays() -> Any:
    """The listed days of a year; a new or corrected day."""
    actor, year = current_actor(), request.args.get("year", type=int) or clock.today().year
    form = Form(SetHoliday, _filled(request.args.get("day", "")))

    def work(command: SetHoliday) -> None:
        with transaction():
            calendar.set_day(command.day, command.kind, command.name, command.source, command.provisional)
            details = {"day": command.day.isoformat(), "kind": command.kind.value, "name": command.name}
            record("settings", "holiday.set", actor, details)

    if form.run(work):
        flash("已保存，各项时限从现在起按新的日历计算", "done")
        return redirect(url_for("admin.holidays", year=request.form.get("day", "")[:4] or year))
    days = _days(year)
    is_provisional = not days or any(one.provisional for one in days)
    page = render_template("admin/holidays.html", form=form, year=year, days=days, is_provisional=is_provisional)
    return page, form.status


@bp.post("/holidays/official")
@requires(Permission.SETTING_MANAGE)
def take_official_holidays() -> Any:
    """Add the official days that the table lacks; people's own entries stay, guesses give way."""
    actor = current_actor()
    with transaction():
        added = calendar.seed()
        record("settings", "holiday.official", actor, {"added": added})
    flash(f"已补入 {added} 天" if added else "没有需要补入的日期", "done")
    return redirect(url_for("admin.holidays"))


def _filled(day: str) -> dict[str, Any]:
    """The form filled with a listed day that is to be corrected."""
    found = (
        next((one for one in _days(int(day[:4])) if one.day.isoformat() == day), None)
        if re.fullmatch("[1-9][0-9]{3}", day[:4])
        else None
    )
    return {name: getattr(found, name) for name in SetHoliday.model_fields} if found else {"day": day}


def _days(year: int) -> list[Holiday]:
    return list(db.session.scalars(select(Holiday).where(extract("year", Holiday.day) == year).order_by(Holiday.day)))
