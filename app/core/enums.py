"""Enumerations that carry their Chinese label."""

from enum import StrEnum


class Labelled(StrEnum):
    """Members are written `NAME = "stored_value", "中文标签"`; stored, sent and compared by value."""

    label: str

    def __new__(cls, value: str, label: str = "") -> "Labelled":
        """Keep the value as the string and the label beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
