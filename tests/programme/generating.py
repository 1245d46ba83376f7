"""Programmes with every formula of the money language, and lines for them: for properties and for simulations.

A programme starts from `chongqing-2020` and has other tables of money; it is always one that loads.
"""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from app.programme.counters import Use
from app.programme.item_schema import Item
from app.programme.money_schema import Cap, CapCase, Composition, Fund, Group, Limit, Price, Rate
from app.programme.plan_rules import Line
from app.programme.policy import Programme, build
from app.programme.values import (
    CapUnit,
    Decision,
    ItemKind,
    ItemType,
    OptionalPolicy,
    Otherwise,
    Over,
    Payee,
    Per,
    Split,
)

from .factory import chongqing

ITEMS = [item.number for item in chongqing().items]
GROUPS = (
    Group(key="bathing", name="洗浴", items=(13, 14, 17)),
    Group(key="devices", name="辅具", items=(24, 25, 26, 27)),
)
GRADE: dict[str, Any] = {"fact": "person.disability.grade", "is_one_of": [1, 2]}
OLD: dict[str, Any] = {"fact": "person.birth_date", "age_at_least": 80}
FEN = st.integers(0, 300_000)


@st.composite
def selections(draw: st.DrawFn) -> dict[str, Any]:
    """Which lines a rule is about; some line of the catalogue at least."""
    return draw(
        st.sampled_from(
            [
                {},
                {"items": (1, 13, 24)},
                {"categories": (chongqing().categories[0].key,)},
                {"groups": ("bathing",)},
                {"groups": ("devices",), "categories": (chongqing().categories[2].key,)},
                {"kinds": (ItemKind.WORKS,)},
                {"kinds": (ItemKind.GOODS,)},
            ]
        )
    )


def _of_amount(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


@st.composite
def rates(draw: st.DrawFn) -> tuple[Rate, ...]:
    """No percentages, or some by class, by age and by line."""
    count = draw(st.integers(0, 3))
    return tuple(
        Rate(
            name=f"比例{index}",
            percent=draw(st.integers(0, 100)),
            when=draw(st.sampled_from([GRADE, OLD]))
            if index < count - 1
            else draw(st.sampled_from([None, GRADE, OLD])),
            **draw(selections()),
        )
        for index in range(count)
    )


@st.composite
def limits(draw: st.DrawFn, capped_by: CapUnit, months: int | None) -> tuple[Limit, ...]:
    """No limits, or some by unit, item, category and together, in pieces and in yuan; each person's where the cap is, and
    over its period where it has one."""
    whose = list(CapUnit) if capped_by is CapUnit.PERSON else [None, CapUnit.HOUSEHOLD]
    found = []
    for index in range(draw(st.integers(0, 3))):
        per = draw(st.sampled_from(list(Per)))
        count = None if per is Per.UNIT else draw(st.none() | st.integers(1, 8))
        amount = draw(FEN if count is None else st.none() | FEN)
        found.append(
            Limit(
                name=f"限额{index}",
                per=per,
                each=None if per is Per.UNIT else draw(st.sampled_from(whose)),
                count=count,
                over=Over.FILE if per is Per.UNIT or months is None else draw(st.sampled_from(list(Over))),
                amount=None if amount is None else _of_amount(amount),  # type: ignore[arg-type]
                **draw(selections()),
            )
        )
    return tuple(found)


@st.composite
def compositions(draw: st.DrawFn) -> tuple[Composition, ...]:
    """No rules of composition, or some."""
    return tuple(
        Composition(
            id=f"C{index + 1}",
            text=f"组成{index + 1}。",
            percent=draw(st.none() | st.integers(1, 60)),
            amount=draw(st.none() | FEN.map(_of_amount)),  # type: ignore[arg-type]
            lines=draw(st.integers(1, 2)),
            first=draw(st.booleans()),
            otherwise=draw(st.sampled_from(list(Otherwise))),
            **draw(selections()),
        )
        for index in range(draw(st.integers(0, 2)))
    )


@st.composite
def funds(draw: st.DrawFn) -> tuple[Split, tuple[Fund, ...]]:
    """Sources that reach every cap: fixed sums, then in order or by percentage."""
    fixed = [
        Fund(id=f"fixed{index}", name=f"固定{index}", fixed=draw(FEN.map(_of_amount)))  # type: ignore[arg-type]
        for index in range(draw(st.integers(0, 2)))
    ]
    if draw(st.booleans()):
        percent = draw(st.integers(0, 100))
        shares = [Fund(id="a", name="甲", percent=percent), Fund(id="b", name="乙", percent=100 - percent)]
        return Split.PERCENTAGE, tuple(draw(st.permutations([*fixed, *shares])))
    first = Fund(id="a", name="甲", limit=draw(FEN.map(_of_amount)))  # type: ignore[arg-type]
    return Split.IN_ORDER, (*fixed, first, Fund(id="b", name="乙"))


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """A programme with any formula of the money language."""
    data = chongqing().data
    how, sources = draw(funds())
    per = draw(st.sampled_from(list(CapUnit)))
    guides = draw(st.lists(st.sampled_from(ITEMS), max_size=6, unique=True))
    plain, months = draw(st.booleans()), draw(st.sampled_from([None, 36]))
    programme, problems = build(
        data.model_copy(
            update={
                "item": tuple(_plain(item) for item in data.item) if plain else data.item,
                "group": GROUPS,
                "benefit": data.benefit.model_copy(update={"per": "item" if months is None else "cap"}),
                "plan": data.plan.model_copy(update={"optional": draw(st.sampled_from(list(OptionalPolicy)))}),
                "cap": Cap(
                    amount=_of_amount(draw(FEN)),  # type: ignore[arg-type]
                    per=per,
                    who={"fact": "birth_date", "age_at_least": 60} if per is CapUnit.PERSON else None,
                    months=months,
                ),
                "cap_case": (CapCase(name="重残", amount="4000.00", when=GRADE),) if draw(st.booleans()) else (),  # type: ignore[arg-type]
                "rate": draw(rates()),
                "limit": draw(limits(per, months)),
                "composition": draw(compositions()),
                "money": data.money.model_copy(update={"split": how, "payee": draw(st.sampled_from(list(Payee)))}),
                "fund": sources,
                "price": tuple(
                    Price(item=number, unit=chongqing().item(number).unit, guide=_of_amount(draw(FEN)))  # type: ignore[arg-type]
                    for number in guides
                ),
            }
        )
    )
    assert [problem for problem in problems if "永远用不到" not in problem.message] == []
    return programme


def _plain(item: Item) -> Item:
    return item.model_copy(update={"type": ItemType.PLAIN})


@st.composite
def households(draw: st.DrawFn) -> dict[str, Any]:
    """Facts that answer every condition of these programmes."""
    born = st.integers(1930, 1975).map(lambda year: f"{year}-05-01")
    return {
        "person": {"birth_date": draw(born), "disability": {"grade": draw(st.integers(1, 4))}},
        "household": {
            "members": [{"relation": "spouse", "birth_date": draw(born)} for _ in range(draw(st.integers(0, 2)))]
        },
    }


USES = st.lists(
    st.builds(
        Use,
        item=st.sampled_from([*ITEMS, 999]),  # an item that the edition has no longer
        quantity=st.integers(1, 10_00).map(lambda centi: Decimal(centi) / 100),
        fen=st.integers(1, 300_000),
        file=st.sampled_from(["", "QH-1", "QH-2"]),
    ),
    max_size=6,
)


INSTALLED = st.builds(
    Line,
    item=st.sampled_from(ITEMS),
    decision=st.just(Decision.INSTALL),
    quantity=st.integers(1, 20_00).map(lambda centi: Decimal(centi) / 100),
    unit_price_fen=st.integers(0, 90_000),
    accepted=st.booleans(),
)


@st.composite
def line_lists(draw: st.DrawFn, programme: Programme, most: int = 12) -> list[Line]:
    """Lines of a complete plan: install lines, and every other basic item waived."""
    lines = draw(st.lists(INSTALLED, max_size=most))
    installed = {line.item for line in lines}
    decisions = st.sampled_from([Decision.IN_PLACE, Decision.NOT_APPLICABLE, Decision.DECLINED])
    waived = [Line(one.number, draw(decisions)) for one in programme.basic_items if one.number not in installed]
    return draw(st.permutations([*lines, *waived]))
