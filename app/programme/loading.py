"""Reads a programme's folder, that of an edition upon its base."""

import re
from collections.abc import Callable
from pathlib import Path as FilePath

from pydantic import BaseModel

from .areas import within
from .condition_check import wrong_conditions
from .instrument_loading import with_instruments
from .loading_check import check_loaded
from .locating import Origin, located
from .merging import merge, refusals
from .policy import Programme, build
from .problems import BrokenData, DataError, Problem
from .reachable_check import check_reachable
from .schema import OverlayData, ProgrammeData
from .shared_items import finder, with_shared_items
from .sources import NOT_FOUND, M, Source, has_programme, in_order, read_folder, validate, wrong_tables

CATALOG = FilePath(__file__).resolve().parents[2] / "catalog"
"""Where the shipped programmes stand."""


Bases = Callable[[str], Programme | None]
"""Gives the base programme of an id, where no folder has it: the published one of the database."""


def load(folder: FilePath | str, catalog: FilePath = CATALOG, bases: Bases = lambda _id: None) -> Programme:
    """The programme of a folder, merged with its base when it is the edition of a county or city.

    The base is looked for beside the folder, then among `bases`, then in `catalog`. Raises `BrokenData` with every
    error.
    """
    source = read_folder(FilePath(folder), _also_wrong)
    if "overlay" not in source.raw:
        source = with_shared_items(source, finder(source.folder.resolve().parent, catalog, bases))
        data = with_instruments(_validated(ProgrammeData, source), source, catalog)
        return _finish(data, [(source, data)])
    overlay = _validated(OverlayData, source)
    return _overlaid(overlay, source, catalog, bases)


def _model_of(source: Source) -> type[BaseModel]:
    """Whether a folder should have the tables of a programme or those of an edition."""
    return OverlayData if "overlay" in source.raw else ProgrammeData


def _also_wrong(source: Source) -> list[DataError]:
    return [*wrong_tables(source, _model_of(source)), *wrong_conditions(source)]


def _validated(model: type[M], source: Source) -> M:
    """The tables as the model has them. Raises `BrokenData` with every error, those of the conditions included."""
    try:
        return validate(model, source)
    except BrokenData as broken:
        raise BrokenData(in_order([*broken.errors, *wrong_conditions(source)])) from None


def shipped(programme_id: str, catalog: FilePath = CATALOG) -> FilePath | None:
    """The folder of a programme shipped in the catalogue, or None."""
    folder = catalog / programme_id
    known = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", programme_id) and has_programme(folder)
    return folder if known else None


def _finish(data: ProgrammeData, origins: list[Origin]) -> Programme:
    programme, problems = build(data)
    problems = [*problems, *check_loaded(data)]
    if not problems:
        problems = list(check_reachable(programme))
    if problems:
        raise BrokenData([located(problem, data, origins) for problem in problems])
    return programme


def _overlaid(
    overlay: OverlayData, source: Source, catalog: FilePath, bases: Bases, on: tuple[str, ...] = ()
) -> Programme:
    """The edition upon its base, which may itself be the edition of a wider region; `on` are those that led here."""
    base_id = overlay.overlay.base
    at = ("overlay", "base")
    if base_id in (*on, overlay.overlay.id):
        raise BrokenData([source.error(Problem(at, "细则绕成一圈", "base 写全市项目或上级细则的 id"))])
    beside, shipped_base = source.folder.resolve().parent / base_id, catalog / base_id
    origins: list[Origin] = [(source, overlay)]
    known = None if has_programme(beside) else bases(base_id)
    if known is not None:
        base = known.data
    else:
        folder = next((folder for folder in (beside, shipped_base) if has_programme(folder)), None)
        if folder is None:
            raise BrokenData([source.error(Problem(at, f"找不到基础项目“{base_id}”", NOT_FOUND))])
        written = read_folder(folder)
        if "overlay" in written.raw:
            upper = validate(OverlayData, written)
            base = _overlaid(upper, written, catalog, bases, (*on, overlay.overlay.id)).data
        else:
            written = with_shared_items(written, finder(written.folder.resolve().parent, catalog, bases))
            base = with_instruments(validate(ProgrammeData, written), written, catalog)
            _finish(base, [(written, base)])
            origins.append((written, base))
    _refuse_outside(overlay, base, source)
    if refused := list(refusals(base, overlay)):
        raise BrokenData(in_order(source.error(problem) for problem in refused))
    return _finish(with_instruments(merge(base, overlay), source, catalog), origins)


def _refuse_outside(overlay: OverlayData, base: ProgrammeData, source: Source) -> None:
    """An edition upon another edition holds for a part of where that one holds."""
    own, about = overlay.overlay, base.programme
    wider = about.regions or ((about.county,) if about.county else ())
    field = "county" if own.county else "regions"
    for region in own.regions or (own.county,):
        if wider and (region in wider or not within(region, wider)):
            problem = Problem(
                ("overlay", field), f"“{region}”不在“{about.county_name}”之内", "细则只能建在上级地区的细则上"
            )
            raise BrokenData([source.error(problem)])
