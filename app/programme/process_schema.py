"""The tables of how a programme runs: notice, assessment, acceptance, warranty, papers, time limits, hazards."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..lifecycle import ENDINGS, Stage, Status
from .values import Days, Key, Keys, Numbers, Sourced, Text, Texts, member_of


class Notice(Sourced):
    """`[notice]`: the public notice before confirmation."""

    used: bool = True
    days: Days
    day_kind: Literal["working", "calendar"]
    rounds: Annotated[int, Field(ge=1, le=3)] = 1
    places: Texts
    photo_days: Keys = ("first", "last")


class AssessmentTerms(Sourced):
    """`[assessment]`: how many assessors visit and what they may not be."""

    assessors: Annotated[int, Field(ge=1, le=5)]
    independent_of_builder: bool = True
    recognised_by: Texts = ()


class AcceptanceTerms(Sourced):
    """`[acceptance]`: who accepts, and what is looked at besides the lines."""

    in_each_home: bool = True
    party: Keys
    excluded: Keys = ("contractor",)
    countersign: Keys = ("county",)


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


class Document(Sourced):
    """`[[document]]`: a paper that must be on file before the step `needed_for`; both are among DOCUMENTS."""

    key: Key
    name: Text
    stage: Annotated[Stage, member_of(Stage)]
    needed_for: Key
    only_if: Literal["", "self_pay", "works", "goods", "relocation"] = ""


class StageTerms(Sourced):
    """`[[stage]]`: whether the programme uses a step, and who is responsible for it."""

    key: Annotated[Stage, member_of(Stage)]
    responsible: Keys
    used: bool = True
    note: str = ""


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
    """`[time_limits]`: working days in each status before it is overdue."""

    days: dict[str, Annotated[int, Field(ge=0, le=1000)]]

    @model_validator(mode="after")
    def _known_status(self) -> Self:
        open_ = [status.value for status in Status if status not in ENDINGS]
        for name in self.days:
            if name not in open_:
                raise ValueError(f"没有状态“{name}”，可写 {'、'.join(open_)}")
        return self
