"""Who of the workbook is on file already: looked up for hundreds of people at a time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ....core.db import db
from ....lifecycle import ENDINGS, Status
from ....places.models import Region
from ....renovation.models import Renovation
from ..elsewhere import limited
from ..facts import Intake
from ..models import Beneficiary, EarlierSubsidy, Household, HouseholdMember

AT_ONCE = 500


class Hit(NamedTuple):
    """A file on which a person stands."""

    person: str
    seq: int
    id: int
    number: str
    status: Status
    township_id: int
    programme_key: str
    programme_version_id: int
    created_at: datetime
    county: str
    version: int

    @property
    def is_open(self) -> bool:
        """True while the file has not ended."""
        return self.status not in ENDINGS

    @property
    def limited(self) -> str:
        """What may be told of it to people of another place (domain §7)."""
        told = limited((self.id, self.programme_version_id, self.created_at, self.status, self.county), "")
        return f"{told['programme']}，{told['year']} 年，{told['county']}，{told['status']}，可联系{told['contact']}"


def hits(indexes: Iterable[str]) -> dict[str, list[Hit]]:
    """Blind index of a person → the files on which the person stands, newest first."""
    wanted = sorted(set(indexes))
    found: dict[str, list[Hit]] = defaultdict(list)
    for start in range(0, len(wanted), AT_ONCE):
        rows = db.session.execute(
            select(
                Beneficiary.id_index,
                Beneficiary.seq,
                Renovation.id,
                Renovation.number,
                Renovation.status,
                Renovation.township_id,
                Renovation.programme_key,
                Renovation.programme_version_id,
                Renovation.created_at,
                Region.name,
                Renovation.version,
            )
            .join(Renovation, Renovation.id == Beneficiary.renovation_id)
            .join(Region, Region.id == Renovation.county_id)
            .where(Beneficiary.ended_at.is_(None), Beneficiary.id_index.in_(wanted[start : start + AT_ONCE]))
            .order_by(Renovation.id.desc())
        )
        for row in rows:
            found[row[0]].append(Hit(*row))
    return found


def fingerprint(found: dict[str, list[Hit]]) -> frozenset[tuple[str, int, int]]:
    """What was found, to tell later whether it is still so: person, file, the file's version."""
    return frozenset((hit.person, hit.id, hit.version) for one in found.values() for hit in one)


def intakes(renovation_ids: Sequence[int]) -> dict[int, Intake]:
    """The rows of several files, by file: four queries for all of them. Without the residence's code."""
    ids = list(renovation_ids)
    households = db.session.scalars(
        select(Household).where(Household.renovation_id.in_(ids)).options(joinedload(Household.dwelling))
    ).all()
    people, members, subsidies = (_by_file(model, ids) for model in (Beneficiary, HouseholdMember, EarlierSubsidy))
    return {
        home.renovation_id: Intake(
            home,
            home.dwelling,
            people[home.renovation_id],
            members[home.renovation_id],
            subsidies[home.renovation_id],
        )
        for home in households
    }


def _by_file(model: Any, ids: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.scalars(
        select(model).where(model.renovation_id.in_(ids), model.ended_at.is_(None)).order_by(model.seq)
    ):
        found[row.renovation_id].append(row)
    return found
