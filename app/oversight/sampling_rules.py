"""Drawing a sample: which files, given a seed. Plain Python, so that anybody can draw the same again."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Annotated

from pydantic import Field

from ..core.commands import Command


class DrawSample(Command):
    """Draw the programme's share of the files that were accepted in a period."""

    programme_key: Annotated[str, Field(title="政策", min_length=1, max_length=80)]
    accepted_from: Annotated[date, Field(title="验收日期从")]
    accepted_until: Annotated[date, Field(title="到", description="须是已经过去的日子：抽取以后不能重抽")]


def share(pool: int, percent: int, minimum: int) -> int:
    """How many files of a pool are drawn: not fewer than the percentage says, at least `minimum`, never more than all."""
    return min(pool, max(-(-pool * percent // 100), minimum if percent else 0))


def draw(numbers: Sequence[str], wanted: int, seed: str) -> list[str]:
    """The numbers drawn, in the order of the draw: those with the smallest SHA-256 of seed and number."""
    return sorted(numbers, key=lambda number: sha256(f"{seed}:{number}".encode()).hexdigest())[:wanted]


def fingerprint(numbers: Sequence[str]) -> str:
    """SHA-256 over the pool's numbers in order, one a line: what the draw was made from."""
    return sha256("\n".join(sorted(numbers)).encode()).hexdigest()
