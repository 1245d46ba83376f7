"""PDF: our fonts and no boxes, page numbers, the code in the corner, nothing loaded from elsewhere."""

from typing import NoReturn

import pytest
from flask import Flask
from markupsafe import Markup
from PIL import ImageChops

from app.documents import codes, fonts, rendering
from app.documents.fetching import OurFilesOnly, RefusedError
from app.lifecycle import Stage
from app.permissions import Permission
from app.renovation.papers import Paper, Sheet, document
from tests.documents.reading import code_on, drawn, fonts_of, pages_of

pytestmark = pytest.mark.sqlite_only

PAPER = Paper("test", Stage.APPLICATION, "测试文书", Permission.PAPER_PRINT, lambda _renovation: {})
CODE = "23456789AB"


def render(app: Flask, body: str) -> rendering.Pdf:
    with app.test_request_context():
        return rendering.render(document(Sheet(PAPER, "renovation:1", "CQ2020-1", {}), Markup(body), CODE))


def test_only_our_own_fonts_are_embedded(app: Flask) -> None:
    pdf = render(app, "<h1>申请表</h1><p>正文 <b>粗体</b> <i>斜体</i> abc 123</p><table><tr><th>表头</th></tr></table>")
    assert fonts_of(pdf.content) == {"Anju-Hei", "Anju-Song"}


def test_every_page_has_its_number_and_the_code(app: Flask) -> None:
    pdf = render(app, "<h1>申请表</h1>" + "<p>一段文字</p>" * 100)
    pages = pages_of(pdf.content)
    assert (pdf.pages, len(pages)) == (3, 3)
    assert [f"第{number}页共3页" in page for number, page in enumerate(pages, 1)] == [True] * 3
    assert [code_on(drawn(pdf.content, page=number)) for number in (1, 2, 3)] == [f"ANJU-{CODE}"] * 3
    assert codes.read(f"ANJU-{CODE}") == CODE


@pytest.mark.parametrize("dpi", [72, 100, 200, 300])
def test_the_code_can_be_read_at_any_scanner_setting(app: Flask, dpi: int) -> None:
    assert code_on(drawn(render(app, "<h1>表</h1>").content, dpi)) == f"ANJU-{CODE}"


def test_a_rare_name_is_drawn_and_not_a_box(app: Flask) -> None:
    """Another rare character must look different, and a box is what a character looks like that no font has."""
    seen = [
        drawn(render(app, f"<p class='large'>{one}</p>").content, 60) for one in ("䶮", "㛃", "\U000e0101\U0010ffff")
    ]
    differing = [ImageChops.difference(seen[0], other).getbbox() is not None for other in seen[1:]]
    assert differing == [True, True]
    assert fonts.missing("张䶮㛃") == ""
    assert fonts.missing("张𡈼") == "𡈼"


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/x.png", "https://a.example/x.png", "file:///etc/passwd", "ftp://a.example/x", "stored:../1",
     "font:../../secret", "data:image/png;base64,AAAA"],
)  # fmt: skip
def test_nothing_is_loaded_from_elsewhere(app: Flask, address: str) -> None:
    with pytest.raises(RefusedError):
        OurFilesOnly().fetch(address)
    with pytest.raises(RefusedError):
        render(app, f'<img src="{address}" alt="x">')


def test_without_pango_the_reason_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str) -> NoReturn:
        raise OSError(f"cannot load library 'pango-1.0-0': {name}")

    monkeypatch.setattr("app.documents.rendering.import_module", without)
    rendering.missing.cache_clear()
    try:
        with pytest.raises(rendering.NoPdf) as refused:
            render(app, "<p>x</p>")
        assert "pango-1.0" in refused.value.message
    finally:
        rendering.missing.cache_clear()


@pytest.mark.parametrize(
    ("written", "code"),
    [("ANJU-23456789AB", CODE), ("23456789ab", CODE), (" anju-23456 789AB ", CODE), ("http://x/23456789AB", ""),
     ("23456789A0", ""), ("", "")],
)  # fmt: skip
def test_a_code_is_read_as_it_is_scanned_or_typed(written: str, code: str) -> None:
    assert codes.read(written) == code
