"""Made-up people by the hundred thousand: nobody twice, the same for the same seed."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random

from .people import SURNAMES, Person, id_number

FIRST_MEN = "国德光正永大世朝明兴代仕天长克万文学安家福云志忠孝昌祖绍维显"
LAST_MEN = "强明荣华福元清贵山发全林寿根勤忠海洪义才平成富生友礼和顺祥模"
FIRST_WOMEN = "桂秀淑玉素明仁正昌德光世兴朝永大春小文学群开祖显代国先廷万清"
LAST_WOMEN = "英兰珍华芳碧秀菊玉芝琼蓉梅莲香群琴惠容素淑会贤书凤清云霞莉美"

BORN_IN = (
    "500101", "500102", "500103", "500104", "500105", "500106", "500107", "500108", "500109", "500110", "500111",
    "500112", "500113", "500114", "500115", "500116", "500117", "500118", "500119", "500120", "500151", "500152",
    "500153", "500154", "500155", "500156", "500229", "500230", "500231", "500233", "500235", "500236", "500237",
    "500238", "500240", "500241", "500242", "500243",
)  # fmt: skip
"""One district a load, so that no load makes a person whom another one made; the demo county's own are the demo's."""

AGES = ((50, 58), (61, 78), (81, 95))
"""Ages that lie clear of the borders of the rules: too young, old, eighty and over."""


def ages_like(age: int) -> tuple[int, int]:
    """The range of ages that the rules treat as they treat this one."""
    return AGES[0] if age < 60 else AGES[1] if age < 80 else AGES[2]


@cache
def _commoner_first(number: int) -> list[float]:
    return list(accumulate(1 / (rank + 3) for rank in range(number)))


@dataclass(slots=True)
class People:
    """Gives out people; nobody has the ID number of another one."""

    random: Random
    region: str
    _serials: dict[tuple[date, bool], int] = field(default_factory=dict)

    def one(self, on: date, least: int, most: int, is_woman: bool | None = None) -> Person:
        """Somebody who is `least` to `most` years old on that day."""
        random = self.random
        woman = random.random() < 0.55 if is_woman is None else is_woman
        while True:
            birth = on - timedelta(days=random.randint(least * 366, most * 365))
            serial = self._serials.get((birth, woman), 0)
            if serial < 499:
                break
        self._serials[birth, woman] = serial + 1
        number = id_number(self.region, birth, serial * 2 + (2 if woman else 1))
        return Person(self._name(woman), number, birth, woman)

    def _name(self, is_woman: bool) -> str:
        first, last = (FIRST_WOMEN, LAST_WOMEN) if is_woman else (FIRST_MEN, LAST_MEN)
        return self._pick(SURNAMES) + self._pick(first) + self._pick(last)

    def _pick(self, characters: str) -> str:
        """One of them; those at the front are the common ones, as among real names."""
        return self.random.choices(characters, cum_weights=_commoner_first(len(characters)))[0]
