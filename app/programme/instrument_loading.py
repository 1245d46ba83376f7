"""Instruments and standards of works from `catalog/`: read once, checked, and taken into each programme that names them.

A stored version of a programme thereby holds its instruments as they were; another edition of the file changes nothing
of what was decided.
"""

from pathlib import Path as FilePath

from pydantic import BaseModel

from .instrument_check import build_instrument
from .instrument_schema import InstrumentData, StandardData, WorksStandard
from .problems import BrokenData, Path, Problem, Problems
from .reading import read_condition
from .schema import ProgrammeData
from .sources import M, Source, read_file, validate

_READ: dict[str, tuple[type[BaseModel], str]] = {
    "instruments": (InstrumentData, "评估工具"),
    "standards": (StandardData, "改造标准"),
}


def with_instruments(data: ProgrammeData, source: Source, catalog: FilePath) -> ProgrammeData:
    """The programme with the instruments and standards that it names; those that it holds already stay as they are.

    Raises `BrokenData` at the file that is wrong.
    """
    if source.raw.keys() & _READ.keys():
        table = sorted(source.raw.keys() & _READ.keys())[0]
        problem = Problem((table,), f"项目资料里不写 {table}", f"写在 catalog/{table}/ 里，这里只写代码")
        raise BrokenData([source.error(problem)])
    if data.ability is None:
        return data
    wanted: dict[str, Path] = {data.ability.instrument: ("ability", "instrument")}
    for place, recognition in enumerate(data.recognition):
        wanted.setdefault(recognition.instrument, ("recognition", place, "instrument"))
    folders = (source.folder.resolve().parent, catalog)
    held = {one.instrument.key: one for one in data.instruments}
    instruments = tuple(
        held.get(key) or _instrument(_find("instruments", key, at, source, folders)) for key, at in wanted.items()
    )
    known = {one.key: one for one in data.standards}
    at: Path = ("ability", "standards")
    standards = tuple(
        known.get(key) or _standard(_find("standards", key, at, source, folders)) for key in data.ability.standards
    )
    return data.model_copy(update={"instruments": instruments, "standards": standards})


def _find(folder: str, key: str, at: Path, source: Source, folders: tuple[FilePath, ...]) -> FilePath:
    name = f"{key.replace('_', '-')}.toml"
    for parent in folders:
        if (parent / folder / name).is_file():
            return parent / folder / name
    there = {path.stem.replace("-", "_") for parent in folders for path in (parent / folder).glob("*.toml")}
    what = _READ[folder][1]
    problem = Problem(
        at, f"没有{what}“{key}”", f"可写 {'、'.join(sorted(there))}，或在 catalog/{folder}/ 里新建 {name}"
    )
    raise BrokenData([source.error(problem)])


def read_instrument(path: FilePath | str) -> InstrumentData:
    """An instrument's file. Raises `BrokenData` with every error by file and line."""
    return _instrument(FilePath(path))


def _instrument(path: FilePath) -> InstrumentData:
    data, source = _read(path, InstrumentData)
    _named_as_file(path, data.instrument.key, source, "instrument")
    _refuse(build_instrument(data)[1], source)
    return data


def _standard(path: FilePath) -> WorksStandard:
    data, source = _read(path, StandardData)
    _named_as_file(path, data.standard.key, source, "standard")
    problems: Problems = []
    read_condition(data.standard.covers, ("standard", "covers"), problems)
    _refuse(problems, source)
    return data.standard


def _read(path: FilePath, model: type[M]) -> tuple[M, Source]:
    source = Source(path)
    errors = read_file(path, source)
    if errors:
        raise BrokenData(errors)
    return validate(model, source), source


def _named_as_file(path: FilePath, key: str, source: Source, table: str) -> None:
    if path.stem.replace("-", "_") != key:
        _refuse(
            [Problem((table, "key"), f"key “{key}”与文件名不同", f'写 key = "{path.stem.replace("-", "_")}"')], source
        )


def _refuse(problems: Problems, source: Source) -> None:
    if problems:
        raise BrokenData([source.error(problem) for problem in problems])
