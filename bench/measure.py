"""Medians of calls taken in turns, and a line of the table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: what was measured, beside what, and how much more it may cost."""

    name: str
    ours_ms: float
    beside: str
    beside_ms: float
    limit: float

    @property
    def ratio(self) -> float:
        """How many times the cost of what stands beside it."""
        return self.ours_ms / self.beside_ms

    @property
    def holds(self) -> bool:
        """True within the limit."""
        return self.ratio <= self.limit


def medians(rounds: int, calls: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of what each call says it took, taken in turns so that a busy moment hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for warm in range(rounds + max(rounds // 10, 3)):
        for name, call in calls.items():
            taken = call()
            if warm >= max(rounds // 10, 3):
                times[name].append(taken)
    return {name: median(taken) for name, taken in times.items()}
