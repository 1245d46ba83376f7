"""The table of the firm's filings. Their papers are attachments at `filing:<id>`, captioned by the paper's name."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ...core.db import Base, enum_column
from .filing_rules import FilingState

_LIVE = text("state IN ('filed', 'approved')")


class FirmFiling(Base):
    """What the firm filed for one household before the contract, and what the office said of it. Variants §1B."""

    __tablename__ = "firm_filing"
    __table_args__ = (
        # the contract hangs on one filing: two in force would leave open which one was audited
        Index("uq_firm_filing_live", "renovation_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_firm_filing_renovation", "renovation_id"),
        # the desk of who audits looks for the few that wait among all that were ever filed
        Index("ix_firm_filing_state", "state", "renovation_id"),
        CheckConstraint("contract_by >= filed_on", name="days_in_order"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="end_has_day"),
        CheckConstraint("(state IN ('returned', 'ended')) = (reason <> '')", name="says_why"),
        CheckConstraint("state <> 'filed' OR audited_at IS NULL", name="filed_is_not_audited"),
        CheckConstraint("state NOT IN ('approved', 'returned') OR audited_at IS NOT NULL", name="audit_has_day"),
        # who files and who audits are two people, whatever accounts somebody has
        CheckConstraint("audited_by IS NULL OR audited_by <> filed_by", name="audited_by_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    organisation_name: Mapped[str] = mapped_column(String(100))
    state: Mapped[FilingState] = enum_column(FilingState)
    undertaker: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(200), default="")
    filed_on: Mapped[date]
    filed_at: Mapped[datetime]
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    filed_by_name: Mapped[str] = mapped_column(String(80))
    contract_by: Mapped[date]
    """The last day on which the contract is signed."""
    audit_by: Mapped[date | None]
    """The last day for the audit; None where the programme sets none."""
    audited_on: Mapped[date | None]
    audited_at: Mapped[datetime | None]
    audited_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    audited_by_name: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    """Why it was returned, or why it is in force no more."""
    ended_at: Mapped[datetime | None]

    @property
    def subject(self) -> str:
        """Where its papers stand."""
        return f"filing:{self.id}"

    def is_lapsed(self, today: date) -> bool:
        """True when the days in which the contract is signed are over."""
        return today > self.contract_by
