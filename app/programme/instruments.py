"""An assessment instrument ready for use: answers become points, grades, a level and facts. Plain Python; variants §3."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .expressions import Condition
from .facts import BOOL, Fact, Kind
from .instrument_schema import (
    Adjustment,
    Answer,
    Circumstance,
    Group,
    InstrumentAbout,
    InstrumentData,
    Level,
    Question,
)

MOST_TIMES = 1000
"""How often something can have happened."""


@dataclass(frozen=True)
class Score:
    """What answers come to. While something is unanswered there is no level, only the points so far."""

    points: Mapping[str, int]
    grades: Mapping[str, int]
    total: int
    missing: tuple[str, ...]
    failed: tuple[str, ...]
    found: Level | None
    """The level by points or rules alone; None where an instrument's text has a gap."""
    level: Level | None
    """The level that counts, after a level set by hand and the adjustments."""
    adjustments: tuple[Adjustment, ...] = ()
    by_hand: bool = False
    facts: Mapping[str, str | int] | None = None

    @property
    def is_gap(self) -> bool:
        """True when everything is answered and no rule of the text fits."""
        return not self.missing and self.found is None


@dataclass(frozen=True, eq=False)
class Instrument:
    """An instrument in one version, its conditions compiled."""

    data: InstrumentData
    grade_conditions: tuple[Condition | None, ...] = ()
    rule_conditions: tuple[Condition, ...] = ()
    adjustment_conditions: tuple[Condition, ...] = ()

    @property
    def about(self) -> InstrumentAbout:
        """Name, standard, version."""
        return self.data.instrument

    @property
    def key(self) -> str:
        """The name by which programmes and records speak of it."""
        return self.about.key

    @property
    def title(self) -> str:
        """Name, number and version for pages, papers and records."""
        number = f" {self.about.number}" if self.about.number else ""
        return f"{self.about.name}{number}（{self.about.version}）"

    @property
    def items(self) -> tuple[Question, ...]:
        """Everything that is asked, in order."""
        return self.data.item

    @property
    def levels(self) -> tuple[Level, ...]:
        """The outcomes, best one first."""
        return self.data.level

    @property
    def circumstances(self) -> tuple[Circumstance, ...]:
        """What adjustments ask for besides."""
        return self.data.circumstance

    @property
    def has_total(self) -> bool:
        """Whether the sum over all groups means something."""
        return self.about.maximum is not None

    @property
    def has_gaps(self) -> bool:
        """Whether the text leaves cases open, in which assessors set the level by hand."""
        return self.about.gaps == "manual"

    @cached_property
    def answers(self) -> Mapping[str, tuple[Answer, ...]]:
        """The answers that each item offers."""
        return answers_of(self.data)

    @cached_property
    def _item_by_key(self) -> Mapping[str, Question]:
        return {item.key: item for item in self.data.item}

    def item(self, key: str) -> Question | None:
        """The item of a key, if there is one."""
        return self._item_by_key.get(key)

    def answer(self, item: str, key: str) -> Answer | None:
        """The answer of a key to an item, if there is one."""
        return next((one for one in self.answers.get(item, ()) if one.key == key), None)

    def level(self, key: str) -> Level | None:
        """The level of a key, if there is one."""
        return next((level for level in self.levels if level.key == key), None)

    def items_of(self, group: str) -> tuple[Question, ...]:
        """The items of a group, in order."""
        return tuple(item for item in self.data.item if item.group == group)

    def group_of(self, item: str) -> Group | None:
        """The group of an item."""
        found = self.item(item)
        return next((group for group in self.data.group if found and group.key == found.group), None)

    def score(
        self, answers: Mapping[str, str], circumstances: Mapping[str, bool | int] | None = None, by_hand: str = ""
    ) -> Score:
        """What the answers (item key → answer key) come to. `by_hand` is the level set where the text has a gap."""
        given = {item.key: self.answer(item.key, answers.get(item.key, "")) for item in self.items}
        points = {
            group.key: sum(answer.points for item in self.items_of(group.key) if (answer := given[item.key]))
            for group in self.data.group
        }
        missing = tuple(key for key, answer in given.items() if answer is None)
        failed = tuple(key for key, answer in given.items() if answer is not None and answer.failed)
        total = sum(points.values())
        if missing:
            return Score(points, {}, total, missing, failed, None, None)
        words = {f"item.{key}": answer.points for key, answer in given.items() if answer}
        grades = dict(self._grades(points, words))
        found = self._found(total, grades)
        start = found or (self.level(by_hand) if self.has_gaps else None)
        level, applied = self._adjusted(start, circumstances or {})
        return Score(
            points,
            grades,
            total,
            missing,
            failed,
            found,
            level,
            applied,
            by_hand=found is None and level is not None and start is not None,
            facts=self.facts(level, total if self.has_total else None) if level else None,
        )

    def _grades(self, points: Mapping[str, int], words: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        done: set[str] = set()
        for grade, condition in zip(self.data.grade, self.grade_conditions, strict=True):
            if grade.group in done:
                continue
            fits = (
                condition.truth(dict(words), None)
                if condition is not None
                else (grade.points_from or 0) <= points[grade.group] <= (grade.points_to or 0)
            )
            if fits:
                done.add(grade.group)
                yield grade.group, grade.grade

    def _found(self, total: int, grades: Mapping[str, int]) -> Level | None:
        if not self.data.rule:
            return self.level_at(total)
        return self.level_of_grades(grades)

    def level_at(self, total: int) -> Level | None:
        """The level of a sum of points, for an instrument whose levels are ranges."""
        for level in self.levels:
            if level.points_from is not None and level.points_from <= total <= (level.points_to or 0):
                return level
        return None

    def level_of_grades(self, grades: Mapping[str, int]) -> Level | None:
        """The level of the first rule that fits the groups' grades; None in a gap of the text."""
        words = {f"grade.{group}": grade for group, grade in grades.items()}
        for rule, condition in zip(self.data.rule, self.rule_conditions, strict=True):
            if condition.truth(words, None):
                return self.level(rule.level)
        return None

    def _adjusted(
        self, start: Level | None, circumstances: Mapping[str, bool | int]
    ) -> tuple[Level | None, tuple[Adjustment, ...]]:
        """The level after the adjustments that apply, and those; never better, never beyond the last."""
        facts = dict(circumstances)
        applied = tuple(
            adjustment
            for adjustment, condition in zip(self.data.adjustment, self.adjustment_conditions, strict=True)
            if condition.truth(facts, None)
        )
        keys = [level.key for level in self.levels]
        places = [keys.index(start.key)] if start else []
        places += [keys.index(one.level) for one in applied if one.level]
        if not places:
            return None, applied
        worst = min(max(places) + sum(one.worse_by or 0 for one in applied), len(keys) - 1)
        return self.levels[worst], applied

    def facts(self, level: Level, points: int | None) -> dict[str, str | int]:
        """The facts that an outcome gives, by their dotted names."""
        found: dict[str, str | int] = {}
        for outcome in self.data.outcome:
            if outcome.of == "level":
                found[outcome.fact] = outcome.values[level.key]
            elif points is not None:
                found[outcome.fact] = points
        return found

    @property
    def wants_points(self) -> bool:
        """Whether a result of somebody else must come with its points, since facts are made of them."""
        return any(outcome.of == "points" for outcome in self.data.outcome)

    @property
    def assumptions(self) -> list[tuple[str, str]]:
        """What its standard does not say: where, and why."""
        found = []
        for table in ("scale", "group", "item", "grade", "circumstance", "level", "rule", "adjustment", "outcome"):
            for entry in getattr(self.data, table):
                name = getattr(entry, "name", "") or getattr(entry, "key", "") or getattr(entry, "level", table)
                found += [(str(name), why) for why in entry.assumptions.values()]
        return [(self.about.name, why) for why in self.about.assumptions.values()] + found


def answers_of(data: InstrumentData) -> dict[str, tuple[Answer, ...]]:
    """The answers that each item offers, of its own or by its scale."""
    scales = {scale.key: scale.answers for scale in data.scale}
    return {item.key: item.answers or scales.get(item.scale or "", ()) for item in data.item}


def words_of(data: InstrumentData) -> tuple[dict[str, Fact], dict[str, Fact], dict[str, Fact]]:
    """What conditions may speak of: items (in grades), groups' grades (in rules), circumstances (in adjustments)."""
    items = {
        f"item.{one.key}": Fact(f"item.{one.key}", one.name, Kind("int", lowest=0, highest=one.maximum))
        for one in data.item
    }
    grades: dict[str, Fact] = {}
    for group in data.group:
        found = [grade.grade for grade in data.grade if grade.group == group.key]
        if found:
            name = f"grade.{group.key}"
            grades[name] = Fact(name, group.name, Kind("int", lowest=min(found), highest=max(found)))
    circumstances = {
        one.key: Fact(one.key, one.name, BOOL if one.kind == "yes_no" else Kind("int", lowest=0, highest=MOST_TIMES))
        for one in data.circumstance
    }
    return items, grades, circumstances


def plain(value: Any) -> str:
    """A level's or grade's name for sentences; empty for none."""
    return getattr(value, "name", "") if value is not None else ""
