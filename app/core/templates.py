"""The Jinja filters that turn stored values into what people read."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from flask import Flask, current_app, request, url_for

from . import clock, money
from .masking import mask_account, mask_address, mask_id, mask_name, mask_phone

NOTHING = "—"
"""Stands where there is no value; an empty cell looks like a fault."""


def yuan(fen: int | None) -> str:
    """Fen as ¥1,234.50."""
    return NOTHING if fen is None else money.display(fen)


def yuan_plain(fen: int | None) -> str:
    """Fen as 1234.50, for input fields."""
    return "" if fen is None else money.yuan(fen)


def capitals(fen: int | None) -> str:
    """Fen in Chinese capitals."""
    return NOTHING if fen is None else money.capitals(fen)


def day(value: date | datetime | None) -> str:
    """A civil day on screen, as 2026-11-22; an instant by its day in Asia/Shanghai."""
    return NOTHING if value is None else _civil(value).isoformat()


def paper_day(value: date | datetime | None) -> str:
    """A civil day as letters, notices and papers write it: 2026年11月22日."""
    if value is None:
        return NOTHING
    when = _civil(value)
    return f"{when.year}年{when.month}月{when.day}日"


def _civil(value: date | datetime) -> date:
    return clock.civil(value) if isinstance(value, datetime) else value


def moment(value: datetime | None) -> str:
    """An instant as 2026-11-22 09:30 in Asia/Shanghai."""
    return NOTHING if value is None else clock.local(value).strftime("%Y-%m-%d %H:%M")


def label(value: Any) -> str:
    """The Chinese label of an enumeration's member, 是 and 否 for truth, several joined; anything else as it is."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(label(one) for one in value) or NOTHING
    return str(value.label) if isinstance(value, Enum) and hasattr(value, "label") else str(value)


def quantity(value: Decimal | None) -> str:
    """A quantity with as many of its two decimals as it needs: 3.50 → 3.5."""
    if value is None:
        return NOTHING
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


FILTERS = {
    "yuan": yuan,
    "yuan_plain": yuan_plain,
    "capitals": capitals,
    "day": day,
    "paper_day": paper_day,
    "moment": moment,
    "label": label,
    "quantity": quantity,
    "mask_id": mask_id,
    "mask_name": mask_name,
    "mask_phone": mask_phone,
    "mask_account": mask_account,
    "mask_address": mask_address,
}


def fixed_url(endpoint: str, **values: Any) -> str:
    """`url_for` of an address that stands on every page: built once for each place where the application is mounted."""
    kept = current_app.extensions.setdefault("anju_fixed_urls", {})
    key = (request.script_root, endpoint, *values.values())
    if key not in kept:
        kept[key] = url_for(endpoint, **values)
    found: str = kept[key]
    return found


def static(filename: str) -> str:
    """The address of one of our static files."""
    return fixed_url("static", filename=filename)


def register(app: Flask) -> None:
    """Make the filters known to every template, and `static`."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals["static"] = static
