"""What a programme says of instruments: which one it uses, whose results count, whom its standards of works cover."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from ..lifecycle import Stage
from .expressions import Condition
from .facts import VOCABULARY, read_facts
from .instrument_check import build_instrument
from .instrument_schema import (
    Answer,
    FactOutcome,
    Group,
    InstrumentAbout,
    InstrumentData,
    Level,
    Question,
    Recognition,
    WorksStandard,
)
from .instruments import Instrument
from .problems import Problem, nearest
from .process import left_out
from .reading import read_condition
from .schema import ProgrammeData


class AssessedBy:
    """The part of a programme that speaks of instruments and standards of works."""

    data: ProgrammeData

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        """Every instrument of which the programme speaks, by key, in the edition that it was loaded with."""
        short = from_short_form(self.data)
        known = (*self.data.instruments, *((short,) if short else ()))
        return {one.instrument.key: build_instrument(one)[0] for one in known}

    @cached_property
    def instrument(self) -> Instrument:
        """The instrument by which assessors ask. Raises LookupError where nobody is assessed and no rule asks for ability."""
        if not self.instruments:
            raise LookupError(f"{self.data.programme.id} has no instrument")
        key = self.data.ability.instrument if self.data.ability else ""
        return self.instruments[key] if key else next(iter(self.instruments.values()))

    @property
    def recognitions(self) -> tuple[Recognition, ...]:
        """Results of others that count, each with the bodies and the months."""
        return self.data.recognition

    def recognition(self, instrument: str) -> Recognition | None:
        """Whose results of an instrument count, and how long; None when nobody's do."""
        return next((one for one in self.data.recognition if one.instrument == instrument), None)

    @property
    def standards(self) -> tuple[WorksStandard, ...]:
        """The standards of works that the programme follows."""
        return self.data.standards

    @cached_property
    def _covers(self) -> tuple[tuple[WorksStandard, Condition], ...]:
        read = ((one, read_condition(one.covers, ("standards",), [])) for one in self.data.standards)
        return tuple((one, condition) for one, condition in read if condition is not None)

    def standards_not_covering(self, facts: Mapping[str, Any]) -> tuple[WorksStandard, ...]:
        """The standards of works that surely do not cover the person of these nested facts; a warning, no stop."""
        known = read_facts(dict(facts))
        return tuple(one for one, condition in self._covers if condition.truth(known, None) is False)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The outcomes of the programme's own instrument, best one first."""
        return self.instrument.levels


def asked_by(data: ProgrammeData) -> list[str]:
    """The keys of what the programme's own instrument asks."""
    if data.ability is None:
        return [one.key for one in data.indicator]
    key = data.ability.instrument
    return [item.key for one in data.instruments if one.instrument.key == key for item in one.item]


def check_ability(data: ProgrammeData) -> Iterator[Problem]:
    """One way of naming the instrument, its short form whole, recognised results each named once."""
    if data.ability is None:
        yield from _short_form(data)
    elif data.instrument is not None:
        yield Problem(("instrument",), "写了 [ability] 就不再写 [instrument]", "评估工具写在 catalog/instruments/ 里")
    for place, recognition in enumerate(data.recognition):
        if data.ability is None:
            yield Problem(("recognition", place), "要写 [ability] 才能认可其他结果", '补写 [ability] instrument = "…"')
        if recognition.instrument in [one.instrument for one in data.recognition[:place]]:
            yield Problem(("recognition", place, "instrument"), f"“{recognition.instrument}”写了两次", "合成一节")


def _asks_for_ability(data: ProgrammeData) -> bool:
    """Whether people are assessed, or a rule speaks of their ability: only then an instrument is needed."""
    whens: list[object] = [row.when for row in data.clause]
    whens += [row.when for row in data.priority]
    whens += [row.when for row in data.cap_case]
    whens += [row.when for row in data.rate]
    whens += [row.when for row in data.condition]
    return not left_out(data, Stage.ASSESSMENT) or any(map(_speaks_of_ability, whens))


def _speaks_of_ability(raw: object) -> bool:
    if isinstance(raw, dict):
        return any(_speaks_of_ability(inner) for inner in raw.values())
    if isinstance(raw, list | tuple):
        return any(_speaks_of_ability(inner) for inner in raw)
    return isinstance(raw, str) and raw.removeprefix("person.").startswith("ability.")


def speaks_of(raw: object, fact: str) -> bool:
    """Whether a condition, as it is written, names a fact; of a family member's it says nothing."""
    if isinstance(raw, dict):
        return raw.get("fact") == fact or any(speaks_of(inner, fact) for inner in raw.values())
    return isinstance(raw, list | tuple) and any(speaks_of(inner, fact) for inner in raw)


def _short_form(data: ProgrammeData) -> Iterator[Problem]:
    if data.instrument is None and not _asks_for_ability(data):
        return
    if data.instrument is None:
        yield Problem(("ability",), "缺少 [ability]：用哪一种评估工具", '写 [ability] instrument = "six_indicators"')
        return
    if not data.indicator:
        yield Problem(("instrument",), "[instrument] 没有 [[indicator]]", "补写指标，或改用 [ability]")
        return
    if data.instrument.fact not in VOCABULARY:
        hint = nearest(data.instrument.fact, VOCABULARY)
        yield Problem(
            ("instrument", "fact"), f"没有事实“{data.instrument.fact}”", f"见 catalog/README.md 的事实表{hint}"
        )
    converted = from_short_form(data)
    for problem in build_instrument(converted)[1] if converted else ():
        table = {"level": "grade", "item": "indicator"}.get(str(problem.path[0]), "instrument")
        yield Problem((table,), problem.message, problem.remedy)


def from_short_form(data: ProgrammeData) -> InstrumentData | None:
    """The instrument of a version that was stored with `[instrument]`, `[[indicator]]`, `[[grade]]`; None without."""
    short = data.instrument
    if short is None:
        return None
    most = len(data.indicator)
    answers = tuple(one.model_copy(update={"points": 1 if one.failed else 0}) for one in short.answers)
    levels = tuple(
        Level(key=one.key, name=one.name, points_from=one.failed_from, points_to=one.failed_to) for one in data.grade
    ) or (
        Level(key="met", name="都能完成", points_from=0, points_to=0),
        Level(key="not_met", name="有不能完成的", points_from=1, points_to=most),
    )
    return InstrumentData(
        instrument=InstrumentAbout(
            key=short.key, name=short.name, short_name=short.name, version=short.version, maximum=most
        ),
        group=(Group(key="items", name=short.name, maximum=most, better="low"),),
        item=tuple(_question(one.key, one.name, one.help, answers) for one in data.indicator),
        level=levels,
        outcome=(FactOutcome(fact=short.fact, of="points"),),
    )


def _question(key: str, name: str, help_: str, answers: tuple[Answer, ...]) -> Question:
    return Question(key=key, group="items", name=name, help=help_, maximum=1, answers=answers)
