"""What a programme says of the process: terms of notice, days, papers, and by whom each stage and step is done."""

from datetime import date

from ..lifecycle import Action, Stage, Status, Step
from ..permissions import Permission, Role
from . import process
from .about_schema import Phase
from .process_schema import AcceptanceParty, Check, Document, Notice, NoticeRound, StageTerms
from .schema import ProgrammeData
from .values import ItemKind


class RunBy:
    """The part of a programme that speaks of the process."""

    data: ProgrammeData

    def time_limit(self, status: Status) -> int | None:
        """Working days in a status before it is overdue; None = no limit."""
        return self.data.time_limits.days.get(status.value)

    @property
    def notice(self) -> Notice:
        """The terms of the public notice."""
        return self.data.notice

    def notice_round(self, round_: int) -> Notice | NoticeRound:
        """The terms of one round of the notice: its own where the data have any, else those of the notice."""
        own = (terms for terms in self.data.notice_round if terms.round == round_)
        return next(own, self.data.notice)

    @property
    def warranty_months(self) -> int:
        """Months of warranty from the acceptance in the home."""
        return self.data.warranty.months

    @property
    def assessors(self) -> int:
        """How many different assessors visit."""
        return self.data.assessment.assessors

    @property
    def documents(self) -> tuple[Document, ...]:
        """Papers that must be on file, with the step that needs them (domain S6)."""
        return self.data.document

    def documents_for(self, needed_for: str) -> tuple[Document, ...]:
        """Papers needed for one step, e.g. `settlement`."""
        return tuple(document for document in self.data.document if document.needed_for == needed_for)

    @property
    def acceptance_bodies(self) -> tuple[AcceptanceParty, ...]:
        """The bodies of the programme's own that sign at the acceptance, besides the parties that every one knows."""
        return self.data.acceptance_party

    @property
    def own_papers(self) -> tuple[Document, ...]:
        """The papers of the programme's own, that people upload."""
        return tuple(document for document in self.data.document if document.is_own)

    def uploaders(self, paper: Document) -> tuple[Role, ...]:
        """The roles that may upload a paper of the programme's own."""
        return process.uploaders(self.data, paper)

    @property
    def acceptance_checks(self) -> tuple[Check, ...]:
        """The questions on the acceptance list besides the lines."""
        return self.data.acceptance_check

    def stage(self, stage: Stage) -> StageTerms | None:
        """Who is responsible for a stage, and whether it is used."""
        for terms in self.data.stage:
            if terms.key is stage:
                return terms
        return None

    def left_out(self, step: Stage | Step) -> str:
        """Why the programme has no such stage or step; "" when it has."""
        return process.left_out(self.data, step)

    @property
    def has_codes(self) -> bool:
        """True when the household is given a code with which it chooses its firm (`[purchase_code]`)."""
        return self.data.purchase_code is not None

    @property
    def buys_only(self) -> bool:
        """True when the programme has goods alone, and nothing is built."""
        return all(item.kind is ItemKind.GOODS for item in self.data.item)

    def status_label(self, status: Status) -> str:
        """What a status is called on the programme's files."""
        return process.status_label(self.data, status)

    def who_alone(self, action: Action) -> tuple[Role, ...]:
        """The only roles that take a step under this programme; empty = all that are entitled to it."""
        return next((terms.roles for terms in self.data.actor if terms.action is action), ())

    def holders(self, task: Permission) -> tuple[Role, ...]:
        """The roles to which the programme gives a task; empty = those who have it everywhere."""
        return next((terms.roles for terms in self.data.actor if terms.task is task), ())

    @property
    def apart(self) -> int | None:
        """By how many homes a building firm may be ahead of the one that has fewest; None where the choice is free."""
        return self.data.procurement.apart if self.data.procurement is not None else None

    @property
    def within_award(self) -> bool:
        """True when the contracts of a lot may not come to more than its award."""
        return self.data.procurement is not None and self.data.procurement.within_award

    @property
    def one_lot_each(self) -> bool:
        """True when a building firm has at most one lot in force for the programme in a county."""
        return self.data.procurement is not None and self.data.procurement.one_lot_each

    def phases_on(self, day: date) -> tuple[Phase, ...]:
        """The phases that a day lies in; empty = outside (one banner)."""
        return tuple(phase for phase in self.data.phase if phase.starts <= day <= phase.ends)
