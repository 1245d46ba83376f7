"""The tables of a plan and its money: optional items, caps, payee, sources, prices, quotas (domain §4, §5)."""

from datetime import date
from typing import Annotated

from pydantic import Field, JsonValue

from .values import (
    Key,
    Keys,
    OptionalPolicy,
    Payee,
    Sourced,
    Split,
    Text,
    Yuan,
    member_of,
)


class PlanRule(Sourced):
    """`[[plan_rule]]`: a rule of the plan in words, for pages and papers; P1–P4 are computed, P5 and P6 are answered."""

    id: Annotated[str, Field(pattern=r"^P[0-9]+$")]
    text: Text


class Plan(Sourced):
    """`[plan]`: how optional items stand, which waivers a basic item may have, and when a file is flagged."""

    optional: Annotated[OptionalPolicy, member_of(OptionalPolicy)]
    waivers: Keys = ("in_place", "not_applicable", "declined")
    flag_waivers_from: Annotated[int, Field(ge=0, le=99)] = 0
    design_code: str = ""


class Cap(Sourced):
    """`[cap]`: the most that one household gets, in yuan."""

    amount: Yuan
    addition: Yuan = 0


class CapCase(Sourced):
    """`[[cap_case]]`: another amount for households that fulfil a condition; the first that fits counts."""

    name: Text
    amount: Yuan
    when: dict[str, JsonValue | date]


class Money(Sourced):
    """`[money]`: who is paid, how sources share, what is held back."""

    payee: Annotated[Payee, member_of(Payee)]
    split: Annotated[Split, member_of(Split)]
    retention_percent: Annotated[int, Field(ge=0, le=100)] = 0


class Fund(Sourced):
    """`[[fund]]`: a source of money; in order up to `limit` per household, or by `percent`."""

    id: Key
    name: Text
    limit: Yuan | None = None
    percent: Annotated[int, Field(ge=0, le=100)] | None = None


class Price(Sourced):
    """`[[price]]`: the highest unit price of an item in yuan (domain P4)."""

    item: int
    unit: Text
    ceiling: Yuan
    example: bool = False


class Quota(Sourced):
    """`[[quota]]`: households allotted to a region."""

    region: Text
    name: Text
    households: Annotated[int, Field(ge=0)]
    example: bool = False


class Allotment(Sourced):
    """`[[allotment]]`: money allotted to the county from a source, in yuan."""

    fund: Key
    amount: Yuan
    document: str = ""
    example: bool = False


class CapAddition(Sourced):
    """`[cap_addition]`: what the county adds to the cap, in yuan."""

    amount: Yuan
