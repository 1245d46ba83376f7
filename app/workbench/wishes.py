"""A list's address: from the query string to what is wanted, and back."""

from typing import Any
from urllib.parse import urlencode

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from ..lifecycle import Status
from . import filters, queries, search
from .search import Wish


def wish_of(args: MultiDict[str, str]) -> Wish:
    """What a query string asks of the list."""
    view = args.get("view", "open")
    status = args.get("status", "")
    text = args.get("q", "").strip()[:60]
    return Wish(
        text="" if search.is_id_number(text) else text,
        view=view if view in queries.VIEWS else "open",
        status=Status(status) if status in set(Status) else None,
        region_id=args.get("region", type=int),
        before=args.get("before", type=int),
        after=args.get("after", type=int),
        more=filters.more_of(args),
    )


def asked(wish: Wish) -> dict[str, str]:
    """A wish as parameters of an address, without the page; what is usual is left out."""
    values: dict[str, Any] = {
        "view": wish.view if wish.view != "open" else None,
        "q": wish.text or None,
        "status": wish.status.value if wish.status else None,
        "region": wish.region_id,
    }
    return {name: str(value) for name, value in values.items() if value is not None} | filters.asked(wish.more)


def list_url(wish: Wish, **changes: Any) -> str:
    """The address of a list that wants the same with changes; None takes a condition away."""
    params = {name: value for name, value in (asked(wish) | changes).items() if value not in (None, "")}
    base = g.get("anju_list") or g.setdefault("anju_list", url_for("workbench.files"))
    return f"{base}?{urlencode(params)}" if params else base
