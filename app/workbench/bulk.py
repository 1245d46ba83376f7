"""What can be done to many files at once, each as if it were done alone."""

from collections.abc import Sequence

from sqlalchemy import select

from ..core.db import db
from ..permissions import Actor
from ..renovation.models import Renovation
from ..renovation.queries import visible_to
from . import queries


def names(actor: Actor, numbers: Sequence[str]) -> dict[str, str]:
    """File number → the household's name as this person may see it; numbers outside the scope are left out."""
    if not numbers:
        return {}
    rows = db.session.execute(
        select(Renovation.number, Renovation.applicant_name).where(Renovation.number.in_(numbers), visible_to(actor))
    ).all()
    return {number: queries.shown_name(actor, name) for number, name in rows}
