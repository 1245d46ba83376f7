"""The tables of the item catalogue: headings, photographs, and what can be done in a home (重庆2020 附件1)."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from .money_schema import Quantities
from .values import ItemKind, ItemType, Key, Keys, Numbers, ProgrammeId, Sourced, Text, Texts, member_of


class Category(Sourced):
    """`[[category]]`: a heading of the item catalogue."""

    key: Key
    number: Text
    name: Text


PHOTO_KEYS = {
    "before": "改造前",
    "hidden": "隐蔽工程",
    "during": "施工中",
    "after": "改造后",
    "handover": "用品交付",
    "label": "用品铭牌",
}
"""The photographs that works and handing over ask for; a programme chooses among them and gives them its own names."""


class PhotoKind(Sourced):
    """`[[photo_kind]]`: a photograph that the file needs of a line."""

    key: Key
    name: Text
    help: str = ""
    located: bool = False
    """Whether one such photo of each line needs a position, or a reason why it has none."""


class Item(Sourced):
    """`[[item]]`: one thing that can be done; its key is its number (two items may share a name)."""

    number: Annotated[int, Field(ge=1, le=999)]
    category: Key
    name: Text
    type: Annotated[ItemType, member_of(ItemType)]
    kind: Annotated[ItemKind, member_of(ItemKind)]
    unit: Text
    quantity: Quantities | None = None
    description: Text
    spaces: Keys = ()
    photos: Keys
    measures: Texts = ()
    specifications: Texts = ()

    @property
    def is_basic(self) -> bool:
        """Whether it is one of the basic items that must all be decided (domain P1)."""
        return self.type is ItemType.BASIC


class SharedItems(Sourced):
    """`[catalogue]`: the programme whose items, photographs, headings, groups and rooms are taken, and which items are not."""

    same_as: ProgrammeId
    without: Numbers = ()


class ItemNotes(Sourced):
    """`[items]`: what holds for all items; its assumptions name fields of the items."""

    assumptions: dict[str, Text] = {}

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        for name in self.assumptions:
            if name not in Item.model_fields:
                raise ValueError(f"assumptions 里的“{name}”不是 [[item]] 的字段")
        return self
