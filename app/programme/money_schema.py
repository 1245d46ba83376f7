"""The tables of a plan and its money: optional items, caps, payee, sources, prices, quotas (domain §4, §5)."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, JsonValue, Strict, model_validator

from ..core.enums import Labelled
from .values import (
    CapUnit,
    Centi,
    HouseholdPays,
    ItemKind,
    ItemType,
    Key,
    Keys,
    Numbers,
    OnExcess,
    OptionalPolicy,
    Otherwise,
    Over,
    OwnShare,
    Part,
    Payee,
    Per,
    Percent,
    Sourced,
    Split,
    Text,
    Yuan,
    member_of,
)

When = dict[str, JsonValue | date]
"""A condition over facts as it is written; compiled when the programme is built."""


Year = Annotated[int, Field(ge=2000, le=2100)]


class Quantities(Part):
    """`quantity = { min = "1", max = "6", step = "1" }` of an item: what a plan may ask for."""

    min: Centi | None = None
    max: Centi | None = None
    step: Centi | None = None

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError("quantity 的 max 小于 min")
        return self


class Selection(Sourced):
    """Which lines a rule is about: items, categories and groups together, of them the kinds and types; nothing = all."""

    items: Numbers = ()
    categories: Keys = ()
    groups: Keys = ()
    kinds: Annotated[tuple[Annotated[ItemKind, member_of(ItemKind)], ...], Strict(False)] = ()
    types: Annotated[tuple[Annotated[ItemType, member_of(ItemType)], ...], Strict(False)] = ()


class Group(Sourced):
    """`[[group]]`: items that a rule names together, besides the catalogue's categories."""

    key: Key
    name: Text
    items: Annotated[Numbers, Field(min_length=1)]


class Rate(Selection):
    """`[[rate]]`: the part of the cost that is subsidised, in per cent; the first row that fits household and line counts."""

    name: Text
    percent: Percent
    when: When | None = None


class Limit(Selection):
    """`[[limit]]`: at most so many units, or so many yuan of subsidy, for a unit, an item, a category or all together.

    `each` says whether that much is for the household or for each person whom the cap counts (锦州 2023: 每人), `over`
    whether what earlier files used in the cap's period counts against it (湖南 2025).
    """

    name: Text
    per: Annotated[Per, member_of(Per)]
    each: Annotated[CapUnit, member_of(CapUnit)] | None = None
    over: Annotated[Over, member_of(Over)] = Over.FILE
    count: Annotated[int, Field(ge=1, le=9999)] | None = None
    amount: Yuan | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.count is None and self.amount is None:
            raise ValueError("须写 count（最多几件）或 amount（最多补贴多少元）")
        if self.per is Per.UNIT and self.count is not None:
            raise ValueError('per = "unit" 时只写 amount（每件最多补贴多少元）')
        if self.per is Per.UNIT and self.each is not None:
            raise ValueError('per = "unit" 是每件的限额，与人数无关，不写 each')
        if self.per is Per.UNIT and self.over is Over.PERIOD:
            raise ValueError('per = "unit" 是每件的限额，与以前的档案无关，不写 over')
        return self


class Composition(Selection):
    """`[[composition]]`: what part of a plan must be of some kind, or comes first; else nothing or the rest is self-paid."""

    id: Annotated[str, Field(pattern=r"^C[0-9]+$")]
    text: Text
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    amount: Yuan | None = None
    lines: Annotated[int, Field(ge=1, le=99)] | None = None
    first: bool = False
    otherwise: Annotated[Otherwise, member_of(Otherwise)] = Otherwise.NOTHING

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.percent is None and self.amount is None and self.lines is None and not self.first:
            raise ValueError("须写 percent（占总额的比例）、amount（金额）、lines（项数）或 first = true 之一")
        return self


class AverageCap(Sourced):
    """`[average_cap]`: the most that a county's households get on average, looked at when a plan is approved."""

    amount: Yuan
    on_excess: Annotated[OnExcess, member_of(OnExcess)] = OnExcess.STOP
    from_households: Annotated[int, Field(ge=1, le=100_000)] = 1


class PlanRule(Sourced):
    """`[[plan_rule]]`: a rule of the plan in words, for pages and papers; P1–P4 are computed, P5 and P6 are answered."""

    id: Annotated[str, Field(pattern=r"^P[0-9]+$")]
    text: Text


class Plan(Sourced):
    """`[plan]`: how optional items stand, which waivers a basic item may have, and when a file is flagged."""

    optional: Annotated[OptionalPolicy, member_of(OptionalPolicy)]
    waivers: Keys = ("in_place", "not_applicable", "declined")
    flag_waivers_from: Annotated[int, Field(ge=0, le=99)] = 0
    own_share: Annotated[OwnShare, member_of(OwnShare)] = OwnShare.ALLOWED
    design_code: str = ""


class Cap(Sourced):
    """`[cap]`: the most that one household gets, in yuan; or each person in it who fulfils `who`, within `months` months."""

    amount: Yuan
    addition: Yuan = 0
    per: Annotated[CapUnit, member_of(CapUnit)] = CapUnit.HOUSEHOLD
    who: When | None = None
    months: Annotated[int, Field(ge=1, le=600)] | None = None

    @model_validator(mode="after")
    def _persons(self) -> Self:
        if self.who is not None and self.per is not CapUnit.PERSON:
            raise ValueError('who（谁算一人）只用于 per = "person"')
        return self


class CapCase(Sourced):
    """`[[cap_case]]`: another amount for households that fulfil a condition; the first that fits counts."""

    name: Text
    amount: Yuan
    when: When


class Money(Sourced):
    """`[money]`: who is paid, how sources share, what is held back."""

    payee: Annotated[Payee, member_of(Payee)]
    split: Annotated[Split, member_of(Split)]
    household_pays: Annotated[HouseholdPays, member_of(HouseholdPays)] = HouseholdPays.ACCEPTANCE
    retention_percent: Percent = 0
    retention_months: Annotated[int, Field(ge=1, le=240)] | None = None

    @model_validator(mode="after")
    def _retention(self) -> Self:
        if self.retention_percent and self.payee is Payee.HOUSEHOLD:
            raise ValueError("补贴付给家庭时不预留质保金：质保金是从施工单位的款项里留的")
        if self.retention_months is not None and not self.retention_percent:
            raise ValueError("没有预留质保金（retention_percent），不写 retention_months")
        return self


class DepositBefore(Labelled):
    """Until when the firm pays its performance deposit."""

    DISPATCH = "dispatch", "派工以前"
    CONTRACT = "contract", "签订施工合同以前"


class DepositRelease(Labelled):
    """From when on the days or months run after which the deposit goes back."""

    ACCEPTANCE = "acceptance", "最后一户验收"
    WARRANTY_END = "warranty_end", "最后一户质保期满"


class Deposit(Sourced):
    """`[deposit]`: the performance deposit of a firm (履约保证金): for its whole tender, not for a home."""

    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    amount: Yuan | None = None
    required_before: Annotated[DepositBefore, member_of(DepositBefore)]
    release: Annotated[DepositRelease, member_of(DepositRelease)]
    days: Annotated[int, Field(ge=1, le=1000)] | None = None
    months: Annotated[int, Field(ge=1, le=120)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("percent（中标金额的百分之几）和 amount（固定金额）写一个，也只写一个")
        if self.amount == 0:
            raise ValueError("amount 须大于 0；不收履约保证金就删去 [deposit]")
        if self.days is not None and self.months is not None:
            raise ValueError("days（再过几天）和 months（再过几个月）最多写一个")
        return self


class Fund(Sourced):
    """`[[fund]]`: a source of money; first the `fixed` sums, then in order up to `limit` per household or by `percent`."""

    id: Key
    name: Text
    limit: Yuan | None = None
    percent: Percent | None = None
    fixed: Yuan | None = None


class Price(Sourced):
    """`[[price]]`: an item's highest unit price in yuan (domain P4), and up to which price it is subsidised (`guide`).

    `fixed` says that the ceiling is the price: plan and contract have it, and it is settled at that (锦州 2023).
    """

    item: int
    unit: Text
    ceiling: Yuan | None = None
    guide: Yuan | None = None
    fixed: bool = False
    example: bool = False

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.ceiling is None and self.guide is None:
            raise ValueError('须写 ceiling = "…"（最高限价）或 guide = "…"（补贴到这个单价为止）')
        if self.ceiling is not None and self.guide is not None and self.guide > self.ceiling:
            raise ValueError("guide（指导价）高于 ceiling（最高限价），没有作用")
        if self.fixed and self.ceiling is None:
            raise ValueError('写了 fixed = true（固定单价），单价写在 ceiling = "…"')
        return self


class Quota(Sourced):
    """`[[quota]]`: households allotted to a region, and at most so many yuan for them where `amount` is written.

    Without `households` they are not limited, only the yuan are: who comes first is served. Of one year where it says so, else of whichever year is asked for when it is taken over.
    """

    region: Text
    name: Text
    year: Year | None = None
    households: Annotated[int, Field(ge=0)] | None = None
    amount: Annotated[Yuan, Field(gt=0)] | None = None
    example: bool = False

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.households is None and self.amount is None:
            raise ValueError("写 households（户数），或只写 amount（金额指标，不限户数），至少写一个")
        return self


class Allotment(Sourced):
    """`[[allotment]]`: money allotted from a source, in yuan, to the county whose edition it is, or to `region`; of a year."""

    fund: Key
    region: str = ""
    year: Year | None = None
    amount: Yuan
    document: str = ""
    example: bool = False


class CapAddition(Sourced):
    """`[cap_addition]`: what the county adds to the cap, in yuan."""

    amount: Yuan
