"""Whether one condition can only hold where another does, told from how the two are written: no household is asked.

It never says yes wrongly. It may say no where only the sense of the facts would tell.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .areas import within
from .expressions import AllOf, AnyOf, Condition, Count, Every, IfElse, Leaf, OverList, Same, Some


def implies(later: Condition, earlier: Condition) -> bool:
    """Whether `earlier` surely holds of every household of which `later` surely holds."""
    if _plain(later) == _plain(earlier):
        return True
    if isinstance(later, AnyOf):
        return all(implies(part, earlier) for part in later.parts)
    if isinstance(later, IfElse):
        return implies(later.then, earlier) and implies(later.otherwise, earlier)
    if isinstance(earlier, AllOf):
        return all(implies(later, part) for part in earlier.parts)
    if isinstance(later, AllOf) and any(implies(part, earlier) for part in later.parts):
        return True
    if isinstance(earlier, AnyOf):
        return any(implies(later, part) for part in earlier.parts)
    if isinstance(later, Leaf) and isinstance(earlier, Leaf):
        return _leaf(later, earlier)
    return isinstance(later, OverList) and isinstance(earlier, OverList) and _over_list(later, earlier)


def _plain(condition: Condition) -> Condition:
    """The condition without what changes only how it is said, or what it is while it does not hold."""
    if isinstance(condition, Leaf | Same):
        return replace(condition, quiet=False, doubtful=False)
    if isinstance(condition, OverList):
        return replace(condition, quiet=False)
    return condition


def _over_list(later: OverList, earlier: OverList) -> bool:
    """So many entries of which more is said are at least so many of which less is said."""
    if later.fact != earlier.fact or (later.with_applicant and not earlier.with_applicant):
        return False
    if isinstance(later, Every) or isinstance(earlier, Every):
        same = later.with_applicant == earlier.with_applicant and type(later) is type(earlier)
        return same and implies(later.condition, earlier.condition)
    has_no_end = not isinstance(earlier, Count) or earlier.highest is None
    return has_no_end and _lowest(later) >= _lowest(earlier) and implies(later.condition, earlier.condition)


def _lowest(condition: OverList) -> int:
    return condition.lowest if isinstance(condition, Count) else 1 if isinstance(condition, Some) else 0


def _leaf(later: Leaf, earlier: Leaf) -> bool:
    """One comparison of a fact is as strict as another of it; ages only where they are told in one way."""
    told_alike = (later.fact, later.at, later.by_year) == (earlier.fact, earlier.at, earlier.by_year)
    stricter = _STRICTER.get((later.operator, earlier.operator))
    return told_alike and stricter is not None and stricter(later.operand, earlier.operand)


def _not_less(later: Any, earlier: Any) -> bool:
    return bool(later >= earlier)


def _not_more(later: Any, earlier: Any) -> bool:
    return bool(later <= earlier)


def _among(later: Any, earlier: Any) -> bool:
    return set(later) <= set(earlier)


def _beyond(later: Any, earlier: Any) -> bool:
    return set(later) >= set(earlier)


_STRICTER: dict[tuple[str, str], Callable[[Any, Any], bool]] = {
    ("is", "is_one_of"): lambda later, earlier: later in earlier,
    ("is", "at_least"): _not_less,
    ("is", "at_most"): _not_more,
    ("is", "within"): lambda later, earlier: within(later, earlier) is True,
    ("is_one_of", "is_one_of"): _among,
    ("is_one_of", "at_least"): lambda later, earlier: min(later) >= earlier,
    ("is_one_of", "at_most"): lambda later, earlier: max(later) <= earlier,
    ("is_one_of", "within"): lambda later, earlier: all(within(area, earlier) is True for area in later),
    ("at_least", "at_least"): _not_less,
    ("at_most", "at_most"): _not_more,
    ("age_at_least", "age_at_least"): _not_less,
    ("age_below", "age_below"): _not_more,
    ("on_or_after", "on_or_after"): _not_less,
    ("before", "before"): _not_more,
    ("within_months", "within_months"): _not_more,
    ("within", "within"): lambda later, earlier: all(within(area, earlier) is True for area in later),
    ("contains", "contains_any"): lambda later, earlier: later in earlier,
    ("contains", "is_empty"): lambda _later, earlier: not earlier,
    ("contains_any", "contains_any"): _among,
    ("contains_any", "is_empty"): lambda _later, earlier: not earlier,
    ("contains_none", "contains_none"): _beyond,
    ("count_at_least", "count_at_least"): _not_less,
}
"""Comparison of the later condition, of the earlier one → when the former holds of fewer, by what they compare with."""
