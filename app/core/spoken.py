"""Codes that people read aloud and copy by hand: one alphabet for all of them, and a check character. Plain Python."""

import re
import unicodedata
from secrets import choice

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0/O, 1/I/L: they look and sound alike. There are 31, a prime, so that one weighted sum finds every slip."""


def draw(length: int) -> str:
    """So many random characters that nobody can guess."""
    return "".join(choice(ALPHABET) for _ in range(length))


def draw_checked(length: int) -> str:
    """As `draw`, the last character being the check of the others."""
    body = draw(length - 1)
    return body + ALPHABET[-_sum(body, 2) % len(ALPHABET)]


def is_right(code: str) -> bool:
    """True for a code of which no one character is wrong and no two neighbours stand the wrong way round."""
    return bool(code) and set(code) <= set(ALPHABET) and _sum(code, 1) % len(ALPHABET) == 0


def normal(typed: str) -> str:
    """A code as it is looked up: capitals, whatever spaces, dashes or full-width characters were typed."""
    return re.sub(r"[\s\-—–·_.]", "", unicodedata.normalize("NFKC", typed)).upper()


def grouped(code: str, size: int = 4) -> str:
    """A code as it is printed and read aloud: K7PM-2QXA-9TRD."""
    return "-".join(code[place : place + size] for place in range(0, len(code), size))


def _sum(code: str, last: int) -> int:
    """The weighted sum, the last character having the weight `last`."""
    return sum(ALPHABET.index(one) * weight for weight, one in enumerate(reversed(code), last))
