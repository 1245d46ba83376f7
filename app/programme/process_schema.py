"""The tables of how a programme runs: notice, assessment, acceptance, warranty, papers, time limits, hazards."""

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from ..core.enums import Labelled
from ..lifecycle import ENDINGS, Action, Stage, Status, Step
from ..permissions import Permission, Role
from .problems import Slip, nearest
from .values import Days, Key, Keys, Numbers, Sourced, Text, Texts, Yuan, code_of, member_of

DayKind = Literal["working", "calendar"]
Percent = Annotated[int, Field(ge=0, le=100)]
LONGEST_NAME = 40
"""Characters of the name of a paper that a firm files: it stands on the phone beside the camera."""


class Notice(Sourced):
    """`[notice]`: the public notice before confirmation."""

    used: bool = True
    days: Days
    day_kind: DayKind
    rounds: Annotated[int, Field(ge=1, le=3)] = 1
    places: Texts
    photo_days: Keys = ("first", "last")

    @model_validator(mode="before")
    @classmethod
    def _nothing_more_where_unused(cls, raw: object) -> object:
        """Who holds no notice writes `used = false` and nothing else."""
        if isinstance(raw, dict) and raw.get("used") is False:
            return {"days": 0, "day_kind": "working", "places": []} | raw
        return raw


class NoticeRound(Sourced):
    """`[[notice_round]]`: what a second or third round has otherwise than `[notice]` (village first, then township)."""

    round: Annotated[int, Field(ge=1, le=3)]
    name: Text
    days: Days
    day_kind: DayKind
    places: Texts


class PaymentNotice(Sourced):
    """`[payment_notice]`: the second public notice, of paid subsidies with names and sums; none where not written."""

    days: Days
    day_kind: DayKind
    places: Texts


class PurchaseCode(Sourced):
    """`[purchase_code]`: the household buys with a code that it is given; none where not written (variants §1B)."""

    days: Annotated[int, Field(ge=1, le=366)]
    """How long a code holds, the day of issue not counted."""
    day_kind: DayKind = "calendar"


class FirmFilingTerms(Sourced):
    """`[firm_filing]`: what the firm files for each household before the contract; none where not written.

    The contract is signed within `days` of the filing and after it was approved (variants §1B, 海曙 2024).
    """

    days: Annotated[int, Field(ge=1, le=365)]
    day_kind: DayKind
    papers: Annotated[Texts, Field(min_length=1, max_length=20)]
    """The names of the papers that the firm uploads."""
    before_photos: bool = False
    """Whether every line that asks for a photo of the state before has one at the filing."""
    audit_days: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Working days in which it is audited; not written = no limit."""

    @model_validator(mode="after")
    def _papers_told_apart(self) -> Self:
        names = [name.strip() for name in self.papers]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise ValueError(f"papers 里“{twice}”写了两次，每份材料只写一次")
        if "" in names or max(map(len, names)) > LONGEST_NAME:
            raise ValueError(f"papers 里每份材料写 1–{LONGEST_NAME} 个字的名称")
        return self


_MOST_ASSESSORS = 3


class AssessmentTerms(Sourced):
    """`[assessment]`: how many assessors visit, what they must be able to show, and what they may not be."""

    assessors: Annotated[int, Field(ge=1, le=_MOST_ASSESSORS)]
    independent_of_builder: bool = True
    recognised_by: Texts = ()
    qualifications: Texts = ()
    """Accepted qualifications; empty = none is asked."""
    qualified: Annotated[int, Field(ge=0, le=3)] | None = None
    """How many of the assessors must have one; not written = all of them."""
    one_of_each: bool = False
    """Whether each of the qualifications is held by at least one of the assessors (宁乡: three professions visit together)."""
    fee_ceiling: Annotated[Yuan, Field(gt=0)] | None = None
    """The most, in fen, that assessment, survey and acceptance cost for a home; tenders of assessors are held to it (庐江 2022)."""

    @property
    def qualified_needed(self) -> int:
        """How many assessors must show an accepted qualification."""
        if not self.qualifications:
            return 0
        return self.assessors if self.qualified is None else self.qualified

    @model_validator(mode="after")
    def _enough_assessors(self) -> Self:
        if self.qualified is not None and not self.qualifications:
            raise ValueError("写了 qualified 就要在 qualifications 里列出认可的资格")
        if self.qualified_needed > self.assessors:
            raise ValueError(f"qualified 不能多于 assessors（{self.assessors} 人）")
        return self

    @model_validator(mode="after")
    def _one_of_each_is_possible(self) -> Self:
        """Each assessor shows one qualification: as many assessors with one are needed as there are different ones."""
        if not self.one_of_each:
            return self
        kinds = len(set(self.qualifications))
        if kinds < 2:
            said = "在 qualifications 里列出要各有一人的几种资格；不要求的删去 one_of_each"
            raise Slip("写了 one_of_each，却没有两种以上的资格", said, "one_of_each")
        if kinds != len(self.qualifications):
            raise Slip("qualifications 里有重复的资格", "每种资格只写一次", "qualifications")
        if self.qualified_needed < kinds:
            short, field = (
                ("assessors", self.assessors) if self.assessors < kinds else ("qualified", self.qualified_needed)
            )
            said = f"{kinds} 种资格各要一人，{short} 只写了 {field}"
            remedy = (
                f"写 {short} = {kinds}" if kinds <= _MOST_ASSESSORS else f"最多 {_MOST_ASSESSORS} 人，减少资格的种类"
            )
            raise Slip(said, remedy, short)
        return self


class PlanReviewTerms(Sourced):
    """`[plan_review]`: who looks at every version of the plan before it may be approved; nobody where not written.

    A firm that does it is named to the file: the one that supervises later, or the assessor (variants §0.7).
    """

    by: Literal["supervisor", "assessor", "township"]

    @property
    def role(self) -> Role:
        """The role that reviews."""
        return Role(self.by)


class AcceptanceTerms(Sourced):
    """`[acceptance]`: who accepts, and what is looked at besides the lines."""

    in_each_home: bool = True
    party: Keys
    excluded: Keys = ("contractor",)
    countersign: Keys = ("county",)


class AcceptanceParty(Sourced):
    """`[[acceptance_party]]`: a body that the programme names itself and that signs at the acceptance in the home.

    It signs with its unit and the name of who came, and has no further rights (威海, 蓬安, 滕州, 相山: 财政, 审计, 第三方).
    """

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=40)]
    required: bool = True


class SampleInspection(Sourced):
    """`[sample_inspection]`: the share of accepted files that is drawn and looked at again (variants §2.1, step 19)."""

    percent: Percent
    minimum: Annotated[int, Field(ge=0, le=1000)] = 1
    by: Literal["county", "city"] = "county"


class WaitingList(Sourced):
    """`[waiting_list]`: who comes next when the quota is used up, and whether a free place is given by itself."""

    used: bool = True
    move_up: Literal["county", "automatic"] = "county"


class FirstCome(Sourced):
    """`[first_come]`: who comes first is served: with nothing left for one more household no application is taken.

    `days` is how long one that was taken before may wait for something to be freed, from the end of its notice; then it
    is ended by itself. `start_days` is how long after its signature a household keeps what is reserved for it without
    works having begun (庆阳 2025: who renovates first is paid first).
    """

    days: Annotated[int, Field(ge=1, le=1000)] | None = None
    start_days: Annotated[int, Field(ge=1, le=1000)] | None = None
    day_kind: DayKind = "calendar"


class Check(Sourced):
    """`[[acceptance_check]]`: one question on the acceptance list."""

    key: Key
    text: Text
    required: bool = True


class Warranty(Sourced):
    """`[warranty]`: months from the acceptance in the home."""

    months: Annotated[int, Field(ge=0, le=600)]
    starts: Literal["acceptance", "completion"] = "acceptance"
    response_days: Days = 5


DOCUMENTS: dict[str, tuple[str, ...]] = {
    "review": ("application",),
    "settlement": (
        "plan_signed",
        "agreement",
        "contract",
        "line_photos",
        "supervision_report",
        "acceptance",
        "invoice",
        "own_share_receipt",
        "warranty_card",
    ),
}
"""Step → the papers that it can ask for: another key would be asked for by nobody, so it is refused (domain S6)."""


class PaperStep(Labelled):
    """A step that waits for papers."""

    REVIEW = "review", "初审"
    PLAN = "plan", "提交和批准方案"
    CONTRACT = "contract", "签订施工合同"
    ACCEPTANCE = "acceptance", "入户验收"
    SETTLEMENT = "settlement", "结算"

    @property
    def stage(self) -> Stage:
        """The stage that the step is a part of."""
        return _STAGE_OF_PAPER_STEP[self]


_STAGE_OF_PAPER_STEP = {
    PaperStep.REVIEW: Stage.APPLICATION,
    PaperStep.PLAN: Stage.PLAN,
    PaperStep.CONTRACT: Stage.CONSTRUCTION,
    PaperStep.ACCEPTANCE: Stage.ACCEPTANCE,
    PaperStep.SETTLEMENT: Stage.SETTLEMENT,
}


class Document(Sourced):
    """`[[document]]`: a paper that must be on file before the step `needed_for`.

    A key of DOCUMENTS is checked by the product itself; any other is a paper of the programme's own that somebody
    uploads: `by` says who, else whoever has the task of its stage.
    """

    key: Key
    name: Text
    stage: Annotated[Stage, member_of(Stage)]
    needed_for: Annotated[PaperStep, member_of(PaperStep)]
    only_if: Literal["", "self_pay", "works", "goods", "relocation"] = ""
    by: Annotated[tuple[Annotated[Role, member_of(Role)], ...], Strict(False)] = ()

    @property
    def is_own(self) -> bool:
        """Whether it is the programme's own: nobody but whoever uploads it brings it forth."""
        return not any(self.key in keys for keys in DOCUMENTS.values())


class StageTerms(Sourced):
    """`[[stage]]`: whether the programme uses a stage, and who is responsible for it; `note` says why it is left out."""

    key: Annotated[Stage, member_of(Stage)]
    responsible: Keys = ()
    used: bool = True
    note: str = ""


class StepTerms(Sourced):
    """`[[step]]`: a step within a stage that the programme leaves out; `note` is the reason on the timeline."""

    key: Annotated[Step, member_of(Step)]
    used: bool = True
    note: str = ""


class ActorTerms(Sourced):
    """`[[actor]]`: who alone takes a step of the table of statuses, or has a whole task, on this programme's files.

    A step is taken by some of those who are entitled to it anyway; a task may go to others (`permissions.MAY_BE_GIVEN`).
    """

    action: Annotated[Action, member_of(Action)] | None = None
    task: Annotated[Permission, member_of(Permission)] | None = None
    roles: Annotated[tuple[Annotated[Role, member_of(Role)], ...], Strict(False), Field(min_length=1)]

    @property
    def what(self) -> Action | Permission:
        """The step or the task."""
        found = self.action or self.task
        assert found is not None
        return found

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.action is None) == (self.task is None):
            raise ValueError("写 action（一步）或 task（一项工作）之一")
        return self


class Verification(Sourced):
    """`[[verification]]`: a body that verifies single clauses and has no further rights (domain §2)."""

    body: Key
    name: Text
    clauses: Texts
    methods: Texts = ()


class Room(Sourced):
    """`[[room]]`: a space of the home, with what is measured in it (cm, mm or % as the text says)."""

    key: Key
    name: Text
    measures: Texts = ()


class Hazard(Sourced):
    """`[[hazard]]`: something dangerous or difficult that assessors look for in a room."""

    key: Key
    room: Key
    name: Text
    grave: bool = False


class Suggestion(Sourced):
    """`[[suggestion]]`: items that a hazard or a failed indicator speaks for, with the reason shown to people."""

    hazard: Key | None = None
    indicator: Key | None = None
    items: Numbers
    reason: Text

    @model_validator(mode="after")
    def _one_cause(self) -> Self:
        if (self.hazard is None) == (self.indicator is None):
            raise ValueError("须恰有 hazard 或 indicator 之一")
        return self


class TimeLimits(Sourced):
    """`[time_limits]`: days in each status before it is overdue; working days unless `day_kind` says otherwise."""

    day_kind: DayKind = "working"
    days: dict[str, Annotated[int, Field(ge=0, le=1000)]]

    @model_validator(mode="after")
    def _known_status(self) -> Self:
        open_ = [status.value for status in Status if status not in ENDINGS]
        for name in self.days:
            if name not in open_:
                said = code_of(name, Status) or nearest(name, open_)
                raise ValueError(f"没有状态“{name}”，可写 {'、'.join(open_)}{said}")
        return self
