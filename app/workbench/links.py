"""What every template may ask: where something is done or seen, and what a file is called."""

from datetime import timedelta

from flask import request, url_for

from ..core import clock
from ..identity.access import current_actor
from ..identity.shown import shown_address, shown_name
from ..lifecycle import Stage
from ..renovation import queries as renovations
from ..renovation.models import Attachment, Renovation
from ..renovation.operations import Missing, Operation
from ..stages.registry import operations
from . import queries
from .said import title_of

JUST_NOW = timedelta(minutes=2)


def missing_url(number: str, item: Missing) -> str:
    """Where something missing is done: the operation's page, or the stage's tab; "" when this person cannot go there."""
    stage, _, name = item.operation.partition(".")
    if name and item.operation in operations():
        return operation_url(number, operations()[item.operation])
    if stage in set(Stage):
        return url_for("workbench.renovation", number=number, tab=stage)
    return ""


def just_done(renovation: Renovation, key: str) -> str:
    """The word after an operation, named in the address; "" when nobody has touched the file just now.

    So an address that is kept or passed on does not claim what is long past.
    """
    operation = operations().get(key)
    if operation is None or clock.now() - renovation.touched_at > JUST_NOW:
        return ""
    return f"已办理：{title_of(operation, renovation)}"


def operation_url(number: str, operation: Operation) -> str:
    """The address of an operation's page on a file."""
    return url_for(f"{operation.stage.value}.{operation.name}", number=number)


def step_url(number: str, key: str) -> str:
    """The address of an operation's page on a file, by the operation's key."""
    return operation_url(number, operations()[key])


def move_url(line: queries.Line) -> str:
    """Where the one action of a row on the desk leads: the operation's page, else the file."""
    operation = operations().get(line.move.operation) if line.move else None
    if operation is None:
        return url_for("workbench.renovation", number=line.number)
    return operation_url(line.number, operation)


def file_url(attachment: Attachment, size: str = "view", number: str = "") -> str:
    """The address of a paper or photo; the file's number is that of the present page unless given."""
    number = number or (request.view_args or {}).get("number", "")
    return url_for("files.show_file", number=number, attachment_id=attachment.id, size=size)


def opens(attachment: Attachment) -> bool:
    """True when the person who looks at the page may open this paper or photo."""
    return renovations.may_open(attachment, current_actor())


def file_title(renovation: Renovation) -> str:
    """Name and address on one line, as this person may see them."""
    actor = current_actor()
    name = shown_name(actor, renovation.applicant_name)
    return "　".join(part for part in (name, shown_address(actor, renovation.address)) if part)
