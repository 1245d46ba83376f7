"""The demo clock: the machine's clock plus an offset kept in a setting; never in production."""

from datetime import date, timedelta

from flask import Flask, current_app

from . import clock, settings_store
from .errors import Conflict, NotAllowed

SETTING = "demo_clock_days"


def init_app(app: Flask) -> None:
    """Let the demo's clock drive this process when `DEMO` is set outside production; else the machine's."""
    clock.use(clock.demo_source(_offset) if app.config.get("DEMO") and not _is_production(app) else clock.system)


def move_to(day: date) -> None:
    """Set the demo clock so that today is `day`, inside the caller's transaction.

    Whole days are moved, so the time of day stays the real one. Raises NotAllowed in production or without the demo,
    Conflict when `day` lies in the past of the demo: what has happened cannot happen later.
    """
    if _is_production(current_app) or not current_app.config.get("DEMO"):
        raise NotAllowed("正式环境不能调整时钟；只有演示环境（ANJU_DEMO=1）可以")
    if day < clock.today():
        raise Conflict(f"演示时钟现在是 {clock.today()}，只能往后拨；要从头开始，请重新载入演示数据", "day")
    settings_store.write(SETTING, (day - clock.civil(clock.system())).days)


def _offset() -> timedelta:
    return timedelta(days=int(settings_store.read(SETTING, 0)))


def _is_production(app: Flask) -> bool:
    return app.config.get("ENVIRONMENT") == "production"
