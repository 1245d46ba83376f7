"""A programme of the demo county where who comes first is served, firms share the homes out and families pay at once.

A firm of its own reviews each plan, the finance bureau comes to the acceptance, photos of the works bear a position,
three papers are asked for that nobody else asks for, and one class of persons counts that no other programme knows.
"""

from datetime import date
from typing import Any

from ..core import clock
from ..core.db import transaction
from ..funds import service as funds
from ..funds import yuan
from ..funds.rules import Direction
from ..permissions import SYSTEM
from ..places.queries import region_by_code
from ..programme.policy import Programme
from . import county, side

KEY = "yunling-first"
ELDERS = "three_elders"
HOMES = 40
"""For so many households there is money at first."""

CLASS: dict[str, Any] = {
    "key": ELDERS,
    "name": "三老人员",
    "text": "1949 年 9 月 30 日以前入党的农村老党员、老游击队员、老交通员。",
    "evidence": ["组织部门的证明"],
    "source": "示例",
    "assumptions": {"evidence": "示例"},
}
PAPERS: tuple[dict[str, Any], ...] = (
    {"key": "drawing", "name": "改造设计图", "stage": "plan", "needed_for": "plan"},
    {"key": "materials", "name": "材料清单", "stage": "construction", "needed_for": "contract"},
    {
        "key": "satisfaction",
        "name": "满意度评价表",
        "stage": "acceptance",
        "needed_for": "settlement",
        "by": ["township"],
    },
)

ABOUT: dict[str, Any] = {
    "id": KEY,
    "name": "云岭县居家改造以奖代补（示例）",
    "short_name": "以奖代补",
    "number_prefix": "YLXD",
    "authority": "云岭县民政局（示例）",
    "document": "云岭县居家改造以奖代补办法（示例）",
    "region": county.COUNTY,
    "source": "示例",
    "summary": "示例项目：先到先得，用完为止；补贴八成，家庭签约时付自己的两成；方案先审后批；施工单位按户数均分。",
    "assumptions": {},
}


def programme(today: date) -> Programme:
    """The county's edition of the city's programme with what is otherwise here."""
    raw = side.edition()
    return side.programme(
        ABOUT,
        f"{today.year}.1",
        date(today.year - 1, 1, 1),
        person_class=[CLASS],
        clause=[_with_class(one) if one["id"] == "E2" else one for one in raw["clause"]],
        photo_kind=[one | {"located": one["key"] in {"before", "after"}} for one in raw["photo_kind"]],
        document=[*raw["document"], *(one | {"source": "示例"} for one in PAPERS)],
        fund=[{"id": "county", "name": "县级财政以奖代补资金"}],
        cap={"amount": "2000.00"},
        rate=[{"name": "八成", "percent": 80, "source": "示例"}],
        money={"payee": "contractor", "split": "in_order", "household_pays": "signing"},
        first_come={"days": 14, "start_days": 30},
        notice=side.NOTICE,
        plan_review={"by": "supervisor"},
        procurement={"share": "equal"},
        acceptance_party=[{"key": "finance", "name": "财政部门"}],
    )


def _with_class(clause: dict[str, Any]) -> dict[str, Any]:
    """The hardship clause, which the class of this programme meets as well."""
    of_class = {"fact": "person.classes", "contains": ELDERS}
    text = f"{clause['text'].rstrip('。')}；三老人员也可以。"
    return clause | {"when": {"any": [clause["when"], of_class]}, "text": text}


def prepare(today: date) -> None:
    """Put it in force, with money alone: so many households as it lasts for."""
    side.put_in_force(programme(today))
    region = region_by_code(county.COUNTY)
    paper: dict[str, Any] = {"document": "云岭县以奖代补资金计划（示例）", "is_example": True}
    with transaction():
        for year in range(today.year - 1, today.year + 1):
            funds.allot_yuan(region, KEY, year, HOMES * 200_000, SYSTEM, **paper)
            funds.allot_money(region, KEY, "county", "县级财政以奖代补资金", year, HOMES * 200_000, SYSTEM, **paper)


def take_money_back(today: date) -> None:
    """The county gives what nobody has reserved to others: whoever comes now finds nothing left."""
    region = region_by_code(county.COUNTY)
    paper: dict[str, Any] = {"document": "云岭县资金调剂通知（示例）", "reason": "未用的指标调剂", "is_example": True}
    for year in sorted({clock.today().year, today.year}):
        quota = yuan.of_region(KEY, year, region.id)
        if quota is not None and quota.left_fen:
            with transaction():
                funds.allot_yuan(region, KEY, year, quota.left_fen, SYSTEM, direction=Direction.REDUCE, **paper)
