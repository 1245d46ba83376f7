"""Which facts a programme asks of a household: those of its clauses, priorities, caps and percentages, and no others."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..expressions import PERSON, AllOf, AnyOf, Condition, IfElse, Leaf, Not, OverList, Same, facts_in
from ..facts import VOCABULARY, Fact
from ..policy import Programme

MEMBERS, HISTORY = "household.members", "history.subsidised"
_GROUPS = {
    "person": "申请人",
    "members": "家庭成员",
    "home": "家庭与住房",
    "ability": "能力评估",
    "history": "以往的补贴和意愿",
}


@dataclass(frozen=True)
class Group:
    """Facts that stand under one heading of the form, in the vocabulary's order."""

    key: str
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Asked:
    """What a programme wants to know of a household."""

    groups: tuple[Group, ...]
    parts: dict[str, tuple[Fact, ...]]
    """Of each list (family members, earlier subsidies) the facts of one entry."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All of them, in the form's order."""
        return tuple(fact for group in self.groups for fact in group.facts)


def asked_by(programme: Programme) -> Asked:
    """The facts on which a verdict, points, cap or percentage of the programme can depend."""
    used = {pair for condition in _conditions(programme) for pair in used_in(condition)}
    if programme.cap_who is not None:
        used |= {(MEMBERS, "")} | {(MEMBERS, name) for name in facts_in(programme.cap_who)}
    names = {name for name, _part in used}
    facts = [fact for name, fact in programme.words.items() if name in names]
    groups = (Group(key, title, tuple(f for f in facts if _group(f.name) == key)) for key, title in _GROUPS.items())
    parts = {fact.name: _parts(fact, used) for fact in facts if fact.kind.record}
    return Asked(tuple(group for group in groups if group.facts), parts)


def _parts(fact: Fact, used: set[tuple[str, str]]) -> tuple[Fact, ...]:
    """What is asked of one entry of a list: what names it, and what the conditions look at."""
    kind = fact.kind
    return tuple(part for name, part in kind.record.items() if name in kind.required or (fact.name, name) in used)


def _conditions(programme: Programme) -> Iterator[Condition]:
    yield from (clause.condition for clause in programme.clauses)
    yield from (condition for _points, condition in programme.priorities)
    yield from (condition for _amount, condition in programme.cap_cases)
    yield from (when for _rate, when in programme.rates if when is not None)


def used_in(condition: Condition) -> Iterator[tuple[str, str]]:
    """Each fact of a condition, with the part of an entry where it is a list."""
    if isinstance(condition, Leaf):
        yield condition.fact.name, ""
    elif isinstance(condition, Same):
        yield from ((condition.fact.name, ""), (condition.other.name, ""))
    elif isinstance(condition, OverList):
        inner = tuple(facts_in(condition.condition))
        yield condition.fact.name, ""
        yield from ((condition.fact.name, name) for name in inner)
        if condition.with_applicant:
            yield from ((PERSON + name, "") for name in inner if PERSON + name in VOCABULARY)
    elif isinstance(condition, Not):
        yield from used_in(condition.part)
    elif isinstance(condition, IfElse):
        for part in (condition.test, condition.then, condition.otherwise):
            yield from used_in(part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from used_in(part)


def _group(name: str) -> str:
    if name == MEMBERS:
        return "members"
    head = name.rpartition(".")[0]
    return {"person.ability": "ability", "history": "history", "consent": "history"}.get(
        head, "person" if head.startswith("person") else "home"
    )
