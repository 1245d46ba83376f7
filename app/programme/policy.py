"""A programme ready for use: its data, its compiled conditions, and the questions that the rest of the product asks it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from .assumptions import Assumption, assumptions_of
from .crosscheck import cross_check
from .eligibility_schema import ClauseData
from .expressions import Condition
from .facts import MEMBERS, Fact
from .instrument_schema import Level
from .instrument_use import AssessedBy
from .item_schema import Category, Item
from .money_schema import Rate
from .paid_by import PaidBy
from .person_classes import codes_in, words_of
from .problems import Problems
from .process_schema import Hazard, Suggestion
from .reading import Named, read_condition
from .relevance import Relevance
from .run_by import RunBy
from .schema import ProgrammeData


@dataclass(frozen=True)
class Clause:
    """One condition of eligibility: what the data say, and the condition compiled."""

    data: ClauseData
    condition: Condition

    @property
    def id(self) -> str:
        """E1, E2 …"""
        return self.data.id

    @cached_property
    def relevance(self) -> Relevance:
        """What tells which of the absent facts can still change the clause."""
        return Relevance(self.condition)

    def holds_on(self, day: date) -> bool:
        """Whether it counts for an application of a day; without validity it always does."""
        data = self.data
        return (data.valid_from is None or data.valid_from <= day) and (data.valid_to is None or day <= data.valid_to)

    @property
    def assumption(self) -> str:
        """What of it the source does not say; empty when nothing."""
        return "；".join(self.data.assumptions.values())


@dataclass(frozen=True, eq=False)
class Programme(AssessedBy, PaidBy, RunBy):
    """A programme in one version, county overlay included. Equal when the content is equal."""

    data: ProgrammeData
    clauses: tuple[Clause, ...]
    priorities: tuple[tuple[int, Condition], ...] = ()
    cap_cases: tuple[tuple[int, Condition], ...] = ()
    rates: tuple[tuple[Rate, Condition | None], ...] = ()
    """What part of the cost is subsidised; the first that fits the household and the line counts. None = everything."""
    cap_who: Condition | None = None
    """Who counts as a person under a cap per person; the applicant always does."""
    _items: dict[int, Item] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Programme) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)

    @cached_property
    def content(self) -> str:
        """The data as canonical JSON: what is stored, and what the hash is over."""
        raw = self.data.model_dump(mode="json")
        return json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the content, hexadecimal."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def key(self) -> str:
        """The id of the base programme, e.g. chongqing-2020."""
        return self.data.programme.id

    @property
    def id(self) -> str:
        """The id under which it is named: the overlay's where there is one."""
        return self.data.programme.overlay or self.data.programme.id

    @property
    def name(self) -> str:
        """The name for pages and papers."""
        return self.data.programme.name

    @property
    def short_name(self) -> str:
        """The name for lists and tabs."""
        return self.data.programme.short_name

    @cached_property
    def version(self) -> str:
        """The edition's label with the first eight digits of the content's hash."""
        return f"{self.data.programme.version}+{self.content_hash[:8]}"

    @property
    def number_prefix(self) -> str:
        """What file numbers begin with, e.g. CQ2020."""
        return self.data.programme.number_prefix

    @property
    def county_code(self) -> str:
        """The county whose edition this alone is; empty for the base, and for the edition of several regions."""
        return self.data.programme.county

    @property
    def areas(self) -> tuple[str, ...]:
        """The regions whose edition this is, in the order of their codes; () for the base."""
        about = self.data.programme
        return tuple(sorted(about.regions)) or ((about.county,) if about.county else ())

    @property
    def document(self) -> str:
        """The policy document that it carries out."""
        return self.data.programme.document

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in catalogue order."""
        return self.data.item

    @cached_property
    def basic_items(self) -> tuple[Item, ...]:
        """The basic items in catalogue order; each must be decided in a plan (domain P1)."""
        return tuple(item for item in self.data.item if item.is_basic)

    @property
    def categories(self) -> tuple[Category, ...]:
        """The headings of the catalogue, in order."""
        return self.data.category

    def item(self, number: int) -> Item:
        """The item of a number. Raises KeyError when the catalogue has none."""
        return self._items[number]

    def has_item(self, number: int) -> bool:
        """Whether the catalogue has this number."""
        return number in self._items

    def items_of(self, category: str) -> tuple[Item, ...]:
        """The items under a heading."""
        return tuple(item for item in self.data.item if item.category == category)

    def clauses_on(self, day: date) -> tuple[Clause, ...]:
        """The clauses that count for an application of a day, in order."""
        return tuple(clause for clause in self.clauses if clause.holds_on(day))

    def clause(self, id_: str, on: date | None = None) -> Clause:
        """The clause of an id, of several the one that counts on a day. Raises KeyError."""
        for clause in self.clauses:
            if clause.id == id_ and (on is None or clause.holds_on(on)):
                return clause
        raise KeyError(id_)

    @cached_property
    def words(self) -> Mapping[str, Fact]:
        """The facts that its rules may speak of, its own classes of persons among them."""
        return words_of(self.data)

    @cached_property
    def person_classes(self) -> Mapping[str, str]:
        """Code → name of the classes of persons that it knows."""
        return {one.key: one.name for one in self.data.person_class}

    def evidence_of(self, clause: Clause) -> tuple[str, ...]:
        """The papers that show a clause: its own, and those of the classes of persons that it speaks of."""
        spoken = set(codes_in(clause.data.when, self.person_classes)) if self.person_classes else set()
        more = (paper for one in self.data.person_class if one.key in spoken for paper in one.evidence)
        return tuple(dict.fromkeys((*clause.data.evidence, *more)))

    @cached_property
    def person(self) -> str:
        """What its papers call the applicant: an old person only where nobody of fifty years could be one."""
        day = self.data.programme.valid_from
        younger = {"person.birth_date": day.replace(year=day.year - 50, day=1)}
        return "老人" if any(clause.condition.truth(younger, day) is False for clause in self.clauses) else "申请人"

    @property
    def flag_waivers_from(self) -> int:
        """From how many waivers of basic items a file is flagged; 0 = never (domain P1)."""
        return self.data.plan.flag_waivers_from

    @property
    def exclusion_group(self) -> str:
        """Programmes of one group share benefit claims (domain S7)."""
        return self.data.benefit.exclusion_group

    def grade(self, points: int) -> Level | None:
        """The level of a sum of points by the programme's own instrument, e.g. of a number of failed indicators."""
        return self.instrument.level_at(points)

    def hazards_of(self, room: str) -> tuple[Hazard, ...]:
        """The hazards that assessors look for in a room."""
        return tuple(hazard for hazard in self.data.hazard if hazard.room == room)

    def room_name(self, key: str) -> str:
        """The Chinese name of a room; the key itself when it is unknown."""
        return next((room.name for room in self.data.room if room.key == key), key)

    @property
    def located_photos(self) -> tuple[str, ...]:
        """The kinds of photo that need a position; empty = nobody asks where they were taken."""
        return tuple(kind.key for kind in self.data.photo_kind if kind.located)

    def photo_name(self, key: str) -> str:
        """The Chinese name of a photo kind; the key itself when it is unknown."""
        return next((kind.name for kind in self.data.photo_kind if kind.key == key), key)

    def suggestions(self, hazards: set[str], indicators: set[str]) -> tuple[Suggestion, ...]:
        """What speaks for which items, given the hazards found and the indicators failed; in the data's order."""
        return tuple(s for s in self.data.suggestion if s.hazard in hazards or s.indicator in indicators)

    @cached_property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Every value that the source does not say, for the page that shows them."""
        return tuple(assumptions_of(self.data))


def build(data: ProgrammeData) -> tuple[Programme, Problems]:
    """Compiles the conditions and checks what one table says of another. The programme is only good without problems."""
    problems: Problems = []
    named = _read_named(data, problems)
    conditions: dict[str, list[Any]] = {"clause": [], "priority": [], "cap_case": []}
    for table, compiled in conditions.items():
        for index, entry in enumerate(getattr(data, table)):
            condition = read_condition(entry.when, (table, index, "when"), problems, named=named)
            if condition is not None:
                compiled.append((entry, condition))
    problems.extend(cross_check(data))
    programme = Programme(
        data,
        tuple(Clause(entry, condition) for entry, condition in conditions["clause"]),
        tuple((entry.points, condition) for entry, condition in conditions["priority"]),
        tuple((entry.amount + data.cap.addition, condition) for entry, condition in conditions["cap_case"]),
        rates=_read_rates(data, problems, named),
        cap_who=_read_who(data, problems),
        _items={item.number: item for item in data.item},
    )
    return programme, problems


def _read_named(data: ProgrammeData, problems: Problems) -> Named:
    """The conditions with a name, each read and checked even when nothing refers to it."""
    raw = {entry.id: (entry.when, ("condition", index, "when")) for index, entry in enumerate(data.condition)}
    named = Named(raw, words_of(data))
    for index, entry in enumerate(data.condition):
        if entry.id not in named.read:
            named.resolve(entry.id, ("condition", index), problems)
    return named


def _read_rates(data: ProgrammeData, problems: Problems, named: Named) -> tuple[tuple[Rate, Condition | None], ...]:
    """The rows of `[[rate]]` with their conditions; a row without one fits every household."""
    return tuple(
        (rate, None if rate.when is None else read_condition(rate.when, ("rate", index, "when"), problems, named=named))
        for index, rate in enumerate(data.rate)
    )


def _read_who(data: ProgrammeData, problems: Problems) -> Condition | None:
    """The condition on each person under a cap per person, in the words of one person of the household."""
    if data.cap.who is None:
        return None
    return read_condition(data.cap.who, ("cap", "who"), problems, words_of(data)[MEMBERS].kind.record)


def restore(content: str) -> Programme:
    """The programme of a stored version. Its content and hash stay what was stored, whatever the model has grown since."""
    programme, problems = build(ProgrammeData.model_validate_json(content))
    if problems:
        raise ValueError(f"stored programme no longer fits: {problems[0]}")
    programme.__dict__["content"] = content
    return programme
