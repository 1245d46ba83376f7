"""HTML to PDF. WeasyPrint is imported at the first paper: without pango the rest of the application still works."""

import atexit
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import pypdfium2

from ..core.errors import DomainError

STYLES = ("paper.css", "paper-pdf.css")
_FOLDER = Path(__file__).parent.parent / "static" / "css"
_LIBRARY = re.compile(r"pango[\w.-]*|gobject[\w.-]*|harfbuzz[\w.-]*|fontconfig[\w.-]*")
_one_at_a_time = Lock()
"""Pango and fontconfig are shared by the threads of a process."""


class NoPdf(DomainError):
    """This machine cannot make PDF."""

    status = 503
    title = "暂时不能生成 PDF"


@dataclass(frozen=True, slots=True)
class Pdf:
    """A finished paper."""

    content: bytes
    pages: int

    @property
    def sha256(self) -> str:
        """The hash by which a copy is known."""
        return sha256(self.content).hexdigest()


@cache
def missing() -> str:
    """What this machine lacks for PDF, as a sentence; "" when nothing."""
    try:
        import_module("weasyprint")
    except (ImportError, OSError) as error:
        found = _LIBRARY.search(str(error))
        lacking = found.group(0) if found else "weasyprint"
        return f"这台服务器缺少生成 PDF 的组件（{lacking}），可以先用浏览器打印，并请管理员运行安装程序。"
    return ""


@cache
def style_hash() -> str:
    """What changes the look of every paper: our style sheets, the renderer, the fonts."""
    parts = [(_FOLDER / name).read_bytes() for name in STYLES]
    parts += [version(name).encode() for name in ("weasyprint", "pylopdf-fonts-zh-cn")]
    return sha256(b"\0".join(parts)).hexdigest()


def render(html: str, attachments: Mapping[str, bytes] | None = None) -> Pdf:
    """An HTML document as PDF; `attachments` (name → content) travel inside the file.

    Slow (half a second and more), so not inside a unit of work. Raises NoPdf, or what `fetching` refuses.
    """
    if problem := missing():
        raise NoPdf(problem)
    try:
        return _rendered(html, attachments or {})
    except Exception as error:
        if isinstance(error.__cause__, DomainError):
            raise error.__cause__ from error  # a photo that the store has lost says so itself
        raise


def _rendered(html: str, attachments: Mapping[str, bytes]) -> Pdf:
    weasyprint = import_module("weasyprint")
    fetcher = import_module(f"{__package__}.fetching").OurFilesOnly()
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        styles, fonts = _styles()
        document = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url="about:blank").render(
            font_config=fonts,
            stylesheets=styles,
        )
        inside = [weasyprint.Attachment(string=content, name=name) for name, content in attachments.items()]
        content = document.write_pdf(attachments=inside)  # an identifier would compress every stream a second time
        return Pdf(content, len(document.pages))


@cache
def _styles() -> tuple[list[Any], Any]:
    """Our style sheets with the fonts they name, read once a process."""
    weasyprint = import_module("weasyprint")
    configuration = import_module("weasyprint.text.fonts").FontConfiguration()
    fetcher = import_module(f"{__package__}.fetching").OurFilesOnly()
    return [
        weasyprint.CSS(
            string=(_FOLDER / name).read_text(encoding="utf-8"), url_fetcher=fetcher, font_config=configuration
        )
        for name in STYLES
    ], configuration


# at the end of the process the fonts must go before the libraries that hold them
atexit.register(_styles.cache_clear)


def joined(contents: list[bytes]) -> Pdf:
    """Several PDF one behind the other; each keeps its own page numbers."""
    whole = pypdfium2.PdfDocument.new()
    try:
        for content in contents:
            part = pypdfium2.PdfDocument(content)
            whole.import_pages(part)
            part.close()
        out = BytesIO()
        whole.save(out)
        return Pdf(out.getvalue(), len(whole))
    finally:
        whole.close()
