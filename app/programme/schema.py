"""The shape of a programme's data: one model for each table in `catalog/<programme>/*.toml`.

Amounts are fen in Python and "2000.00" in the files; widths of time are working days unless a field says otherwise.
Every table may carry `source` (the clause it carries out) and `assumptions` (field = why, for what the source does not
say); domain §4.
"""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    Strict,
    model_validator,
)

from ..core.enums import Labelled
from ..core.money import yuan
from ..lifecycle import ENDINGS, Stage, Status

_PRICE = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def to_fen(text: object) -> int:
    """Fen of yuan in the strict form of files and scripts ("2000.00", at most two decimals). Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError('金额须加引号，写成 "2000.00"')  # noqa: TRY004 — pydantic reports ValueError
    if not _PRICE.fullmatch(text):
        raise ValueError('金额须写成文字，最多两位小数，如 "2000.00"')
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0"))


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise ValueError("须为英文小写代码，如 bed_room")
    return text


def _programme_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("须为英文小写、数字和连字符，如 chongqing-2020")
    return text


Yuan = Annotated[int, BeforeValidator(to_fen), PlainSerializer(yuan, return_type=str)]
Text = Annotated[str, Field(min_length=1)]
Key = Annotated[str, AfterValidator(_key)]
ProgrammeId = Annotated[str, AfterValidator(_programme_id)]
Keys = Annotated[tuple[Key, ...], Strict(False)]
Texts = Annotated[tuple[Text, ...], Strict(False)]
Numbers = Annotated[tuple[int, ...], Strict(False)]
Days = Annotated[int, Field(ge=0, le=1000)]


class ItemType(Labelled):
    """Whether the public purse supports an item first of all (基础) or after the basics (可选)."""

    BASIC = "basic", "基础类"
    OPTIONAL = "optional", "可选类"


class ItemKind(Labelled):
    """Work done in the home, or a thing handed over."""

    WORKS = "works", "施工改造"
    GOODS = "goods", "配置用品"


class OptionalPolicy(Labelled):
    """Whether optional items may be paid from the subsidy (domain P2, §5)."""

    AFTER_BASICS = "after_basics", "基础类全部完成后可在补贴标准内列支"
    SELF_PAID = "self_paid", "一律自费"
    LIKE_BASIC = "like_basic", "与基础类同样补贴"


class Payee(Labelled):
    """To whom the subsidy is paid."""

    CONTRACTOR = "contractor", "施工单位"
    HOUSEHOLD = "household", "老年人家庭"


class Split(Labelled):
    """How the sources of money share a subsidy (domain S5)."""

    IN_ORDER = "in_order", "按顺序先后使用"
    PERCENTAGE = "percentage", "按比例分担"


def _member(members: type[Labelled]) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, str) and value in list(members):
            return members(value)
        raise ValueError(f"须为 {'、'.join(member.value for member in members)} 之一")

    return BeforeValidator(read)


class Part(BaseModel):
    """A table of the data: nothing unknown in it, nothing converted, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sourced(Part):
    """A table that says where it comes from, and which of its values the source does not say."""

    source: str = ""
    assumptions: dict[str, Text] = {}

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        for name in self.assumptions:
            if name not in type(self).model_fields:
                raise ValueError(f"assumptions 里的“{name}”不是这个表的字段")
        return self

    def assumed(self, name: str) -> str:
        """Why the value of the field is an assumption; empty when the source says it."""
        return self.assumptions.get(name, "")


class About(Sourced):
    """`[programme]`: what it is called, where it holds, from when, and the name of this edition of the data."""

    id: ProgrammeId
    name: Text
    short_name: Text
    version: Text
    number_prefix: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,12}$")]
    authority: Text
    document: Text
    region: Text
    valid_from: date
    valid_to: date | None = None
    overlay: str = ""
    county: str = ""
    county_name: str = ""
    summary: str = ""
    phone: str = ""

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to 早于 valid_from")
        return self


class Benefit(Sourced):
    """`[benefit]`: what may be had only once, and with which other programmes (domain S7)."""

    exclusion_group: Key
    period: Literal["lifetime", "year"] = "lifetime"
    subjects: Keys = ("beneficiary", "household", "dwelling")


class Phase(Sourced):
    """`[[phase]]`: a dated part of the programme's year; outside of all there is one banner (重庆2020 §五)."""

    key: Key
    name: Text
    starts: date
    ends: date
    content: str = ""

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.ends < self.starts:
            raise ValueError("ends 早于 starts")
        return self


class ClauseData(Sourced):
    """`[[clause]]`: one condition of eligibility; `text` in our own words, `when` the condition itself."""

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,7}$")]
    title: Text
    source: Text
    text: Text
    when: dict[str, JsonValue | date]
    verified_by: Keys = ()
    evidence: Texts = ()
    verified_before_plan: bool = False
    found_by_assessment: bool = False


class PriorityData(Sourced):
    """`[[priority]]`: points for coming first; never a condition."""

    id: Key
    name: Text
    points: Annotated[int, Field(ge=1, le=1000)]
    when: dict[str, JsonValue | date]


class Category(Sourced):
    """`[[category]]`: a heading of the item catalogue."""

    key: Key
    number: Text
    name: Text


class PhotoKind(Sourced):
    """`[[photo_kind]]`: a photograph that the file needs of a line."""

    key: Key
    name: Text
    help: str = ""


class Item(Sourced):
    """`[[item]]`: one thing that can be done; its key is its number (two items may share a name)."""

    number: Annotated[int, Field(ge=1, le=999)]
    category: Key
    name: Text
    type: Annotated[ItemType, _member(ItemType)]
    kind: Annotated[ItemKind, _member(ItemKind)]
    unit: Text
    description: Text
    spaces: Keys = ()
    photos: Keys
    measures: Texts = ()
    specifications: Texts = ()

    @property
    def is_basic(self) -> bool:
        """Whether it is one of the basic items that must all be decided (domain P1)."""
        return self.type is ItemType.BASIC


class ItemNotes(Sourced):
    """`[items]`: what holds for all items; its assumptions name fields of the items."""

    assumptions: dict[str, Text] = {}

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        for name in self.assumptions:
            if name not in Item.model_fields:
                raise ValueError(f"assumptions 里的“{name}”不是 [[item]] 的字段")
        return self


class Decision(Labelled):
    """What becomes of an item in a plan (domain P1)."""

    INSTALL = "install", "改造或配置"
    IN_PLACE = "in_place", "家中已有"
    NOT_APPLICABLE = "not_applicable", "不适用"
    DECLINED = "declined", "家庭不需要"


class PlanRule(Sourced):
    """`[[plan_rule]]`: a rule of the plan in words, for pages and papers; P1–P4 are computed, P5 and P6 are answered."""

    id: Annotated[str, Field(pattern=r"^P[0-9]+$")]
    text: Text


class Plan(Sourced):
    """`[plan]`: how optional items stand, which waivers a basic item may have, and when a file is flagged."""

    optional: Annotated[OptionalPolicy, _member(OptionalPolicy)]
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

    payee: Annotated[Payee, _member(Payee)]
    split: Annotated[Split, _member(Split)]
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


class Notice(Sourced):
    """`[notice]`: the public notice before confirmation."""

    used: bool = True
    days: Days
    day_kind: Literal["working", "calendar"]
    rounds: Annotated[int, Field(ge=1, le=3)] = 1
    places: Texts
    photo_days: Keys = ("first", "last")


class AssessmentTerms(Sourced):
    """`[assessment]`: how many assessors visit and what they may not be."""

    assessors: Annotated[int, Field(ge=1, le=5)]
    independent_of_builder: bool = True
    recognised_by: Texts = ()


class AcceptanceTerms(Sourced):
    """`[acceptance]`: who accepts, and what is looked at besides the lines."""

    in_each_home: bool = True
    party: Keys
    excluded: Keys = ("contractor",)
    countersign: Keys = ("county",)


class Check(Sourced):
    """`[[acceptance_check]]`: one question on the acceptance list."""

    key: Key
    text: Text
    required: bool = True


class Warranty(Sourced):
    """`[warranty]`: months from the acceptance in the home."""

    months: Annotated[int, Field(ge=0, le=600)]
    starts: Literal["acceptance", "completion"] = "acceptance"
    response_days: Days = 5


class Document(Sourced):
    """`[[document]]`: a paper that must be on file before the step `needed_for` (domain S6)."""

    key: Key
    name: Text
    stage: Annotated[Stage, _member(Stage)]
    needed_for: Key
    only_if: Literal["", "self_pay", "works", "goods", "relocation"] = ""


class StageTerms(Sourced):
    """`[[stage]]`: whether the programme uses a step, and who is responsible for it."""

    key: Annotated[Stage, _member(Stage)]
    responsible: Keys
    used: bool = True
    note: str = ""


class Verification(Sourced):
    """`[[verification]]`: a body that verifies single clauses and has no further rights (domain §2)."""

    body: Key
    name: Text
    clauses: Texts
    methods: Texts = ()


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


class Room(Sourced):
    """`[[room]]`: a space of the home, with what is measured in it (cm, mm or % as the text says)."""

    key: Key
    name: Text
    measures: Texts = ()


class Hazard(Sourced):
    """`[[hazard]]`: something dangerous or difficult that assessors look for in a room."""

    key: Key
    room: Key
    name: Text
    grave: bool = False


class Suggestion(Sourced):
    """`[[suggestion]]`: items that a hazard or a failed indicator speaks for, with the reason shown to people."""

    hazard: Key | None = None
    indicator: Key | None = None
    items: Numbers
    reason: Text

    @model_validator(mode="after")
    def _one_cause(self) -> Self:
        if (self.hazard is None) == (self.indicator is None):
            raise ValueError("须恰有 hazard 或 indicator 之一")
        return self


class TimeLimits(Sourced):
    """`[time_limits]`: working days in each status before it is overdue."""

    days: dict[str, Annotated[int, Field(ge=0, le=1000)]]

    @model_validator(mode="after")
    def _known_status(self) -> Self:
        open_ = [status.value for status in Status if status not in ENDINGS]
        for name in self.days:
            if name not in open_:
                raise ValueError(f"没有状态“{name}”，可写 {'、'.join(open_)}")
        return self


class ProgrammeData(Part):
    """A whole programme, the overlay of a county included."""

    programme: About
    benefit: Benefit
    phase: Annotated[tuple[Phase, ...], Strict(False)] = ()
    clause: Annotated[tuple[ClauseData, ...], Strict(False), Field(min_length=1)]
    priority: Annotated[tuple[PriorityData, ...], Strict(False)] = ()
    items: ItemNotes = ItemNotes()
    category: Annotated[tuple[Category, ...], Strict(False), Field(min_length=1)]
    photo_kind: Annotated[tuple[PhotoKind, ...], Strict(False)] = ()
    item: Annotated[tuple[Item, ...], Strict(False), Field(min_length=1)]
    plan: Plan
    plan_rule: Annotated[tuple[PlanRule, ...], Strict(False)] = ()
    cap: Cap
    cap_case: Annotated[tuple[CapCase, ...], Strict(False)] = ()
    money: Money
    fund: Annotated[tuple[Fund, ...], Strict(False), Field(min_length=1)]
    price: Annotated[tuple[Price, ...], Strict(False)] = ()
    quota: Annotated[tuple[Quota, ...], Strict(False)] = ()
    allotment: Annotated[tuple[Allotment, ...], Strict(False)] = ()
    notice: Notice
    assessment: AssessmentTerms
    acceptance: AcceptanceTerms
    acceptance_check: Annotated[tuple[Check, ...], Strict(False)] = ()
    warranty: Warranty
    time_limits: TimeLimits
    document: Annotated[tuple[Document, ...], Strict(False)] = ()
    stage: Annotated[tuple[StageTerms, ...], Strict(False)] = ()
    verification: Annotated[tuple[Verification, ...], Strict(False)] = ()
    instrument: Instrument
    indicator: Annotated[tuple[Indicator, ...], Strict(False), Field(min_length=1)]
    grade: Annotated[tuple[Grade, ...], Strict(False)] = ()
    room: Annotated[tuple[Room, ...], Strict(False)] = ()
    hazard: Annotated[tuple[Hazard, ...], Strict(False)] = ()
    suggestion: Annotated[tuple[Suggestion, ...], Strict(False)] = ()


class OverlayAbout(Sourced):
    """`[overlay]`: a county's own edition of a base programme (重庆2020 §一(一), §六(一))."""

    id: ProgrammeId
    base: ProgrammeId
    name: Text
    version: Text
    county: Text
    county_name: Text
    document: str = ""
    valid_from: date
    valid_to: date | None = None
    summary: str = ""
    phone: str = ""

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to 早于 valid_from")
        return self


class CapAddition(Sourced):
    """`[cap_addition]`: what the county adds to the cap, in yuan."""

    amount: Yuan


class OverlayData(Part):
    """What a county may say: widen, add, price, date. Everything else is the base's."""

    overlay: OverlayAbout
    phase: Annotated[tuple[Phase, ...], Strict(False)] = ()
    clause: Annotated[tuple[ClauseData, ...], Strict(False)] = ()
    priority: Annotated[tuple[PriorityData, ...], Strict(False)] = ()
    cap_addition: CapAddition | None = None
    fund: Annotated[tuple[Fund, ...], Strict(False)] = ()
    price: Annotated[tuple[Price, ...], Strict(False)] = ()
    quota: Annotated[tuple[Quota, ...], Strict(False)] = ()
    allotment: Annotated[tuple[Allotment, ...], Strict(False)] = ()
    notice: Notice | None = None
    time_limits: TimeLimits | None = None
    acceptance_check: Annotated[tuple[Check, ...], Strict(False)] = ()
