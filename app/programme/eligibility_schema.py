"""Who may be helped, who comes first, and what may be had only once (domain §4, S7)."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from .problems import Slip
from .values import Key, Keys, Sourced, Text, Texts, When, not_before

NONE_OF_THEM = "以上都不是"
"""What is chosen by whoever looked and found that no class fits."""


class NamedCondition(Sourced):
    """`[[condition]]`: a condition with a name, to be referred to as `{ condition = "name" }` wherever one stands."""

    id: Key
    name: Text
    text: str = ""
    when: When


_SPLITS = re.compile(r"[、,，;；/|\s]")
_TAKEN = frozenset({"none", "none_of_these"})


class PersonClass(Sourced):
    """`[[person_class]]`: a class of persons that only this programme knows; `text` says who belongs to it, `evidence`
    by which papers. Conditions ask for it by `person.classes`."""

    key: Annotated[Key, Field(max_length=40)]
    name: Annotated[Text, Field(max_length=30)]
    text: str = ""
    evidence: Texts = ()

    @model_validator(mode="after")
    def _can_be_chosen(self) -> Self:
        if self.key in _TAKEN:
            raise Slip(f"“{self.key}”表示以上都不是，不能作代码", "换一个代码，如 three_elders", "key")
        if _SPLITS.search(self.name) or self.name == NONE_OF_THEM:
            raise Slip(f"“{self.name}”不能作名称", "名称里不用顿号、逗号、斜线和空格，登记表里用它们隔开几种", "name")
        return self


class ClauseData(Sourced):
    """`[[clause]]`: one condition of eligibility; `text` in our own words, `when` the condition itself.

    With `valid_from` or `valid_to` it counts only for applications of those days; the same id may stand again for others.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,7}$")]
    title: Text
    source: Text
    text: Text
    when: When
    verified_by: Keys = ()
    evidence: Texts = ()
    verified_before_plan: bool = False
    found_by_assessment: bool = False
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _order(self) -> Self:
        not_before("valid_from", self.valid_from, "valid_to", self.valid_to)
        return self


class PriorityData(Sourced):
    """`[[priority]]`: points for coming first; never a condition."""

    id: Key
    name: Text
    points: Annotated[int, Field(ge=1, le=1000)]
    when: When


class Benefit(Sourced):
    """`[benefit]`: what may be had only once, and with which other programmes (domain S7).

    `period` rolling counts `rolling_months` from the confirmation; `per` item lets a household join again, only no
    item twice, `per` cap until the cap for a period (`[cap] months`) is used up; claims are made in `exclusion_group`
    and in each of `also_groups`.
    """

    exclusion_group: Key
    also_groups: Keys = ()
    period: Literal["lifetime", "year", "rolling"] = "lifetime"
    rolling_months: Annotated[int, Field(ge=1, le=600)] | None = None
    per: Literal["file", "item", "cap"] = "file"
    subjects: Annotated[tuple[Literal["beneficiary", "household", "dwelling"], ...], Strict(False)] = (
        "beneficiary",
        "household",
        "dwelling",
    )

    @model_validator(mode="after")
    def _period_is_whole(self) -> Self:
        if (self.period == "rolling") != (self.rolling_months is not None):
            raise ValueError('period = "rolling" 须写 rolling_months（几个月内），其余不写')
        if len({self.exclusion_group, *self.also_groups}) != 1 + len(self.also_groups):
            raise ValueError("also_groups 里每个组只写一次，不含 exclusion_group")
        return self
