"""Tables of the intake: dwelling, household, people, derived facts, verifications, frozen verdicts. Rows end, none vanish."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...core.crypto import Encrypted, EncryptedJSON
from ...core.db import Base, Fen, enum_column
from ...core.identity_numbers import Sex
from .codes import (
    AbilityLevel,
    Consent,
    DecisionKind,
    Department,
    Disability,
    Earlier,
    Finding,
    Outcome,
    Recognised,
    Relation,
    Right,
    Source,
    Subject,
)

_IN_FORCE = text("ended_at IS NULL")


class Dwelling(Base):
    """A home, apart from who lives in it. What is None is unknown, never false."""

    __tablename__ = "dwelling"
    __table_args__ = (
        CheckConstraint("same_as_id IS NULL OR same_as_id <> id", name="not_itself"),
        # candidates for the same home are looked for by township and normalised address
        Index("ix_dwelling_key", "township_id", "address_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    township_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    village_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    address: Mapped[str] = mapped_column(String(300))
    address_key: Mapped[str] = mapped_column(String(300))
    """The address as it is compared; rural homes have no numbers, so equal keys only propose (domain S7)."""
    right: Mapped[Right | None] = enum_column(Right, nullable=True)
    owner_consent: Mapped[bool | None]
    safe: Mapped[bool | None]
    renovatable: Mapped[bool | None]
    demolition_planned: Mapped[bool | None]
    must_move_out: Mapped[bool | None]
    can_stay_elsewhere: Mapped[bool | None]
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("dwelling.id"))
    """The record of the same home that was there first, when a person has said so."""
    created_at: Mapped[datetime]


class Household(Base):
    """The household of a file: how it applies, who speaks for it, where it can be reached."""

    __tablename__ = "household"

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), unique=True)
    dwelling_id: Mapped[int] = mapped_column(ForeignKey("dwelling.id"), index=True)
    applied_on: Mapped[date]
    phone: Mapped[str] = mapped_column(Encrypted, default="")
    register_number: Mapped[str] = mapped_column(Encrypted, default="")
    """Number of the household register (户口簿户号)."""
    register_index: Mapped[str | None] = mapped_column(String(64), index=True)
    consent: Mapped[Consent | None] = enum_column(Consent, nullable=True)
    guardian_name: Mapped[str] = mapped_column(String(40), default="")
    guardian_phone: Mapped[str] = mapped_column(Encrypted, default="")
    guardian_relation: Mapped[Relation | None] = enum_column(Relation, nullable=True)
    size: Mapped[int | None]
    earlier: Mapped[Earlier | None] = enum_column(Earlier, nullable=True)

    dwelling: Mapped[Dwelling] = relationship(lazy="raise_on_sql")


class Beneficiary(Base):
    """An old or disabled person for whom the home is renovated; the first (`seq` 1) is the applicant."""

    __tablename__ = "beneficiary"
    __table_args__ = (
        CheckConstraint("failed_items IS NULL OR failed_items BETWEEN 0 AND 6", name="six_indicators"),
        CheckConstraint("disability_grade IS NULL OR disability_grade BETWEEN 1 AND 4", name="grade_known"),
        # one place each, and nobody twice in one file
        Index(
            "uq_beneficiary_seq",
            "renovation_id",
            "seq",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index(
            "uq_beneficiary_person",
            "renovation_id",
            "id_index",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index("ix_beneficiary_id_index", "id_index"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    seq: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    id_number: Mapped[str] = mapped_column(Encrypted)
    id_index: Mapped[str] = mapped_column(String(64))
    last4_index: Mapped[str] = mapped_column(String(64))
    sex: Mapped[Sex] = enum_column(Sex)
    birth_date: Mapped[date]
    relation: Mapped[Relation | None] = enum_column(Relation, nullable=True)
    hardship: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Codes of hardship; an empty list says that somebody looked and found none."""
    classes: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Codes of the classes of persons of the file's programme; an empty list says that none fits."""
    living: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    certificate: Mapped[bool | None]
    certificate_number: Mapped[str] = mapped_column(Encrypted, default="")
    disability_category: Mapped[Disability | None] = enum_column(Disability, nullable=True)
    disability_grade: Mapped[int | None]
    recognised: Mapped[Recognised | None] = enum_column(Recognised, nullable=True)
    answers: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    """The six indicators, true = can do it; raw answers are personal data (domain §7)."""
    failed_items: Mapped[int | None]
    ability_level: Mapped[AbilityLevel | None] = enum_column(AbilityLevel, nullable=True)
    dementia: Mapped[bool | None] = mapped_column(EncryptedJSON)
    """A diagnosis, and so personal data like the answers."""
    observer: Mapped[str] = mapped_column(String(40), default="")
    observed_on: Mapped[date | None]
    insured: Mapped[bool | None]
    hukou_region: Mapped[str] = mapped_column(String(32), default="")
    hukou_address: Mapped[str | None] = mapped_column(Encrypted)
    """As the household register has it, where it is wanted."""
    hukou_at_dwelling: Mapped[bool | None]
    """Whether that is this home, as it was said; where nobody said, two addresses that are one tell it (`facts`)."""
    ended_at: Mapped[datetime | None]


class HouseholdMember(Base):
    """Somebody who lives there and for whom nothing is renovated."""

    __tablename__ = "household_member"
    __table_args__ = (
        CheckConstraint("disability_grade IS NULL OR disability_grade BETWEEN 1 AND 4", name="grade_known"),
        Index("ix_household_member_renovation", "renovation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    seq: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    relation: Mapped[Relation] = enum_column(Relation)
    birth_date: Mapped[date | None]
    hardship: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    classes: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    certificate: Mapped[bool | None]
    disability_grade: Mapped[int | None]
    dementia: Mapped[bool | None] = mapped_column(EncryptedJSON)
    insured: Mapped[bool | None]
    ended_at: Mapped[datetime | None]


class EarlierSubsidy(Base):
    """A subsidised renovation that person, household or dwelling had before (E7)."""

    __tablename__ = "earlier_subsidy"
    __table_args__ = (Index("ix_earlier_subsidy_renovation", "renovation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    seq: Mapped[int]
    department: Mapped[Department] = enum_column(Department)
    programme: Mapped[str] = mapped_column(String(100), default="")
    paid_on: Mapped[date | None]
    subject: Mapped[Subject | None] = enum_column(Subject, nullable=True)
    amount_fen: Mapped[Fen | None]
    ended_at: Mapped[datetime | None]


class DerivedFacts(Base):
    """What rules need in bulk, keyed by the file, without name or ID number (domain §7); kept in step at every change."""

    __tablename__ = "derived_facts"
    __table_args__ = (
        Index("ix_derived_facts_verdict", "verdict", "renovation_id"),
        Index("ix_derived_facts_birth_date", "birth_date", "renovation_id"),
    )

    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), primary_key=True)
    applied_on: Mapped[date]
    birth_date: Mapped[date | None]
    hardship: Mapped[str] = mapped_column(String(400), default="")
    """Codes between bars, `|dibao|tekun_scattered|`, so that one is found by LIKE; `|` for none, "" when unknown."""
    classes: Mapped[str] = mapped_column(String(1000), default="")
    """The same of the programme's own classes of persons."""
    certificate: Mapped[bool | None]
    disability_grade: Mapped[int | None]
    disability_category: Mapped[Disability | None] = enum_column(Disability, nullable=True)
    recognised: Mapped[Recognised | None] = enum_column(Recognised, nullable=True)
    failed_items: Mapped[int | None]
    living: Mapped[str] = mapped_column(String(200), default="")
    dwelling_right: Mapped[Right | None] = enum_column(Right, nullable=True)
    dwelling_safe: Mapped[bool | None]
    dwelling_renovatable: Mapped[bool | None]
    demolition_planned: Mapped[bool | None]
    must_move_out: Mapped[bool | None]
    can_stay_elsewhere: Mapped[bool | None]
    owner_consent: Mapped[bool | None]
    dementia: Mapped[bool | None]
    insured: Mapped[bool | None]
    ability_level: Mapped[str | None] = mapped_column(String(40))
    consent: Mapped[str | None] = mapped_column(String(40))
    hukou_region: Mapped[str | None] = mapped_column(String(32))
    hukou_at_dwelling: Mapped[bool | None]
    residence_region: Mapped[str | None] = mapped_column(String(32))
    hukou_stem: Mapped[str | None] = mapped_column(String(32))
    """The digits that the code of the region and all within it begin with (`programme.areas.stem`)."""
    residence_stem: Mapped[str | None] = mapped_column(String(32))
    household_size: Mapped[int | None]
    members: Mapped[int | None]
    """How many family members are told of; None when nobody said."""
    subsidised: Mapped[int | None]
    """How many earlier subsidies are told of; None when nobody looked."""
    people: Mapped[int]
    verdict: Mapped[Outcome] = enum_column(Outcome)
    priority: Mapped[int] = mapped_column(default=0)
    facts: Mapped[dict[str, Any]]
    """The complete facts in the contract's vocabulary; absent = unknown."""
    updated_at: Mapped[datetime]


class Verification(Base):
    """One check of one clause by one body: method, day, result, paper (domain §2). Append-only."""

    __tablename__ = "verification"
    __table_args__ = (Index("ix_verification_renovation", "renovation_id", "clause"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    clause: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(String(60))
    """The body's name as the programme had it then."""
    method: Mapped[str] = mapped_column(String(60))
    checked_on: Mapped[date]
    result: Mapped[Finding] = enum_column(Finding)
    remark: Mapped[str] = mapped_column(String(500), default="")
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str] = mapped_column(String(80))


class FactChange(Base):
    """A fact that was corrected, by whom and on what ground: nobody overrides a verdict, people correct facts."""

    __tablename__ = "fact_change"
    __table_args__ = (Index("ix_fact_change_renovation", "renovation_id", "fact"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    fact: Mapped[str] = mapped_column(String(60))
    person_index: Mapped[str | None] = mapped_column(String(64))
    """Blind index of the beneficiary whose fact it is, who may sit elsewhere tomorrow; None for the applicant's own, the
    household's and the home's."""
    old: Mapped[Any] = mapped_column(JSON)
    new: Mapped[Any] = mapped_column(JSON)
    source: Mapped[Source] = enum_column(Source)
    reason: Mapped[str] = mapped_column(String(500), default="")
    verification_id: Mapped[int | None] = mapped_column(ForeignKey("verification.id"))
    holds_until: Mapped[date | None]
    """The last day on which it counts, of what holds only for a time; None = for good."""
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str] = mapped_column(String(80))


class Decision(Base):
    """A verdict as it was decided: with its facts and the programme's version, frozen. Append-only."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_renovation", "renovation_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    kind: Mapped[DecisionKind] = enum_column(DecisionKind)
    on: Mapped[date] = mapped_column("decided_on")
    outcome: Mapped[Outcome] = enum_column(Outcome)
    verdict: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    form: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    """What the form held at a submission, to say what changed at the next one."""
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str] = mapped_column(String(80))


class DwellingMatch(Base):
    """A person's answer whether a look-alike address is the same home (domain S7)."""

    __tablename__ = "dwelling_match"
    __table_args__ = (UniqueConstraint("dwelling_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    dwelling_id: Mapped[int] = mapped_column(ForeignKey("dwelling.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("dwelling.id"))
    is_same: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str] = mapped_column(String(80))


class Probe(Base):
    """One look for the same person or home elsewhere: logged and limited, because it tells of other people (domain §7)."""

    __tablename__ = "identity_probe"
    __table_args__ = (Index("ix_identity_probe_user", "user_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    person_index: Mapped[str | None] = mapped_column(String(64))
    hits: Mapped[int]
