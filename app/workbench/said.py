"""Words that fit the file: where its programme leaves something out, no status, button or entry speaks of it."""

from sqlalchemy import ScalarSelect, select

from ..lifecycle import SAID_WITH, SAID_WITHOUT, Action, Status
from ..programme.models import ProgrammeVersion
from ..programme.policy import Programme
from ..programme.queries import programme_of
from ..renovation.models import Renovation
from ..renovation.operations import Operation

_SAID = (*SAID_WITH, *((status, part.value, word) for status, part, word in SAID_WITHOUT))
_OWN = {status: [(f"|{mark}|", word) for one, mark, word in _SAID if one is status] for status in Status}


def marks() -> ScalarSelect[str]:
    """The marks of the file's programme: looked up by its key for the rows of one page, so that nothing is joined."""
    return (
        select(ProgrammeVersion.marks)
        .where(ProgrammeVersion.id == Renovation.programme_version_id)
        .correlate(Renovation)
        .scalar_subquery()
    )


def said(status: Status, marked: str) -> str:
    """The status in the words of a programme with these marks."""
    return next((word for mark, word in _OWN[status] if mark in marked), status.label)


# where no public notice is put up, nothing speaks of one: the notice is no stage or step, so it has no mark
_WITHOUT_NOTICE = {Action.FORWARD: "初审通过", Action.END_NOTICE: "不设公示，转县级确定"}
_REVIEWED = "已初审"


def title_of(operation: Operation, renovation: Renovation) -> str:
    """What an operation is called on the file."""
    return action_title(operation.action, operation.title, programme_of(renovation.programme_version_id))


def action_title(action: Action | None, usual: str, programme: Programme) -> str:
    """What a step is called under a programme: `usual`, unless that speaks of a notice that is not put up."""
    if action is None or programme.notice.used:
        return usual
    return _WITHOUT_NOTICE.get(action, usual)


def status_of(programme: Programme, status: Status) -> str:
    """What a status is called in the story of a file of the programme."""
    if status is Status.REVIEWED and not programme.notice.used:
        return _REVIEWED
    return programme.status_label(status)
