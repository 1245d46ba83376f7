"""An original: a household led through the services, with what its copies need to be told apart from it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..core.crypto import blind_index
from ..core.masking import mask_name
from ..permissions import SYSTEM
from ..places.queries import region_by_code
from ..programme import eligibility
from ..programme.ages import age_on
from ..programme.policy import Programme
from ..programme.queries import programme_of
from ..renovation import queries as files
from ..stages.application import queries as applications
from ..stages.application.elsewhere import address_key
from . import county
from .hands import CLERKS
from .lives import Kind
from .patterns import Compiler, FilePattern, Place, Rows, gather
from .people import Person
from .slots import Copy, Slots
from .story import Story

COPIED_INVOICES = 26_000_000
STORY_INVOICES = 25_000_000
"""Where the numbers of made-up invoices begin; the story adds the household's number."""


@dataclass(frozen=True, slots=True)
class Words:
    """Everything by which one household's file reads differently from another's."""

    number: str
    invoices: int
    phone: str
    address: str
    village: str
    village_id: int
    people: Sequence[Person]
    on: date
    dwelling: int
    receipt: str

    def values(self) -> list[str]:
        """The words, in one order for originals and copies."""
        serial = self.number.rpartition("-")[2]
        indexes = [applications.id_index(one.id_number) for one in self.people]
        found = [
            self.number, f"YL-{serial}-", f"P{serial}-", f"{self.invoices:08d}", self.phone, self.address,
            address_key(self.address), self.village, f"满{age_on(self.people[0].birth_date, self.on)}周岁",
            blind_index(f"{applications.CLAIMS}.household", indexes[0]),
            blind_index(f"{applications.CLAIMS}.dwelling", str(self.dwelling)),
            self.receipt, blind_index("renovation.receipt", self.receipt) if self.receipt else "",
        ]  # fmt: skip
        for one, index in zip(self.people, indexes, strict=True):
            last_four = blind_index(applications.LAST_FOUR, one.id_number[-4:])
            found += [one.id_number, one.name, one.birth_date.isoformat(), index, last_four, mask_name(one.name)]
        return found


@dataclass(frozen=True, slots=True)
class Judged:
    """What a verdict of a file was evaluated on, and what came out."""

    programme: Programme = field(hash=False, compare=False)
    version: int
    on: date
    facts: str
    outcome: str


@dataclass(slots=True)
class Original:
    """A file that stands, its rows, and its patterns by township."""

    kind: Kind
    people: Sequence[Person]
    applied_on: date
    rows: Rows
    slots: Slots
    township: str
    patterns: list[FilePattern] = field(default_factory=list)
    verdicts: dict[tuple[Any, ...], tuple[list[str], str]] = field(default_factory=dict)
    facts: dict[tuple[int, Judged], str | Callable[[Copy], str]] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)

    @property
    def has_receipt(self) -> bool:
        """True when its household can look it up."""
        return self.rows["renovation"][0]["receipt_index"] is not None

    @property
    def places(self) -> list[int]:
        """The quotas of which it holds a place now."""
        return [int(row["quota_id"]) for row in self.rows.get("place_taken", []) if row["released_at"] is None]

    @property
    def money(self) -> list[tuple[int, int, int]]:
        """(account, committed, spent) in fen."""
        return [
            (int(row["account_id"]), int(row["committed_fen"]), int(row["spent_fen"]))
            for row in self.rows.get("fund_commitment", [])
        ]

    def judge(self, copy: Copy, township: int, people: Sequence[Person]) -> list[str]:
        """The verdicts of a copy, frozen ones first: evaluated once for each set of ages, then with its own dates.

        Raises RuntimeError when one comes out otherwise than the original's, on which the copy's status rests.
        """
        births = [one.birth_date.isoformat() for one in people]
        found = []
        for judged in self._judged():
            key = (township, judged, *(age_on(one.birth_date, judged.on) for one in people))
            if key not in self.verdicts:
                self.verdicts[key] = (births, self._evaluate(copy, township, judged))
            known, text = self.verdicts[key]
            for old, new in zip(known, births, strict=True):
                text = text.replace(old, new)
            found.append(text)
        return found

    def _evaluate(self, copy: Copy, township: int, judged: Judged) -> str:
        if (township, judged) not in self.facts:
            slots = self.slots.moved([(self.township, county.TOWNSHIPS[township])])
            self.facts[township, judged] = slots.text(judged.facts, is_json=True)
        text = self.facts[township, judged]
        facts: dict[str, Any] = json.loads(text if isinstance(text, str) else text(copy))
        verdict = eligibility.evaluate(judged.programme, facts, judged.on)
        if verdict.outcome.value != judged.outcome:
            raise RuntimeError(f"{self.kind}: the copy is {verdict.outcome.value}, its original {judged.outcome}")
        return json.dumps(verdict.to_json())

    def _judged(self) -> list[Judged]:
        """Every frozen verdict of the file, and the present one."""
        if not self.judged:
            rows = [(row, row["decided_on"], row["outcome"]) for row in self.rows.get("decision", [])]
            derived = self.rows["derived_facts"][0] | {
                "programme_version_id": self.rows["renovation"][0]["programme_version_id"]
            }
            rows.append((derived, self.applied_on, derived["verdict"]))
            self.judged = [_judged(row, date.fromisoformat(str(on)), outcome) for row, on, outcome in rows]
        return self.judged


def _judged(row: Mapping[str, Any], on: date, outcome: str) -> Judged:
    version = int(row["programme_version_id"])
    return Judged(programme_of(version), version, on, row["facts"], outcome)


def place(code: str) -> Place:
    """A township of the demo county with its clerk."""
    clerk = county.actor(CLERKS[code])
    if clerk.user_id is None:
        raise LookupError(f"no clerk in {code}")
    return Place(region_by_code(code), clerk.user_id, clerk.name)


def original(kind: Kind, story: Story) -> Original:
    """Take a file that was led to its status as the pattern for copies."""
    renovation = files.get(story.number, SYSTEM)
    rows = gather(renovation.id)
    household, home = rows["household"][0], rows["dwelling"][0]
    applied_on = date.fromisoformat(str(household["applied_on"]))
    village = region_by_code(story.known.village)
    words = Words(
        number=renovation.number,
        invoices=STORY_INVOICES + story.known.number,
        phone=applications.household(renovation).phone,
        address=home["address"],
        village=village.name,
        village_id=village.id,
        people=story.known.people,
        on=applied_on,
        dwelling=int(home["id"]),
        receipt=renovation.receipt_code or "",
    )
    found = Original(
        kind, story.known.people, applied_on, rows, Slots([*words.values(), "{village}"]), story.known.township
    )
    source = place(story.known.township)
    found.patterns = [Compiler(rows, found.slots, source, place(code)).compile() for code in county.TOWNSHIPS]
    return found
