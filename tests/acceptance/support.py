"""Acceptances in the home, as the clerk records them."""

from datetime import timedelta
from typing import Any

from app.core import clock
from app.permissions import Actor
from app.programme.queries import programme_of
from app.renovation.models import Renovation
from app.stages.acceptance.service import lines_to_accept
from app.stages.construction import queries as works
from tests.construction.support import Site, do, photo


def judged(renovation: Renovation, **items: dict[str, Any]) -> list[dict[str, Any]]:
    """Every line accepted as reported, save `item_13={"result": "refused", "finding": "…"}`."""
    reported = works.reported(renovation)
    return [
        {"line_id": line.root_id, "result": "accepted", "measured": f"{reported.get(line.root_id, line.quantity):.2f}"}
        | items.get(f"item_{line.item_no}", {})
        for line in lines_to_accept(renovation)
    ]


def to_rectify(finding: str = "松动", days: int = 5) -> dict[str, Any]:
    """A line that the firm has to put right."""
    return {"result": "rectify", "finding": finding, "deadline": f"{clock.today() + timedelta(days=days)}"}


def party(clerk: Actor, **names: str) -> list[dict[str, Any]]:
    """Who was there and signed; `village="…"` adds somebody, `household=""` leaves out."""
    present = {"household": "张德福", "township": "陈晓兰", "supervisor": "郑川", "contractor": "罗强"} | names
    return [{"role": role, "name": name, "signature": photo(clerk)} for role, name in present.items() if name]


def typed(renovation: Renovation, clerk: Actor, **changes: Any) -> dict[str, Any]:
    """The JSON of an acceptance at which everything is good."""
    checks = programme_of(renovation.programme_version_id).acceptance_checks
    return {
        "day": f"{clock.today()}",
        "lines": judged(renovation),
        "checks": [{"key": check.key, "is_good": True} for check in checks],
        "party": party(clerk),
    } | changes


def recorded(on: Site, renovation: Renovation, **changes: Any) -> Renovation:
    """The file after a round in the home."""
    clerk = on.around.township
    return do("acceptance.record", renovation, clerk, **typed(renovation, clerk, **changes))
