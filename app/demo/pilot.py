"""The county's pilot beside the city's programme: what the programme of the city has no use for, so that it can be seen.

Households wait in line for a place, choose their builder themselves, who files before the contract; accepted homes are
drawn for another look, part of the price is held back, paid subsidies are told to the public.
"""

from datetime import date, timedelta
from typing import Any

from ..core import clock
from ..core.db import transaction
from ..funds import service as funds
from ..funds.queries import quota_for
from ..funds.rules import Direction
from ..permissions import SYSTEM
from ..places.queries import region_by_code
from ..programme.policy import Programme
from . import county, side

KEY = "yunling-pilot"
PLACES = 20
NEWER_SINCE = 10
"""Days before today since which the second version is in force: every file was begun under the first."""
WITHOUT = {
    "agreement": "试点由家庭在方案上签字确认，不另签协议",
    "dispatch": "试点由家庭在准入单位中自己选施工单位",
    "supervision": "试点由乡镇（街道）在施工期间上门查看",
}
"""Steps that the pilot does without, and why."""

PAPERS = {"agreement", "supervision_report"}
"""The papers of those steps."""

TABLES: dict[str, Any] = {
    "fund": [{"id": "county", "name": "县级财政试点资金"}],
    "cap": {"amount": "2000.00"},
    "money": {"payee": "contractor", "split": "in_order", "retention_percent": 5, "retention_months": 3},
    "waiting_list": {"used": True, "move_up": "automatic"},
    "sample_inspection": {"percent": 30, "minimum": 4, "by": "county"},
    "payment_notice": {"days": 7, "day_kind": "calendar", "places": ["村（社区）公示栏", "乡镇（街道）公开栏"]},
    "firm_filing": {
        "days": 7,
        "day_kind": "calendar",
        "papers": ["身份证", "房产证", "承诺书"],
        "before_photos": True,
        "audit_days": 3,
    },
    "acceptance": {"party": ["township", "household", "contractor_presenting"], "countersign": ["county"]},
    "notice": side.NOTICE,
    "step": side.steps_without(WITHOUT),
    "priority": [
        {
            "id": "tekun",
            "name": "分散供养特困",
            "points": 20,
            "when": {"fact": "person.hardship", "contains": "tekun_scattered"},
        },
        {"id": "alone", "name": "独居", "points": 10, "when": {"fact": "person.living", "contains": "alone"}},
    ],
}
"""What the pilot has otherwise than the county's edition of the city's programme."""

ABOUT: dict[str, Any] = {
    "id": KEY,
    "name": "云岭县居家适老化改造试点（示例）",
    "short_name": "云岭试点",
    "number_prefix": "YLSD",
    "authority": "云岭县民政局（示例）",
    "document": "云岭县居家适老化改造试点办法（示例）",
    "region": county.COUNTY,
    "source": "示例",
    "summary": "示例试点：对象与全市项目相同，名额满后轮候，家庭自选施工单位，预留 5% 质保金，抽查并公示补贴资金。",
    "assumptions": {},
}

NEWER: dict[str, Any] = {
    "cap": {"amount": "2500.00"},
    "sample_inspection": {"percent": 40, "minimum": 4, "by": "county"},
}
"""What the second version has otherwise than the first: 500 yuan more, more homes looked at again."""


def programme(label: str, valid_from: date, **tables: Any) -> Programme:
    """A version of the pilot: the county's edition with what is otherwise, and `tables` above that."""
    papers = [one for one in side.edition()["document"] if one["key"] not in PAPERS]
    return side.programme(ABOUT, label, valid_from, **(TABLES | {"document": papers} | tables))


def prepare(today: date) -> None:
    """Put both versions in force, one after the other, with places and money for every year in which homes come."""
    region = region_by_code(county.COUNTY)
    for version in (
        programme(f"{today.year - 1}.1", date(today.year - 1, 1, 1)),
        programme(f"{today.year}.2", today - timedelta(days=NEWER_SINCE), **NEWER),
    ):
        side.put_in_force(version)
    paper: dict[str, Any] = {"document": "云岭县试点任务和资金计划（示例）", "is_example": True}
    with transaction():
        for year in range(today.year - 1, today.year + 1):
            funds.allot_places(region, KEY, year, PLACES, SYSTEM, **paper)
            funds.allot_money(region, KEY, "county", "县级财政试点资金", year, PLACES * 200_000, SYSTEM, **paper)


def take_back_places(today: date) -> None:
    """The county gives the places that are left to others: whoever comes now waits in line."""
    region = region_by_code(county.COUNTY)
    document, reason = "云岭县试点任务调剂通知（示例）", "未用的任务数调剂给全市项目"
    paper: dict[str, Any] = {"document": document, "reason": reason, "is_example": True}
    for year in sorted({clock.today().year, today.year}):
        quota = quota_for(region.id, KEY, year)
        if quota is not None and quota.left:
            with transaction():
                funds.allot_places(region, KEY, year, quota.left, SYSTEM, direction=Direction.REDUCE, **paper)
