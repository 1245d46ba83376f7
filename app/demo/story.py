"""The life of one household, step by step, through the same operations that people use.

Each step names the operation, who does it and what is typed; a life is a generator that yields how many days pass
before the next step, so that many lives can run side by side on one calendar.
"""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ..core import clock
from ..core.db import db, transaction
from ..core.money import yuan
from ..evidence.service import store_upload
from ..identity.queries import user_by_staff_no
from ..lifecycle import Status
from ..permissions import SYSTEM
from ..places.queries import region_by_code
from ..programme.queries import programme_of
from ..renovation import queries as files
from ..renovation.models import Renovation
from ..renovation.operations import perform
from ..stages.acceptance.service import lines_to_accept
from ..stages.application import notice_queries
from ..stages.application.queries import latest_decision
from ..stages.application.rules import OpenApplication
from ..stages.application.service import open_application
from ..stages.assessment import queries as assessments
from ..stages.construction import queries as works
from ..stages.plan import queries as plans
from ..stages.registry import operations
from ..stages.settlement import queries as settlements
from ..stages.settlement import service as settling
from ..stages.settlement.sheet import compute
from . import county, pictures
from .people import Household, application

CLERKS = {"500299001": "town1", "500299101": "town2", "500299102": "town3", "500299103": "town4"}

PLAN_LINES: tuple[dict[str, Any], ...] = (
    {
        "item": 1,
        "space": "bathroom",
        "specification": "防滑地胶",
        "measured": "净面积 3.5 平方米",
        "quantity": "3.50",
        "unit_price": "110.00",
    },
    {
        "item": 2,
        "space": "entrance",
        "specification": "可移动橡胶坡道",
        "quantity": "1.00",
        "unit_price": "240.00",
        "measured": "门槛高 120 mm，坡度 1:8",
    },
    {
        "item": 11,
        "space": "bedroom",
        "specification": "床边抓杆",
        "measured": "床面高 450 mm",
        "quantity": "1.00",
        "unit_price": "200.00",
    },
    {
        "item": 13,
        "space": "bathroom",
        "specification": "L 形扶手",
        "measured": "坐便器旁净宽 700 mm，离地 700 mm",
        "quantity": "1.00",
        "unit_price": "170.00",
    },
    {
        "item": 13,
        "space": "bathroom",
        "specification": "一字形扶手",
        "measured": "淋浴区墙长 900 mm",
        "quantity": "2.00",
        "unit_price": "150.00",
    },
    {"item": 17, "space": "bathroom", "specification": "带靠背淋浴椅", "quantity": "1.00", "unit_price": "160.00"},
    {"item": 24, "space": "portable", "specification": "四脚手杖", "quantity": "1.00", "unit_price": "80.00"},
)
WITH_OPTIONAL = (
    *PLAN_LINES,
    {
        "item": 20,
        "space": "hallway",
        "specification": "充电感应灯",
        "measured": "过道长 6 m，照度 20 lx",
        "quantity": "3.00",
        "unit_price": "60.00",
    },
    {
        "item": 14,
        "space": "bathroom",
        "specification": "坐便器",
        "measured": "蹲位净宽 800 mm",
        "quantity": "1.00",
        "unit_price": "780.00",
    },
)


class Story:
    """One household's file and everything that people do to it."""

    def __init__(self, known: Household) -> None:
        self.known = known
        self.number = ""
        self.clerk = CLERKS[known.township]
        self.builder = "build1"
        self.firm = 1
        self._pictures = 0

    # tools -------------------------------------------------------------------------------------------------------
    def do(self, key: str, staff_no: str, /, **typed: Any) -> Renovation:
        """Carry out an operation as an account, with the JSON that the API takes."""
        operation = operations()[key]
        command = operation.command.model_validate(typed)
        return perform(operation, self.number, command, county.actor(staff_no))

    def photo(self, staff_no: str, place: int = 0, after: bool = False) -> int:
        """Upload a photograph of one of the home's places; answers its id."""
        return self._store(staff_no, pictures.photograph(self.known.number * 50 + place, after, 320), "照片.jpg")

    def scan(self, staff_no: str) -> int:
        """Upload a scanned paper; answers its id."""
        return self._store(staff_no, pictures.scan(self._next(), width=210), "扫描件.jpg")

    def sign(self, staff_no: str) -> int:
        """Upload a signature; answers its id."""
        return self._store(staff_no, pictures.signature(self._next()), "签字.png")

    def _store(self, staff_no: str, content: bytes, name: str) -> int:
        user = user_by_staff_no(staff_no)
        return store_upload(io.BytesIO(content), name, user.id if user else None).id

    def _next(self) -> int:
        self._pictures += 1
        return self.known.number * 1000 + self._pictures

    def file(self) -> Renovation:
        """The file as it is now."""
        db.session.rollback()
        return files.get(self.number, SYSTEM)

    @property
    def status(self) -> Status:
        """Where the file stands."""
        return self.file().status

    # the steps ---------------------------------------------------------------------------------------------------
    def apply(self) -> None:
        """The clerk logs the application with its papers."""
        actor = county.actor(self.clerk)
        papers = {kind: [self.scan(self.clerk)] for kind in ("declaration", "id_card", "hardship_proof")}
        typed = application(self.known, clock.today(), region_by_code(self.known.village).id, papers)
        typed |= {"programme": county.PROGRAMME, "township": self.known.township}
        with transaction():
            self.number = open_application(OpenApplication.model_validate(typed), actor).number

    def submit(self) -> None:
        """The application goes to the first review."""
        self.do("application.submit", self.clerk)

    def forward(self) -> None:
        """The township forwards it onto today's public notice, which hangs from today."""
        self.do(
            "application.forward",
            self.clerk,
            starts_on=clock.today().isoformat(),
            places=["村（社区）公示栏"],
            poster="村干部",
        )
        if not self._has_photo("first"):
            self.prove("first")

    def prove(self, day: str) -> None:
        """The clerk photographs the notice; one photo serves all households on it."""
        self.do(
            "application.prove_notice",
            self.clerk,
            day=day,
            photo=self.photo(self.clerk, 90),
            taken_on=clock.today().isoformat(),
            explanation="" if day == "first" else "按公示期最后一天拍摄",
        )

    def _has_photo(self, day: str) -> bool:
        return day not in notice_queries.photos_missing(self.file())

    def notice_ends_on(self) -> date:
        """The last day of the notice that the household is on."""
        entry = notice_queries.entry(self.file())
        if entry is None:
            raise LookupError("the household is on no notice")
        return entry.notice.ends_on

    def object(self, content: str) -> None:
        """Somebody objects by telephone."""
        self.do(
            "application.record_objection",
            self.clerk,
            received_on=clock.today().isoformat(),
            channel="phone",
            content=content,
        )

    def open_objection(self) -> int:
        """The objection that nobody has answered yet."""
        return notice_queries.unresolved(self.file())[0].id

    def failed_clauses(self) -> list[str]:
        """The clauses that fail as the file stands."""
        decision = latest_decision(self.file(), "submission")
        clauses = decision.verdict["clauses"] if decision else []
        return [clause["id"] for clause in clauses if clause["result"] == "fail"]

    def verify(self) -> None:
        """The housing office has seen the home, on record, clause by clause."""
        for clause, body in (("E5", "住建部门"), ("E8", "乡镇（街道）")):
            self.do(
                "application.verify",
                self.clerk,
                clause=clause,
                body=body,
                method="入户查看",
                checked_on=clock.today().isoformat(),
                result="confirmed",
            )

    def confirm(self) -> None:
        """The county confirms."""
        self.do("application.confirm", "county1", meeting="局长办公会（示例）")

    def assign_assessor(self) -> None:
        """The county has the assessing firm come."""
        self.do("assessment.assign_assessor", "county1", procurement_record_id=self._record("assessor"))

    def _record(self, kind: str, firm: int = -1) -> int:
        choices = {
            "assessor": ("assessment.assign_assessor", "procurement_record_id"),
            "contractor": ("construction.dispatch", "procurement_record_id"),
            "supervisor": ("construction.dispatch", "supervisor_record_id"),
        }
        key, field = choices[kind]
        found = dict(operations()[key].context(self.file()))["choices"][field]
        wanted = county.FIRMS[firm].name if firm >= 0 else ""
        return int(next(value for value, label in found if wanted in label))

    def assess(self, failed_items: int | None = None, **findings: Any) -> None:
        """Two assessors visit, record and sign."""
        visit = operations()["assessment.record_visit"]
        typed = dict(visit.initial(self.file()))
        failed = self.known.failed_items if failed_items is None else failed_items
        names = ("eating", "dressing", "bed", "toileting", "walking", "bathing")
        for answer in typed["indicators"]:
            lost = failed if answer["person"] == 1 else 1
            answer["answer"] = "met" if names.index(answer["indicator"]) < len(names) - lost else "not_met"
        for place, room in enumerate(typed["rooms"]):
            room["measures"] = [one for one in room["measures"] if one["value"]]
            if room["room"] in {"bathroom", "bedroom", "entrance"}:
                room["photos"] = [self.photo("assess1", place)]
                room["remark"] = "地面湿滑，没有扶的地方"
        typed["rooms"] = [room for room in typed["rooms"] if room["photos"]]
        second = user_by_staff_no("assess2")
        typed |= {
            "visited_on": clock.today().isoformat(),
            "qualification": "中级社会工作师",
            "second_assessor": second.id if second else 0,
            "second_qualification": "护师",
            "safe": "yes",
            "renovatable": "yes",
            "must_move_out": "no",
            "wish": "想在卫生间装扶手，洗澡时有地方坐",
            "signature": self.sign("assess1"),
        }
        typed = {name: value for name, value in typed.items() if value != ""}
        self.do("assessment.record_visit", "assess1", **(typed | findings))
        for staff_no in ("assess1", "assess2"):
            if self._must_sign(staff_no):
                self.do("assessment.sign_visit", staff_no, confirmed=True, signature=self.sign(staff_no))

    def _must_sign(self, staff_no: str) -> bool:
        visit, user = assessments.assessment(self.file()), user_by_staff_no(staff_no)
        return visit is not None and user is not None and user.id not in assessments.signatures(visit)

    def hand_in(self) -> None:
        """The signed assessment is handed in."""
        self.do("assessment.complete", "assess1")

    def draft(self, lines: tuple[dict[str, Any], ...] = PLAN_LINES, **changes: Any) -> None:
        """The assessor drafts the plan and submits it."""
        programme = programme_of(self.file().programme_version_id)
        installed = {line["item"] for line in lines}
        priced = [{"unit": programme.item(line["item"]).unit, **line} for line in lines]
        decisions = [
            {"item": item.number, "decision": "install"}
            if item.number in installed
            else {
                "item": item.number,
                "decision": "not_applicable",
                "reason": "老人头脑清楚，没有走失风险",
                "photo": self.photo("assess1", 60 + item.number),
            }
            for item in programme.basic_items
        ]
        typed: dict[str, Any] = {
            "lines": priced,
            "decisions": decisions,
            "no_shared_space": True,
            "design_code": True,
            "submit": True,
        }
        self.do("plan.draft", "assess1", **(typed | changes))

    def approve(self) -> None:
        """The county approves the plan."""
        self.do("plan.approve", "county1", accept_waivers=True)

    def agree(self) -> None:
        """The household signs plan and agreement, with its own share written out."""
        plan = plans.current(self.file())
        own = yuan(plan.self_pay_fen) if plan else "0.00"
        self.do(
            "plan.agree", self.clerk, self_pay=own, signature=self.sign(self.clerk), agreement=self.scan(self.clerk)
        )

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
            number=f"YL-{self.number[-6:]}-{self.builder}",
            signed_on=today.isoformat(),
            starts_on=today.isoformat(),
            ends_on=(today + timedelta(days=20)).isoformat(),
            warranty_months=24,
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
        self.do("construction.inspect", "super1", day=today, finding="good", text="固定牢靠，位置与方案一致")
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
        self.do(
            "construction.report",
            "super1",
            day=clock.today().isoformat(),
            conclusion="符合方案和合同",
            paper=self.scan("super1"),
        )
        self.do("construction.complete", self.builder)

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
        names = {
            "household": self.known.people[0].name,
            "township": county.actor(self.clerk).name,
            "contractor": county.actor(self.builder).name,
            "supervisor": county.actor("super1").name,
        }
        party = [{"role": role, "name": name, "signature": self.sign(self.clerk)} for role, name in names.items()]
        self.do("acceptance.record", self.clerk, day=clock.today().isoformat(), lines=lines, checks=checks, party=party)

    def countersign(self) -> None:
        """The county countersigns."""
        self.do("acceptance.countersign", "county1")

    def bill(self) -> None:
        """The builders hand in invoices, and the present one receipt and warranty card, for what was computed."""
        renovation = self.file()
        computed = compute(renovation)
        borne = settling.borne(renovation, computed)
        by_firm: dict[int | None, int] = {}
        for line in computed.lines:
            by_firm[line.organisation_id] = by_firm.get(line.organisation_id, 0) + line.amount_fen
        by_firm[county.actor(self.builder).organisation_id] -= borne
        today = clock.today().isoformat()
        for place, staff_no in enumerate(("build1", "build2")):
            amount = by_firm.get(county.actor(staff_no).organisation_id, 0)
            if amount:
                number = f"{25000000 + self.known.number:08d}{place}"
                paper = self.scan(staff_no)
                self.do("settlement.invoice", staff_no, number=number, day=today, amount=yuan(amount), paper=paper)
        own = computed.settlement.self_pay_fen - borne
        if own:
            self.do("settlement.receipt", self.builder, day=today, amount=yuan(own), paper=self.scan(self.builder))
        self.do("settlement.card", self.builder, hotline="023-40000001", paper=self.scan(self.builder))

    def settle(self) -> None:
        """One prepares, another approves."""
        self.do("settlement.prepare", "county1")
        self.do("settlement.approve", "county2")

    def pay(self) -> None:
        """Finance records that the money has arrived."""
        sheet = settlements.current(self.file())
        payees = sheet.payees if sheet else []
        vouchers = [
            {
                "organisation_id": payee["organisation_id"],
                "voucher": f"P{self.number[-6:]}-{sheet.version if sheet else 0}-{place}",
            }
            for place, payee in enumerate(payees)
        ]
        self.do("settlement.pay", "fin1", paid_on=clock.today().isoformat(), vouchers=vouchers, paper=self.scan("fin1"))

    # whole lives -------------------------------------------------------------------------------------------------
    def life(self, until: Status, lines: tuple[dict[str, Any], ...] = PLAN_LINES) -> Iterator[int]:
        """From the application along the straight line until a status is reached; yields the days between steps."""
        for status, steps in self.line(lines):
            for step, days in steps:
                waited = step()
                yield days if waited is None else waited
            if status is until:
                return

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

    def _until_last_day(self) -> int:
        return max((self.notice_ends_on() - clock.today()).days, 0)

    def _prove_last_day(self) -> None:
        if not self._has_photo("last"):
            self.prove("last")
