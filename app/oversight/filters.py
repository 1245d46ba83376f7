"""Rules as filters over the derived facts: a condition becomes two SQL expressions, where it holds and where it fails.

Neither is ever NULL; a row that neither takes is unknown, exactly as Kleene's logic says of its facts. What the derived
facts do not carry (entries of lists) is refused with `NotInDatabase`; `count` evaluates it in Python, row by row.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, extract, false, func, literal, or_, select, true, type_coerce

from ..core.db import db
from ..programme.ages import anniversary, months_before
from ..programme.areas import LEVELS, coarser, stem
from ..programme.eligibility import Outcome, judge
from ..programme.expressions import AllOf, AnyOf, Condition, IfElse, Leaf, Not, Same
from ..programme.facts import read_facts
from ..programme.operators import AGES
from ..programme.policy import Programme
from ..stages.application.models import DerivedFacts

Sql = ColumnElement[Any]
Day = date | Sql
"""The day on which ages are counted: one day for all, or each row's own day of application."""

APPLIED: Sql = DerivedFacts.applied_on.expression
_BATCH = 2_000


class NotInDatabase(ValueError):
    """The derived facts do not carry what a condition asks; the text says which, in Chinese."""


@dataclass(frozen=True)
class Truths:
    """Where a condition holds, and where it fails; unknown where neither."""

    holds: Sql
    fails: Sql

    @property
    def unknown(self) -> Sql:
        """Where the facts leave it open."""
        return and_(~self.holds, ~self.fails)


@dataclass(frozen=True)
class Carried:
    """A fact's columns: its value, and for a region the stem of its code."""

    column: Sql
    stem: Sql | None = None


def _column(name: str) -> Sql:
    return type_coerce(getattr(DerivedFacts, name), String())


COLUMNS: Mapping[str, Carried] = {
    "person.birth_date": Carried(DerivedFacts.birth_date.expression),
    "person.hardship": Carried(DerivedFacts.hardship.expression),
    "person.classes": Carried(DerivedFacts.classes.expression),
    "person.living": Carried(DerivedFacts.living.expression),
    "person.disability.certificate": Carried(DerivedFacts.certificate.expression),
    "person.disability.grade": Carried(DerivedFacts.disability_grade.expression),
    "person.disability.category": Carried(_column("disability_category")),
    "person.ability.failed_items": Carried(DerivedFacts.failed_items.expression),
    "person.ability.recognised": Carried(_column("recognised")),
    "person.ability.level": Carried(DerivedFacts.ability_level.expression),
    "person.dementia": Carried(DerivedFacts.dementia.expression),
    "person.insured": Carried(DerivedFacts.insured.expression),
    "person.hukou_region": Carried(DerivedFacts.hukou_region.expression, DerivedFacts.hukou_stem.expression),
    "person.hukou_at_dwelling": Carried(DerivedFacts.hukou_at_dwelling.expression),
    "person.residence_region": Carried(
        DerivedFacts.residence_region.expression, DerivedFacts.residence_stem.expression
    ),
    "household.size": Carried(DerivedFacts.household_size.expression),
    "household.members": Carried(DerivedFacts.members.expression),
    "dwelling.right": Carried(_column("dwelling_right")),
    "dwelling.safe": Carried(DerivedFacts.dwelling_safe.expression),
    "dwelling.renovatable": Carried(DerivedFacts.dwelling_renovatable.expression),
    "dwelling.demolition_planned": Carried(DerivedFacts.demolition_planned.expression),
    "dwelling.must_move_out": Carried(DerivedFacts.must_move_out.expression),
    "dwelling.can_stay_elsewhere": Carried(DerivedFacts.can_stay_elsewhere.expression),
    "dwelling.owner_consent": Carried(DerivedFacts.owner_consent.expression),
    "history.subsidised": Carried(DerivedFacts.subsidised.expression),
    "consent.applicant": Carried(DerivedFacts.consent.expression),
}
"""Fact → where the derived facts have it. A word of the vocabulary that is not here is refused."""


def truths(condition: Condition, on: Day = APPLIED) -> Truths:
    """The two filters of a condition over `derived_facts`. Raises `NotInDatabase`."""
    if isinstance(condition, Leaf):
        return _leaf(condition, on)
    if isinstance(condition, Same):
        return _same(condition)
    if isinstance(condition, Not):
        part = truths(condition.part, on)
        return Truths(part.fails, part.holds)
    if isinstance(condition, IfElse):
        test, then, other = (truths(part, on) for part in (condition.test, condition.then, condition.otherwise))
        return Truths(
            or_(and_(test.holds, then.holds), and_(test.fails, other.holds), and_(then.holds, other.holds)),
            or_(and_(test.holds, then.fails), and_(test.fails, other.fails), and_(then.fails, other.fails)),
        )
    if isinstance(condition, AllOf | AnyOf):
        parts = [truths(part, on) for part in condition.parts]
        holds, fails = [part.holds for part in parts], [part.fails for part in parts]
        if isinstance(condition, AllOf):
            return Truths(and_(true(), *holds), or_(false(), *fails))
        return Truths(or_(false(), *holds), and_(true(), *fails))
    raise NotInDatabase(f"“{condition.fact.label}”里每一条的内容不在可筛选的事实中，只能逐户计算")


def outcomes(programme: Programme, on: Day = APPLIED) -> dict[Outcome, Sql]:
    """The filter of each verdict of a programme; each clause counts on its own days. Raises `NotInDatabase`."""
    parts = []
    for clause in programme.clauses:
        found, counts = truths(clause.condition, on), _between(on, clause.data.valid_from, clause.data.valid_to)
        parts.append(Truths(or_(~counts, found.holds), and_(counts, found.fails)))
    eligible, ineligible = and_(true(), *(part.holds for part in parts)), or_(false(), *(part.fails for part in parts))
    return {
        Outcome.ELIGIBLE: eligible,
        Outcome.INELIGIBLE: ineligible,
        Outcome.UNKNOWN: and_(~eligible, ~ineligible),
    }


def count(condition: Condition, within: Sql | None = None, on: date | None = None) -> dict[bool | None, int]:
    """How many files of `within` (a filter over `derived_facts`) fulfil a condition, fail it, or leave it open.

    In the database where it can, else by evaluating each row's facts; `on` is each file's day of application else.
    """
    scope = true() if within is None else within
    try:
        found = truths(condition, on or APPLIED)
    except NotInDatabase:
        return _counted(lambda facts, day: condition.truth(facts, on or day), scope)
    row = db.session.execute(
        select(
            func.count(), *(func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in (found.holds, found.fails))
        )
        .select_from(DerivedFacts)
        .where(scope)
    ).one()
    return {True: int(row[1]), False: int(row[2]), None: int(row[0] - row[1] - row[2])}


def count_outcomes(programme: Programme, within: Sql | None = None, on: date | None = None) -> dict[Outcome, int]:
    """How many files of `within` come to each verdict under a programme; in the database where it can."""
    scope = true() if within is None else within
    try:
        found = outcomes(programme, on or APPLIED)
    except NotInDatabase:
        told = _counted(lambda facts, day: judge(programme, facts, on or day).outcome, scope)
        return {outcome: told.get(outcome, 0) for outcome in Outcome}
    sums = [func.coalesce(func.sum(case((found[outcome], 1), else_=0)), 0) for outcome in Outcome]
    row = db.session.execute(select(*sums).select_from(DerivedFacts).where(scope)).one()
    return {outcome: int(number) for outcome, number in zip(Outcome, row, strict=True)}


def _counted(answer: Callable[[dict[str, Any], date], Any], scope: Sql) -> Counter[Any]:
    rows = db.session.execute(
        select(DerivedFacts.facts, DerivedFacts.applied_on).where(scope).execution_options(yield_per=_BATCH)
    )
    return Counter(answer(read_facts(facts), day) for facts, day in rows)


def _between(on: Day, first: date | None, last: date | None) -> Sql:
    day = literal(on) if isinstance(on, date) else on
    return and_(true(), *([day >= first] if first else []), *([day <= last] if last else []))


def _carried(name: str, label: str) -> Carried:
    if name not in COLUMNS:
        raise NotInDatabase(f"“{label}”不在可筛选的事实中，只能逐户计算")
    return COLUMNS[name]


def _leaf(leaf: Leaf, on: Day) -> Truths:
    column = _carried(leaf.fact.name, leaf.fact.label).column
    known, test = _TESTS[leaf.fact.kind.name](leaf, column, on)
    if isinstance(test, tuple):
        holds, fails = and_(known, test[0]), and_(known, test[1])
    else:
        holds, fails = and_(known, test), and_(known, ~test)
    return Truths(holds, false() if leaf.doubtful else fails)


Tested = tuple[Sql, Sql | tuple[Sql, Sql]]
"""Where the fact is known, and the test there: one expression, or one for holding and one for failing."""


def _single(leaf: Leaf, column: Sql, _on: Day) -> Tested:
    operand = leaf.operand
    tests: dict[str, Callable[[], Sql]] = {
        "is": lambda: column == operand,
        "is_one_of": lambda: column.in_(operand),
        "at_least": lambda: column >= operand,
        "at_most": lambda: column <= operand,
    }
    return column.is_not(None), tests[leaf.operator]()


def _bool(leaf: Leaf, column: Sql, _on: Day) -> Tested:
    return column.is_not(None), column.is_(leaf.operand)


def _region(leaf: Leaf, column: Sql, on: Day) -> Tested:
    if leaf.operator != "within":
        return _single(leaf, column, on)
    stems = [stem(area) for area in leaf.operand]
    inside = or_(*(func.substr(column, 1, len(one)) == one for one in stems))
    vague = sorted(set().union(*(coarser(area) for area in leaf.operand)))
    outside = and_(~inside, column.not_in(vague)) if vague else ~inside
    return column.is_not(None), (inside, outside)


def _codes(leaf: Leaf, column: Sql, _on: Day) -> Tested:
    """Codes stand between bars: `|` alone is none, "" is unknown."""

    def has(code: str) -> Sql:
        return column.contains(f"|{code}|", autoescape=True)

    operand = leaf.operand
    tests: dict[str, Callable[[], Sql]] = {
        "contains": lambda: has(operand),
        "contains_any": lambda: or_(*(has(code) for code in operand)),
        "contains_none": lambda: ~or_(*(has(code) for code in operand)),
        "is_empty": lambda: (column == "|") if operand else (column != "|"),
        "count_at_least": lambda: func.length(column) - func.length(func.replace(column, "|", "")) - 1 >= operand,
    }
    return column != "", tests[leaf.operator]()


def _records(leaf: Leaf, column: Sql, _on: Day) -> Tested:
    """Of a list only its length is carried."""
    if leaf.operator == "is_empty":
        return column.is_not(None), (column == 0) if leaf.operand else (column != 0)
    return column.is_not(None), column >= leaf.operand


def _date(leaf: Leaf, column: Sql, on: Day) -> Tested:
    known, operand = column.is_not(None), leaf.operand
    if leaf.operator in AGES:
        reached = _reached(column, operand, leaf.at or on, leaf.by_year)
        return known, reached if leaf.operator == "age_at_least" else ~reached
    if leaf.operator == "within_months":
        if not isinstance(on, date):
            raise NotInDatabase(f"“{leaf.fact.label}”按每户申请日往前数月份，只能逐户计算")
        return known, column.between(months_before(on, operand), on)
    return known, column >= operand if leaf.operator == "on_or_after" else column < operand


def _reached(born: Sql, years: int, on: Day, by_year: bool) -> Sql:
    """Whether an age is reached on a day, the anniversary counted, 29 February on the 28th in common years."""
    if isinstance(on, date):
        return born <= _last_birth(years, on, by_year)
    if by_year:
        return _year(on) - _year(born) >= years
    day = _month_and_day(born)
    # in a common year whoever was born on 29 February completes the year on the 28th
    leap = and_(_year(on) % 4 == 0, or_(_year(on) % 100 != 0, _year(on) % 400 == 0))
    day = case((and_(day == 229, ~leap), 228), else_=day)
    return _year(on) - _year(born) - case((_month_and_day(on) < day, 1), else_=0) >= years


def _last_birth(years: int, on: date, by_year: bool) -> date:
    """The latest birth date with which somebody has the age on the day."""
    year = on.year - years
    if year < 1:
        return date.min
    if by_year:
        return date(year, 12, 31)
    if (on.month, on.day) == (2, 28) and anniversary(date(2000, 2, 29), on.year) == on:
        return anniversary(date(2000, 2, 29), year)
    return anniversary(on, year)


def _year(day: Sql) -> Sql:
    return extract("year", day)


def _month_and_day(day: Sql) -> Sql:
    return extract("month", day) * 100 + extract("day", day)


def _same(condition: Same) -> Truths:
    one, other = (_carried(fact.name, fact.label) for fact in (condition.fact, condition.other))
    known = and_(one.column.is_not(None), other.column.is_not(None))
    if condition.level == "exact":
        holds, fails = one.column == other.column, one.column != other.column
    else:
        if one.stem is None or other.stem is None:
            raise NotInDatabase(f"“{condition.fact.label}”不能按层级筛选，只能逐户计算")
        digits = LEVELS[condition.level][0]
        mine, theirs = func.substr(one.stem, 1, digits), func.substr(other.stem, 1, digits)
        holds = and_(mine == theirs, func.length(mine) == digits)
        fails = func.substr(mine, 1, func.length(theirs)) != func.substr(theirs, 1, func.length(mine))
    return Truths(and_(known, holds), false() if condition.doubtful else and_(known, fails))


_TESTS: Mapping[str, Callable[[Leaf, Sql, Day], Tested]] = {
    "bool": _bool,
    "int": _single,
    "code": _single,
    "text": _single,
    "region": _region,
    "codes": _codes,
    "records": _records,
    "date": _date,
}
