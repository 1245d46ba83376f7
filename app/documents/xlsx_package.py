"""An xlsx file as what it is: a ZIP of XML parts, unpacked with limits, from which nothing is believed."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from posixpath import dirname, join, normpath

from ..core.errors import RuleViolation

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 400 * 1024 * 1024
MAX_PARTS = 2000
CHUNK = 1 << 20

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')


class Unreadable(RuleViolation):
    """The file is no workbook that we read; the sentence says what to do."""

    title = "文件读不了"


class Package:
    """The parts of a workbook, each unpacked only as far as its directory says.

    Raises Unreadable for what is too large, damaged, locked by a password, of another format or with macros.
    """

    def __init__(self, content: bytes) -> None:
        _look_at(content)
        self.content = content
        try:
            infos = zipfile.ZipFile(BytesIO(content)).infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise _damaged() from error
        self._infos = {info.filename: info for info in infos}
        if len(self._infos) != len(infos) or len(infos) > MAX_PARTS:
            raise Unreadable("文件的结构不正常。请在 Excel 中打开，另存为 .xlsx 后重新上传。")
        if any(info.flag_bits & 1 for info in infos):
            raise Unreadable("文件设了打开密码，系统读不了。请在 Excel 中取消密码，保存后重新上传。")
        self._refuse_other_formats()
        if sum(info.file_size for info in infos) > MAX_UNPACKED:
            raise _too_much()

    def _refuse_other_formats(self) -> None:
        if "xl/workbook.bin" in self._infos:
            raise Unreadable("这是 .xlsb 格式。请在 Excel 中另存为 .xlsx 后重新上传。")
        if "xl/workbook.xml" not in self._infos:
            raise Unreadable("这不是 Excel 工作簿。请用下载的登记表填写，保存为 .xlsx 后上传。")
        if any(name.endswith("vbaProject.bin") for name in self._infos):
            raise Unreadable("这个工作簿带有宏。请在 Excel 中另存为不含宏的 .xlsx 后重新上传。")

    @property
    def names(self) -> list[str]:
        """The names of the parts."""
        return list(self._infos)

    def unpack(self, name: str) -> Iterator[bytes]:
        """A part piece by piece; stops at what the directory said, so that a lie about the size unpacks nothing."""
        info = self._infos[name]
        header = self.content[info.header_offset : info.header_offset + 30]
        if len(header) < 30:
            raise _damaged()
        names, extra = struct.unpack("<HH", header[26:])
        start = info.header_offset + 30 + names + extra
        packed = memoryview(self.content)[start : start + info.compress_size]
        if info.compress_type == zipfile.ZIP_STORED:
            pieces: Iterator[bytes] = iter([bytes(packed)])
        elif info.compress_type == zipfile.ZIP_DEFLATED:
            pieces = _inflate(packed)
        else:
            raise Unreadable("文件的压缩方式不认识。请在 Excel 中打开，另存为 .xlsx 后重新上传。")
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > info.file_size:
                raise _too_much()
            yield piece

    def read(self, name: str) -> bytes:
        """A whole part."""
        return b"".join(self.unpack(name))

    def text(self, name: str) -> str:
        """A whole part as text, "" when it is not there."""
        return self.read(name).decode("utf-8", "replace") if name in self._infos else ""

    def sheet_parts(self) -> dict[str, str]:
        """Name of each worksheet → the name of its part."""
        targets = {one["Id"]: one["Target"] for one in self.relations("xl/workbook.xml")}
        found = {}
        for tag in _SHEET.findall(self.text("xl/workbook.xml")):
            sheet = attributes(tag)
            target = targets.get(sheet.get("r:id", ""), "")
            part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            if part in self._infos:
                found[sheet.get("name", "")] = part
        return found

    def relations(self, part: str) -> list[dict[str, str]]:
        """The relationships of a part, each as its attributes."""
        tags = _RELATION.findall(self.text(relations_part(part)))
        return [one for tag in tags if "Id" in (one := attributes(tag)) and "Target" in one]


def relations_part(part: str) -> str:
    """Where the relationships of a part stand."""
    return f"{dirname(part)}/_rels/{part.rpartition('/')[2]}.rels"


def attributes(tag: str) -> dict[str, str]:
    """The attributes of one XML tag."""
    return {name: unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag)}


def _look_at(content: bytes) -> None:
    """Tell by the first bytes what the file is."""
    if not content:
        raise Unreadable("文件是空的，请重新选择。")
    if len(content) > MAX_BYTES:
        raise Unreadable(f"文件超过 {MAX_BYTES >> 20} MB。请删去图片和多余的表，或按乡镇分成几个文件。")
    if content.startswith(_OLE):
        if _LOCKED in content:
            raise Unreadable("文件设了打开密码，系统读不了。请在 Excel 中取消密码，保存后重新上传。")
        raise Unreadable("这是旧的 .xls 格式。请在 Excel 中另存为 .xlsx 后重新上传。")
    if not content.startswith(b"PK\x03\x04"):
        raise Unreadable("这不是 Excel 工作簿。请用下载的登记表填写，保存为 .xlsx 后上传（CSV 请在 Excel 中另存）。")


def _inflate(packed: memoryview) -> Iterator[bytes]:
    engine = zlib.decompressobj(-15)
    left: bytes | memoryview = packed
    try:
        while left or not engine.eof:
            piece = engine.decompress(left, CHUNK)
            left = engine.unconsumed_tail
            if piece:
                yield piece
            elif not left:
                return
    except zlib.error as error:
        raise _damaged() from error


def _damaged() -> Unreadable:
    return Unreadable("文件已损坏，打不开。请在 Excel 中打开，另存为 .xlsx 后重新上传。")


def _too_much() -> Unreadable:
    return Unreadable(f"文件解开后超过 {MAX_UNPACKED >> 20} MB。请删去登记表以外的内容后重新上传。")
