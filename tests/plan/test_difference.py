"""What changed between two versions, on plain lines."""

from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.core.money import line_amount
from app.programme.values import ItemKind
from app.stages.plan.difference import ChangeKind, line_changes


@dataclass(frozen=True)
class Line:
    """A line without a database."""

    id: int
    root_id: int
    item_no: int = 13
    item_name: str = "安装扶手"
    space_name: str = "卫生间"
    specification: str = "一字形"
    quantity: Decimal = Decimal("1.00")
    unit: str = "根"
    unit_price_fen: int = 10_000
    kind: ItemKind = ItemKind.WORKS

    @property
    def amount_fen(self) -> int:
        """As a plan's line."""
        return line_amount(self.quantity, self.unit_price_fen)


lines = st.lists(
    st.builds(
        Line,
        id=st.integers(1, 10**6),
        root_id=st.integers(1, 8),
        item_no=st.integers(1, 30),
        quantity=st.integers(1, 999).map(lambda centi: Decimal(centi) / 100),
        unit_price_fen=st.integers(0, 200_000),
    ),
    max_size=8,
    unique_by=lambda line: line.root_id,
)


@given(lines, lines)
def test_the_changes_add_up_and_name_every_line_once(old: list[Line], new: list[Line]) -> None:
    changes = line_changes(old, new)
    assert sum(one.change_fen for one in changes) == sum(one.amount_fen for one in new) - sum(
        one.amount_fen for one in old
    )
    assert [one.after for one in changes if one.after] == new
    assert {id(one.before) for one in changes if one.before} == {id(one) for one in old}


@given(lines)
def test_a_version_does_not_differ_from_itself(same: list[Line]) -> None:
    assert {one.kind for one in line_changes(same, same)} <= {ChangeKind.SAME}


def test_each_field_is_named_with_before_and_after() -> None:
    old = Line(1, 1)
    new = replace(old, id=2, specification="L形", quantity=Decimal("2.50"), unit_price_fen=12_000, space_name="走道")
    (change,) = line_changes([old], [new])
    assert change.kind is ChangeKind.CHANGED
    assert [(one.label, one.before, one.after) for one in change.fields] == [
        ("空间", "卫生间", "走道"),
        ("规格", "一字形", "L形"),
        ("数量", "1 根", "2.5 根"),
        ("单价", "¥100.00", "¥120.00"),
    ]
    assert change.change_fen == 20_000


def test_a_line_typed_anew_is_matched_by_what_it_is() -> None:
    old, new = Line(1, 1), Line(9, 9, unit_price_fen=9_000)
    (change,) = line_changes([old], [new])
    assert (change.kind, change.change_fen) == (ChangeKind.CHANGED, -1_000)


def test_a_line_that_continues_elsewhere_is_not_taken_for_another() -> None:
    old = Line(1, 1)
    kept, added = Line(5, 1, space_name="走道"), Line(6, 6)
    assert [one.kind for one in line_changes([old], [added, kept])] == [ChangeKind.ADDED, ChangeKind.CHANGED]
