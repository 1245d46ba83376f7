"""The plain letter: what a notice says to a household, where the office has no paper of its own for it."""

from ..lifecycle import Stage
from ..permissions import Permission
from ..renovation.models import Kind, Renovation
from ..renovation.papers import Paper, Sheet
from .models import Message

LETTER = Paper(
    "notice_letter",
    Stage.APPLICATION,
    "通知书",
    Permission.LETTER_SEND,
    lambda _renovation: None,  # of one message, not of the file: it is printed from the delivery log
    scan=Kind.HOUSEHOLD_LETTER,
    office=True,
    letter=True,
    of_one_message=True,
    note="打印盖章后交给家庭，签收联收回存档，再到送达记录登记送达。",
)
PAPERS: tuple[Paper, ...] = (LETTER,)


def letter(renovation: Renovation, message: Message) -> Sheet:
    """A message as a letter, ready to be shown or printed; printed again it is the same paper."""
    return Sheet(LETTER, f"message:{message.id}", renovation.number, {"message": message}, renovation)
