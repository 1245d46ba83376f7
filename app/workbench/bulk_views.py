"""Pages of what is done to many files at once."""

from collections.abc import Sequence

from flask import Blueprint

from ..identity.access import current_actor
from . import bulk

bp = Blueprint("bulk", __name__, url_prefix="/renovations/bulk")


@bp.app_template_global()
def household_names(numbers: Sequence[str]) -> dict[str, str]:
    """File number → the household's name as this person may see it; numbers outside the scope are left out."""
    return bulk.names(current_actor(), numbers)
