"""How households live where who comes first is served, and what the county does there: in the end the money is gone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ..core import clock
from ..core.money import yuan
from ..evidence.told import Told
from ..evidence.told import told as told_by
from ..lifecycle import Status
from ..permissions import Role
from ..renovation.queries import assignment
from ..stages.construction import paying_queries
from ..stages.registry import operations
from . import county, first
from .intake import PLAN_LINES
from .side import Life, Side
from .story import Story

S = Status
HERE = "29.563010,106.551557"
REVIEWER = county.FIRMS[3]


class FirstStory(Story):
    """A household of this programme: the steps that it does otherwise."""

    programme = first.KEY
    mark = "XD"
    classes: tuple[str, ...] = ("none",)
    has_position = True

    def elder(self) -> None:
        """One who would not be a beneficiary but for the programme's own class."""
        self.known, self.classes = replace(self.known, hardship="dibao"), (first.ELDERS,)

    def said(self, typed: dict[str, Any]) -> dict[str, Any]:
        """Everybody was asked for the class of persons that only this programme knows."""
        classes = list(self.classes)
        return {"people": [one | {"classes": classes} for one in typed["people"]]}

    def told(self) -> Told | None:
        """Where the telephone was."""
        return told_by(position=HERE) if self.has_position else None

    def file_paper(self, key: str, staff_no: str) -> None:
        """A paper that only this programme asks for."""
        self.do("application.upload_paper", staff_no, document=key, files=[self.scan(staff_no)])

    def assign_reviewer(self) -> None:
        """The county names who reviews the plan, and later supervises."""
        self.supervisor = "super2"
        found = dict(operations()["plan.assign_reviewer"].context(self.file()))["choices"]["procurement_record_id"]
        record = next(int(value) for value, label in found if REVIEWER.name in label)
        self.do("plan.assign_reviewer", "county1", procurement_record_id=record)

    def review(self, outcome: str = "passed", opinion: str = "做法合适，造价在限价以内") -> None:
        """The reviewing firm has gone through the plan."""
        self.do("plan.review_plan", self.supervisor, outcome=outcome, opinion=opinion)

    def draft(self, lines: tuple[dict[str, Any], ...] = PLAN_LINES, **changes: Any) -> None:
        """The plan with its drawing."""
        self.file_paper("drawing", "assess1")
        super().draft(lines, **changes)

    def approve(self) -> None:
        """Reviewed first, then approved."""
        self.assign_reviewer()
        self.review()
        super().approve()

    def dispatch(self, firm: int = 0) -> None:
        """To the firm whose turn it is."""
        self.do("construction.dispatch_next", "county1")
        given = assignment(self.file(), Role.CONTRACTOR)
        first_firm = county.FIRMS[1].name
        self.builder = "build1" if given is not None and given.organisation.name == first_firm else "build2"

    def contract(self) -> None:
        """With the list of materials."""
        self.file_paper("materials", self.builder)
        super().contract()

    def pay_share(self) -> None:
        """The household pays its own share at the signing."""
        own, paper = yuan(paying_queries.due_fen(self.file())), self.scan(self.builder)
        day = clock.today().isoformat()
        self.do("construction.receive_payment", self.builder, day=day, amount=own, paper=paper)

    def start(self) -> None:
        """Works begin when the share is paid."""
        self.pay_share()
        super().start()

    def bodies(self) -> list[dict[str, Any]]:
        """The finance bureau comes too."""
        signed = self.sign(self.clerk)
        return [{"key": "finance", "unit": "云岭县财政局（示例）", "name": "孙丽华", "signature": signed}]

    def receipt(self, staff_no: str, own: str) -> None:
        """The receipt of the signing is enough."""

    def settle(self) -> None:
        """With what the family thinks of it."""
        self.file_paper("satisfaction", self.clerk)
        super().settle()


def rewarded(story: FirstStory) -> Iterator[int]:
    """Paid."""
    yield from story.life(S.PAID)


def elder(story: FirstStory) -> Iterator[int]:
    """A beneficiary by the class of the programme alone, waiting for its settlement."""
    story.elder()
    yield from story.life(S.ACCEPTED)


def lapsed(story: FirstStory) -> Iterator[int]:
    """Signed, its share paid, and no works for so long that the file has ended: the firm owes the share."""
    yield from story.life(S.DISPATCHED)
    story.pay_share()
    yield 1


def to_review(story: FirstStory) -> Iterator[int]:
    """The plan waits for the firm that reviews it."""
    yield from story.life(S.ASSESSED)
    story.assign_reviewer()
    story.draft()
    yield 1


def to_entrust(story: FirstStory) -> Iterator[int]:
    """The plan is handed in, and nobody was named yet who reviews it."""
    yield from story.life(S.ASSESSED)
    story.draft()
    yield 1


def to_dispatch(story: FirstStory) -> Iterator[int]:
    """The agreement is signed; the firm whose turn it is has not got it yet."""
    yield from story.life(S.AGREED)


def to_pay(story: FirstStory) -> Iterator[int]:
    """The contract is signed; the household's share is not entered yet."""
    yield from story.life(S.DISPATCHED)


def to_explain(story: FirstStory) -> Iterator[int]:
    """In the works; the telephone gave no position, and nobody has said why."""
    yield from story.life(S.DISPATCHED)
    story.pay_share()
    story.has_position = False
    story.photos("before")
    yield 1


def to_accept(story: FirstStory) -> Iterator[int]:
    """Built; the acceptance with the finance bureau is next."""
    yield from story.life(S.COMPLETED)


def to_refund(story: FirstStory) -> Iterator[int]:
    """Less was built than the plan says, so the household paid too much at the signing."""
    yield from story.life(S.BUILDING)
    story.work()
    yield 2
    story.report(item13="1.00")
    story.complete()
    yield 1
    story.accept()
    yield 1
    story.countersign()
    yield 1


def in_vain(story: FirstStory) -> Iterator[int]:
    """Eligible, and nothing was left for it until the days were over."""
    yield from story.life(S.NOTICED)
    story.verify()
    yield 1


HOUSEHOLDS: tuple[tuple[Life, int], ...] = (
    (rewarded, 75), (lapsed, 70), (elder, 52), (to_refund, 50), (to_accept, 46), (to_explain, 36), (to_pay, 34),
    (to_dispatch, 32), (to_review, 30), (to_entrust, 28), (in_vain, 24), (in_vain, 18),
)  # fmt: skip
"""Every household of the programme: how it lives, and how many days before today it applies."""

MONEY_GONE = 16
"""How many days before today what is left of the money goes to others: see `HOUSEHOLDS`."""


def money_gone(_stories: Sequence[FirstStory], today: date) -> Iterator[int]:
    """The county gives what is left to others."""
    first.take_money_back(today)
    yield 1


SIDE = Side(FirstStory, first.prepare, HOUSEHOLDS, ((MONEY_GONE, money_gone),))
