"""The same workbook with wrong cells coloured and commented: only what must change in its XML is changed.

No library keeps everything of a workbook that it reads and writes again (pictures, lists, extensions get lost), so the
parts are patched in place and all the others are copied as they are.
"""

import re
import zipfile
from collections.abc import Callable, Mapping
from html import escape
from io import BytesIO
from posixpath import dirname, join, normpath

from .excel_in import column_letters
from .xlsx_package import Package, attributes, relations_part

MOST_NOTES = 2000
"""Comments slow Excel down; beyond it cells are only coloured."""
AUTHOR = "安居"

_ROW = re.compile(r'<row\b[^>]*?\br="(\d+)"[^>]*?(?:/>|>.*?</row>)', re.DOTALL)
_CELL = re.compile(r'<c\b[^>]*?\br="([A-Z]+)\d+"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
_XF = re.compile(r"<xf\b[^>]*?(?:/>|>.*?</xf>)", re.DOTALL)
_COL = re.compile(r"<col\b[^>]*>")
_FILL = '<fill><patternFill patternType="solid"><fgColor rgb="FFFFC7CE"/><bgColor indexed="64"/></patternFill></fill>'
_AFTER_DRAWING = re.compile(
    r"<(?:legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst)\b|</worksheet>"
)
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
_COMMENTS = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><authors></authors><commentList></commentList></comments>'
_VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="9"/>'
    '</o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202"'
    ' path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
_SHAPE = (
    '<v:shape id="anju_{id}" type="#_x0000_t202" style="position:absolute;visibility:hidden;width:220pt;height:70pt"'
    ' fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
    '<v:path o:connecttype="none"/><v:textbox/><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{left}, 12, {top}, 4, {right}, 12, {bottom}, 4</x:Anchor>"
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)


def place(cell: str) -> tuple[int, int] | None:
    """ "B17" → (17, 2); None for no address."""
    found = re.fullmatch(r"([A-Z]{1,3})(\d+)", cell)
    return (int(found[2]), _column_number(found[1])) if found else None


def mark(content: bytes, sheet: str, notes: Mapping[tuple[int, int], str]) -> bytes | None:
    """A copy of the workbook in which those cells (row, column from 1) are coloured and carry a comment.

    None when the sheet's XML is written in a way that cannot be patched safely.
    """
    package = Package(content)
    part = package.sheet_parts().get(sheet, "")
    styles = next((name for name in package.names if name.endswith("/styles.xml")), "")
    if not part or not styles:
        return None
    painter = _Styles(package.text(styles))
    painted, done = _paint(package.text(part), notes, painter)
    if done < len(notes):
        return None
    changed = {styles: painter.xml()}
    some = dict(list(notes.items())[:MOST_NOTES])
    changed |= _comment(package, part, painted, some)
    return _packed(package, changed)


class _Styles:
    """The cell styles of a workbook, to which coloured twins of those in use are added."""

    def __init__(self, xml: str) -> None:
        self._xml = xml
        cells = re.search(r"<cellXfs\b[^>]*>(.*?)</cellXfs>", xml, re.DOTALL)
        fills = re.search(r"<fills\b[^>]*>(.*?)</fills>", xml, re.DOTALL)
        self._known = _XF.findall(cells[1]) if cells else []
        self._fill = len(re.findall(r"<fill\b", fills[1])) if fills else 0
        self._twins: dict[int, int] = {}
        self._added: list[str] = []

    def twin(self, style: int) -> int:
        """The number of a style's coloured twin."""
        if style not in self._twins:
            plain = self._known[style] if style < len(self._known) else '<xf numFmtId="0" fontId="0" borderId="0"/>'
            head = re.match(r"<xf\b[^>]*?(/?)>", plain)
            assert head is not None  # found by the same pattern
            tag = re.sub(r'\s(?:fillId|applyFill)="[^"]*"', "", head[0])
            tag = tag.replace("<xf", f'<xf fillId="{self._fill}" applyFill="1"', 1)
            self._twins[style] = len(self._known) + len(self._added)
            self._added.append(tag + plain[head.end() :])
        return self._twins[style]

    def xml(self) -> str:
        """The part with the twins."""
        xml = _append(self._xml, "fills", _FILL, self._fill + 1)
        return _append(xml, "cellXfs", "".join(self._added), len(self._known) + len(self._added))


def _append(xml: str, name: str, added: str, count: int) -> str:
    xml = xml.replace(f"</{name}>", f"{added}</{name}>", 1)
    return re.sub(rf'(<{name}\b[^>]*?)\scount="\d+"', rf'\1 count="{count}"', xml, count=1)


def _paint(xml: str, notes: Mapping[tuple[int, int], str], styles: _Styles) -> tuple[str, int]:
    """The sheet with coloured cells, and how many were coloured; blank ones are made, in their column's style."""
    rows: dict[int, list[int]] = {}
    for at, column in notes:
        rows.setdefault(at, []).append(column)
    of_column = _column_styles(xml)
    done = 0

    def repaint(found: re.Match[str]) -> str:
        nonlocal done
        wanted = rows.get(int(found[1]))
        if wanted is None:
            return found[0]
        done += len(wanted)
        return _paint_row(found[0], int(found[1]), wanted, styles, of_column)

    return _ROW.sub(repaint, xml), done


def _paint_row(xml: str, number: int, columns: list[int], styles: _Styles, of_column: Callable[[int], int]) -> str:
    cells = [(_column_number(found[1]), found[0]) for found in _CELL.finditer(xml)]
    known = dict(cells)
    for column in columns:
        if column in known:
            known[column] = _restyled(known[column], styles)
        else:
            known[column] = f'<c r="{column_letters(column)}{number}" s="{styles.twin(of_column(column))}"/>'
    head = xml[:-2] + ">" if xml.endswith("/>") and not cells else xml[: xml.index(">") + 1]
    return head + "".join(known[column] for column in sorted(known)) + "</row>"


def _restyled(cell: str, styles: _Styles) -> str:
    head = cell[: cell.index(">") + 1]
    style = int(found[1]) if (found := re.search(r'\ss="(\d+)"', head)) else 0
    tag = re.sub(r'\ss="\d+"', "", head).replace("<c", f'<c s="{styles.twin(style)}"', 1)
    return tag + cell[len(head) :]


def _column_styles(xml: str) -> Callable[[int], int]:
    ranges = []
    for tag in _COL.findall(xml[: xml.find("<sheetData")]):
        column = attributes(tag)
        ranges.append((int(column.get("min", 0)), int(column.get("max", 0)), int(column.get("style", 0))))
    return lambda place: next((style for low, high, style in ranges if low <= place <= high), 0)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _comment(package: Package, part: str, sheet: str, notes: Mapping[tuple[int, int], str]) -> dict[str, str]:
    """The parts that carry the comments, beside those that the sheet has already."""
    folder = dirname(part)
    relations = {one["Type"].rpartition("/")[2]: one for one in package.relations(part) if "Type" in one}
    comments = _target(folder, relations.get("comments")) or "xl/comments_anju.xml"
    drawing = _target(folder, relations.get("vmlDrawing")) or "xl/drawings/vmlDrawing_anju.vml"
    changed = {
        comments: _with_comments(package.text(comments) or _COMMENTS, notes),
        drawing: _with_shapes(package.text(drawing) or _VML, notes),
    }
    if "comments" in relations and "vmlDrawing" in relations:
        return changed | {part: sheet}
    if "comments" in relations or "vmlDrawing" in relations or "<legacyDrawing " in sheet:
        return {part: sheet}  # a header's picture or something else of the old kind: coloured only
    place = _AFTER_DRAWING.search(sheet, sheet.find("</sheetData>") if "</sheetData>" in sheet else 0)
    if place is None:
        return {part: sheet}
    link = f'<legacyDrawing xmlns:r="{_TYPES}" r:id="anju_drawing"/>'
    changed[part] = sheet[: place.start()] + link + sheet[place.start() :]
    added = (
        f'<Relationship Id="anju_drawing" Type="{_TYPES}/vmlDrawing" Target="/{drawing}"/>'
        f'<Relationship Id="anju_comments" Type="{_TYPES}/comments" Target="/{comments}"/>'
    )
    own = relations_part(part)
    changed[own] = _before_end(package.text(own) or _RELATIONS, "Relationships", added)
    types = package.text("[Content_Types].xml")
    added = f'<Override PartName="/{comments}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"/>'
    if not re.search(r'Extension="vml"', types, re.IGNORECASE):
        vml = '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
        types = re.sub(r"(<Types\b[^>]*>)", lambda found: found[1] + vml, types, count=1)
    changed["[Content_Types].xml"] = _before_end(types, "Types", added)
    return changed


def _target(folder: str, relation: Mapping[str, str] | None) -> str:
    if relation is None:
        return ""
    target = relation["Target"]
    return target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))


def _before_end(xml: str, name: str, added: str) -> str:
    if f"</{name}>" in xml:
        return xml.replace(f"</{name}>", f"{added}</{name}>", 1)
    return re.sub(rf"<{name}\b([^>]*)/>", lambda found: f"<{name}{found[1]}>{added}</{name}>", xml, count=1)


def _with_comments(xml: str, notes: Mapping[tuple[int, int], str]) -> str:
    author = len(re.findall(r"<author\b", xml))
    have = set(re.findall(r'<comment\b[^>]*?\bref="([A-Z]+\d+)"', xml))
    made = [
        f'<comment ref="{ref}" authorId="{author}"><text><t xml:space="preserve">{escape(text, quote=False)}</t></text></comment>'
        for (row, column), text in sorted(notes.items())
        if (ref := f"{column_letters(column)}{row}") not in have
    ]
    xml = _before_end(xml, "authors", f"<author>{AUTHOR}</author>")
    return _before_end(xml, "commentList", "".join(made))


def _with_shapes(xml: str, notes: Mapping[tuple[int, int], str]) -> str:
    have = set(re.findall(r"<x:Row>(\d+)</x:Row>\s*<x:Column>(\d+)</x:Column>", xml))
    made = [
        _SHAPE.format(
            id=number,
            row=row - 1,
            column=column - 1,
            left=column,
            top=max(row - 2, 0),
            right=column + 3,
            bottom=row + 3,
        )
        for number, (row, column) in enumerate(sorted(notes), 1)
        if (str(row - 1), str(column - 1)) not in have
    ]
    return xml.replace("</xml>", "".join(made) + "</xml>", 1)


def _packed(package: Package, changed: Mapping[str, str]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        for name in [*package.names, *(one for one in changed if one not in package.names)]:
            data = changed[name].encode() if name in changed else package.read(name)
            out.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
