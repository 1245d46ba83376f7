"""What is wrong in a programme's data: where (a path of keys), what, and what would be right."""

import difflib
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
    near = difflib.get_close_matches(word, list(words), n=1, cutoff=0.75)
    return f"；是否想写 {near[0]}" if near else ""
