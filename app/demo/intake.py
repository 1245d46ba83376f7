"""The first half of a household's life: from the application to the signed agreement."""

from datetime import date
from typing import Any

from ..core import clock
from ..core.db import transaction
from ..core.money import yuan
from ..identity.queries import user_by_staff_no
from ..places.queries import region_by_code
from ..programme.queries import programme_of
from ..stages.application import notice_queries
from ..stages.application.queries import latest_decision
from ..stages.application.rules import OpenApplication
from ..stages.application.service import open_application
from ..stages.assessment import queries as assessments
from ..stages.plan import queries as plans
from ..stages.registry import operations
from . import county
from .hands import Hands
from .people import application

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


class Intake(Hands):
    """The steps of application, assessment and plan."""

    def apply(self) -> None:
        """The clerk logs the application with its papers."""
        actor = self.actor(self.clerk)
        papers = {kind: [self.scan(self.clerk)] for kind in ("declaration", "id_card", "hardship_proof")}
        typed = application(self.known, clock.today(), region_by_code(self.known.village).id, papers)
        typed |= {"programme": self.programme, "township": self.known.township} | self.said(typed)
        with transaction():
            self.number = open_application(OpenApplication.model_validate(typed), actor).number

    def said(self, _typed: dict[str, Any]) -> dict[str, Any]:
        """What this programme asks beside or instead of what the others ask."""
        return {}

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
        signed, agreement = self.sign(self.clerk), self.scan(self.clerk)
        self.do("plan.agree", self.clerk, self_pay=self.own_share(), signature=signed, agreement=agreement)

    def own_share(self) -> str:
        """What the household pays by the plan in force."""
        plan = plans.current(self.file())
        return yuan(plan.self_pay_fen) if plan else "0.00"

    def _until_last_day(self) -> int:
        return max((self.notice_ends_on() - clock.today()).days, 0)

    def _prove_last_day(self) -> None:
        if not self._has_photo("last"):
            self.prove("last")
