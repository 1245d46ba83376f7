"""Public notices for copies: so many households share one, each notice with its own round, address and photos."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from sqlalchemy import func, select

from ..core.db import db
from ..stages.application.notice_models import Notice
from . import rawrows
from .patterns import TABLES, Place

ON_A_NOTICE = 60
"""So many households share a public notice at most."""
TOKEN_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"  # noqa: S105  (no secret)


class Board:
    """Puts up notices like those on which the originals stood."""

    def __init__(self, notices: Sequence[int], townships: Sequence[Place], random: Random) -> None:
        self.random, self.townships = random, townships
        self._notices = {int(row["id"]): row for row in rawrows.read(TABLES["notice"], "id", notices)}
        self._photos = [
            row for row in rawrows.read(TABLES["notice_photo"], "notice_id", notices) if row["ended_at"] is None
        ]
        uploads = [row["file_id"] for row in self._photos]
        self._files = {int(row["id"]): row for row in rawrows.read(TABLES["stored_file"], "id", uploads)}
        self._clerks = {one.township.id: one for one in townships}
        rounds = db.session.execute(
            select(Notice.township_id, Notice.programme_key, Notice.starts_on, func.max(Notice.round)).group_by(
                Notice.township_id, Notice.programme_key, Notice.starts_on
            )
        )
        self._rounds = Counter({(town, key, str(day)): number for town, key, day, number in rounds})

    def post(self, wanted: Sequence[tuple[int, Sequence[int]]]) -> list[Mapping[int, int]]:
        """For each (township, notices of an original) new ones there: old id → new id."""
        ids = self._reserve(wanted)
        rows: dict[str, list[list[Any]]] = {"notice": [], "notice_photo": [], "stored_file": []}
        posted: list[Mapping[int, int]] = []
        for township, olds in wanted:
            new: dict[int, int] = {}
            for old in olds:
                new[old] = ids["notice"]
                ids["notice"] += 1
                rows["notice"].append(self._notice(old, new[old], self.townships[township]))
                self._hang(old, new[old], self.townships[township], ids, rows)
            posted.append(new)
        for name in ("stored_file", "notice", "notice_photo"):
            rawrows.write(TABLES[name], rows[name])
        return posted

    def _reserve(self, wanted: Sequence[tuple[int, Sequence[int]]]) -> dict[str, int]:
        of_notice = Counter(int(row["notice_id"]) for row in self._photos)
        notices = sum(len(olds) for _, olds in wanted)
        photos = sum(of_notice[old] for _, olds in wanted for old in olds)
        counts = {"notice": notices, "notice_photo": photos, "stored_file": photos}
        return rawrows.reserve({name: number for name, number in counts.items() if number}, TABLES)

    def _notice(self, old: int, new: int, place: Place) -> list[Any]:
        row = dict(self._notices[old])
        key = (place.township.id, row["programme_key"], str(row["starts_on"]))
        self._rounds[key] += 1
        token = "".join(self.random.choices(TOKEN_ALPHABET, k=43))
        return list(
            (row | {"id": new, "township_id": place.township.id, "round": self._rounds[key], "token": token}).values()
        )

    def _hang(self, old: int, new: int, place: Place, ids: dict[str, int], rows: dict[str, list[list[Any]]]) -> None:
        for photo in self._photos:
            if int(photo["notice_id"]) != old:
                continue
            upload = self._files[int(photo["file_id"])] | {"id": ids["stored_file"], "uploaded_by": place.clerk_id}
            rows["stored_file"].append(list(upload.values()))
            hung = photo | {
                "id": ids["notice_photo"], "notice_id": new, "file_id": ids["stored_file"],
                "added_by": place.clerk_id, "added_by_name": place.clerk_name,
            }  # fmt: skip
            rows["notice_photo"].append(list(hung.values()))
            ids["stored_file"] += 1
            ids["notice_photo"] += 1
