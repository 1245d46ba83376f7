"""The two Chinese faces that every paper is set in; they come as a package, so that every machine prints the same."""

import struct
from functools import cache
from importlib.resources import files
from pathlib import Path

PACKAGE = "pylopdf_fonts_zh_cn"
FACES = {"hei": "NotoSansSC-Regular.otf", "song": "NotoSerifSC-Regular.otf"}
"""黑体 for headings, 宋体 for the text; `font:<name>` is their address in the style sheet."""

_ALL_OF_UNICODE = 12
"""The format of the subtable of `cmap` that holds every plane: groups of first, last character and first glyph."""


def path(name: str) -> Path:
    """Where a face lies; raises KeyError for a name that is none."""
    return Path(str(files(PACKAGE) / FACES[name]))


def missing(text: str) -> str:
    """The characters of a text that no face of ours has, each once: a rare name would be a box on paper."""
    return "".join(one for one in dict.fromkeys(text) if one.isprintable() and ord(one) not in _covered())


@cache
def _covered() -> frozenset[int]:
    """The code points that both faces can show."""
    sets = [{point for first, last in _groups(name) for point in range(first, last + 1)} for name in FACES]
    return frozenset(set.intersection(*sets))


def _groups(name: str) -> tuple[tuple[int, int], ...]:
    """The runs of characters that a face has, read from its `cmap` alone: the glyphs' names would take seconds."""
    data = path(name).read_bytes()
    tables = {
        data[at : at + 4]: struct.unpack(">II", data[at + 8 : at + 16])
        for at in range(12, 12 + 16 * struct.unpack(">H", data[4:6])[0], 16)
    }
    begin, _ = tables[b"cmap"]
    for index in range(struct.unpack(">H", data[begin + 2 : begin + 4])[0]):
        at = begin + struct.unpack(">I", data[begin + 8 + 8 * index : begin + 12 + 8 * index])[0]
        if struct.unpack(">H", data[at : at + 2])[0] == _ALL_OF_UNICODE:
            count = struct.unpack(">I", data[at + 12 : at + 16])[0]
            groups = struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * count])
            return tuple((first, last) for first, last, _ in groups)
    raise ValueError(f"{FACES[name]} has no cmap of all planes")
