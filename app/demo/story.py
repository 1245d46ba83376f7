"""The life of one household, step by step, through the same operations that people use.

Each step names the operation, who does it and what is typed; a life is a generator that yields how many days pass
before the next step, so that many lives can run side by side on one calendar.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ..core import clock
from ..core.money import yuan
from ..lifecycle import Status
from ..programme.queries import programme_of
from ..stages.acceptance.service import lines_to_accept
from ..stages.construction import queries as works
from ..stages.settlement import queries as settlements
from ..stages.settlement.sheet import compute
from .intake import PLAN_LINES, Intake


class Story(Intake):
    """One household's file and everything that people do to it."""

    warranty_months = 24

    def dispatch(self, firm: int = 0) -> None:
        """The county dispatches a builder (1 or 2; 0 = this story's own) and the supervisor."""
        firm = firm or self.firm
        self.builder = "build1" if firm == 1 else "build2"
        self.do(
            "construction.dispatch",
            "county1",
            procurement_record_id=self._record("contractor", firm),
            supervisor_record_id=self._record("supervisor", 0),
        )

    def contract(self) -> None:
        """The builder signs with the household."""
        prices = [
            {"line_id": line.root_id, "unit_price": yuan(line.unit_price_fen)} for line in works.lines(self.file())
        ]
        today = clock.today()
        self.do(
            "construction.contract",
            self.builder,
            number=f"YL{self.mark}-{self.number[-6:]}-{self.builder}",
            signed_on=today.isoformat(),
            starts_on=today.isoformat(),
            ends_on=(today + timedelta(days=20)).isoformat(),
            warranty_months=self.warranty_months,
            household_signer=self.known.people[0].name,
            clears_rubble=True,
            prices=prices,
            signature=self.scan(self.builder),
        )

    def photos(self, kind: str) -> None:
        """The builder photographs every works line."""
        lines = [(line.root_id, line.photos) for line in works.lines(self.file())]
        for place, (root_id, wanted) in enumerate(lines):
            if kind in wanted:
                taken = self.photo(self.builder, place, after=kind == "after")
                self.do("construction.photos", self.builder, line_id=root_id, kind=kind, photos=[taken])

    def start(self) -> None:
        """Works begin."""
        self.photos("before")
        self.do("construction.start", self.builder)

    def work(self) -> None:
        """A day on site, the supervisor's visit, goods handed over."""
        today = clock.today().isoformat()
        self.do("construction.log", self.builder, day=today, workers=2, text="清理卫生间，铺防滑地胶，装扶手")
        self.photos("hidden")
        self.supervise()
        goods = [line.root_id for line in works.lines(self.file()) if "handover" in line.photos]
        for place, root_id in enumerate(goods):
            self.do(
                "construction.hand_over",
                self.builder,
                line_id=root_id,
                recipient=self.known.people[0].name,
                serial=f"SN{self.known.number:05d}{place}",
                day=today,
                photos=[self.photo(self.builder, 40 + place)],
                signature=self.sign(self.builder),
            )

    def supervise(self) -> None:
        """The supervisor looks in."""
        today = clock.today().isoformat()
        self.do("construction.inspect", self.supervisor, day=today, finding="good", text="固定牢靠，位置与方案一致")

    def report(self, **less: str) -> None:
        """The builder reports quantities; `less` gives other ones by item number, e.g. `item13="1.00"`."""
        before = works.done_before(self.file())
        lines = [
            {
                "line_id": line.root_id,
                "quantity": less.get(f"item{line.item_no}", f"{line.quantity - before.get(line.root_id, 0):.2f}"),
            }
            for line in works.lines(self.file())
        ]
        self.do("construction.quantities", self.builder, lines=lines)
        self.photos("after")

    def complete(self) -> None:
        """The builder reports completion; the supervisor files the report."""
        self.conclude()
        self.do("construction.complete", self.builder)

    def conclude(self) -> None:
        """The supervisor files the report."""
        self.do(
            "construction.report",
            self.supervisor,
            day=clock.today().isoformat(),
            conclusion="符合方案和合同",
            paper=self.scan(self.supervisor),
        )

    def accept(self, failing: dict[int, str] | None = None, result: str = "rectify") -> None:
        """The township accepts in the home; `failing` gives item numbers that fail and why."""
        renovation = self.file()
        failing = failing or {}
        reported = works.reported(renovation)
        lines = []
        for line in lines_to_accept(renovation):
            entry: dict[str, Any] = {
                "line_id": line.root_id,
                "measured": f"{reported.get(line.root_id, line.quantity):.2f}",
            }
            if line.item_no in failing:
                entry |= {"result": result, "finding": failing[line.item_no]}
                if result == "rectify":
                    entry["deadline"] = (clock.today() + timedelta(days=10)).isoformat()
            else:
                entry["result"] = "accepted"
            lines.append(entry)
        checks = [
            {"key": check.key, "is_good": True}
            for check in programme_of(renovation.programme_version_id).acceptance_checks
        ]
        names = self.present()
        party = [{"role": role, "name": name, "signature": self.sign(self.clerk)} for role, name in names.items()]
        today, bodies = clock.today().isoformat(), self.bodies()
        self.do("acceptance.record", self.clerk, day=today, lines=lines, checks=checks, party=party, bodies=bodies)

    def bodies(self) -> list[dict[str, Any]]:
        """Who else is there, of the bodies that the programme names itself."""
        return []

    def present(self) -> dict[str, str]:
        """Who is there at the acceptance, by role."""
        return {
            "household": self.known.people[0].name,
            "township": self.actor(self.clerk).name,
            "contractor": self.actor(self.builder).name,
            "supervisor": self.actor(self.supervisor).name,
        }

    def countersign(self) -> None:
        """The county countersigns."""
        self.do("acceptance.countersign", "county1")

    def bill(self) -> None:
        """The builders hand in invoices and receipts for what was computed, the present one the warranty card."""
        shares = compute(self.file()).firms
        today = clock.today().isoformat()
        for place, staff_no in enumerate(("build1", "build2")):
            firm = self.actor(staff_no).organisation_id
            for share in shares:
                if share.organisation_id == firm:
                    number, amount = f"{25000000 + self.known.number:08d}{place}", yuan(share.due_fen)
                    paper = self.scan(staff_no)
                    self.do("settlement.invoice", staff_no, number=number, day=today, amount=amount, paper=paper)
                    if share.own_fen:
                        self.receipt(staff_no, yuan(share.own_fen))
        self.card()

    def card(self) -> None:
        """The builder's warranty card."""
        self.do("settlement.card", self.builder, hotline="023-40000001", paper=self.scan(self.builder))

    def receipt(self, staff_no: str, own: str) -> None:
        """The household has paid that builder its own share."""
        today, paper = clock.today().isoformat(), self.scan(staff_no)
        self.do("settlement.receipt", staff_no, day=today, amount=own, paper=paper)

    def settle(self) -> None:
        """One prepares, another approves."""
        self.do("settlement.prepare", "county1")
        self.do("settlement.approve", "county2")

    def pay(self, paper: int | None = None) -> None:
        """Finance records that the money has arrived; `paper` is a scan that is stored already."""
        sheet = settlements.current(self.file())
        payees = sheet.payees if sheet else []
        vouchers = [
            {
                "organisation_id": payee["organisation_id"],
                "voucher": f"P{self.mark}{self.number[-6:]}-{sheet.version if sheet else 0}-{place}",
            }
            for place, payee in enumerate(payees)
        ]
        paper = paper or self.scan("fin1")
        self.do("settlement.pay", "fin1", paid_on=clock.today().isoformat(), vouchers=vouchers, paper=paper)

    def life(self, until: Status, lines: tuple[dict[str, Any], ...] = PLAN_LINES) -> Iterator[int]:
        """From the application along the straight line until a status is reached; yields the days between steps."""
        for status, steps in self.line(lines):
            for step, days in steps:
                waited = step()
                yield days if waited is None else waited
            if status is until:
                return

    def go_on(self, after: Status, until: Status, lines: tuple[dict[str, Any], ...] = PLAN_LINES) -> Iterator[int]:
        """The straight line from the status after `after` to `until`."""
        passed = False
        for status, steps in self.line(lines):
            if passed:
                for step, days in steps:
                    waited = step()
                    yield days if waited is None else waited
            if status is until:
                return
            passed = passed or status is after

    def line(self, lines: tuple[dict[str, Any], ...] = PLAN_LINES) -> Iterator[tuple[Status, list[Any]]]:
        """The straight line: the status reached, and the steps that reach it, each with the days after it."""
        yield Status.DRAFT, [(self.apply, 1)]
        yield Status.SUBMITTED, [(self.submit, 2)]
        yield Status.REVIEWED, [(self.forward, 0)]
        yield Status.NOTICED, [(self._until_last_day, 0), (self._prove_last_day, 2)]
        yield Status.CONFIRMED, [(self.verify, 0), (self.confirm, 1)]
        yield Status.ASSESSED, [(self.assign_assessor, 2), (self.assess, 0), (self.hand_in, 1)]
        yield Status.PLANNED, [(lambda: self.draft(lines), 1), (self.approve, 1)]
        yield Status.AGREED, [(self.agree, 1)]
        yield Status.DISPATCHED, [(self.dispatch, 1), (self.contract, 1)]
        yield Status.BUILDING, [(self.start, 2)]
        yield Status.COMPLETED, [(self.work, 2), (self.report, 0), (self.complete, 1)]
        yield Status.ACCEPTED, [(self.accept, 1), (self.countersign, 1)]
        yield Status.SETTLED, [(self.bill, 1), (self.settle, 2)]
        yield Status.PAID, [(self.pay, 1)]


class LeanStory(Story):
    """A household that signs its plan and nothing besides, and whose works nobody supervises."""

    def agree(self) -> None:
        """The household signs the plan."""
        self.do("plan.sign", self.clerk, self_pay=self.own_share(), signature=self.sign(self.clerk))

    def supervise(self) -> None:
        """Nobody supervises."""

    def conclude(self) -> None:
        """Nobody reports on the supervision."""

    def present(self) -> dict[str, str]:
        """Who is there at the acceptance: everybody but a supervisor."""
        return {role: name for role, name in super().present().items() if role != "supervisor"}
