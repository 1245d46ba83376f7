"""The two Chinese faces that every paper is set in; they come as a package, so that every machine prints the same."""

from functools import cache
from importlib.resources import files
from pathlib import Path

PACKAGE = "pylopdf_fonts_zh_cn"
FACES = {"hei": "NotoSansSC-Regular.otf", "song": "NotoSerifSC-Regular.otf"}
"""黑体 for headings, 宋体 for the text; `font:<name>` is their address in the style sheet."""


def path(name: str) -> Path:
    """Where a face lies; raises KeyError for a name that is none."""
    return Path(str(files(PACKAGE) / FACES[name]))


@cache
def covered() -> frozenset[int]:
    """The code points that both faces can show."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 — half a second that only whoever asks should wait for

    maps = []
    for name in FACES:
        with TTFont(path(name), lazy=True) as font:
            maps.append(frozenset(font.getBestCmap()))
    return maps[0] & maps[1]


def missing(text: str) -> str:
    """The characters of a text that no face of ours has, each once: a rare name would be a box on paper."""
    return "".join(dict.fromkeys(one for one in text if one.isprintable() and ord(one) not in covered()))
