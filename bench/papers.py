"""500 acceptance forms as PDF beside bare WeasyPrint on the same pages; a second print from the store."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import weasyprint
from sqlalchemy import delete, select
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from app.core.db import db
from app.documents import fonts, pictures, rendering
from app.documents.models import IssuedPaper
from app.lifecycle import Status
from app.permissions import SYSTEM
from app.renovation import papers, queries
from app.renovation.models import Renovation
from app.stages.registry import papers as table

from . import data
from .measure import Result
from .recording import application

KIND = "acceptance_form"
ACCEPTED = (Status.ACCEPTED, Status.SETTLED, Status.PAID, Status.CLOSED)
LIMIT, AGAIN = 1.3, 0.3


class InMemory(URLFetcher):  # type: ignore[misc]
    """What the bare renderer reads: fonts and pictures that were fetched before the clock runs."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=())
        self.held: dict[str, bytes] = {f"font:{name}": fonts.path(name).read_bytes() for name in fonts.FACES}

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The bytes, fetched once."""
        if url not in self.held:
            self.held[url] = pictures.for_print(int(url.partition(":")[2]))
        return URLFetcherResponse(url, self.held[url], {"Content-Type": "image/jpeg"})


def measure(small: Path, count: int = 500) -> list[Result]:
    """Each form by us and bare, in turns, so that a busy moment hits both; then all of ours once more.

    Every other form is drawn bare first: whoever draws a page that was just drawn finds it warm.
    """
    app = application(data.copy(small, "papers"))
    with app.test_request_context("/"):
        numbers = _numbers(count)
        bare, ours = _bare(), _ours()
        for warm in numbers[:3]:
            ours(warm)
            bare(*_page(warm))
        _forget()
        first = beside = 0.0
        for number in numbers[::2]:
            page = _page(number)
            first += _timed(lambda number=number: ours(number))
            beside += _timed(lambda page=page: bare(*page))
        for number in numbers[1::2]:
            page = _page(number)
            beside += _timed(lambda page=page: bare(*page))
            first += _timed(lambda number=number: ours(number))
        again = sum(_timed(lambda number=number: ours(number)) for number in numbers)
    each, much = 1000 / len(numbers), "bare WeasyPrint, same pages"
    return [
        Result(f"{len(numbers)} acceptance forms as PDF, each", first * each, much, beside * each, LIMIT),
        Result("the same printed again, each", again * each, much, beside * each, AGAIN),
    ]


def _numbers(count: int) -> list[str]:
    accepted = select(Renovation.number).where(Renovation.status.in_(ACCEPTED)).order_by(Renovation.id)
    found, paper = [], table()[KIND]
    for number in db.session.scalars(accepted).all():
        if paper.context(queries.get(number, SYSTEM)) is not None:
            found.append(number)
        if len(found) == count:
            break
    return found


def _page(number: str) -> tuple[str, InMemory]:
    """The HTML that ours draws, with a code, and its pictures in memory."""
    sheet = papers.sheet(table()[KIND], queries.get(number, SYSTEM), SYSTEM)
    return papers.document(sheet, sheet.body(), "23456789AB"), _HELD


_HELD = InMemory()


def _ours() -> Callable[[str], None]:
    def issue(number: str) -> None:
        row = papers.issue(papers.sheet(table()[KIND], queries.get(number, SYSTEM), SYSTEM), SYSTEM)
        papers.content_of(row)

    return issue


def _bare() -> Callable[[str, InMemory], None]:
    configuration = FontConfiguration()
    folder = Path(rendering.__file__).parent.parent / "static" / "css"
    styles = [
        weasyprint.CSS(string=(folder / name).read_text("utf-8"), url_fetcher=_HELD, font_config=configuration)
        for name in rendering.STYLES
    ]

    def draw(html: str, held: InMemory) -> None:
        weasyprint.HTML(string=html, url_fetcher=held, base_url="about:blank").write_pdf(
            stylesheets=styles, font_config=configuration
        )

    return draw


def _forget() -> None:
    """What the warm-up issued is taken away, so that each form is drawn once."""
    db.session.execute(delete(IssuedPaper))
    db.session.commit()
    db.session.remove()


def _timed(call: Callable[[], None]) -> float:
    begun = perf_counter()
    call()
    return perf_counter() - begun
