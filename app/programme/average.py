"""The guard over a county's average: what it becomes when one more plan is approved (variants §0, point 3)."""

from dataclasses import dataclass

from ..core.money import display
from .money_schema import AverageCap
from .values import OnExcess


@dataclass(frozen=True, slots=True)
class Average:
    """The county's approved plans with this one; sums in fen."""

    cap: AverageCap
    households: int
    total_fen: int

    @property
    def fen(self) -> int:
        """What a household gets on average, rounded up to the fen: a limit is not passed by rounding."""
        return -(-self.total_fen // self.households)

    @property
    def is_over(self) -> bool:
        """Whether the average is over the limit."""
        return self.total_fen > self.cap.amount * self.households

    @property
    def stops(self) -> bool:
        """Whether the plan may not be approved because of it."""
        enough = self.households >= self.cap.from_households
        return self.is_over and enough and self.cap.on_excess is OnExcess.STOP

    @property
    def text(self) -> str:
        """How the average would stand, and what to do when it is over the limit."""
        said = f"批准后全县 {self.households} 户平均补贴 {display(self.fen)}，户均标准 {display(self.cap.amount)}"
        if not self.is_over:
            return said
        over = display(self.total_fen - self.cap.amount * self.households)
        return f"{said}，合计超出 {over}。请退回压减金额，或先批准金额较低的户"
