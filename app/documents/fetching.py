"""What a paper may load while it is rendered: our fonts and stored pictures, never an address or a file of the machine.

Imported only together with WeasyPrint, see `rendering`.
"""

from typing import Any

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from . import fonts, pictures


class RefusedError(FatalURLFetchingError):
    """A paper asked for something that is not ours; nothing is printed then."""


class OurFilesOnly(URLFetcher):
    """`font:<name>` and `stored:<file id>`; everything else, `http` and `file` first of all, stops the rendering."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The content of one of our own addresses; raises RefusedError for any other."""
        scheme, _, name = url.partition(":")
        if scheme == "font" and name in fonts.FACES:
            return URLFetcherResponse(url, fonts.path(name).read_bytes(), {"Content-Type": "font/otf"})
        if scheme == "stored" and name.isdecimal():
            return URLFetcherResponse(url, _picture(int(name)), {"Content-Type": "image/jpeg"})
        raise RefusedError(f"a paper may not load {scheme}:")


def _picture(file_id: int) -> bytes:
    """A stored photo; a paper without it would be issued as if it had never been there, so nothing is printed then."""
    try:
        return pictures.for_print(file_id)
    except Exception as error:
        raise RefusedError(f"photo {file_id} could not be read") from error
