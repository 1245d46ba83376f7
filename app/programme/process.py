"""What a programme leaves out of the process, asked of its data. Plain Python: no web, no database."""

from collections.abc import Iterable
from typing import Any

from ..lifecycle import (
    PASSED_AT_ONCE,
    PURCHASE_CODE,
    SAID_WITH,
    SAID_WITHOUT,
    STAGE_OF_STEP,
    Action,
    Stage,
    Status,
    Step,
    transition,
)
from ..permissions import GRANTS, Permission, Role
from .process_schema import Document, StageTerms, StepTerms
from .schema import ProgrammeData

WAITING_LIST = "waiting_list"
"""The mark of a programme whose households wait in line when the places are used up."""

FIRST_COME = "first_come"
"""The mark of a programme that takes no application any more when nothing is left."""

PAYMENT_NOTICE = "payment_notice"
"""The mark of a programme that tells the public which subsidies were paid."""

DEPOSIT = "deposit"
"""The mark of a programme that asks building firms for a performance deposit."""

PLAN_REVIEW = "plan_review."
"""How the mark of a programme begins whose plans are reviewed; the role that does it follows."""

EQUAL_SHARES = "equal_shares"
"""The mark of a programme that shares its homes out among the firms by count."""

FIRM_FILING = "firm_filing"
"""The mark of a programme under which the firm files each household before the contract."""

OWN_PAPERS = "own_papers"
"""The mark of a programme that asks for papers of its own."""

PERSON_CLASSES = "person_classes"
"""The mark of a programme that names classes of persons of its own."""

_WRITTEN = (PAYMENT_NOTICE, DEPOSIT, PURCHASE_CODE, FIRM_FILING)
"""Tables that are marks themselves: the programme has them or not."""


def left_out(data: ProgrammeData, step: Stage | Step) -> str:
    """Why the programme has no such stage or step; "" when it has. Without a stage there are none of its steps."""
    tables: tuple[StageTerms | StepTerms, ...] = (*data.stage, *data.step)
    why = next((terms.note for terms in tables if terms.key is step and not terms.used), "")
    return why if why or isinstance(step, Stage) else left_out(data, STAGE_OF_STEP[step])


WITH_PAPER: dict[str, Stage | Step] = {
    "plan_signed": Stage.PLAN,
    "agreement": Step.AGREEMENT,
    "supervision_report": Step.SUPERVISION,
    "warranty_card": Stage.WARRANTY,
}
"""Paper → the part of the process that brings it forth: without that nobody could ever file it."""


def without_idle_terms(data: ProgrammeData) -> ProgrammeData:
    """The programme without what only parts ask for that it leaves out: their papers, the deposit and the
    lots of dispatched firms."""
    parts = [(paper, WITH_PAPER.get(paper.key)) for paper in data.document]
    update: dict[str, Any] = {
        "document": tuple(paper for paper, part in parts if part is None or not left_out(data, part))
    }
    if left_out(data, Step.DISPATCH):
        update |= {"deposit": None, "procurement": None}
    return data.model_copy(update=update)


def status_label(data: ProgrammeData, status: Status) -> str:
    """What a status is called under the programme: nothing is waited for that it leaves out."""
    with_ = (said for one, table, said in SAID_WITH if one is status and getattr(data, table) is not None)
    without = (said for one, part, said in SAID_WITHOUT if one is status and left_out(data, part))
    return next(with_, "") or next(without, status.label)


def passed(data: ProgrammeData) -> frozenset[Status]:
    """The statuses in which no file of the programme rests, because the stage that begins there is left out."""
    actions = [action for stage, rows in PASSED_AT_ONCE.items() if left_out(data, stage) for action in rows]
    return frozenset(_from(action) for action in actions)


def _from(action: Action) -> Status:
    return transition(action).sources[0]


def given(task: Permission, roles: Iterable[Role]) -> list[str]:
    """The marks of a programme that gives a task to these roles: that it does, and each of them."""
    return [f"{task.value}:", *(f"{task.value}:{role.value}" for role in roles)]


def holders_of(data: ProgrammeData, task: Permission) -> tuple[Role, ...]:
    """The roles that have a task on the programme's files: those it is given to, else those who have it everywhere."""
    usual = tuple(role for role in Role if role is not Role.SYSTEM and task in GRANTS[role])
    return next((terms.roles for terms in data.actor if terms.task is task), usual)


_TASK_OF_STAGE: dict[Stage, Permission] = {
    Stage.APPLICATION: Permission.APPLICATION_EDIT,
    Stage.ASSESSMENT: Permission.ASSESSMENT_RECORD,
    Stage.PLAN: Permission.PLAN_DRAFT,
    Stage.CONSTRUCTION: Permission.CONSTRUCTION_REPORT,
    Stage.ACCEPTANCE: Permission.ACCEPTANCE_RECORD,
    Stage.SETTLEMENT: Permission.SETTLEMENT_PREPARE,
    Stage.WARRANTY: Permission.WARRANTY_FIX,
}


def uploaders(data: ProgrammeData, paper: Document) -> tuple[Role, ...]:
    """The roles that may upload a paper of the programme's own: those named, else those with the task of its stage."""
    return paper.by or holders_of(data, _TASK_OF_STAGE[paper.stage])


def is_marked(marked: str, mark: str) -> bool:
    """Whether a mark is among a programme's: it leaves that part out, keeps a list, tells of payments."""
    return f"|{mark}|" in marked


def is_held(marked: str, task: Permission, role: Role) -> bool:
    """Whether a role has a task under a programme with these marks: given to it, or left where it is everywhere."""
    everywhere = task in GRANTS[role] and not is_marked(marked, f"{task.value}:")
    return everywhere or is_marked(marked, f"{task.value}:{role.value}")


def marks(data: ProgrammeData) -> str:
    """What desks and lists ask of a programme in the database: `|dispatch|warranty|` is without both; "" is as usual."""
    parts: tuple[Stage | Step, ...] = (*Stage, *Step)
    found = [part.value for part in parts if left_out(data, part)]
    found += [WAITING_LIST] if data.waiting_list.used else []
    found += [FIRST_COME] if data.first_come is not None else []
    found += [one for terms in data.actor if terms.task for one in given(terms.task, terms.roles)]
    found += [table for table in _WRITTEN if getattr(data, table) is not None]
    found += [f"{PLAN_REVIEW}{data.plan_review.by}"] if data.plan_review is not None else []
    found += [EQUAL_SHARES] if data.procurement is not None and data.procurement.apart is not None else []
    found += [OWN_PAPERS] if any(paper.is_own for paper in data.document) else []
    found += [PERSON_CLASSES] if data.person_class else []
    return f"|{'|'.join(found)}|" if found else ""
