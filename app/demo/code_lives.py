"""How households live that buy with a code: one has it, one has lost it, one has shown it to a firm, one is paid."""

from collections.abc import Iterator
from typing import Any

from ..lifecycle import Status
from ..stages.construction import code_queries, redeeming
from ..stages.construction.code_rules import EnterCode
from . import codes
from .side import Life, Side
from .story import LeanStory

S = Status
GOODS: tuple[dict[str, Any], ...] = (
    {"item": 17, "space": "bathroom", "specification": "带靠背淋浴椅", "quantity": "1.00", "unit_price": "160.00"},
    {"item": 24, "space": "portable", "specification": "四脚手杖", "quantity": "1.00", "unit_price": "80.00"},
)


class CodeStory(LeanStory):
    """A household that buys with a code: nobody assesses, nothing is built."""

    programme = codes.KEY
    mark = "SG"
    warranty_months = 0

    def assign_assessor(self) -> None:
        """Nobody is asked."""

    def assess(self, failed_items: int | None = None, **findings: Any) -> None:
        """Nobody assesses."""

    def hand_in(self) -> None:
        """Nothing is handed in."""

    def draft(self, lines: tuple[dict[str, Any], ...] = GOODS, **changes: Any) -> None:
        """The township lists what is bought."""
        self.do("plan.draft", self.clerk, lines=list(GOODS), no_shared_space=True, design_code=True, submit=True)

    def approve(self) -> None:
        """Nobody approves a list of goods."""

    def dispatch(self, firm: int = 0) -> None:
        """The household shows its code to a firm, and the firm enters it."""
        self.builder = "build1" if (firm or self.firm) == 1 else "build2"
        code = code_queries.live(self.file())
        if code is None:
            raise LookupError("the household has no code")
        redeeming.redeem(EnterCode(code=code.spoken), self.actor(self.builder), "")

    def start(self) -> None:
        """The goods are on their way."""
        self.do("construction.start", self.builder)

    def countersign(self) -> None:
        """The township's word is enough."""

    def bill(self) -> None:
        """The seller's invoice, and the account to which the household is paid."""
        super().bill()
        name = self.known.people[0].name
        account = {"holder": name, "relation": "本人", "bank": "示例银行", "account": "6200000000000000099"}
        self.do("settlement.account", self.clerk, **account)

    def card(self) -> None:
        """There is no warranty beside the maker's."""


def paid_back(story: CodeStory) -> Iterator[int]:
    """The goods are there, the money is on the household's account."""
    yield from story.life(S.PAID)


def taken(story: CodeStory) -> Iterator[int]:
    """A firm has entered the code; the contract is next."""
    yield from story.life(S.AGREED)
    story.dispatch()
    yield 1


def renewed(story: CodeStory) -> Iterator[int]:
    """The slip with the code was lost, and another code was given."""
    yield from story.life(S.AGREED)
    story.do("construction.renew_code", story.clerk, reason="通知单遗失")
    yield 1


def has_code(story: CodeStory) -> Iterator[int]:
    """The list is signed; the household has a code and has not bought yet."""
    yield from story.life(S.AGREED)


def to_list(story: CodeStory) -> Iterator[int]:
    """Confirmed; the township has not listed yet what is bought."""
    yield from story.life(S.CONFIRMED)


HOUSEHOLDS: tuple[tuple[Life, int], ...] = ((paid_back, 60), (taken, 30), (renewed, 28), (has_code, 26), (to_list, 18))
"""Every household of the programme: how it lives, and how many days before today it applies."""

SIDE = Side(CodeStory, codes.prepare, HOUSEHOLDS)
