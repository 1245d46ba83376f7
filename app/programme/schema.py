"""The shape of a programme's data as a whole: one field for each table in `catalog/<programme>/*.toml`.

Amounts are fen in Python and "2000.00" in the files; widths of time are working days unless a field says otherwise.
Every table may carry `source` (the clause it carries out) and `assumptions` (field = why, for what the source does not
say); domain §4.
"""

from typing import Annotated

from pydantic import Field, Strict

from .about_schema import About, OverlayAbout, Phase
from .eligibility_schema import Benefit, ClauseData, NamedCondition, PersonClass, PriorityData
from .instrument_schema import Ability, Grade, Indicator, Instrument, InstrumentData, Recognition, WorksStandard
from .item_schema import Category, Item, ItemNotes, PhotoKind, SharedItems
from .local_schema import Local
from .money_schema import (
    Allotment,
    AverageCap,
    Cap,
    CapAddition,
    CapCase,
    Composition,
    Deposit,
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
    AcceptanceParty,
    AcceptanceTerms,
    ActorTerms,
    AssessmentTerms,
    Check,
    Document,
    FirmFilingTerms,
    FirstCome,
    Hazard,
    Notice,
    NoticeRound,
    PaymentNotice,
    PlanReviewTerms,
    PurchaseCode,
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
from .procurement_schema import Procurement
from .values import Part


class ProgrammeData(Part):
    """A whole programme, the overlay of a county included."""

    programme: About
    benefit: Benefit
    phase: Annotated[tuple[Phase, ...], Strict(False)] = ()
    person_class: Annotated[tuple[PersonClass, ...], Strict(False)] = ()
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
    local: Local | None = None
    group: Annotated[tuple[Group, ...], Strict(False)] = ()
    rate: Annotated[tuple[Rate, ...], Strict(False)] = ()
    limit: Annotated[tuple[Limit, ...], Strict(False)] = ()
    composition: Annotated[tuple[Composition, ...], Strict(False)] = ()
    money: Money
    deposit: Deposit | None = None
    procurement: Procurement | None = None
    fund: Annotated[tuple[Fund, ...], Strict(False), Field(min_length=1)]
    price: Annotated[tuple[Price, ...], Strict(False)] = ()
    quota: Annotated[tuple[Quota, ...], Strict(False)] = ()
    allotment: Annotated[tuple[Allotment, ...], Strict(False)] = ()
    waiting_list: WaitingList = WaitingList(used=False)
    first_come: FirstCome | None = None
    notice: Notice
    notice_round: Annotated[tuple[NoticeRound, ...], Strict(False)] = ()
    payment_notice: PaymentNotice | None = None
    purchase_code: PurchaseCode | None = None
    firm_filing: FirmFilingTerms | None = None
    assessment: AssessmentTerms
    plan_review: PlanReviewTerms | None = None
    acceptance: AcceptanceTerms
    acceptance_party: Annotated[tuple[AcceptanceParty, ...], Strict(False)] = ()
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


class OverlayData(Part):
    """What a county may say: widen, add, price, date, and what the base leaves to it. Everything else is the base's."""

    overlay: OverlayAbout
    phase: Annotated[tuple[Phase, ...], Strict(False)] = ()
    person_class: Annotated[tuple[PersonClass, ...], Strict(False)] = ()
    condition: Annotated[tuple[NamedCondition, ...], Strict(False)] = ()
    clause: Annotated[tuple[ClauseData, ...], Strict(False)] = ()
    priority: Annotated[tuple[PriorityData, ...], Strict(False)] = ()
    cap_addition: CapAddition | None = None
    local: Local | None = None
    cap: Cap | None = None
    cap_case: Annotated[tuple[CapCase, ...], Strict(False)] = ()
    average_cap: AverageCap | None = None
    rate: Annotated[tuple[Rate, ...], Strict(False)] = ()
    limit: Annotated[tuple[Limit, ...], Strict(False)] = ()
    composition: Annotated[tuple[Composition, ...], Strict(False)] = ()
    deposit: Deposit | None = None
    procurement: Procurement | None = None
    fund: Annotated[tuple[Fund, ...], Strict(False)] = ()
    price: Annotated[tuple[Price, ...], Strict(False)] = ()
    quota: Annotated[tuple[Quota, ...], Strict(False)] = ()
    allotment: Annotated[tuple[Allotment, ...], Strict(False)] = ()
    notice: Notice | None = None
    time_limits: TimeLimits | None = None
    photo_kind: Annotated[tuple[PhotoKind, ...], Strict(False)] = ()
    acceptance_party: Annotated[tuple[AcceptanceParty, ...], Strict(False)] = ()
    acceptance_check: Annotated[tuple[Check, ...], Strict(False)] = ()
    recognition: Annotated[tuple[Recognition, ...], Strict(False)] = ()
    notice_round: Annotated[tuple[NoticeRound, ...], Strict(False)] = ()
    waiting_list: WaitingList | None = None
    first_come: FirstCome | None = None
    payment_notice: PaymentNotice | None = None
    purchase_code: PurchaseCode | None = None
    firm_filing: FirmFilingTerms | None = None
    assessment: AssessmentTerms | None = None
    plan_review: PlanReviewTerms | None = None
    sample_inspection: SampleInspection | None = None
    warranty: Warranty | None = None
    document: Annotated[tuple[Document, ...], Strict(False)] = ()
    stage: Annotated[tuple[StageTerms, ...], Strict(False)] = ()
    step: Annotated[tuple[StepTerms, ...], Strict(False)] = ()
    actor: Annotated[tuple[ActorTerms, ...], Strict(False)] = ()
