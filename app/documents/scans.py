"""What came out of a scanner or a telephone: its pages, the code on each, the parts that belong together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image, ImageOps

from ..core.errors import RuleViolation
from . import codes

MOST_PAGES = 300
LONGEST = 2400
"""Pixels of the longer side at which a page is looked at: 200 dots an inch on A4."""


@dataclass(frozen=True, slots=True)
class Part:
    """One paper among what was scanned: its code ("" when none could be read), its pages, its own content."""

    code: str
    pages: int
    content: bytes


def pages(content: bytes) -> int:
    """How many pages an upload has to be looked at; 1 for what cannot be opened, which `parts` then says."""
    try:
        with opened(content) as document:
            return len(document)
    except RuleViolation:
        return 1


def parts(content: bytes, seen: Callable[[], None] = lambda: None) -> list[Part]:
    """The papers in an upload. Pages without a code belong to the paper before them (its back, its annex).

    `seen` is called after each page. Raises RuleViolation for what is neither a photo nor a whole PDF.
    """
    if not content.startswith(b"%PDF-"):
        return [Part(_code_of(_picture(content)), 1, content)]
    with opened(content) as document:
        found = []
        for index in range(len(document)):
            found.append(code_on(document, index))
            seen()
        groups: list[tuple[str, list[int]]] = []
        for index, code in enumerate(found):
            if groups and code in {"", groups[-1][0]}:
                groups[-1][1].append(index)
            else:
                groups.append((code, [index]))
        if len(groups) == 1:
            return [Part(groups[0][0], len(document), content)]
        return [Part(code, len(own), _extract(document, own)) for code, own in groups]


@contextmanager
def opened(content: bytes) -> Iterator[Any]:
    """A PDF to look into; raises RuleViolation when it cannot be read."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise RuleViolation("PDF 打不开，可能加了密码或没有传完，请重新扫描后再上传。") from error
    try:
        if not 1 <= len(document) <= MOST_PAGES:
            raise RuleViolation(f"一个 PDF 最多 {MOST_PAGES} 页，请分成几个上传。")
        yield document
    finally:
        document.close()


def page_picture(document: Any, index: int, longest: int = LONGEST) -> Image.Image:
    """A page of an open PDF as a grey picture, its longer side that many pixels."""
    page = document[index]
    try:
        scale = longest / max(1.0, *page.get_size())
        picture: Image.Image = page.render(scale=scale, grayscale=True).to_pil()
    except pypdfium2.PdfiumError as error:
        raise RuleViolation(f"PDF 第 {index + 1} 页打不开，请重新扫描后再上传。") from error
    finally:
        page.close()
    return picture


def code_on(document: Any, index: int) -> str:
    """The code on a page of an open PDF; "" when none can be read."""
    return _code_of(page_picture(document, index))


def page_jpeg(content: bytes, index: int, longest: int) -> bytes:
    """A page of a PDF as JPEG, for showing it among photos."""
    with opened(content) as document:
        out = BytesIO()
        page_picture(document, index, longest).save(out, "JPEG", quality=75, optimize=True)
        return out.getvalue()


def _picture(content: bytes) -> Image.Image:
    """A photo, upright and grey; what it is was checked when it was stored, so here it only may not be read."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP", "HEIF")) as image:
            image.draft("L", (LONGEST, LONGEST))
            upright = ImageOps.exif_transpose(image).convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RuleViolation("只能上传照片（JPG、PNG、WEBP、HEIC）或 PDF 扫描件。") from error
    upright.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return upright


def _code_of(picture: Image.Image) -> str:
    """The code of the paper on a picture: as it is, then enlarged in its quarters, where a telephone stood far away."""
    for seen in _looks(picture):
        for found in zxingcpp.read_barcodes(seen, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])):
            if code := codes.read(found.text):
                return code
    return ""


def _looks(picture: Image.Image) -> Iterator[Image.Image]:
    yield picture
    width, height = picture.size
    for left, top in ((width // 2, 0), (0, 0), (width // 2, height // 2), (0, height // 2)):
        quarter = picture.crop((left, top, left + width // 2 + 1, top + height // 2 + 1))
        yield quarter.resize((quarter.width * 2, quarter.height * 2), Image.Resampling.BICUBIC)


def _extract(document: Any, pages: list[int]) -> bytes:
    part = pypdfium2.PdfDocument.new()
    try:
        part.import_pages(document, pages)
        out = BytesIO()
        part.save(out)
        return out.getvalue()
    finally:
        part.close()
