"""Versions of programmes as they were loaded: files keep the version under which they were decided."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    SQLColumnExpression,
    String,
    Text,
    event,
    inspect,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, enum_column
from ..core.enums import Labelled
from ..permissions import GRANTS, Office, Permission, Role


class VersionState(Labelled):
    """Where a version of a programme stands."""

    DRAFT = "draft", "草案"
    PUBLISHED = "published", "已发布"
    SUPERSEDED = "superseded", "已被替代"
    WITHDRAWN = "withdrawn", "已撤回"


class ProgrammeVersion(Base):
    """One edition of a programme, the county overlay merged in. Its content never changes once it is stored."""

    __tablename__ = "programme_version"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'withdrawn') OR published_at IS NOT NULL", name="published_when"),
        # a draft that is put aside says when and why
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL AND withdrawn_reason <> '')", name="withdrawn_when"
        ),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity_in_order"),
        # two editions in force from the same day would leave it to chance which one decides
        Index(
            "uq_programme_version_in_force",
            "programme_key",
            "areas",
            "valid_from",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_key: Mapped[str] = mapped_column(String(80))
    """Id of the base programme, e.g. chongqing-2020."""
    overlay_key: Mapped[str] = mapped_column(String(80), default="")
    areas: Mapped[str] = mapped_column(String(2000), default="")
    """The codes of the regions whose edition this is, in their order with commas between; empty for the base."""
    name: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(String(80))
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[str] = mapped_column(Text, deferred=True)
    """The merged data as canonical JSON; its SHA-256 is `content_hash`."""
    office: Mapped[Office] = enum_column(Office, default=Office.CIVIL_AFFAIRS, index=True)
    """Which of a county's offices leads it: the other one does not see its files."""
    marks: Mapped[str] = mapped_column(String(1000), default="", index=True)
    """What desks and lists ask of the content without reading it (`process.marks`)."""
    state: Mapped[VersionState] = enum_column(VersionState, default=VersionState.DRAFT)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None: loaded by command on the server."""
    published_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_reason: Mapped[str] = mapped_column(String(500), default="")

    @property
    def area_codes(self) -> tuple[str, ...]:
        """The codes of the regions whose edition this is; () for the base."""
        return tuple(self.areas.split(",")) if self.areas else ()


def written_areas(areas: tuple[str, ...]) -> str:
    """The regions of an edition as its row has them."""
    return ",".join(sorted(areas))


def has_mark(mark: str) -> ColumnElement[bool]:
    """The condition that a version's programme has a mark: leaves a stage or step out, keeps a waiting list."""
    return ProgrammeVersion.marks.contains(f"|{mark}|")


def held_by(version_id: SQLColumnExpression[int], task: Permission, role: Role) -> ColumnElement[bool]:
    """The condition that a role has a task on a row's file: the programme gives it to the role, or leaves it to those
    who have it everywhere and the role is one of them."""
    gives = version_id.in_(select(ProgrammeVersion.id).where(has_mark(f"{task.value}:{role.value}")))
    if task not in GRANTS[role]:
        return gives
    return or_(gives, version_id.not_in(select(ProgrammeVersion.id).where(has_mark(f"{task.value}:"))))


def led_elsewhere(version_id: SQLColumnExpression[int], office: Office) -> ColumnElement[bool]:
    """The condition that a row's programme is not led by this office of the county."""
    others = or_(*(ProgrammeVersion.office == one for one in Office if one is not office))
    return version_id.in_(select(ProgrammeVersion.id).where(others))


def key_led_elsewhere(key: SQLColumnExpression[str], office: Office) -> ColumnElement[bool]:
    """The condition that a row's programme, named by its key, is not led by this office; before publication it is nobody's."""
    published = select(ProgrammeVersion.programme_key).where(ProgrammeVersion.published_at.is_not(None))
    return key.in_(published.where(ProgrammeVersion.office.in_([one for one in Office if one is not office])))


_FROZEN = (
    *("programme_key", "overlay_key", "areas", "label", "content_hash", "content", "office", "marks"),
    *("valid_from", "valid_to"),
)


@event.listens_for(ProgrammeVersion, "before_update")
def _refuse_change(_mapper: Any, _connection: Any, version: ProgrammeVersion) -> None:
    """What was decided under a version must stay explainable: only its state may change."""
    state = inspect(version)
    for name in _FROZEN:
        if state.attrs[name].history.has_changes():
            raise ValueError(f"programme version {version.id} is immutable: {name}")


@event.listens_for(ProgrammeVersion, "before_delete")
def _refuse_delete(_mapper: Any, _connection: Any, version: ProgrammeVersion) -> None:
    raise ValueError(f"programme version {version.id} is never deleted")
