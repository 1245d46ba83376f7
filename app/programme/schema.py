"""The shape of a programme's data: one model for each table in `catalog/<programme>/*.toml`.

Amounts are fen in Python and "2000.00" in the files; widths of time are working days unless a field says otherwise.
Every table may carry `source` (the clause it carries out) and `assumptions` (field = why, for what the source does not
say); domain §4.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from ..permissions import Office
from .areas import level_of
from .instrument_schema import (
    Ability,
    Grade,
    Indicator,
    Instrument,
    InstrumentData,
    Recognition,
    WorksStandard,
)
from .item_schema import Category, Item, ItemNotes, PhotoKind, SharedItems
from .money_schema import (
    Allotment,
    AverageCap,
    Cap,
    CapAddition,
    CapCase,
    Composition,
    Deposit,
    DepositBefore,
    DepositRelease,
    Fund,
    Group,
    Limit,
    Money,
    Plan,
    PlanRule,
    Price,
    Quota,
    Rate,
)
from .process_schema import (
    AcceptanceTerms,
    ActorTerms,
    AssessmentTerms,
    Check,
    Document,
    Hazard,
    Notice,
    NoticeRound,
    PaymentNotice,
    Room,
    SampleInspection,
    StageTerms,
    StepTerms,
    Suggestion,
    TimeLimits,
    Verification,
    WaitingList,
    Warranty,
)
from .values import (
    CapUnit,
    Decision,
    ItemKind,
    ItemType,
    Key,
    Keys,
    OnExcess,
    OptionalPolicy,
    Otherwise,
    Part,
    Payee,
    Per,
    ProgrammeId,
    Sourced,
    Split,
    Text,
    Texts,
    When,
    member_of,
    to_fen,
)

__all__ = [
    "About",
    "Allotment",
    "AverageCap",
    "Benefit",
    "Cap",
    "CapAddition",
    "CapCase",
    "CapUnit",
    "Category",
    "Check",
    "ClauseData",
    "Composition",
    "Decision",
    "Deposit",
    "DepositBefore",
    "DepositRelease",
    "Document",
    "Fund",
    "Grade",
    "Group",
    "Hazard",
    "Item",
    "ItemKind",
    "ItemNotes",
    "ItemType",
    "Limit",
    "Money",
    "NamedCondition",
    "Notice",
    "NoticeRound",
    "OnExcess",
    "OptionalPolicy",
    "Otherwise",
    "OverlayAbout",
    "OverlayData",
    "Payee",
    "Per",
    "Phase",
    "PhotoKind",
    "Plan",
    "PlanRule",
    "Price",
    "PriorityData",
    "ProgrammeData",
    "Quota",
    "Rate",
    "Sourced",
    "Split",
    "StageTerms",
    "StepTerms",
    "Suggestion",
    "to_fen",
]


ProgrammeStatus = Literal["draft", "pilot", "in_force"]


class About(Sourced):
    """`[programme]`: what it is called, who leads it, where it holds, from when, and the name of this edition of the data.

    Of an edition (`[overlay]`) also its id, its county or regions with their name, and the edition that it is built on.
    """

    id: ProgrammeId
    name: Text
    short_name: Text
    version: Text
    number_prefix: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,12}$")]
    authority: Text
    lead: Annotated[Office, member_of(Office)] = Office.CIVIL_AFFAIRS
    document: Text
    region: Text
    valid_from: date
    valid_to: date | None = None
    overlay: str = ""
    county: str = ""
    county_name: str = ""
    regions: Texts = ()
    based_on: str = ""
    summary: str = ""
    phone: str = ""
    status: ProgrammeStatus = "in_force"
    pilot_regions: Texts = ()

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to 早于 valid_from")
        return self


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


class NamedCondition(Sourced):
    """`[[condition]]`: a condition with a name, to be referred to as `{ condition = "name" }` wherever one stands."""

    id: Key
    name: Text
    text: str = ""
    when: When


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
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to 早于 valid_from")
        return self


class PriorityData(Sourced):
    """`[[priority]]`: points for coming first; never a condition."""

    id: Key
    name: Text
    points: Annotated[int, Field(ge=1, le=1000)]
    when: When


class ProgrammeData(Part):
    """A whole programme, the overlay of a county included."""

    programme: About
    benefit: Benefit
    phase: Annotated[tuple[Phase, ...], Strict(False)] = ()
    condition: Annotated[tuple[NamedCondition, ...], Strict(False)] = ()
    clause: Annotated[tuple[ClauseData, ...], Strict(False), Field(min_length=1)]
    priority: Annotated[tuple[PriorityData, ...], Strict(False)] = ()
    catalogue: SharedItems | None = None
    items: ItemNotes = ItemNotes()
    category: Annotated[tuple[Category, ...], Strict(False), Field(min_length=1)]
    photo_kind: Annotated[tuple[PhotoKind, ...], Strict(False)] = ()
    item: Annotated[tuple[Item, ...], Strict(False), Field(min_length=1)]
    plan: Plan
    plan_rule: Annotated[tuple[PlanRule, ...], Strict(False)] = ()
    cap: Cap
    cap_case: Annotated[tuple[CapCase, ...], Strict(False)] = ()
    average_cap: AverageCap | None = None
    group: Annotated[tuple[Group, ...], Strict(False)] = ()
    rate: Annotated[tuple[Rate, ...], Strict(False)] = ()
    limit: Annotated[tuple[Limit, ...], Strict(False)] = ()
    composition: Annotated[tuple[Composition, ...], Strict(False)] = ()
    money: Money
    deposit: Deposit | None = None
    fund: Annotated[tuple[Fund, ...], Strict(False), Field(min_length=1)]
    price: Annotated[tuple[Price, ...], Strict(False)] = ()
    quota: Annotated[tuple[Quota, ...], Strict(False)] = ()
    allotment: Annotated[tuple[Allotment, ...], Strict(False)] = ()
    waiting_list: WaitingList = WaitingList(used=False)
    notice: Notice
    notice_round: Annotated[tuple[NoticeRound, ...], Strict(False)] = ()
    payment_notice: PaymentNotice | None = None
    assessment: AssessmentTerms
    acceptance: AcceptanceTerms
    acceptance_check: Annotated[tuple[Check, ...], Strict(False)] = ()
    sample_inspection: SampleInspection | None = None
    warranty: Warranty
    time_limits: TimeLimits
    document: Annotated[tuple[Document, ...], Strict(False)] = ()
    stage: Annotated[tuple[StageTerms, ...], Strict(False)] = ()
    step: Annotated[tuple[StepTerms, ...], Strict(False)] = ()
    actor: Annotated[tuple[ActorTerms, ...], Strict(False)] = ()
    verification: Annotated[tuple[Verification, ...], Strict(False)] = ()
    ability: Ability | None = None
    recognition: Annotated[tuple[Recognition, ...], Strict(False)] = ()
    instruments: Annotated[tuple[InstrumentData, ...], Strict(False)] = ()
    standards: Annotated[tuple[WorksStandard, ...], Strict(False)] = ()
    instrument: Instrument | None = None
    indicator: Annotated[tuple[Indicator, ...], Strict(False)] = ()
    grade: Annotated[tuple[Grade, ...], Strict(False)] = ()
    room: Annotated[tuple[Room, ...], Strict(False)] = ()
    hazard: Annotated[tuple[Hazard, ...], Strict(False)] = ()
    suggestion: Annotated[tuple[Suggestion, ...], Strict(False)] = ()


class OverlayAbout(Sourced):
    """`[overlay]`: the edition of a county, of several counties or of a city on a base (重庆2020 §一(一), §六(一)).

    For one county `county` and `county_name`, else `regions` and `regions_name`; of several that hold somewhere the most
    specific counts.
    """

    id: ProgrammeId
    base: ProgrammeId
    name: Text
    version: Text
    county: str = ""
    county_name: str = ""
    regions: Texts = ()
    regions_name: str = ""
    document: str = ""
    valid_from: date
    valid_to: date | None = None
    summary: str = ""
    phone: str = ""
    status: ProgrammeStatus | None = None
    pilot_regions: Texts | None = None

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to 早于 valid_from")
        return self

    @model_validator(mode="after")
    def _where(self) -> Self:
        if bool(self.county) == bool(self.regions):
            raise ValueError("适用于一个区县写 county、county_name，适用于一个市或几个区县写 regions、regions_name")
        if not (self.county_name if self.county else self.regions_name):
            raise ValueError(f"缺少{'county_name' if self.county else 'regions_name'}（适用地区的名称）")
        if len(set(self.regions)) < len(self.regions):
            raise ValueError("regions 里每个地区只写一次")
        if len({level_of(region) for region in self.regions}) > 1:
            raise ValueError("regions 里的地区须是同一级：全是市，或全是区县")
        if any(level_of(region) == "township" for region in (*self.regions, self.county)):
            raise ValueError("细则适用于市或区县，不到乡镇（街道）")
        return self


class OverlayData(Part):
    """What a county may say: widen, add, price, date. Everything else is the base's."""

    overlay: OverlayAbout
    phase: Annotated[tuple[Phase, ...], Strict(False)] = ()
    condition: Annotated[tuple[NamedCondition, ...], Strict(False)] = ()
    clause: Annotated[tuple[ClauseData, ...], Strict(False)] = ()
    priority: Annotated[tuple[PriorityData, ...], Strict(False)] = ()
    cap_addition: CapAddition | None = None
    deposit: Deposit | None = None
    fund: Annotated[tuple[Fund, ...], Strict(False)] = ()
    price: Annotated[tuple[Price, ...], Strict(False)] = ()
    quota: Annotated[tuple[Quota, ...], Strict(False)] = ()
    allotment: Annotated[tuple[Allotment, ...], Strict(False)] = ()
    notice: Notice | None = None
    time_limits: TimeLimits | None = None
    acceptance_check: Annotated[tuple[Check, ...], Strict(False)] = ()
    recognition: Annotated[tuple[Recognition, ...], Strict(False)] = ()
    notice_round: Annotated[tuple[NoticeRound, ...], Strict(False)] = ()
    waiting_list: WaitingList | None = None
    payment_notice: PaymentNotice | None = None
    assessment: AssessmentTerms | None = None
    sample_inspection: SampleInspection | None = None
    warranty: Warranty | None = None
    stage: Annotated[tuple[StageTerms, ...], Strict(False)] = ()
    step: Annotated[tuple[StepTerms, ...], Strict(False)] = ()
    actor: Annotated[tuple[ActorTerms, ...], Strict(False)] = ()
