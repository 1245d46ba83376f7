"""What templates show."""

from datetime import UTC, date, datetime
from decimal import Decimal

from app.core import templates
from app.core.identity_numbers import Sex


def test_filters() -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert templates.yuan(123450) == "¥1,234.50"
    assert templates.yuan_plain(123450) == "1234.50"
    assert (templates.day(late), templates.day(date(2026, 1, 2))) == ("2026-11-23", "2026-01-02")
    assert (templates.paper_day(late), templates.paper_day(date(2026, 1, 2))) == ("2026年11月23日", "2026年1月2日")
    assert templates.moment(late) == "2026-11-23 00:30"
    assert templates.label([Sex.MALE, Sex.FEMALE]) == "男、女"
    assert (templates.label(True), templates.label("原文")) == ("是", "原文")
    assert [templates.quantity(Decimal(text)) for text in ("3.50", "10.00", "0.05", "100")] == [
        "3.5",
        "10",
        "0.05",
        "100",
    ]


def test_what_is_missing_shows_as_a_dash() -> None:
    shown = [
        show(None) for show in (templates.yuan, templates.day, templates.moment, templates.label, templates.quantity)
    ]
    assert shown == ["—"] * 5
    assert templates.yuan_plain(None) == ""
