"""Tables of the assessment: appointments, visits, signatures, answers, rooms, suggested items. Rows end; none vanish."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...core.crypto import Encrypted, EncryptedJSON
from ...core.db import Base

_IN_FORCE = text("ended_at IS NULL")


class Appointment(Base):
    """A visit that was announced to the household; a new one ends the one before."""

    __tablename__ = "assessment_appointment"
    __table_args__ = (
        Index(
            "uq_assessment_appointment_current",
            "renovation_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    planned_on: Mapped[date]
    time_of_day: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Visit(Base):
    """One visit of two assessors of a firm and what they found; a corrected record is a new row (domain §3, 重庆2020 §五)."""

    __tablename__ = "assessment_visit"
    __table_args__ = (
        # two people see more than one, and neither can sign for the other
        CheckConstraint("first_id <> second_id", name="two_different_assessors"),
        CheckConstraint(
            "third_id IS NULL OR (second_id IS NOT NULL AND third_id <> first_id AND third_id <> second_id)",
            name="third_is_another",
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name="end_has_reason"),
        UniqueConstraint("renovation_id", "seq"),
        # one assessment is in force at a time
        Index(
            "uq_assessment_visit_current",
            "renovation_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    seq: Mapped[int]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    instrument: Mapped[str] = mapped_column(String(120))
    """Name and version of the instrument that was used, as the programme had it then."""
    visited_on: Mapped[date]
    first_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    first_name: Mapped[str] = mapped_column(String(80))
    first_qualification: Mapped[str] = mapped_column(String(120))
    second_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None where the programme sends one assessor; a third one where it sends three."""
    second_name: Mapped[str] = mapped_column(String(80), default="")
    second_qualification: Mapped[str] = mapped_column(String(120), default="")
    third_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    third_name: Mapped[str] = mapped_column(String(80), default="")
    third_qualification: Mapped[str] = mapped_column(String(120), default="")
    informant: Mapped[str] = mapped_column(String(80), default="")
    wish: Mapped[str] = mapped_column(String(2000), default="")
    remark: Mapped[str] = mapped_column(String(2000), default="")
    safe: Mapped[bool]
    renovatable: Mapped[bool]
    must_move_out: Mapped[bool]
    recognised: Mapped[bool] = mapped_column(default=False)
    """An existing grade was recognised and the indicators were not asked again (domain E3)."""
    findings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The facts found, by the names of the programme's vocabulary; no identity."""
    recorded_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(500), default="")

    @property
    def team(self) -> list[tuple[int, str, str]]:
        """The assessors who came: account, name and qualification; the one who recorded first."""
        people = [
            (self.first_id, self.first_name, self.first_qualification),
            (self.second_id, self.second_name, self.second_qualification),
            (self.third_id, self.third_name, self.third_qualification),
        ]
        return [(id_, name, qualification) for id_, name, qualification in people if id_ is not None]

    signatures: Mapped[list["AssessorSignature"]] = relationship(
        lazy="raise_on_sql", order_by="AssessorSignature.id", back_populates="visit"
    )
    indicators: Mapped[list["IndicatorResult"]] = relationship(
        lazy="raise_on_sql", order_by="IndicatorResult.id", back_populates="visit"
    )
    abilities: Mapped[list["AbilityResult"]] = relationship(
        lazy="raise_on_sql", order_by="AbilityResult.person", back_populates="visit"
    )
    rooms: Mapped[list["RoomFinding"]] = relationship(
        lazy="raise_on_sql", order_by="RoomFinding.seq", back_populates="visit"
    )
    suggestions: Mapped[list["Suggestion"]] = relationship(
        lazy="raise_on_sql", order_by="Suggestion.item_no", back_populates="visit"
    )


class AssessorSignature(Base):
    """An assessor's own signature under a visit; what is changed afterwards ends it."""

    __tablename__ = "assessor_signature"
    __table_args__ = (
        Index(
            "uq_assessor_signature_current",
            "visit_id",
            "user_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("assessment_visit.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    user_name: Mapped[str] = mapped_column(String(80))
    signed_at: Mapped[datetime]
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(200), default="")

    visit: Mapped[Visit] = relationship(lazy="raise_on_sql", back_populates="signatures")


class IndicatorResult(Base):
    """The answer to one indicator for one old person of the household (`person` = the beneficiary's number)."""

    __tablename__ = "indicator_result"
    __table_args__ = (UniqueConstraint("visit_id", "person", "indicator"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("assessment_visit.id"))
    person: Mapped[int] = mapped_column(default=1)
    indicator: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(Encrypted)

    visit: Mapped[Visit] = relationship(lazy="raise_on_sql", back_populates="indicators")


class AbilityResult(Base):
    """What the instrument made of one person's answers, as the server computed it then, with the instrument's version."""

    __tablename__ = "ability_result"
    __table_args__ = (
        UniqueConstraint("visit_id", "person"),
        # a level that no rule gave says why
        CheckConstraint("NOT by_hand OR reason <> ''", name="by_hand_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("assessment_visit.id"))
    person: Mapped[int]
    instrument: Mapped[str] = mapped_column(String(60))
    """Key of the instrument in the visit's version of the programme, which holds its text."""
    instrument_title: Mapped[str] = mapped_column(String(120))
    total: Mapped[int | None]
    level: Mapped[str] = mapped_column(String(40))
    level_name: Mapped[str] = mapped_column(String(80))
    by_hand: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(500), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(EncryptedJSON)
    """Points and grades by group, what was said besides, the adjustments that applied: personal data (domain §7)."""

    visit: Mapped[Visit] = relationship(lazy="raise_on_sql", back_populates="abilities")


class RecognisedResult(Base):
    """A result of another body that counts until a day: recognised, not repeated (seeds 002, 003). Rows end, none vanish."""

    __tablename__ = "recognised_result"
    __table_args__ = (
        CheckConstraint("holds_until >= assessed_on", name="holds_from_its_day"),
        CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name="end_has_reason"),
        # one result counts for one person
        Index(
            "uq_recognised_result_current",
            "renovation_id",
            "person",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    person: Mapped[int]
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    instrument: Mapped[str] = mapped_column(String(60))
    instrument_title: Mapped[str] = mapped_column(String(120))
    issuer: Mapped[str] = mapped_column(String(80))
    assessed_on: Mapped[date]
    holds_until: Mapped[date]
    level: Mapped[str] = mapped_column(String(40))
    level_name: Mapped[str] = mapped_column(String(80))
    points: Mapped[int | None]
    remark: Mapped[str] = mapped_column(String(500), default="")
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(500), default="")


class RoomFinding(Base):
    """One room: the hazards found and the measurements taken; its photos are attachments `room:<key>`."""

    __tablename__ = "room_finding"
    __table_args__ = (UniqueConstraint("visit_id", "room"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("assessment_visit.id"))
    seq: Mapped[int]
    room: Mapped[str] = mapped_column(String(40))
    room_name: Mapped[str] = mapped_column(String(40))
    hazards: Mapped[list[Any]] = mapped_column(default=list)
    """[{"key", "name", "grave"}], copied from the programme."""
    measurements: Mapped[list[Any]] = mapped_column(default=list)
    """[{"name", "value", "unit"}], the value as text with at most two decimals."""
    remark: Mapped[str] = mapped_column(String(500), default="")

    visit: Mapped[Visit] = relationship(lazy="raise_on_sql", back_populates="rooms")


class Suggestion(Base):
    """An item that the visit speaks for, why, from which rule, and whether the assessors keep it."""

    __tablename__ = "assessment_suggestion"
    __table_args__ = (
        UniqueConstraint("visit_id", "item_no"),
        CheckConstraint("reason <> ''", name="has_reason"),
        # what the table proposes is dropped only for a reason
        CheckConstraint("kept OR edited_reason <> ''", name="drop_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("assessment_visit.id"))
    item_no: Mapped[int]
    item_name: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(80))
    basic: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(200))
    """The rules that proposed it (`hazard:…`, `indicator:…`), or `added` by the assessors."""
    rooms: Mapped[list[Any]] = mapped_column(default=list)
    """Keys of the rooms that it is for."""
    kept: Mapped[bool] = mapped_column(default=True)
    edited_reason: Mapped[str] = mapped_column(String(500), default="")

    visit: Mapped[Visit] = relationship(lazy="raise_on_sql", back_populates="suggestions")
