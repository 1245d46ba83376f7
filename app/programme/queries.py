"""Which version of a programme holds, and the programme of a version, kept in the process by its content."""

import hashlib
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, or_, select

from ..core.db import db
from ..core.errors import NotFound
from ..identity.models import User
from ..identity.rules import UserState
from ..permissions import GRANTS, Permission
from ..places.models import Region
from .areas import stem
from .models import ProgrammeVersion, VersionState
from .policy import Programme, restore
from .validity import Span

_cache: dict[str, Programme] = {}


def current(programme_key: str, county_code: str, on: date) -> ProgrammeVersion:
    """The published version in force on a day for a county: its overlay, else the base.

    `programme_key` is the base's id, `county_code` the county's own code ("" = the base itself). Of several the one
    with the latest start. Raises NotFound.
    """
    version = db.session.scalars(
        _in_force(on)
        .where(ProgrammeVersion.programme_key == programme_key, ProgrammeVersion.county_code.in_(("", county_code)))
        .order_by(ProgrammeVersion.county_code.desc(), ProgrammeVersion.valid_from.desc(), ProgrammeVersion.id.desc())
        .limit(1)
    ).first()
    if version is None:
        raise NotFound(f"{on} 没有已发布的政策“{programme_key}”，请由管理员载入并发布")
    return version


def in_force(county_code: str, on: date) -> list[ProgrammeVersion]:
    """Of each programme of the county's own region the version in force for it on a day, by programme.

    A wider region's code gives the programmes within it, "" those of every region.
    """
    found: dict[str, ProgrammeVersion] = {}
    rows = db.session.scalars(
        _in_force(on)
        .where(ProgrammeVersion.county_code.in_(("", county_code)))
        .order_by(ProgrammeVersion.county_code.desc(), ProgrammeVersion.valid_from.desc(), ProgrammeVersion.id.desc())
    )
    for version in rows:
        found.setdefault(version.programme_key, version)
    return [found[key] for key in sorted(found) if found[key].county_code or _reaches(of(found[key]), county_code)]


def _reaches(programme: Programme, county_code: str) -> bool:
    """Whether a county lies in a programme's region, or a wider region contains it: by code, or else by the tree."""
    region = programme.data.programme.region
    if county_code.startswith(stem(region)) or region.startswith(stem(county_code)):
        return True
    paths = dict(
        db.session.execute(select(Region.code, Region.path).where(Region.code.in_((region, county_code)))).all()
    )
    if len(paths) < 2:
        return False
    return paths[county_code].startswith(paths[region]) or paths[region].startswith(paths[county_code])


def closed_to(programme: Programme, county_code: str) -> str:
    """Why no household of a county can be registered: a draft, or a pilot elsewhere; "" when it can."""
    about = programme.data.programme
    if about.status == "draft":
        return f"“{programme.name}”还是草案，尚未受理申请。请等正式实施后再登记。"
    if about.status != "pilot" or any(county_code.startswith(stem(code)) for code in about.pilot_regions):
        return ""
    rows = db.session.execute(select(Region.code, Region.name).where(Region.code.in_(about.pilot_regions)))
    known = dict(rows.all())
    places = "、".join(known.get(code, code) for code in about.pilot_regions)
    return f"“{programme.name}”正在试点，只受理{places}的申请。本区县的家庭请等全面实施后再登记。"


def _in_force(on: date) -> Select[ProgrammeVersion]:
    return select(ProgrammeVersion).where(
        ProgrammeVersion.state == VersionState.PUBLISHED,
        ProgrammeVersion.valid_from <= on,
        or_(ProgrammeVersion.valid_to.is_(None), ProgrammeVersion.valid_to >= on),
    )


def programme_of(version_id: int) -> Programme:
    """The programme of a version, parsed once in this process. Raises NotFound; ValueError when its content was changed."""
    version = db.session.get(ProgrammeVersion, version_id)
    if version is None:
        raise NotFound("没有这个版本的政策")
    return of(version)


def of(version: ProgrammeVersion) -> Programme:
    """The programme of a version's row; the content is read from the database only the first time."""
    programme = _cache.get(version.content_hash)
    if programme is None:
        content = db.session.scalars(select(ProgrammeVersion.content).where(ProgrammeVersion.id == version.id)).one()
        if hashlib.sha256(content.encode()).hexdigest() != version.content_hash:
            raise ValueError(f"the content of programme version {version.id} does not fit its hash")
        programme = _cache[version.content_hash] = restore(content)
    return programme


def versions() -> Sequence[ProgrammeVersion]:
    """Every version, newest first, without content."""
    return db.session.scalars(select(ProgrammeVersion).order_by(ProgrammeVersion.id.desc())).all()


def in_force_from(version: ProgrammeVersion) -> ProgrammeVersion | None:
    """The other version in force from the same day for the same county, which publishing this one supersedes."""
    return db.session.scalars(
        select(ProgrammeVersion).where(
            ProgrammeVersion.state == VersionState.PUBLISHED,
            ProgrammeVersion.programme_key == version.programme_key,
            ProgrammeVersion.county_code == version.county_code,
            ProgrammeVersion.valid_from == version.valid_from,
            ProgrammeVersion.id != version.id,
        )
    ).first()


def published_spans(programme_key: str, county_code: str) -> list[Span]:
    """The days of every published version of a programme, or of a county's edition of it."""
    rows = db.session.execute(
        select(ProgrammeVersion.label, ProgrammeVersion.valid_from, ProgrammeVersion.valid_to).where(
            ProgrammeVersion.state == VersionState.PUBLISHED,
            ProgrammeVersion.programme_key == programme_key,
            ProgrammeVersion.county_code == county_code,
        )
    )
    return [Span(*row) for row in rows]


def publishers(version: ProgrammeVersion) -> list[str]:
    """Who may publish a draft besides the one who loaded it, by name; at most a dozen."""
    roles = [role for role, granted in GRANTS.items() if Permission.PROGRAMME_MANAGE in granted]
    query = select(User.name).where(User.role.in_(roles), User.state == UserState.ACTIVE)
    if version.loaded_by is not None:
        query = query.where(User.id != version.loaded_by)
    return list(db.session.scalars(query.order_by(User.name).limit(12)))


def siblings(version: ProgrammeVersion) -> Sequence[ProgrammeVersion]:
    """The other versions of the same programme, those of its counties included, newest first."""
    return db.session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme_key == version.programme_key, ProgrammeVersion.id != version.id)
        .order_by(ProgrammeVersion.id.desc())
    ).all()


def names_of(versions: Sequence[ProgrammeVersion]) -> dict[int, str]:
    """The names of the people who loaded or published the versions, by account id."""
    ids = {
        id_
        for version in versions
        for id_ in (version.loaded_by, version.published_by, version.withdrawn_by)
        if id_ is not None
    }
    return dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).all())


def name_of(programme_key: str) -> str:
    """What a programme is called, the base before a county's edition; its key when none was ever published."""
    name = db.session.scalar(
        select(ProgrammeVersion.name)
        .where(ProgrammeVersion.programme_key == programme_key, ProgrammeVersion.published_at.is_not(None))
        .order_by(ProgrammeVersion.overlay_key, ProgrammeVersion.id.desc())
        .limit(1)
    )
    return name or programme_key


def published_as(programme_id: str) -> ProgrammeVersion | None:
    """The newest published version named by a programme's or an overlay's id, or None."""
    overlay = ProgrammeVersion.overlay_key == programme_id
    base = (ProgrammeVersion.programme_key == programme_id) & (ProgrammeVersion.overlay_key == "")
    return db.session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.state == VersionState.PUBLISHED, overlay | base)
        .order_by(ProgrammeVersion.valid_from.desc(), ProgrammeVersion.id.desc())
        .limit(1)
    ).first()
