"""Tables of regions, firms, their admission history and procurement records. Rows end; none is deleted."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.crypto import Encrypted
from ..core.db import Base, Fen, enum_column
from .rules import Admission, Level, OrganisationKind, Rating

# Paths are compared as byte ranges; other collations of PostgreSQL would order "/" elsewhere.
PathText = String(200).with_variant(String(200, collation="C"), "postgresql")


class Region(Base):
    """A node of the region tree. A scope is a subtree by `path`, never a prefix of codes (domain §2)."""

    __tablename__ = "region"
    __table_args__ = (
        # the path ends in the node's own id, and only a root's path is nothing but its id
        CheckConstraint("path LIKE '%/' || id || '/'", name="path_ends_in_id"),
        CheckConstraint("(parent_id IS NULL) = (path = '/' || id || '/')", name="root_has_no_parent"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="validity_in_order"),
    )

    # given by the service together with the path, so that the CHECKs hold from the first moment
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    gb_code: Mapped[str | None] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    level: Mapped[Level] = enum_column(Level)
    path: Mapped[str] = mapped_column(PathText, unique=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    parent: Mapped["Region | None"] = relationship(remote_side="Region.id", lazy="raise_on_sql")

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the root down to the node itself."""
        return [int(part) for part in self.path.split("/") if part]

    def contains(self, path: str) -> bool:
        """True when the node with `path` is this node or below it."""
        return path.startswith(self.path)

    def is_valid(self, on: date) -> bool:
        """True when the node exists on the day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


class Organisation(Base):
    """A firm that assesses, builds or supervises."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("length(uscc) = 18", name="uscc_length"),
        CheckConstraint("is_assessor OR is_contractor OR is_supervisor", name="does_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    # three columns and not a child table: so the database can hold that a firm does at least one of them
    is_assessor: Mapped[bool] = mapped_column(default=False)
    is_contractor: Mapped[bool] = mapped_column(default=False)
    is_supervisor: Mapped[bool] = mapped_column(default=False)
    admission: Mapped[Admission] = enum_column(Admission, default=Admission.ADMITTED)
    rating: Mapped[Rating | None] = enum_column(Rating, nullable=True)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    contact_name: Mapped[str] = mapped_column(String(40), default="")
    contact_phone: Mapped[str] = mapped_column(Encrypted, default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    bank_name: Mapped[str] = mapped_column(String(100), default="")
    bank_account: Mapped[str] = mapped_column(Encrypted, default="")
    created_at: Mapped[datetime]

    region: Mapped[Region | None] = relationship(lazy="raise_on_sql")
    changes: Mapped[list["OrganisationChange"]] = relationship(
        lazy="raise_on_sql", order_by="OrganisationChange.id", back_populates="organisation"
    )
    procurements: Mapped[list["ProcurementRecord"]] = relationship(
        lazy="raise_on_sql", order_by="ProcurementRecord.id", back_populates="organisation"
    )

    @property
    def kinds(self) -> list[OrganisationKind]:
        """What the firm does, in the enumeration's order."""
        return [kind for kind in OrganisationKind if getattr(self, f"is_{kind.value}")]

    @kinds.setter
    def kinds(self, kinds: list[OrganisationKind]) -> None:
        for kind in OrganisationKind:
            setattr(self, f"is_{kind.value}", kind in kinds)


class OrganisationChange(Base):
    """One row for each admission, suspension, exit or rating of a firm, with its reason."""

    __tablename__ = "organisation_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    admission: Mapped[Admission] = enum_column(Admission)
    rating: Mapped[Rating | None] = enum_column(Rating, nullable=True)
    reason: Mapped[str] = mapped_column(String(200))
    paper_id: Mapped[int | None]
    """The firm's undertaking or another paper of its admission; files stand above and are not known here."""
    at: Mapped[datetime]
    # no foreign key: users stand a layer above; the name is copied because it must outlive the account
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(60))

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql", back_populates="changes")


class ProcurementRecord(Base):
    """A lot of a government procurement that a firm won, for a region and a term."""

    __tablename__ = "procurement_record"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="term_in_order"),
        CheckConstraint("max_households IS NULL OR max_households > 0", name="max_households_positive"),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_has_reason"),
        # one lot is won once by a firm in a region for a programme; an ended record may be entered again, corrected
        Index(
            "uq_procurement_record_current",
            "organisation_id",
            "kind",
            "region_id",
            "lot",
            "programme_key",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[OrganisationKind] = enum_column(OrganisationKind)
    lot: Mapped[str] = mapped_column(String(60))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    max_households: Mapped[int | None]
    programme_key: Mapped[str] = mapped_column(String(80), default="")
    """The programme for which it was won, by the key of its base; "" = for all."""
    award_fen: Mapped[Fen | None]
    """The sum of the contract or the framework agreement; a deposit is a share of it."""
    # no foreign key: stored files stand a layer above
    paper_id: Mapped[int | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(200))

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql", back_populates="procurements")
    region: Mapped[Region] = relationship(lazy="raise_on_sql")
    prices: Mapped[list["ProcurementPrice"]] = relationship(lazy="raise_on_sql", order_by="ProcurementPrice.item")

    @property
    def township(self) -> str:
        """The name of the township that procured it itself; "" where it is the county's or a wider region's."""
        return self.region.name if self.region.level is Level.TOWNSHIP else ""

    def serves(self, programme_key: str) -> bool:
        """True when it was won for the programme, or for all."""
        return self.programme_key in ("", programme_key)

    def is_valid(self, on: date) -> bool:
        """True when the record's term covers the day and nobody ended it."""
        return self.ended_at is None and self.valid_from <= on <= self.valid_to


class ProcurementPrice(Base):
    """The tendered unit price of one item under a procurement record."""

    __tablename__ = "procurement_price"
    __table_args__ = (UniqueConstraint("procurement_record_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    procurement_record_id: Mapped[int] = mapped_column(ForeignKey("procurement_record.id"))
    item: Mapped[int]
    unit: Mapped[str] = mapped_column(String(10))
    unit_price_fen: Mapped[Fen]
