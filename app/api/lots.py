"""Lots that firms won, read: what stands on the page of lots, for who enters them."""

from datetime import date

from flask import Response

from ..core.commands import Yuan
from ..core.money import yuan
from ..identity.access import current_actor, requires
from ..permissions import Permission
from ..places import queries as places
from ..places.models import ProcurementRecord
from ..places.rules import OrganisationKind
from ..programme import tendering
from ..stages.construction.lots import households_of
from .exchange import answer
from .letters import before
from .schemas import Answer

PAGE = 100


class LotPrice(Answer):
    """The tendered unit price of one item."""

    item: int
    unit: str
    unit_price: Yuan


class Lot(Answer):
    """One lot. `programme` is the key of the programme for which it was won, "" for all; `max_households` null: no limit."""

    id: int
    lot: str
    kind: OrganisationKind
    organisation_id: int
    organisation: str
    region: str
    programme: str
    valid_from: date
    valid_to: date
    households: int
    """Files that it serves now or has served to the end."""
    max_households: int | None
    award: Yuan | None
    prices: list[LotPrice]
    end_reason: str | None
    """Why it was ended before its term; null where nobody did."""


class Lots(Answer):
    """The lots of the caller's region, the newest first; `next_before` asks for older ones."""

    items: list[Lot]
    next_before: int | None


@requires(Permission.PROCUREMENT_MANAGE)
def list_lots() -> Response:
    """The lots that the caller keeps."""
    actor = current_actor()
    tendering.check_manages(actor)
    found = tendering.kept(actor, PAGE, before())
    served = households_of(found)
    older = found[-1].id if len(found) == PAGE else None
    return answer(Lots(items=[_lot(one, served[one.id]) for one in found], next_before=older))


@requires(Permission.PROCUREMENT_MANAGE)
def show_lot(record_id: int) -> Response:
    """One lot that the caller keeps."""
    found = places.procurement(record_id)
    tendering.check_kept(found, current_actor())
    return answer(_lot(found, households_of([found])[found.id]))


def _lot(record: ProcurementRecord, households: int) -> Lot:
    return Lot.model_validate(
        {
            "id": record.id,
            "lot": record.lot,
            "kind": record.kind,
            "organisation_id": record.organisation_id,
            "organisation": record.organisation.name,
            "region": record.region.code,
            "programme": record.programme_key,
            "valid_from": record.valid_from,
            "valid_to": record.valid_to,
            "households": households,
            "max_households": record.max_households,
            "award": None if record.award_fen is None else yuan(record.award_fen),
            "prices": [
                {"item": one.item, "unit": one.unit, "unit_price": yuan(one.unit_price_fen)} for one in record.prices
            ],
            "end_reason": record.end_reason,
        }
    )
