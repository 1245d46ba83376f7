"""Tables of the plan: versions, lines, decisions on basic items, the agreement. What was submitted never changes.

A line keeps its identity over versions: `PlanLine.root_id`. Photos (`line:<root_id>`), reports and contract prices of a
line hang on it, so a change order does not tear them off.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...core.db import Base, Fen, enum_column
from ...core.money import line_amount
from ...permissions import Role
from ...programme.values import Decision, ItemKind
from .rules import PlanState, ReviewOutcome, Signer

_OPEN = text("state IN ('draft', 'submitted', 'approved')")
_SIGNED = text("state = 'signed'")
_IN_FORCE = text("ended_at IS NULL")


class Plan(Base):
    """One version of a household's plan, with the sums that were computed for it (domain §4, 重庆2020 §三)."""

    __tablename__ = "plan"
    __table_args__ = (
        UniqueConstraint("renovation_id", "version"),
        # one version is in force, and beside it one at most is being worked on
        Index("uq_plan_signed", "renovation_id", unique=True, sqlite_where=_SIGNED, postgresql_where=_SIGNED),
        Index("uq_plan_open", "renovation_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        CheckConstraint("version > 0", name="version_positive"),
        # the two shares are the total, to the fen (domain S3)
        CheckConstraint("subsidy_fen + self_pay_fen = total_fen", name="shares_are_total"),
        CheckConstraint("subsidy_fen <= cap_fen", name="within_cap"),
        # who approves is not who made it
        CheckConstraint("approved_by IS NULL OR submitted_by IS NULL OR approved_by <> submitted_by", name="checked"),
        CheckConstraint("state NOT IN ('approved', 'signed') OR approved_at IS NOT NULL", name="approved_before"),
        # the household signs for the sum that the plan shows (domain P3)
        CheckConstraint(
            "state <> 'signed' OR (signed_at IS NOT NULL AND signed_self_pay_fen = self_pay_fen)", name="signed_for_sum"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    version: Mapped[int]
    state: Mapped[PlanState] = enum_column(PlanState, default=PlanState.DRAFT)
    change_order: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(1000), default="")
    """Why there is this version: a return, a refusal, a change on site."""
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    rules: Mapped[str] = mapped_column(String(80))
    """The programme's edition by which the sums were computed."""

    total_fen: Mapped[Fen]
    subsidy_fen: Mapped[Fen]
    self_pay_fen: Mapped[Fen]
    cap_fen: Mapped[Fen]
    computed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The whole calculation as `settlement quote` gives it."""
    flagged: Mapped[bool] = mapped_column(default=False)
    """So many basic items are waived that somebody should look again (domain P1)."""
    no_shared_space: Mapped[bool] = mapped_column(default=False)
    design_code: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(2000), default="")

    drafted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    drafted_by_name: Mapped[str] = mapped_column(String(80), default="")
    drafted_at: Mapped[datetime]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submitted_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(String(1000), default="")
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_by_name: Mapped[str] = mapped_column(String(80), default="")
    approved_at: Mapped[datetime | None]
    approval_note: Mapped[str] = mapped_column(String(1000), default="")
    refused_reason: Mapped[str] = mapped_column(String(1000), default="")
    signed_at: Mapped[datetime | None]
    signed_by_name: Mapped[str] = mapped_column(String(80), default="")
    signer: Mapped[Signer | None] = enum_column(Signer, nullable=True)
    signed_self_pay_fen: Mapped[Fen | None]
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))

    lines: Mapped[list["PlanLine"]] = relationship(
        lazy="raise_on_sql", order_by="PlanLine.seq", back_populates="plan", cascade="all, delete-orphan"
    )
    decisions: Mapped[list["ItemDecision"]] = relationship(
        lazy="raise_on_sql", order_by="ItemDecision.item_no", back_populates="plan", cascade="all, delete-orphan"
    )


class PlanLine(Base):
    """One line: what is done or handed over, where, how much, at what price. Names and prices are copies."""

    __tablename__ = "plan_line"
    __table_args__ = (
        UniqueConstraint("plan_id", "seq"),
        CheckConstraint("quantity_centi > 0", name="quantity_positive"),
        # never above the county's ceiling (domain P4)
        CheckConstraint("ceiling_fen IS NULL OR unit_price_fen <= ceiling_fen", name="within_ceiling"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("plan_line.id"))
    """The line of an earlier version that this one continues; the first one, however many versions lie between."""
    seq: Mapped[int]
    item_no: Mapped[int]
    item_name: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(80))
    basic: Mapped[bool]
    kind: Mapped[ItemKind] = enum_column(ItemKind)
    space: Mapped[str] = mapped_column(String(40))
    space_name: Mapped[str] = mapped_column(String(40), default="")
    specification: Mapped[str] = mapped_column(String(200), default="")
    measured: Mapped[str] = mapped_column(String(200), default="")
    """Widths, heights and slopes measured for it, where the design code asks (domain P6)."""
    quantity_centi: Mapped[int]
    unit: Mapped[str] = mapped_column(String(20))
    unit_price_fen: Mapped[Fen]
    ceiling_fen: Mapped[Fen | None]
    subsidised_fen: Mapped[Fen] = mapped_column(default=0)
    photos: Mapped[list[Any]] = mapped_column(default=list)
    """Keys of the photo kinds that the file needs of this line."""

    plan: Mapped[Plan] = relationship(lazy="raise_on_sql", back_populates="lines")

    @property
    def root_id(self) -> int:
        """The line's identity over all versions."""
        return self.origin_id or self.id

    @property
    def quantity(self) -> Decimal:
        """The planned quantity, two decimals."""
        return Decimal(self.quantity_centi) / 100

    @property
    def amount_fen(self) -> int:
        """Quantity × unit price, half-up to the fen (domain S1)."""
        return line_amount(self.quantity, self.unit_price_fen)


class ItemDecision(Base):
    """What becomes of one basic item, and why (domain P1)."""

    __tablename__ = "item_decision"
    __table_args__ = (
        UniqueConstraint("plan_id", "item_no"),
        CheckConstraint("accepted_by_county = false OR decision <> 'install'", name="only_waivers_are_accepted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    item_no: Mapped[int]
    item_name: Mapped[str] = mapped_column(String(80))
    decision: Mapped[Decision] = enum_column(Decision)
    reason: Mapped[str] = mapped_column(String(500), default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    accepted_by_county: Mapped[bool] = mapped_column(default=False)

    plan: Mapped[Plan] = relationship(lazy="raise_on_sql", back_populates="decisions")


class PlanReview(Base):
    """What the technical review found of one version; it ends when another firm is to review, none is changed."""

    __tablename__ = "plan_review"
    __table_args__ = (
        # a version is reviewed once; a changed plan is another version
        Index("uq_plan_review_current", "plan_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
        CheckConstraint("role IN ('supervisor', 'assessor', 'township')", name="reviewer"),
        # a firm reviews under its own name, a township under the office's
        CheckConstraint("(role = 'township') = (organisation_id IS NULL)", name="firm_named"),
        # who drafted it must know what to change
        CheckConstraint("outcome <> 'returned' OR opinion <> ''", name="returned_with_reason"),
        CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name="end_has_reason"),
        Index("ix_plan_review_renovation", "renovation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    role: Mapped[Role] = enum_column(Role)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    reviewer: Mapped[str] = mapped_column(String(120))
    """The firm or the township as it was called then."""
    outcome: Mapped[ReviewOutcome] = enum_column(ReviewOutcome)
    opinion: Mapped[str] = mapped_column(String(1000))
    reviewed_at: Mapped[datetime]
    reviewed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reviewed_by_name: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(500), default="")

    remarks: Mapped[list["PlanReviewRemark"]] = relationship(lazy="raise_on_sql", order_by="PlanReviewRemark.line_id")


class PlanReviewRemark(Base):
    """What a review says of one line."""

    __tablename__ = "plan_review_remark"
    __table_args__ = (UniqueConstraint("review_id", "line_id"), CheckConstraint("text <> ''", name="says_something"))

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("plan_review.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    text: Mapped[str] = mapped_column(String(300))


class Agreement(Base):
    """The renovation agreement (改造协议) of the household with the township, over one version of the plan."""

    __tablename__ = "agreement"
    __table_args__ = (
        Index("uq_agreement_current", "renovation_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[str] = mapped_column(String(60), unique=True)
    township: Mapped[str] = mapped_column(String(80))
    township_signer: Mapped[str] = mapped_column(String(80))
    household_signer: Mapped[str] = mapped_column(String(80))
    signed_on: Mapped[date]
    total_fen: Mapped[Fen]
    subsidy_fen: Mapped[Fen]
    self_pay_fen: Mapped[Fen]
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    ended_at: Mapped[datetime | None]
