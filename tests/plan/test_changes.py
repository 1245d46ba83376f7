"""Change orders: proposed, approved by another person, signed; until then the version before holds."""

from typing import Any

import pytest

from app.core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from app.funds import queries as funds
from app.permissions import Role
from app.renovation.models import Renovation
from app.stages.plan import queries
from app.stages.plan.changes import approve_change, change_inputs, drop_change, open_change, sign_change
from app.stages.plan.difference import ChangeKind
from app.stages.plan.models import Plan
from app.stages.plan.rules import LineInput, PlanState
from tests.factories import people
from tests.plan.support import Desk, agreed, desk, line, photo, within

pytestmark = pytest.mark.usefixtures("session")


def in_force(renovation: Renovation) -> Plan:
    """The signed version."""
    found = queries.signed(renovation)
    assert found is not None
    return found


def changed_lines(plan: Plan, **prices: str) -> list[LineInput]:
    """The lines in force with other quantities (`item_13="2.00"`)."""
    rows: list[dict[str, Any]] = [dict(row) for row in change_inputs(plan)["lines"]]
    for row in rows:
        row["quantity"] = prices.get(f"item_{row['item']}", row["quantity"])
    return [LineInput.model_validate(row) for row in rows]


def propose(renovation: Renovation, around: Desk, typed: list[LineInput]) -> Plan:
    """A change proposed by a contractor."""
    builder = people.actor(Role.CONTRACTOR)
    return within(renovation, around.county, lambda file: open_change(file, typed, "墙面承重不够，加一根扶手", builder))


def test_a_change_holds_only_when_approved_and_signed() -> None:
    around = desk()
    renovation = agreed(around)
    first = in_force(renovation)
    roots = {one.item_no: one.root_id for one in first.lines}
    change = propose(renovation, around, changed_lines(first, item_13="2.00"))
    assert (change.version, change.state, change.change_order) == (2, PlanState.DRAFT, True)
    assert in_force(renovation).version == 1
    assert (change.total_fen, renovation.total_fen) == (160_000, 140_000)
    signature = photo(around.township)
    with pytest.raises(Conflict, match="没有已批准"):
        within(renovation, around.county, lambda file: sign_change(file, 0, signature, around.township))
    within(renovation, around.county, lambda file: approve_change(file, around.county, "同意"))
    assert in_force(renovation).version == 1
    within(renovation, around.county, lambda file: sign_change(file, 0, signature, around.township))
    now = in_force(renovation)
    assert (now.version, now.total_fen) == (2, 160_000)
    assert {one.item_no: one.root_id for one in now.lines} == roots
    assert [one.state for one in queries.versions(renovation)] == [PlanState.SIGNED, PlanState.SUPERSEDED]
    assert sum(funds.committed(renovation.id).values()) == 160_000


def test_a_change_says_what_it_changes() -> None:
    around = desk()
    renovation = agreed(around)
    first = in_force(renovation)
    rows = [one for one in changed_lines(first, item_13="2.00") if one.item != 1]
    rows += [LineInput.model_validate(line(1, "180.00", space="kitchen"))]
    found = queries.difference(first, propose(renovation, around, rows))
    assert [(one.kind, one.line.item_no, one.change_fen) for one in found.lines if one.kind is not ChangeKind.SAME] == [
        (ChangeKind.CHANGED, 13, 20_000),
        (ChangeKind.ADDED, 1, 18_000),
        (ChangeKind.REMOVED, 1, -20_000),
    ]
    assert [(one.before, one.after) for one in found.sums] == [
        ("¥1,400.00", "¥1,580.00"),
        ("¥1,400.00", "¥1,580.00"),
        ("¥0.00", "¥0.00"),
    ]


def test_a_change_keeps_the_rules_of_a_plan() -> None:
    around = desk()
    renovation = agreed(around)
    rest = [one for one in changed_lines(in_force(renovation)) if one.item != 24]
    with pytest.raises(RuleViolations, match="基础类“手杖”还没有确定"):
        propose(renovation, around, rest)
    assert queries.open_version(renovation) is None


def test_one_change_at_a_time_and_another_person_approves() -> None:
    around = desk()
    renovation = agreed(around)
    rows = changed_lines(in_force(renovation), item_13="2.00")
    own = within(renovation, around.county, lambda file: open_change(file, rows, "加一根", around.county))
    assert own.state is PlanState.DRAFT
    with pytest.raises(Conflict, match="已有一份变更"):
        propose(renovation, around, rows)
    with pytest.raises(NotAllowed, match="不能批准自己的变更"):
        within(renovation, around.county, lambda file: approve_change(file, around.county))
    within(renovation, around.county, lambda file: approve_change(file, around.other_county))
    within(renovation, around.county, lambda file: drop_change(file, "家庭不同意", around.township))
    assert queries.open_version(renovation) is None
    assert in_force(renovation).version == 1


def test_the_household_signs_the_new_own_share() -> None:
    around = desk()
    renovation = agreed(around)
    propose(renovation, around, changed_lines(in_force(renovation), item_13="5.00"))
    within(renovation, around.county, lambda file: approve_change(file, around.county))
    signature = photo(around.township)
    with pytest.raises(RuleViolation, match=r"家庭自付是 ¥200.00，写的是 ¥0.00"):
        within(renovation, around.county, lambda file: sign_change(file, 0, signature, around.township))
    within(renovation, around.county, lambda file: sign_change(file, 20_000, signature, around.township))
    assert in_force(renovation).signed_self_pay_fen == 20_000
    assert sum(funds.committed(renovation.id).values()) == 200_000
