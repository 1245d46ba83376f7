"""What a paper may load while it is rendered: our fonts and stored pictures, never an address or a file of the machine.

Imported only together with WeasyPrint, see `rendering`.
"""

import re
from collections.abc import Callable
from typing import Any

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from . import fonts, pictures

_PAGE = re.compile(r"(\d+):(\d+)")


class RefusedError(FatalURLFetchingError):
    """A paper asked for something that is not ours; nothing is printed then."""


class OurFilesOnly(URLFetcher):
    """`font:<name>`, `stored:<file id>`, `page:<file id>:<index>`; everything else, `http` and `file` first of all, stops the rendering."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The content of one of our own addresses; raises RefusedError for any other."""
        scheme, _, name = url.partition(":")
        if scheme == "font" and name in fonts.FACES:
            return URLFetcherResponse(url, fonts.path(name).read_bytes(), {"Content-Type": "font/otf"})
        if scheme == "stored" and name.isdecimal():
            content = _ours(lambda: pictures.for_print(int(name)))
            return URLFetcherResponse(url, content, {"Content-Type": "image/jpeg"})
        if scheme == "page" and (found := _PAGE.fullmatch(name)):
            content = _ours(lambda: pictures.page_for_print(int(found[1]), int(found[2])))
            return URLFetcherResponse(url, content, {"Content-Type": "image/jpeg"})
        raise RefusedError(f"a paper may not load {scheme}:")


def _ours(read: Callable[[], bytes]) -> bytes:
    """A stored picture; a paper without it would be issued as if it had never been there, so nothing is printed then."""
    try:
        return read()
    except Exception as error:
        raise RefusedError("a stored picture could not be read") from error
