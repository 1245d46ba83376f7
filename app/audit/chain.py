"""How entries and seals are bound to those before them. Plain Python.

Every hash is keyed: whoever can write to the database, but does not have the key, cannot make an altered entry fit.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

START = "0" * 64
"""What the first entry of a chain and the first seal name as the hash before them."""


@dataclass(frozen=True, slots=True)
class Link:
    """What an entry's hash covers: everything but the row's own id."""

    chain: str
    seq: int
    at: datetime
    actor_id: int | None
    actor_name: str
    role: str
    event: str
    details: dict[str, Any]
    previous_hash: str

    def hash(self, key: bytes) -> str:
        """The entry's hash, 64 hex digits."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return keyed(
            key,
            [
                self.chain,
                self.seq,
                at,
                self.actor_id,
                self.actor_name,
                self.role,
                self.event,
                self.details,
                self.previous_hash,
            ],
        )


COVERED = tuple(field.name for field in fields(Link))
"""The columns of an entry that its hash covers."""


class Root:
    """The root over a run of entries, fed one hash after the other, so that a day of any size fits in memory."""

    def __init__(self, key: bytes) -> None:
        self._digest = hmac.new(key, digestmod=hashlib.sha256)
        self.entries = 0

    def add(self, entry_hash: str) -> None:
        """Take in the next entry's hash."""
        self._digest.update(entry_hash.encode())
        self.entries += 1

    @property
    def value(self) -> str:
        """The root, 64 hex digits."""
        return self._digest.hexdigest()


def seal_hash(key: bytes, day: date, last_id: int, entries: int, root: str, previous_hash: str) -> str:
    """The hash of a day's seal, which the next seal names."""
    return keyed(key, ["seal", day.isoformat(), last_id, entries, root, previous_hash])


def keyed(key: bytes, content: Any) -> str:
    """The keyed hash of canonical JSON, 64 hex digits."""
    return hmac.digest(key, canonical(content).encode(), "sha256").hex()


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(content: Any) -> str:
    """JSON with one spelling only: sorted keys, no blanks. Floats are refused, since databases spell them their way."""
    return _CANONICAL.encode(content)


def plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details as JSON keeps them: dates, decimals and enumerations as text. Raises TypeError for what has no such form."""
    return {str(key): _plain(value) for key, value in details.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, set | frozenset):
        return sorted(_plain(one) for one in value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    raise TypeError(f"the audit keeps no {type(value).__name__}")
