"""A paper of the settlement is asked for in the case that the programme names: works, goods, somebody who moved out."""

from typing import Any

import pytest

from app.renovation.models import Renovation
from app.stages.settlement.papers import missing_papers
from tests.acceptance.support import judged, recorded
from tests.application.notice_support import publish_tables
from tests.construction.support import Site, completed, do, lines_of, site, works
from tests.construction.test_service import moved_out, stay
from tests.process.support import CONTENT

pytestmark = pytest.mark.usefixtures("session")

CARD = "还没有质保卡。"


def publish_card(only_if: str) -> None:
    """Chongqing 2020, the warranty card only in this case."""
    papers = [one | ({"only_if": only_if} if one["key"] == "warranty_card" else {}) for one in CONTENT["document"]]
    publish_tables(document=papers)


def is_asked(file: Renovation) -> bool:
    return CARD in [one.text for one in missing_papers(file)]


def accepted(on: Site, file: Renovation, refused: str = "") -> Renovation:
    """The file after the countersignature, the lines of a kind refused."""
    built = {line.item_no for line in works(file)}
    no: dict[str, Any] = {"result": "refused", "finding": "不符", "measured": "0.00"}
    items = [n for n in lines_of(file) if (n in built) == (refused == "works")] if refused else []
    lines = judged(file, **{f"item_{n}": no for n in items})
    return do("acceptance.countersign", recorded(on, file, lines=lines), on.around.county)


@pytest.mark.parametrize(
    ("only_if", "refused", "asked"),
    [
        ("", "", True),
        ("works", "", True),
        ("works", "works", False),
        ("goods", "", True),
        ("goods", "goods", False),
        ("relocation", "", False),
        ("self_pay", "", False),
    ],
)
def test_a_paper_is_asked_in_its_case(only_if: str, refused: str, asked: bool) -> None:
    publish_card(only_if)
    on = site()
    assert is_asked(accepted(on, completed(on), refused)) is asked


def test_a_paper_of_moving_out_is_asked_where_somebody_did() -> None:
    publish_card("relocation")
    on = site()
    file = moved_out(on)
    do("construction.relocate", file, on.around.township, **stay(0, 9))
    file = completed(on, do("construction.start", file, on.builder))
    assert is_asked(accepted(on, file))
