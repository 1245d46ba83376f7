"""The short code of a paper and its QR picture: by it a scan finds its place again."""

import re

import segno
from markupsafe import Markup

from ..core import spoken

LENGTH = 10
PREFIX = "ANJU-"
_WRITTEN = re.compile(rf"(?:{PREFIX})?([{spoken.ALPHABET}]{{{LENGTH}}})")


def new() -> str:
    """A code that nobody can guess from another."""
    return spoken.draw(LENGTH)


def in_picture(code: str) -> str:
    """What the QR picture of a paper says."""
    return PREFIX + code


def read(text: str) -> str:
    """The code in what a picture says or a person has typed; "" when there is none."""
    found = _WRITTEN.fullmatch(re.sub(r"\s", "", text).upper())
    return found.group(1) if found else ""


def picture(text: str) -> Markup:
    """A QR picture as SVG; it bears a stain or a fold (15 % of it may be lost)."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(scale=1, border=2, omitsize=True)
    return Markup(drawn)  # noqa: S704 — drawn by segno, nothing in it is anybody's text
