"""The demo's deposits: one held, one due for return, one guarantee that runs out; the same on each database."""

from datetime import date, timedelta

from flask import Flask

from app.core import clock
from app.demo import beds, county
from app.stages.settlement import deposits

TODAY = date(2026, 7, 31)


def test_what_the_countys_desk_tells(committed: Flask) -> None:
    with clock.fixed(TODAY - timedelta(days=410)):
        county.build(TODAY)
    with clock.fixed(TODAY):
        for _ in range(2):  # an interrupted demo is built on: nothing comes twice
            beds.prepare(TODAY)
        head = county.actor("county1")
        states = {one.record.lot: one.state for one in deposits.tenders(head).tenders if one.record.programme_key}
        assert states == {
            "YLCW-4": ("保函 2026-08-20 到期，早于退还日，请换新", "soon"),
            "YLCW-3": ("在押", "work"),
            "YLCW-2": ("2026-07-17 起应退还", "soon"),
        }
        assert [one.record.lot for one in deposits.on_desk(head)] == ["YLCW-4", "YLCW-2"]
        assert [one.record.lot for one in deposits.on_desk(county.actor("build1"))] == ["YLCW-3"]
        assert [one.record.lot for one in deposits.on_desk(county.actor("build2"))] == ["YLCW-4", "YLCW-2"]
        assert deposits.on_desk(county.actor("town1")) == []
