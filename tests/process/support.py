"""Programmes with a part of the process left out, and files that live under them, by the services."""

import json
from typing import Any

from app.core import clock
from app.core.money import yuan
from app.permissions import Actor, Role
from app.programme.loading import CATALOG, load
from app.renovation.models import Renovation
from app.stages.settlement import queries as settlements
from app.stages.settlement.sheet import compute
from tests.application.notice_support import publish_tables
from tests.construction.support import Site, do, photo
from tests.factories import people

CONTENT: dict[str, Any] = json.loads(load(CATALOG / "chongqing-2020").content)
WHY = "原文没有规定"
PAPER_OF = {
    "agreement": "agreement",
    "supervision": "supervision_report",
    "warranty": "warranty_card",
    "plan": "plan_signed",
}
STAGES = {one["key"] for one in CONTENT["stage"]}


def tables_without(*parts: str, **more: Any) -> dict[str, Any]:
    """The tables of a programme that does without these stages and steps, and without the papers of them."""
    gone = {PAPER_OF[part] for part in parts if part in PAPER_OF}
    tables: dict[str, Any] = {
        "stage": [one | ({"used": False, "note": WHY} if one["key"] in parts else {}) for one in CONTENT["stage"]],
        "step": [{"key": part, "used": False, "note": WHY} for part in parts if part not in STAGES],
        "document": [one for one in CONTENT["document"] if one["key"] not in gone],
    }
    if "warranty" in parts:
        tables["warranty"] = {"months": 0}
    return tables | more


def publish_without(*parts: str, **more: Any) -> None:
    """Put such a programme in force."""
    publish_tables(**tables_without(*parts, **more))


def billed(on: Site, file: Renovation) -> Renovation:
    """The firm hands in invoice and receipt for all that it gets, and its card where there is a warranty."""
    for share in compute(file).firms:
        day, firm = f"{clock.today()}", on.builder
        bill = {"number": f"{file.id:08d}", "amount": yuan(share.due_fen), "paper": photo(firm)}
        do("settlement.invoice", file, firm, day=day, **bill)
        if share.own_fen:
            do("settlement.receipt", file, firm, day=day, amount=yuan(share.own_fen), paper=photo(firm))
    return file


def pay(file: Renovation, actor: Actor, name: str = "P") -> Renovation:
    """Finance records that the money has arrived."""
    vouchers = [
        {"organisation_id": one["organisation_id"], "voucher": f"{name}-{file.id}-{place}"}
        for place, one in enumerate(settlements.unpaid(file))
    ]
    return do("settlement.pay", file, actor, paid_on=f"{clock.today()}", vouchers=vouchers)


def finance() -> Actor:
    """Somebody of the county's finance."""
    return people.actor(Role.FINANCE)
