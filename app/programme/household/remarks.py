"""What is to be said of a version itself when a household is tried on it: not in force, not here, not on this day."""

from collections.abc import Iterator
from datetime import date

from ...core.errors import NotFound
from ...places import queries as places
from ...places.models import Region
from .. import queries
from ..models import ProgrammeVersion, VersionState
from ..policy import Programme

MOST_REGIONS = 400


def regions_of(programme: Programme) -> dict[str, str]:
    """Regions that can be chosen, name by code: those within the programme's own, else of the whole tree; no villages."""
    about = programme.data.programme
    inner = [code for code in (about.county, *about.regions, about.region) if code]
    known = (found for code in inner if (found := _region(code)) is not None)
    top = next(known, None)
    return {node.code: node.name for node in places.above_villages(top.path if top else "/", MOST_REGIONS)}


def _region(code: str) -> Region | None:
    try:
        return places.region_by_code(code)
    except NotFound:
        return None


def remarks(version: ProgrammeVersion, programme: Programme, region: str, on: date | None) -> Iterator[str]:
    """Why a household of a region and a day would not be decided by this version."""
    if version.state is VersionState.DRAFT:
        yield "这个版本还是草案，没有实行；结果是它发布以后的样子。"
    elif version.state is not VersionState.PUBLISHED:
        yield f"这个版本{version.state.label}，不再用来办理。"
    if on is not None and (on < version.valid_from or (version.valid_to is not None and on > version.valid_to)):
        until = f" 至 {version.valid_to}" if version.valid_to else " 起"
        yield f"{on} 不在这个版本的有效期（{version.valid_from}{until}）之内。"
    if on is not None and programme.data.phase and not programme.phases_on(on):
        yield f"{on} 不在任何一个实施阶段内。"
    if region:
        yield from _of_region(version, programme, region, on)


def _of_region(version: ProgrammeVersion, programme: Programme, region: str, on: date | None) -> Iterator[str]:
    if closed := queries.closed_to(programme, region):
        yield closed
    if on is None or version.state is not VersionState.PUBLISHED:
        return
    there = [row for row in queries.in_force(region, on) if row.programme_key == version.programme_key]
    if not there:
        yield f"{on} 这个地区没有实行本项目。"
    elif there[0].id != version.id:
        yield f"{on} 这个地区按“{there[0].label}”办理，不按这个版本。"
