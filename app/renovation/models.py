"""Tables of the file that every stage works on. No relationship points up to a stage."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.crypto import Encrypted
from ..core.db import Base, Fen, enum_column
from ..core.enums import Labelled
from ..lifecycle import Action, Stage, Status
from ..permissions import Role
from ..places.models import Organisation, Region
from ..programme.models import ProgrammeVersion


class Ending(Labelled):
    """Why a file ends before its end. Domain §3."""

    WISH = "wish", "家庭主动撤回"
    DEATH = "death", "申请人去世"
    MOVED = "moved", "迁出或搬离"
    DEMOLITION = "demolition", "住房征收或拆迁"
    INSTITUTION = "institution", "入住养老机构"
    NOTHING_LEFT = "nothing_left", "资金或任务数已用完"
    LAPSED = "lapsed", "逾期没有开工"
    OTHER = "other", "其他"


class Kind(Labelled):
    """What a paper or a photo on the file is."""

    ID_CARD = "id_card", "身份证件"
    HOUSEHOLD_REGISTER = "household_register", "户口簿"
    HARDSHIP_PROOF = "hardship_proof", "困难身份证明"
    DISABILITY_CERTIFICATE = "disability_certificate", "残疾人证"
    DWELLING_PROOF = "dwelling_proof", "住房权属证明"
    DECLARATION = "declaration", "申请书与承诺书"
    VERIFICATION = "verification", "核验材料"
    NOTICE_PHOTO = "notice_photo", "公示照片"
    LETTER = "letter", "告知书"
    HOUSEHOLD_LETTER = "household_letter", "给家庭的通知书"
    ASSESSMENT_PHOTO = "assessment_photo", "评估照片"
    ASSESSMENT_SHEET = "assessment_sheet", "评估表"
    WAIVER_PHOTO = "waiver_photo", "基础项目情况照片"
    PLAN_REVIEW = "plan_review", "方案审核意见"
    PLAN_SIGNATURE = "plan_signature", "方案签字"
    AGREEMENT = "agreement", "改造协议"
    FILING = "filing", "施工备案材料"
    CONTRACT = "contract", "施工合同"
    RELOCATION = "relocation", "临时过渡材料"
    BEFORE = "before", "改造前照片"
    HIDDEN_WORK = "hidden", "隐蔽工程照片"
    DURING = "during", "施工过程照片"
    AFTER = "after", "改造后照片"
    HANDOVER = "handover", "交付照片"
    GOODS_RECEIPT = "goods_receipt", "用品签收单"
    SUPERVISION = "supervision", "监理材料"
    CHANGE_SIGNATURE = "change_signature", "变更签字"
    ACCEPTANCE_PHOTO = "acceptance_photo", "验收照片"
    ACCEPTANCE_SIGNATURE = "acceptance_signature", "验收签字"
    INVOICE = "invoice", "发票"
    SELF_PAY_RECEIPT = "self_pay_receipt", "家庭付款收据"
    SETTLEMENT_SHEET = "settlement_sheet", "结算单"
    WARRANTY_CARD = "warranty_card", "质保卡"
    VOUCHER = "voucher", "付款凭证"
    VISIT_RECORD = "visit_record", "回访记录表"
    CLAIM_PHOTO = "claim_photo", "报修照片"
    FIX_PHOTO = "fix_photo", "维修照片"
    OWN_PAPER = "own_paper", "政策另要的材料"
    OTHER = "other", "其他材料"


SENSITIVE_KINDS = frozenset(
    {
        Kind.ID_CARD,
        Kind.HOUSEHOLD_REGISTER,
        Kind.HARDSHIP_PROOF,
        Kind.DISABILITY_CERTIFICATE,
        Kind.VERIFICATION,
        Kind.DECLARATION,
        Kind.ASSESSMENT_SHEET,
    }
)
"""Papers that tell of identity or health: shown only to roles that may read health data. Domain §7."""

MONEY_KINDS = frozenset({Kind.INVOICE, Kind.SELF_PAY_RECEIPT, Kind.SETTLEMENT_SHEET, Kind.VOUCHER})
"""Papers of the settlement: shown only to roles that may read sums."""

OFFICE_KINDS = frozenset({Kind.HOUSEHOLD_LETTER, Kind.SETTLEMENT_SHEET, Kind.VOUCHER, Kind.VISIT_RECORD})
"""No firm's business: what the office tells the household, what others are paid, what the household says of the work."""

FIRM_KINDS = frozenset({Kind.FILING})
"""Personal papers that a firm filed: for the offices that may read such papers and for that firm, for no other. Domain §7."""

PICTURE_KINDS = frozenset(
    {
        Kind.ASSESSMENT_PHOTO,
        Kind.WAIVER_PHOTO,
        Kind.BEFORE,
        Kind.HIDDEN_WORK,
        Kind.DURING,
        Kind.AFTER,
        Kind.HANDOVER,
        Kind.ACCEPTANCE_PHOTO,
        Kind.CLAIM_PHOTO,
        Kind.FIX_PHOTO,
    }
)
"""Of the home and the work, without anybody's name: all that city and province open, who read no identities (domain §2)."""


SCAN = "paper:"
"""The subject of a signed copy is `paper:<code>`."""


class Renovation(Base):
    """One household in one programme (一户一档). Its status is written only by `renovation.progress.advance`."""

    __tablename__ = "renovation"
    __table_args__ = (
        # a file that is suspended says why
        CheckConstraint("(suspended_at IS NULL) = (suspended_reason = '')", name="suspension_has_reason"),
        # the desks and lists read by county or township, by status, newest first
        Index("ix_renovation_county_status", "county_id", "status", "id"),
        Index("ix_renovation_township_status", "township_id", "status", "id"),
        Index("ix_renovation_county", "county_id", "id"),
        Index("ix_renovation_township", "township_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    programme_key: Mapped[str] = mapped_column(String(80))
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    county_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    township_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    village_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    status: Mapped[Status] = enum_column(Status, default=Status.DRAFT)
    status_since: Mapped[datetime]
    due_on: Mapped[date | None]
    """Last day of the time limit of the present status (programme's working days)."""
    applicant_name: Mapped[str] = mapped_column(String(80), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    receipt_code: Mapped[str | None] = mapped_column(Encrypted("renovation.receipt"))
    """The household's look-up code, given at submission; searched through `receipt_index`."""
    receipt_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str] = mapped_column(String(500), default="")
    ending: Mapped[Ending | None] = enum_column(Ending, nullable=True)
    ending_reason: Mapped[str] = mapped_column(String(500), default="")
    ending_on: Mapped[date | None]
    total_fen: Mapped[Fen | None]
    """Latest known sums for lists: planned, then contracted, then settled."""
    subsidy_fen: Mapped[Fen | None]
    self_pay_fen: Mapped[Fen | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    touched_at: Mapped[datetime]
    """Set by every operation, so that the version moves and stale pages are told."""
    version: Mapped[int] = mapped_column(default=1)

    # read only: they are set by their ids, and what is no part of the unit of work costs nothing when it ends
    county: Mapped[Region] = relationship(foreign_keys=[county_id], lazy="raise_on_sql", viewonly=True)
    township: Mapped[Region] = relationship(foreign_keys=[township_id], lazy="raise_on_sql", viewonly=True)
    village: Mapped[Region | None] = relationship(foreign_keys=[village_id], lazy="raise_on_sql", viewonly=True)
    programme_version: Mapped[ProgrammeVersion] = relationship(lazy="raise_on_sql", viewonly=True)

    __mapper_args__ = {"version_id_col": version}


class Event(Base):
    """One row of the timeline: what happened, who did it, from where to where, why. Append-only."""

    __tablename__ = "renovation_event"
    __table_args__ = (
        UniqueConstraint("renovation_id", "seq"),
        # a change of status names both ends; anything else names none
        CheckConstraint(
            "(action IS NULL AND from_status IS NULL AND to_status IS NULL)"
            " OR (action IS NOT NULL AND to_status IS NOT NULL)",
            name="change_is_whole",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    role: Mapped[Role] = enum_column(Role)
    stage: Mapped[Stage] = enum_column(Stage)
    title: Mapped[str] = mapped_column(String(120))
    action: Mapped[Action | None] = enum_column(Action, nullable=True)
    from_status: Mapped[Status | None] = enum_column(Status, nullable=True)
    to_status: Mapped[Status | None] = enum_column(Status, nullable=True)
    reason: Mapped[str] = mapped_column(String(2000), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Facts of the event in codes and sums; no personal data."""


class Attachment(Base):
    """One paper or photo on the file, in its place (`subject`, such as `line:12`); replaced ones end, none vanish."""

    __tablename__ = "attachment"
    __table_args__ = (
        # one upload stands in one place: the same photo for two lines would prove nothing
        Index(
            "uq_attachment_file_in_use",
            "file_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_attachment_renovation", "renovation_id", "stage", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    stage: Mapped[Stage] = enum_column(Stage)
    kind: Mapped[Kind] = enum_column(Kind)
    subject: Mapped[str] = mapped_column(String(60), default="")
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    caption: Mapped[str] = mapped_column(String(200), default="")
    added_at: Mapped[datetime]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    added_by_name: Mapped[str] = mapped_column(String(80), default="")
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    unlocated_reason: Mapped[str | None] = mapped_column(String(200))
    """Why a photo has no position, where the programme wants one; nobody said so before it was asked."""


class Assignment(Base):
    """A firm's part in a file, from a day to a day; at most one firm at a time in each part."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("role IN ('assessor', 'contractor', 'supervisor')", name="firm_role"),
        Index(
            "uq_assignment_current",
            "renovation_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_assignment_organisation", "organisation_id", "renovation_id"),
        # how many households a tender serves, and whether the last of them is accepted
        Index("ix_assignment_procurement_record", "procurement_record_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[Role] = enum_column(Role)
    procurement_record_id: Mapped[int | None] = mapped_column(ForeignKey("procurement_record.id"))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(500), default="")

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class Comment(Base):
    """A remark on a file that people of its scope read."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    at: Mapped[datetime]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    author_name: Mapped[str] = mapped_column(String(80))
    author_role: Mapped[Role] = enum_column(Role)
    text: Mapped[str] = mapped_column(String(2000))


class SearchGram(Base):
    """What an applicant's name is found by: two neighbouring characters, the whole pinyin, its initials.

    Trigram indexes of both databases find nothing for two characters, so the pairs are rows.
    """

    __tablename__ = "search_gram"
    __table_args__ = (Index("ix_search_gram_renovation", "renovation_id"),)

    gram: Mapped[str] = mapped_column(String(24), primary_key=True)
    county_id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), primary_key=True)


class NumberSeries(Base):
    """The last file number given in a series; its row is locked while the next one is taken."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int]
