"""Copies of the originals, batch by batch: each with people, home, number, verdict and audit chain of its own."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import select, update

from ..audit import chain as links
from ..audit.service import key as audit_key
from ..core import spoken
from ..core.db import db
from ..core.text import search_grams
from ..funds.account_models import FundAccount
from ..funds.quota_models import QuotaPlaces
from ..places.models import Region
from ..programme.ages import age_on
from ..renovation.models import NumberSeries
from . import rawrows
from .identities import People, ages_like
from .notice_copies import ON_A_NOTICE, Board
from .originals import COPIED_INVOICES, Original, Words
from .patterns import TABLES, FilePattern
from .slots import Copy, escape

Wish = tuple[int, int]
"""(original, township) of a copy to be made, by their places."""
NewRows = dict[str, list[Sequence[Any]]]


@dataclass(slots=True)
class Copier:
    """Makes copies in batches; what it gives out (people, rounds of notices) goes on from one batch to the next."""

    originals: Sequence[Original]
    villages: Sequence[Sequence[Region]]
    people: People
    random: Random
    board: Board
    county_id: int
    key: bytes = field(default_factory=audit_key)

    def write(self, wishes: Sequence[Wish]) -> None:
        """Write one batch of copies and bring series, quotas and accounts into step; the caller commits."""
        standing = self._post(wishes)
        counts = Counter[str]()
        for wish in wishes:
            counts.update(self._pattern(wish).counts)
        ids = rawrows.reserve(counts, TABLES)
        entry_id = rawrows.reserve({"audit_entry": sum(len(self._pattern(one).entries) for one in wishes)}, TABLES)
        rows: NewRows = defaultdict(list)
        for wish, serial, (seat, notices) in zip(wishes, self._serials(len(wishes)), standing, strict=True):
            self._copy(wish, serial, dict(ids), seat, notices, rows)
            for name, number in self._pattern(wish).counts.items():
                ids[name] += number
        _number(rows["audit_entry"], entry_id["audit_entry"])
        for name, table in TABLES.items():
            rawrows.write(table, rows.pop(name, []))
        self._count(wishes)

    def _pattern(self, wish: Wish) -> FilePattern:
        return self.originals[wish[0]].patterns[wish[1]]

    def _post(self, wishes: Sequence[Wish]) -> list[tuple[int, Mapping[int, int]]]:
        """The seat of every copy on its notices, which are put up for the batch."""
        seen = Counter[Wish]()
        groups: dict[tuple[Wish, int], int] = {}
        seats: list[tuple[int, int]] = []
        for wish in wishes:
            sheet, seat = divmod(seen[wish], ON_A_NOTICE)
            seen[wish] += 1
            seats.append((groups.setdefault((wish, sheet), len(groups)), seat + 1))
        posted = self.board.post([(wish[1], self._pattern(wish).notices) for wish, _ in groups])
        return [(seat, posted[group]) for group, seat in seats]

    def _serials(self, number: int) -> Iterator[int]:
        prefix = self._prefix()
        series = db.session.scalars(select(NumberSeries).where(NumberSeries.prefix == prefix).with_for_update()).one()
        first, series.last = series.last + 1, series.last + number
        db.session.flush()
        return iter(range(first, first + number))

    def _prefix(self) -> str:
        number: str = self.originals[0].rows["renovation"][0]["number"]
        return number.rpartition("-")[0]

    def _copy(
        self, wish: Wish, serial: int, ids: dict[str, int], seat: int, notices: Mapping[int, int], rows: NewRows
    ) -> None:
        original, pattern = self.originals[wish[0]], self._pattern(wish)
        words = self._words(original, wish, serial, ids["dwelling"])
        plain = [*words.values(), str(words.village_id)]
        copy = Copy(ids, plain, [escape(word) for word in plain], words.village_id, notices, seat)
        copy.verdicts = original.judge(copy, wish[1], words.people)
        for name, kept in pattern.rows.items():
            rows[name] += [row.fill(copy) for row in kept]
        grams = search_grams(words.people[0].name)
        rows["search_gram"] += [(gram, self.county_id, ids["renovation"]) for gram in grams]
        self._record(pattern, copy, words.number, rows)

    def _words(self, original: Original, wish: Wish, serial: int, dwelling: int) -> Words:
        random, on = self.random, original.applied_on
        village = random.choice(self.villages[wish[1]])
        people = [self.people.one(on, *ages_like(age_on(one.birth_date, on)), one.is_woman) for one in original.people]
        return Words(
            number=f"{self._prefix()}-{serial:06d}",
            invoices=COPIED_INVOICES + serial,
            phone=f"139{20_000_000 + serial:08d}",
            address=f"{village.name}{random.randint(1, 12)}组{serial}号",
            village=village.name,
            village_id=village.id,
            people=people,
            on=on,
            dwelling=dwelling,
            receipt="".join(random.choices(spoken.ALPHABET, k=10)) if original.has_receipt else "",
        )

    def _record(self, pattern: FilePattern, copy: Copy, number: str, rows: NewRows) -> None:
        """The copy's audit chain: one entry an event, each bound to the one before (the ids follow)."""
        chain, previous = f"renovation:{number}", links.START
        for seq, entry in enumerate(pattern.entries, 1):
            text = entry.text(copy)
            details = entry.details if entry.details is not None else json.loads(text)
            link = links.Link(
                chain, seq, entry.at, entry.actor_id, entry.actor_name, entry.role, entry.event, details, previous
            )
            hashed = link.hash(self.key)
            rows["audit_entry"].append(
                [
                    0,
                    chain,
                    seq,
                    entry.raw_at,
                    entry.actor_id,
                    entry.actor_name,
                    entry.role,
                    entry.event,
                    text,
                    previous,
                    hashed,
                ]
            )
            previous = hashed
        rows["audit_head"].append((chain, len(pattern.entries), previous))

    def _count(self, wishes: Sequence[Wish]) -> None:
        """Bring what is counted into step: places taken, money committed and spent."""
        places, committed, spent = needs([self.originals[wish[0]] for wish in wishes])
        for quota, number in places.items():
            row = update(QuotaPlaces).where(QuotaPlaces.id == quota)
            db.session.execute(row.values(taken=QuotaPlaces.taken + number))
        for account, fen in committed.items():
            row = update(FundAccount).where(FundAccount.id == account)
            values = {
                "committed_fen": FundAccount.committed_fen + fen,
                "spent_fen": FundAccount.spent_fen + spent[account],
            }
            db.session.execute(row.values(values))


def needs(originals: Sequence[Original]) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """Places by quota, fen committed and fen spent by account that copies of these take."""
    places, committed, spent = Counter[int](), Counter[int](), Counter[int]()
    for original in originals:
        places.update(original.places)
        for account, promised, paid in original.money:
            committed[account] += promised
            spent[account] += paid
    return places, committed, spent


def _number(entries: Sequence[Any], first: int) -> None:
    for at, entry in enumerate(entries, first):
        entry[0] = at
