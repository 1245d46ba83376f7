"""Homes shared out among firms by count: who can take the next one, and who is next. Plain Python (锦州2023)."""

from collections.abc import Mapping
from dataclasses import dataclass

NAMED = 3
"""So many firms are named as those whose turn it is."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How many homes each firm has that can take this one, by id; `apart` is how far one may be ahead of the fewest.

    `names` has every firm that was counted.
    """

    homes: Mapping[int, int]
    names: Mapping[int, str]
    apart: int

    @property
    def fewest(self) -> int:
        """The number of homes of the firm that has fewest."""
        return min(self.homes.values(), default=0)

    @property
    def next_up(self) -> list[int]:
        """The firms with the fewest homes, in the order in which they were given."""
        return [firm for firm, number in self.homes.items() if number == self.fewest]

    def room(self, firm: int) -> int:
        """How many homes a firm can take now, while no other takes any; of a firm alone there is no end of it."""
        others = [number for one, number in self.homes.items() if one != firm]
        return max(min(others) + self.apart - self.homes[firm], 0) if others else self.apart

    def may_take(self, firm: int) -> bool:
        """True when a firm with one home more is not too far ahead of the one that has fewest."""
        return self.homes[firm] + 1 - self.fewest <= self.apart

    def refusal(self, firm: int) -> str:
        """Why a firm cannot take this home, and whose turn it is; "" when it can."""
        if self.may_take(firm):
            return ""
        first = "、".join(self.names[one] for one in self.next_up[:NAMED])
        more = f"等 {len(self.next_up)} 家" if len(self.next_up) > NAMED else ""
        return (
            f"按户数均分，{self.names[firm]}已派 {self.homes[firm]} 户，最少的只有 {self.fewest} 户，"
            f"轮到{first}{more}，请改选。"
        )
