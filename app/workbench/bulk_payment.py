"""Many paid subsidies at once: one notice for the township."""

from collections.abc import Sequence
from typing import Any

from ..core import clock
from ..renovation.models import Renovation
from ..stages.settlement.announcing import terms_of


def announce_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """Where the programmes of these files put up the notice of paid subsidies."""
    return {"places": [(place, place) for place in _places(renovations)]}


def announce_initial(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """From today, at every place."""
    return {"starts_on": clock.today(), "places": _places(renovations)}


def _places(renovations: Sequence[Renovation]) -> list[str]:
    by_version = {renovation.programme_version_id: renovation for renovation in renovations}
    found = [terms for one in by_version.values() if (terms := terms_of(one)) is not None]
    return list(dict.fromkeys(place for terms in found for place in terms.places))
