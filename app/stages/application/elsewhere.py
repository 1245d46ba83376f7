"""Where the same people or a look-alike home are known, in the limited form of domain §7; reads only."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from ...core import clock
from ...core.db import db
from ...core.text import normalise_address
from ...places.models import Region
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from .models import Beneficiary, Dwelling, DwellingMatch, Household


def _elsewhere(condition: ColumnElement[bool], number: str) -> Sequence[Any]:
    return db.session.execute(
        select(Renovation.id, Renovation.programme_version_id, Renovation.created_at, Renovation.status, Region.name)
        .join(Region, Region.id == Renovation.county_id)
        .where(condition, Renovation.number != number)
        .order_by(Renovation.id.desc())
        .limit(5)
    ).all()


def limited(row: Any, what: str) -> dict[str, str]:
    """The limited form of domain §7: programme, year, county, status, whom to call; no name, no number, no link."""
    _id, version_id, created_at, status, county = row
    programme = programme_of(version_id)
    return {
        "what": what,
        "programme": programme.short_name,
        "year": str(clock.civil(created_at).year),
        "county": county,
        "status": status.label,
        "contact": f"{county}{programme.data.programme.lead.label}{programme.data.programme.phone}",
    }


def known_elsewhere(indexes: Mapping[str, str], number: str = "") -> list[dict[str, str]]:
    """Other files of the same people, in any county. `indexes`: label of the person → blind index."""
    return [
        limited(row, who)
        for who, index in indexes.items()
        for row in _elsewhere(
            Renovation.id.in_(
                select(Beneficiary.renovation_id).where(Beneficiary.id_index == index, Beneficiary.ended_at.is_(None))
            ),
            number,
        )
    ]


def look_alikes(township_id: int, address: str, number: str = "") -> list[dict[str, str]]:
    """Other files of the township whose address reads the same."""
    if not address.strip():
        return []
    same = (
        select(Household.renovation_id)
        .join(Household.dwelling)
        .where(Dwelling.township_id == township_id, Dwelling.address_key == address_key(address))
    )
    return [limited(row, "地址相近的住房") for row in _elsewhere(Renovation.id.in_(same), number)]


def address_key(address: str) -> str:
    """An address as it is compared."""
    return normalise_address(address)[:300]


def open_candidates(renovation: Renovation) -> Sequence[Any]:
    """Look-alike dwellings that nobody has answered for yet: rows of (dwelling id, limited form's parts)."""
    home = db.session.scalars(
        select(Dwelling)
        .join(Household, Household.dwelling_id == Dwelling.id)
        .where(Household.renovation_id == renovation.id)
    ).one()
    answered = select(DwellingMatch.other_id).where(DwellingMatch.dwelling_id == home.id)
    return db.session.execute(
        select(Dwelling.id, Renovation.programme_version_id, Renovation.created_at, Renovation.status, Region.name)
        .join(Household, Household.dwelling_id == Dwelling.id)
        .join(Renovation, Renovation.id == Household.renovation_id)
        .join(Region, Region.id == Renovation.county_id)
        .where(
            Dwelling.township_id == home.township_id,
            Dwelling.address_key == home.address_key,
            Dwelling.id < home.id,
            Dwelling.id.not_in(answered),
        )
        .order_by(Dwelling.id)
    ).all()


def candidate_choices(renovation: Renovation) -> list[tuple[int, str]]:
    """The unanswered look-alikes as choices of a form, in the limited form."""
    return [
        (row[0], "，".join(limited(row, "")[key] for key in ("programme", "year", "county", "status")))
        for row in open_candidates(renovation)
    ]
