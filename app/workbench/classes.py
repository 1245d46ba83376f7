"""Classes of persons that programmes name themselves, where files are read across programmes: lists and exports."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, select

from ..core.db import db
from ..core.memory import remembered
from ..permissions import Actor, Permission, may
from ..programme.models import ProgrammeVersion
from ..programme.process import PERSON_CLASSES
from ..programme.queries import programmes_with
from ..renovation.models import Renovation
from ..renovation.queries import visible_to
from ..stages.application.models import DerivedFacts

READ = Permission.HEALTH_READ
"""Who may read what concerns the person (domain §2)."""


def offered(actor: Actor) -> Mapping[str, str]:
    """Code → name of the classes of the programmes under which this person sees a file; none where they name none."""
    if not may(actor, READ) or not programmes_with(PERSON_CLASSES):
        return {}
    return remembered(("person classes", actor), lambda: _names(_seen(actor)))


def _seen(actor: Actor) -> set[int]:
    file = exists().where(Renovation.programme_version_id == ProgrammeVersion.id, visible_to(actor))
    wanted = ProgrammeVersion.id.in_(programmes_with(PERSON_CLASSES))
    return set(db.session.scalars(select(ProgrammeVersion.id).where(wanted, file.correlate(ProgrammeVersion))))


def _names(versions: set[int]) -> dict[str, str]:
    """One code may have another name under another programme: then both are said."""
    found: dict[str, list[str]] = {}
    for version_id, programme in programmes_with(PERSON_CLASSES).items():
        for code, name in programme.person_classes.items() if version_id in versions else ():
            found.setdefault(code, []).append(name)
    return {code: "／".join(dict.fromkeys(names)) for code, names in found.items()}


def name_of(code: str) -> str:
    """What a class is called, whoever asks; "" when no programme names it."""
    return _names(set(programmes_with(PERSON_CLASSES))).get(code, "")


def source() -> ColumnElement[Any]:
    """The applicant's classes behind the version that names them: `12|three_elders|`."""
    told = select(DerivedFacts.classes).where(DerivedFacts.renovation_id == Renovation.id).correlate(Renovation)
    return cast(Renovation.programme_version_id, String).concat(told.scalar_subquery())


def words(told: Any) -> str:
    """The same as people read it; "" where the programme has no classes and where nobody knows yet."""
    version_id, *codes = str(told or "").split("|")
    programme = programmes_with(PERSON_CLASSES).get(int(version_id)) if version_id else None
    if programme is None or not codes:
        return ""
    return "、".join(programme.person_classes[one] for one in codes if one in programme.person_classes) or "都不属于"
