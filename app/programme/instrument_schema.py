"""The tables of an assessment instrument: answers, indicators, grades."""

from typing import Annotated

from pydantic import Field, Strict

from .values import Key, Part, Sourced, Text


class Answer(Part):
    """A possible answer to an indicator, with what it counts."""

    key: Key
    name: Text
    failed: bool = False


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
    answers: Annotated[tuple[Answer, ...], Strict(False)]
