"""A programme of the demo county for goods alone: the household buys what it wants with a code, where it wants."""

from datetime import date
from typing import Any

from ..core.db import transaction
from ..funds import service as funds
from ..permissions import SYSTEM
from ..places.queries import region_by_code
from ..programme.policy import Programme
from . import county, side

KEY = "yunling-codes"
PLACES = 30

STAGES = {"assessment": "只买用品，不入户评估", "warranty": "质保由经销单位按产品承诺"}
STEPS = {
    "plan_approval": "购买清单由乡镇（街道）登记，家庭签字即可",
    "agreement": "家庭在清单上签字，不另签协议",
    "dispatch": "家庭凭优惠码自己选准入单位",
    "supervision": "没有施工，不派监理",
    "countersign": "乡镇（街道）核对实物即可",
}
PAPERS = {"agreement", "supervision_report", "warranty_card"}
"""The papers of what is left out."""

ABOUT: dict[str, Any] = {
    "id": KEY,
    "name": "云岭县适老用品凭码申购（示例）",
    "short_name": "凭码申购",
    "number_prefix": "YLSG",
    "authority": "云岭县民政局（示例）",
    "document": "云岭县适老用品凭码申购办法（示例）",
    "region": county.COUNTY,
    "source": "示例",
    "summary": "示例项目：只补购买用品，凭优惠码到准入单位购买，补六成，打到家庭账户；码 60 天内有效。",
    "assumptions": {},
}


def programme(today: date) -> Programme:
    """The goods of the county's edition, bought with a code and paid back in part."""
    raw = side.edition()
    goods = [one | {"type": "plain"} for one in raw["item"] if one["kind"] == "goods"]
    numbers = {one["number"] for one in goods}
    acting = {"responsible": ["township", "county", "contractor"]}
    return side.programme(
        ABOUT,
        f"{today.year}.1",
        date(today.year - 1, 1, 1),
        item=goods,
        suggestion=[],
        price=[one for one in raw["price"] if one["item"] in numbers],
        plan={"optional": "like_basic"},
        stage=[one | acting | _without(one["key"]) for one in raw["stage"]],
        step=side.steps_without(STEPS),
        document=[one for one in raw["document"] if one["key"] not in PAPERS],
        actor=[{"task": "plan_draft", "roles": ["township"]}],
        notice=side.NOTICE,
        fund=[{"id": "county", "name": "县级财政用品补贴资金"}],
        cap={"amount": "2000.00"},
        rate=[{"name": "六成", "percent": 60, "source": "示例"}],
        money={"payee": "household", "split": "in_order"},
        warranty={"months": 0},
        purchase_code={"days": 60},
    )


def _without(stage: str) -> dict[str, Any]:
    return {"used": False, "note": STAGES[stage]} if stage in STAGES else {}


def prepare(today: date) -> None:
    """Put it in force, with places and money for every year in which homes come."""
    side.put_in_force(programme(today))
    region = region_by_code(county.COUNTY)
    paper: dict[str, Any] = {"document": "云岭县用品补贴计划（示例）", "is_example": True}
    with transaction():
        for year in range(today.year - 1, today.year + 1):
            funds.allot_places(region, KEY, year, PLACES, SYSTEM, **paper)
            funds.allot_money(region, KEY, "county", "县级财政用品补贴资金", year, PLACES * 200_000, SYSTEM, **paper)
