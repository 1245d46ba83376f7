"""A programme under which firms file each household before the contract, and files on that way."""

from typing import Any

from app.permissions import Actor
from app.renovation.models import Renovation
from tests.application.notice_support import publish_tables
from tests.construction.support import Site, dispatched, do, photo

PAPERS = ["身份证", "房产证", "亲属关系证明", "承诺书", "材料清单"]
TERMS: dict[str, Any] = {
    "days": 7, "day_kind": "calendar", "papers": PAPERS, "before_photos": False, "audit_days": 2,
}  # fmt: skip


def ask(**changes: Any) -> None:
    """Put a programme in force that asks for the filing."""
    tables = {key: changes.pop(key) for key in ("actor",) if key in changes}
    publish_tables(firm_filing=TERMS | changes, **tables)


def typed(actor: Actor, *names: str, **changes: Any) -> dict[str, Any]:
    """The JSON of a filing with a picture of each paper, or of those named."""
    rows = [{"name": name, "files": [photo(actor)] if name in (names or PAPERS) else []} for name in PAPERS]
    return {"papers": rows, "undertaker": "周建", "undertakes": True} | changes


def filed(on: Site, renovation: Renovation | None = None, **changes: Any) -> Renovation:
    """A file that waits for the audit of its filing."""
    renovation = renovation or dispatched(on)
    return do("construction.submit_filing", renovation, on.builder, **typed(on.builder, **changes))


def audited(on: Site, renovation: Renovation, reason: str = "", actor: Actor | None = None) -> Renovation:
    """The county has audited: approved, or returned for a reason."""
    result = {"result": "return", "reason": reason} if reason else {"result": "approve"}
    return do("construction.audit_filing", renovation, actor or on.around.county, **result)
