"""A small tree of regions, and people who allot, for the tests of funds."""

from dataclasses import dataclass

from app.core.db import db
from app.permissions import Actor, Role
from app.places.models import Region
from app.places.rules import Level

KEY = "chongqing-2020"


@dataclass(frozen=True)
class Tree:
    """A city with two counties; the first county has two townships."""

    city: Region
    county: Region
    other: Region
    east: Region
    west: Region

    def actor(self, region: Region, role: Role = Role.COUNTY) -> Actor:
        """Somebody of that role in that region."""
        return Actor(None, "测试员", role, region.id, region.path)


def plant() -> Tree:
    """Write the tree; the caller commits."""
    city = _node(1, None, "500000", "示例市", Level.PROVINCE)
    county = _node(2, city, "500901", "甲县", Level.COUNTY)
    other = _node(3, city, "500902", "乙县", Level.COUNTY)
    east = _node(4, county, "500901001", "东镇", Level.TOWNSHIP)
    west = _node(5, county, "500901002", "西镇", Level.TOWNSHIP)
    return Tree(city, county, other, east, west)


def _node(id_: int, parent: Region | None, code: str, name: str, level: Level) -> Region:
    path = (parent.path if parent else "/") + f"{id_}/"
    node = Region(id=id_, parent_id=parent.id if parent else None, code=code, name=name, level=level, path=path)
    db.session.add(node)
    db.session.flush()
    return node
