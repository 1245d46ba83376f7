"""The tables of an assessment instrument in `catalog/instruments/<key>.toml`, and of a standard of works; variants §3."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, Strict, model_validator

from .values import Key, Keys, Part, Sourced, Text, Texts

Points = Annotated[int, Field(ge=0, le=1000)]
Months = Annotated[int, Field(ge=1, le=600)]
When = dict[str, JsonValue | date]


class Answer(Part):
    """A possible answer: its points, and whether it says that the person needs help."""

    key: Key
    name: Text
    points: Points = 0
    failed: bool = False


Answers = Annotated[tuple[Answer, ...], Strict(False)]


class InstrumentAbout(Sourced):
    """`[instrument]`: what it is called, which standard in which edition, and what a gap in its text does."""

    key: Key
    name: Text
    short_name: Text
    number: str = ""
    version: Text
    in_force: date | None = None
    maximum: Points | None = None
    """The sum of all groups, where the standard has one."""
    gaps: Literal["refused", "manual"] = "refused"
    """`manual`: where no rule fits, the assessors set the level and say why."""
    note: str = ""


class Scale(Sourced):
    """`[[scale]]`: a list of answers that several items share."""

    key: Key
    answers: Annotated[Answers, Field(min_length=2)]


class Group(Sourced):
    """`[[group]]`: items under one heading; `better` says which end of the points is the good one."""

    key: Key
    name: Text
    maximum: Points
    better: Literal["high", "low"] = "high"


class Question(Sourced):
    """`[[item]]`: one thing that is asked, with answers of its own or those of a scale."""

    key: Key
    group: Key
    name: Text
    help: str = ""
    maximum: Points
    scale: Key | None = None
    answers: Answers = ()

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if (self.scale is None) == (not self.answers):
            raise ValueError("须恰有 scale 或 answers 之一")
        return self


class GroupGrade(Sourced):
    """`[[grade]]`: a grade of one group, by a range of its points or by a condition over its items; the first one fits."""

    group: Key
    grade: Annotated[int, Field(ge=0, le=20)]
    name: str = ""
    points_from: Points | None = None
    points_to: Points | None = None
    when: When | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ranged = self.points_from is not None and self.points_to is not None
        if ranged == (self.when is not None) or (self.points_from is None) != (self.points_to is None):
            raise ValueError("须恰有 points_from、points_to 或 when 之一")
        return self


class Circumstance(Sourced):
    """`[[circumstance]]`: something besides the items that adjustments ask for: yes or no, or how often."""

    key: Key
    name: Text
    help: str = ""
    kind: Literal["yes_no", "count"] = "yes_no"


class Level(Sourced):
    """`[[level]]`: an outcome, best one first; by a range of the sum of points, or else by `[[rule]]`."""

    key: Key
    name: Text
    points_from: Points | None = None
    points_to: Points | None = None


class Rule(Sourced):
    """`[[rule]]`: a condition over the groups' grades that gives a level; the first one that fits counts."""

    level: Key
    when: When


class Adjustment(Sourced):
    """`[[adjustment]]`: circumstances that give a level, or one so many steps worse; never beyond the last."""

    key: Key
    name: Text
    when: When
    level: Key | None = None
    worse_by: Annotated[int, Field(ge=1, le=10)] | None = None

    @model_validator(mode="after")
    def _one_effect(self) -> Self:
        if (self.level is None) == (self.worse_by is None):
            raise ValueError("须恰有 level 或 worse_by 之一")
        return self


class FactOutcome(Sourced):
    """`[[outcome]]`: which fact of the vocabulary a result gives, from its level (by `values`) or its points."""

    fact: Text
    of: Literal["level", "points"]
    values: dict[str, Text] = {}


class InstrumentData(Part):
    """A whole instrument."""

    instrument: InstrumentAbout
    scale: Annotated[tuple[Scale, ...], Strict(False)] = ()
    group: Annotated[tuple[Group, ...], Strict(False), Field(min_length=1)]
    item: Annotated[tuple[Question, ...], Strict(False), Field(min_length=1)]
    grade: Annotated[tuple[GroupGrade, ...], Strict(False)] = ()
    circumstance: Annotated[tuple[Circumstance, ...], Strict(False)] = ()
    level: Annotated[tuple[Level, ...], Strict(False), Field(min_length=2)]
    rule: Annotated[tuple[Rule, ...], Strict(False)] = ()
    adjustment: Annotated[tuple[Adjustment, ...], Strict(False)] = ()
    outcome: Annotated[tuple[FactOutcome, ...], Strict(False), Field(min_length=1)]


class WorksStandard(Sourced):
    """`[standard]`: a standard of works, whom it covers, and what to do for those whom it does not cover."""

    key: Key
    number: Text
    name: Text
    in_force: date | None = None
    covers: When
    warning: Text
    way_out: Text


class StandardData(Part):
    """A file of `catalog/standards/`."""

    standard: WorksStandard


class Ability(Sourced):
    """`[ability]`: with which instrument a programme assesses, and which standards of works it follows."""

    instrument: Key
    standards: Keys = ()


class Recognition(Sourced):
    """`[[recognition]]`: results of others that count instead of a new assessment: of which instrument, by whom, how long."""

    instrument: Key
    bodies: Annotated[Texts, Field(min_length=1)]
    months: Months
    note: str = ""


# ---- the short form: one list of indicators with the same answers, as the first edition's stored versions have it


class Indicator(Sourced):
    """`[[indicator]]`: one thing that the assessment asks."""

    key: Key
    name: Text
    help: str = ""


class Grade(Sourced):
    """`[[grade]]`: what a number of failed indicators means."""

    key: Key
    name: Text
    failed_from: Annotated[int, Field(ge=0)]
    failed_to: Annotated[int, Field(ge=0)]


class Instrument(Sourced):
    """`[instrument]`: the assessment of self-care, as answers and indicators."""

    key: Key
    name: Text
    version: Text
    fact: Text
    answers: Answers
