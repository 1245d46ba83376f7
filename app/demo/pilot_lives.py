"""How households live under the pilot, and what the county does there: it draws homes, and takes places back."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from ..core import clock
from ..core.db import transaction
from ..lifecycle import Status
from ..oversight import sampling
from ..oversight.sampling_rules import DrawSample
from ..stages.registry import operations
from ..stages.settlement import queries as settlements
from . import county, pilot
from .side import Life, Side
from .story import LeanStory

S = Status


class PilotStory(LeanStory):
    """A household of the pilot: the steps that the pilot does otherwise."""

    programme = pilot.KEY
    mark = "SD"

    def dispatch(self, firm: int = 0) -> None:
        """The household chooses its builder."""
        firm = firm or self.firm
        self.builder = "build1" if firm == 1 else "build2"
        found = dict(operations()["construction.choose_firm"].context(self.file()))["choices"]["organisation_id"]
        chosen = next(int(value) for value, label in found if county.FIRMS[firm].name in label)
        self.do("construction.choose_firm", self.clerk, organisation_id=chosen, signature=self.sign(self.clerk))

    def file_works(self) -> None:
        """The builder photographs the state before and files the household."""
        self.photos("before")
        names = pilot.TABLES["firm_filing"]["papers"]
        papers = [{"name": name, "files": [self.scan(self.builder)]} for name in names]
        who = self.actor(self.builder).name
        self.do("construction.submit_filing", self.builder, papers=papers, undertaker=who, undertakes=True)

    def contract(self) -> None:
        """The builder files, the county approves, the builder signs."""
        self.file_works()
        self.do("construction.audit_filing", "county1", result="approve")
        super().contract()

    def start(self) -> None:
        """Works begin; the state before was photographed for the filing."""
        self.do("construction.start", self.builder)

    def announce(self) -> None:
        """The township puts the household on the notice of paid subsidies."""
        day = clock.today().isoformat()
        self.do("settlement.announce", self.clerk, starts_on=day, places=["村（社区）公示栏"], poster="村干部")

    def release(self) -> None:
        """What was held back has reached the builder."""
        held = settlements.retained(self.file())
        vouchers = [
            {"organisation_id": one["organisation_id"], "voucher": f"Z{self.number[-6:]}-{place}"}
            for place, one in enumerate(held)
        ]
        today, paper = clock.today().isoformat(), self.scan("fin1")
        self.do("settlement.release_retention", "fin1", paid_on=today, vouchers=vouchers, paper=paper)

    def looked_at(self, **found: Any) -> None:
        """The county has looked at the home that it drew."""
        today = clock.today().isoformat()
        self.do("acceptance.record_sample", "county1", day=today, inspectors="王建国、李敏", **found)

    def looked_at_fault(self, finding: str) -> None:
        """Something does not conform, and is to be put right within twenty days."""
        until = (clock.today() + timedelta(days=20)).isoformat()
        self.looked_at(result="faulty", finding=finding, until=until, photos=[self.photo("county1", 7)])

    def put_right(self, text: str) -> None:
        """What did not conform was put right."""
        today, after = clock.today().isoformat(), self.photo("county1", 7, after=True)
        self.do("acceptance.resolve_sample", "county1", day=today, text=text, photos=[after])

    def wait(self) -> None:
        """The county puts the household in line."""
        self.verify()
        self.do("application.wait", "county1")


def to_be_told(story: PilotStory) -> Iterator[int]:
    """Paid, a part is held back; the township has not told the public yet."""
    yield from story.life(S.PAID)


def told(story: PilotStory) -> Iterator[int]:
    """Paid, a part is held back, and the public was told."""
    yield from story.life(S.PAID)
    story.announce()
    yield 1


def released(story: PilotStory) -> Iterator[int]:
    """The builder has got what was held back of its price."""
    yield from told(story)
    yield 90
    story.release()
    yield 1


def to_sign(story: PilotStory) -> Iterator[int]:
    """The plan is approved and waits for the signature."""
    yield from story.life(S.PLANNED)


def to_choose(story: PilotStory) -> Iterator[int]:
    """The plan is signed; the household has not chosen who builds."""
    yield from story.life(S.AGREED)


def to_audit(story: PilotStory) -> Iterator[int]:
    """The builder that the household chose has filed; the county has not audited yet."""
    yield from story.life(S.AGREED)
    story.dispatch()
    yield 1
    story.file_works()
    yield 1


def gives_up(story: PilotStory) -> Iterator[int]:
    """Confirmed, and some days later not wanted any more: a place is free for whoever is first in line."""
    yield from story.life(S.CONFIRMED)
    yield 8
    story.do("application.withdraw", story.clerk, reason="儿子接去县城同住", paper=story.scan(story.clerk))
    yield 1


def in_line(story: PilotStory) -> Iterator[int]:
    """Eligible, and no place is left: it waits in line."""
    yield from story.life(S.NOTICED)
    story.wait()
    yield 1


def too_late(story: PilotStory) -> Iterator[int]:
    """Eligible, no place is left, and nobody has put it in line yet."""
    yield from story.life(S.NOTICED)
    story.verify()
    yield 1


HOUSEHOLDS: tuple[tuple[Life, int], ...] = (
    (told, 155), (released, 165), (told, 66), (to_be_told, 62), (to_sign, 24), (to_choose, 26), (to_audit, 28),
    (gives_up, 25), (in_line, 21), (in_line, 20), (in_line, 19), (too_late, 16),
)  # fmt: skip
"""Every household of the pilot: how it lives, and how many days before today it applies."""

DRAWN, PLACES_BACK = 25, 13
"""How many days before today homes are drawn, and the places that are left are taken back: see `HOUSEHOLDS`."""
SEED = "云岭试点示例抽取"


def draw(stories: Sequence[PilotStory], today: date) -> Iterator[int]:
    """The county draws four homes and looks at three: one is in order, one is put right, one is still to be put right."""
    wanted = {
        "programme_key": pilot.KEY,
        "accepted_from": (today - timedelta(days=170)).isoformat(),
        "accepted_until": (today - timedelta(days=DRAWN + 1)).isoformat(),
    }
    with transaction():
        draw_id = sampling.draw_sample(DrawSample.model_validate(wanted), county.actor("county1"), SEED).id
    yield 5
    by_number = {story.number: story for story in stories}
    drawn = [by_number[row.number] for row in sampling.drawn(draw_id, county.actor("county1"))[1]]
    drawn[0].looked_at(result="conforms")
    drawn[1].looked_at_fault("卫生间扶手一端松动")
    yield 3
    drawn[2].looked_at_fault("坡道与门槛之间有缝，轮椅卡轮")
    yield 2
    drawn[1].put_right("施工单位已重新打孔固定，复看合格")
    yield 1


def places_back(_stories: Sequence[PilotStory], today: date) -> Iterator[int]:
    """The county gives the places that are left to others."""
    pilot.take_back_places(today)
    yield 1


SIDE = Side(PilotStory, pilot.prepare, HOUSEHOLDS, ((DRAWN, draw), (PLACES_BACK, places_back)))
