"""The list that a what-if leaves behind: which file would come to what. Written by its job alone, changed by nobody."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Fen, enum_column
from ..core.enums import Labelled
from ..stages.application.codes import Outcome


class Effect(Labelled):
    """What changed rules would do to a household; of several the first."""

    GAIN = "gain", "变为符合"
    LOSE = "lose", "不再符合"
    OPEN = "open", "结论有变化"
    REFUSED = "refused", "方案不再成立"
    MORE = "more", "补贴增加"
    LESS = "less", "补贴减少"
    SHORT = "short", "名额或指标不够"


class SimulatedChange(Base):
    """One household that a what-if touches: verdict and subsidy before and after, and which clauses made it so."""

    __tablename__ = "simulated_change"
    __table_args__ = (
        # a file stands once in a what-if, however often its job was started
        Index("uq_simulated_change_file", "job_id", "renovation_id", unique=True),
        Index("ix_simulated_change_list", "job_id", "effect", "county_id", "id"),
        CheckConstraint("reason <> ''", name="has_reason"),
        CheckConstraint("effect <> 'short' OR is_short", name="short_is_marked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    county_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    effect: Mapped[Effect] = enum_column(Effect)
    before: Mapped[Outcome] = enum_column(Outcome)
    after: Mapped[Outcome] = enum_column(Outcome)
    before_fen: Mapped[Fen | None]
    after_fen: Mapped[Fen | None]
    """None: there is no plan to compute with, or the plan would be refused."""
    is_short: Mapped[bool] = mapped_column(default=False)
    """Whether it would be left without a place or without yuan; with the effect `short` it is all that changes."""
    reason: Mapped[str] = mapped_column(String(1000))
    """Clauses and their results, sums; no fact of the household."""
