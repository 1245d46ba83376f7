"""Townships and villages by name within a person's scope: exactly one, or a sentence."""

from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from sqlalchemy import select

from ....core import clock
from ....core.db import db
from ....core.errors import RuleViolation
from ....permissions import Actor
from ....places import queries
from ....places.models import Region
from ....places.rules import Level
from .columns import TOWNSHIP, VILLAGE, compact


class Place(NamedTuple):
    """A region, apart from the database's session."""

    id: int
    code: str
    name: str
    parent_id: int
    gb_code: str


class Places:
    """The townships and villages in which a person logs applications, as they exist today."""

    def __init__(self, actor: Actor) -> None:
        today = clock.today()
        self.home = actor.region_id
        path = actor.region_path or "-"
        self._counties: dict[int, Place] = {}
        self._found: dict[tuple[str, str], tuple[Place, Place | None]] = {}
        townships = queries.subtree(path, Level.TOWNSHIP, today)
        self.townships = {one.id: _place(one) for one in townships}
        self.villages = [
            place
            for one in queries.subtree(path, Level.VILLAGE, today)
            if (place := _place(one)).parent_id in self.townships
        ]
        above = {id_ for one in townships for id_ in one.ancestor_ids}
        counties = {
            one.id: _place(one)
            for one in db.session.scalars(select(Region).where(Region.id.in_(above), Region.level == Level.COUNTY))
        }
        for one in townships:
            county = next((counties[id_] for id_ in one.ancestor_ids if id_ in counties), None)
            if county is not None:
                self._counties[one.id] = county
        self._villages_of: dict[int, list[Place]] = defaultdict(list)
        for village in self.villages:
            self._villages_of[village.parent_id].append(village)

    def county_of(self, township: Place) -> Place | None:
        """The county of a township."""
        return self._counties.get(township.id)

    def villages_of(self, township: Place) -> list[Place]:
        """The villages of a township."""
        return self._villages_of[township.id]

    def find(self, township: str, village: str) -> tuple[Place, Place | None]:
        """The township and village that a row names; raises RuleViolation at `township` or `village`."""
        if (township, village) not in self._found:
            where = self._township(township, village)
            self._found[township, village] = (where, self._village(where, village) if village else None)
        return self._found[township, village]

    def _township(self, name: str, village: str) -> Place:
        if name:
            return self._named_township(name)
        if self.home in self.townships:
            return self.townships[self.home or 0]
        if not village:
            raise RuleViolation("请填写乡镇（街道）。", TOWNSHIP)
        found = [self.townships[one.parent_id] for one in _named(self.villages, village)]
        if len(found) > 1:
            raise RuleViolation(f"{_listed(found)}都有这个村（社区），请在“乡镇（街道）”列写明是哪一个。", VILLAGE)
        if not found:
            raise RuleViolation(f"没有这个村（社区）{_hint(self.villages, village)}请从下拉列表中选择。", VILLAGE)
        return found[0]

    def _named_township(self, name: str) -> Place:
        found = _named(self.townships.values(), name)
        if len(found) > 1:
            counties = [self._counties[one.id] for one in found if one.id in self._counties]
            raise RuleViolation(f"{_listed(counties)}都有这个乡镇（街道），请改填它的代码。", TOWNSHIP)
        if not found:
            own = self.townships.get(self.home or 0)
            reason = f"您只能登记{own.name}的申请" if own else "没有这个乡镇（街道），或不在您的范围内"
            raise RuleViolation(f"{reason}{_hint(self.townships.values(), name)}请核对。", TOWNSHIP)
        return found[0]

    def _village(self, township: Place, name: str) -> Place:
        own = self._villages_of[township.id]
        found = _named(own, name)
        if len(found) > 1:
            raise RuleViolation(f"{township.name}有 {len(found)} 个同名的村（社区），请改填它的代码。", VILLAGE)
        if not found:
            elsewhere = _named(self.villages, name)
            if elsewhere:
                there = _listed([self.townships[one.parent_id] for one in elsewhere])
                raise RuleViolation(f"这个村（社区）属于{there}，不属于{township.name}，请核对。", VILLAGE)
            raise RuleViolation(f"{township.name}没有这个村（社区）{_hint(own, name)}请从下拉列表中选择。", VILLAGE)
        return found[0]


def _place(region: Region) -> Place:
    return Place(region.id, region.code, region.name, region.parent_id or 0, region.gb_code or region.code)


def _named(places: Iterable[Place], text: str) -> list[Place]:
    word = compact(text)
    return [one for one in places if word in (compact(one.name), one.code)]


def _hint(places: Iterable[Place], text: str) -> str:
    names = {one.name: None for one in places}
    word = compact(text)
    near = [name for name in names if word in name or name in word] or get_close_matches(word, names, 3, 0.5)
    return f"，是不是“{'”或“'.join(near[:3])}”？" if near else "，"


def _listed(places: Iterable[Place]) -> str:
    return "、".join(dict.fromkeys(one.name for one in places))
