"""What is wrong in a programme's data: where (a path of keys), what, and what would be right."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]

UNREAD = "格式有误"
"""How the message of a file begins that cannot be read."""


@dataclass(frozen=True)
class Problem:
    """One fault at a path of keys into the data; Chinese sentences."""

    path: Path
    message: str
    remedy: str = ""


Problems = list[Problem]

_BOTH = re.compile(
    r"(.+?)[：；，]((?:须|可写|写成|写|只写|只用|金额只写|金额须|代码用|改|加上|每个|每项|适用于|最多写|就删去).+)"
)
"""A sentence in which the remedy begins with one of these words."""


class Slip(ValueError):
    """What a model refuses: what is wrong, what would be right, and the field of the table at whose line it is told."""

    def __init__(self, said: str, remedy: str = "", field: str = "") -> None:
        super().__init__(said)
        self.remedy = remedy
        self.field = field


@dataclass(frozen=True)
class DataError:
    """One fault with the place where a person finds it: file, and line counted from 1."""

    file: str
    line: int
    message: str
    remedy: str = ""

    @property
    def is_unread(self) -> bool:
        """Whether it kept a whole file from being read, so that more may be wrong in it."""
        return self.message.startswith(UNREAD)

    @property
    def halves(self) -> tuple[str, str]:
        """What is wrong, and what would be right, apart from each other although one sentence says both."""
        found = None if self.remedy else _BOTH.fullmatch(self.message)
        return (found[1], found[2]) if found else (self.message, self.remedy)

    def __str__(self) -> str:
        remedy = f"（{self.remedy}）" if self.remedy else ""
        return f"{self.file}:{self.line}: {self.message}{remedy}"


class BrokenData(ValueError):
    """A programme's folder cannot be used; `errors` has every fault."""

    def __init__(self, errors: list[DataError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def nearest(word: str, words: Iterable[str]) -> str:
    """A Chinese hint when a known word looks like the one written, else nothing."""
    near = difflib.get_close_matches(word.lower(), list(words), n=1, cutoff=0.75)
    return f"；是否想写 {near[0]}" if near else ""
