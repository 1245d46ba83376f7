"""Which version of a programme holds, and the programme of a version, kept in the process by its content."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, or_, select, true

from ..core.db import db
from ..core.errors import NotFound
from ..core.memory import remembered
from ..identity.models import User
from ..identity.rules import UserState
from ..permissions import GRANTS, Actor, Office, Permission, Role, could, may
from ..places.models import Region
from .areas import stem, within
from .models import ProgrammeVersion, VersionState, has_mark, key_led_elsewhere
from .policy import Programme, restore
from .process import OWN_PAPERS, PERSON_CLASSES, is_marked
from .validity import Edition, Span, rank

_cache: dict[str, Programme] = {}


def current(programme_key: str, county_code: str, on: date) -> ProgrammeVersion:
    """The published version in force on a day for a county: of the editions that hold there the most specific, else the base.

    `programme_key` is the base's id, `county_code` the county's own code ("" = the base itself). Of several the one
    with the latest start. Raises NotFound.
    """
    rows = db.session.scalars(_in_force(on).where(ProgrammeVersion.programme_key == programme_key)).all()
    version = _nearest(rows, _chain(county_code, rows)).get(programme_key)
    if version is None:
        raise NotFound(f"{on} 没有已发布的政策“{programme_key}”，请由管理员载入并发布")
    return version


def in_force(county_code: str, on: date) -> list[ProgrammeVersion]:
    """Of each programme of the county's own region the version in force for it on a day, by programme.

    A wider region's code gives the programmes within it, "" those of every region.
    """
    rows = db.session.scalars(_in_force(on)).all()
    found = _nearest(rows, _chain(county_code, rows))
    return [found[key] for key in sorted(found) if found[key].areas or _reaches(of(found[key]), county_code)]


def _nearest(rows: Sequence[ProgrammeVersion], chain: tuple[str, ...]) -> dict[str, ProgrammeVersion]:
    """Of each programme the version that is nearest to a region, of several the latest.

    Of one edition only its latest version counts, also where that one has given up a region.
    """
    latest: dict[tuple[str, str], ProgrammeVersion] = {}
    for row in sorted(rows, key=lambda row: (row.valid_from, row.id)):
        latest[row.programme_key, row.overlay_key] = row
    found: dict[str, tuple[int, date, int]] = {}
    best: dict[str, ProgrammeVersion] = {}
    for row in latest.values():
        near = rank(row.area_codes, chain)
        key = (-near, row.valid_from, row.id) if near is not None else None
        if key is not None and (row.programme_key not in found or key > found[row.programme_key]):
            found[row.programme_key], best[row.programme_key] = key, row
    return best


def _chain(code: str, rows: Sequence[ProgrammeVersion]) -> tuple[str, ...]:
    """A region and all above it, the nearest first, by the tree; by the codes where the tree does not have it.

    Only asked of the tree where some edition might hold for a wider region.
    """
    codes = {area for row in rows for area in row.area_codes}
    if not code or not codes - {code}:
        return (code,) if code else ()
    path = db.session.scalar(select(Region.path).where(Region.code == code))
    ids = [int(part) for part in path.split("/") if part] if path else []
    named = dict(db.session.execute(select(Region.id, Region.code).where(Region.id.in_(ids))).all())
    above = sorted(
        (area for area in codes if area != code and within(code, (area,))), key=lambda area: -len(stem(area))
    )
    return tuple(dict.fromkeys([code, *(named[id_] for id_ in reversed(ids)), *above]))


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
    return _kept(version.id, version.content_hash)


def _kept(version_id: int, content_hash: str) -> Programme:
    programme = _cache.get(content_hash)
    if programme is None:
        content = db.session.scalars(select(ProgrammeVersion.content).where(ProgrammeVersion.id == version_id)).one()
        if hashlib.sha256(content.encode()).hexdigest() != content_hash:
            raise ValueError(f"the content of programme version {version_id} does not fit its hash")
        programme = _cache[content_hash] = restore(content)
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
            (ProgrammeVersion.areas == version.areas) | (ProgrammeVersion.overlay_key == version.overlay_key),
            ProgrammeVersion.valid_from == version.valid_from,
            ProgrammeVersion.id != version.id,
        )
    ).first()


def published_editions(programme_key: str) -> list[Edition]:
    """Where and when every published version of a programme holds."""
    rows = db.session.scalars(
        select(ProgrammeVersion).where(
            ProgrammeVersion.state == VersionState.PUBLISHED, ProgrammeVersion.programme_key == programme_key
        )
    )
    return [edition_of(row) for row in rows]


def edition_of(version: ProgrammeVersion) -> Edition:
    """Where and when a version holds."""
    return Edition(version.overlay_key, version.area_codes, Span(version.label, version.valid_from, version.valid_to))


def lock(version_id: int) -> ProgrammeVersion | None:
    """A version, while nobody else publishes one of its programme: all of its rows are held, in one order."""
    key = select(ProgrammeVersion.programme_key).where(ProgrammeVersion.id == version_id).scalar_subquery()
    rows = db.session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme_key == key)
        .order_by(ProgrammeVersion.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return next((row for row in rows if row.id == version_id), None)


def names_of_areas(codes: Sequence[str]) -> list[str]:
    """The names of regions by their codes, in the same order; a code that the tree does not know stands for itself."""
    rows = db.session.execute(select(Region.code, Region.name).where(Region.code.in_(codes))).all()
    named = dict(rows)
    return [named.get(code, code) for code in codes]


def where(versions: Sequence[ProgrammeVersion]) -> dict[int, str]:
    """Where each version holds, in words, by id: the regions of an edition, the programme's own region else."""
    codes = {version.id: version.area_codes or (of(version).data.programme.region,) for version in versions}
    wanted = list(dict.fromkeys(code for some in codes.values() for code in some))
    named = {
        code: name if name != code else f"地区 {code}"
        for code, name in zip(wanted, names_of_areas(wanted), strict=True)
    }
    return {id_: _places([named[code] for code in some]) for id_, some in codes.items()}


def _places(names: Sequence[str]) -> str:
    """A few names as they are, of many the first and how many there are."""
    return "、".join(names) if len(names) <= 3 else f"{'、'.join(names[:2])}等 {len(names)} 个地区"


def publishers(version: ProgrammeVersion) -> list[str]:
    """Who may publish a draft besides the one who loaded it, by name; at most a dozen."""
    roles = [role for role, granted in GRANTS.items() if Permission.PROGRAMME_MANAGE in granted]
    query = select(User.name).where(User.role.in_(roles), User.state == UserState.ACTIVE)
    if version.loaded_by is not None:
        query = query.where(User.id != version.loaded_by)
    return list(db.session.scalars(query.order_by(User.name).limit(12)))


def drafts_for(actor: Actor) -> list[ProgrammeVersion]:
    """The drafts that wait for this person: somebody else loaded them, and their data do not call themselves a draft."""
    if not may(actor, Permission.PROGRAMME_MANAGE):
        return []
    mine = ProgrammeVersion.loaded_by == actor.user_id
    rows = db.session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.state == VersionState.DRAFT, or_(ProgrammeVersion.loaded_by.is_(None), ~mine))
        .order_by(ProgrammeVersion.id.desc())
    )
    return [row for row in rows if of(row).data.programme.status != "draft"]


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


def given() -> Mapping[Permission, frozenset[Role]]:
    """The tasks that some programme gives to other roles than usual, and to which; almost always none. One query."""
    return remembered(("tasks given",), _given)


def programmes_with(mark: str) -> Mapping[int, Programme]:
    """The programmes with a mark of `_ASKED_FOR`, by version; almost always none. One query, the same as that of `given`."""
    return remembered(
        ("programmes with", mark),
        lambda: {row.id: _kept(row.id, row.content_hash) for row in _special() if is_marked(row.marks, mark)},
    )


_ASKED_FOR = (OWN_PAPERS, PERSON_CLASSES)
_SPECIAL = (
    select(ProgrammeVersion.id, ProgrammeVersion.content_hash, ProgrammeVersion.marks)
    .where(or_(ProgrammeVersion.marks.contains(":|"), *(has_mark(mark) for mark in _ASKED_FOR)))
    .order_by(ProgrammeVersion.id)
)
"""The versions whose desks and lists are unlike the usual ones."""


def _special() -> Sequence[Row[int, str, str]]:
    return remembered(("versions unlike others",), lambda: db.session.execute(_SPECIAL).all())


def _given() -> Mapping[Permission, frozenset[Role]]:
    found: dict[Permission, set[Role]] = {}
    for one in (mark for row in _special() for mark in row.marks.split("|")):
        task, colon, role = one.partition(":")
        if colon:
            found.setdefault(Permission(task), set()).update([Role(role)] if role else [])
    return {task: frozenset(roles) for task, roles in found.items()}


def holds_somewhere(actor: Actor, task: Permission, tasks: Mapping[Permission, frozenset[Role]]) -> bool:
    """True when the actor has a task on some file at least: as everywhere, or of the tasks that are `given`."""
    return may(actor, task) or (actor.role in tasks.get(task, ()) and could(actor, task))


def led(key: SQLColumnExpression[str], actor: Actor) -> ColumnElement[bool]:
    """The condition that keeps rows of a programme's key to those that the actor's office leads; others see all."""
    return ~key_led_elsewhere(key, actor.office) if actor.role is Role.COUNTY else true()


def office_of_key(programme_key: str, unknown: Office = Office.CIVIL_AFFAIRS) -> Office:
    """Which of a county's offices leads a programme; every version says the same. `unknown` where none was published."""
    found = db.session.scalar(
        select(ProgrammeVersion.office)
        .where(ProgrammeVersion.programme_key == programme_key, ProgrammeVersion.published_at.is_not(None))
        .limit(1)
    )
    return found or unknown


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


def published_base(programme_id: str) -> Programme | None:
    """The base that an edition is loaded upon: the one in force here, before the one that was shipped."""
    version = published_as(programme_id)
    return None if version is None else of(version)
