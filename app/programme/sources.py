"""Reads `.toml` text into typed tables: every error with file, line, what is wrong and what would be right."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .positions import positions
from .problems import UNREAD, BrokenData, DataError, Path, Problem
from .salvage import salvage
from .slips import slip
from .telling import problem_of

M = TypeVar("M", bound=BaseModel)
_SYNTAX = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


@dataclass
class Source:
    """The raw tables of a folder, and where each stands."""

    folder: FilePath
    raw: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    lines: dict[str, dict[Path, int]] = field(default_factory=dict)
    damaged: dict[str, list[range]] = field(default_factory=dict)
    """File → the tables in it that could not be read whole, as lines."""
    parts: dict[str, list[tuple["Source", int]]] = field(default_factory=dict)
    """Table → where each of its entries was written, where they come from several folders."""

    def place(self, path: Path) -> tuple[str, int]:
        """File and line of a path; of the nearest table above where the path itself is not written."""
        if len(path) > 1 and isinstance(path[1], int) and path[1] < len(self.parts.get(str(path[0]), ())):
            source, place = self.parts[str(path[0])][path[1]]
            return source.place((path[0], place, *path[2:]))
        file = self.files.get(str(path[0]), self._first()) if path else self._first()
        lines = self.lines.get(file, {})
        for length in range(len(path), 0, -1):
            if path[:length] in lines:
                return file, lines[path[:length]]
        return file, 1

    def _first(self) -> str:
        """The file that is named where none has the table."""
        if self.folder.suffix == ".toml":
            return str(self.folder)
        usual = str(self.folder / "programme.toml")
        return usual if usual in self.lines else next(iter(self.lines), usual)

    def error(self, problem: Problem) -> DataError:
        """A problem at its place."""
        return DataError(*self.place(problem.path), problem.message, problem.remedy)

    def is_damaged(self, path: Path) -> bool:
        """Whether a path stands in a table that could not be read whole: what is missing there may have been written."""
        file, line = self.place(path)
        return any(line in lines for lines in self.damaged.get(file, ()))


NOT_FOUND = "写 catalog/ 中或已发布的项目的 id；自己的资料夹放在旁边，文件夹的名称与 id 相同"
"""What to do about a programme that another one is built on and that is nowhere."""

_PROGRAMME = re.compile(rb"^\s*\[\s*(?:programme|overlay)\s*\]", re.MULTILINE)


def has_programme(folder: FilePath) -> bool:
    """Whether a folder is a programme's or an edition's: whatever its files are called, one says so in its tables."""
    if (folder / "programme.toml").is_file():
        return True
    return any(_PROGRAMME.search(path.read_bytes()) for path in sorted(folder.glob("*.toml")))


Also = Callable[["Source"], list[DataError]]
"""What is wrong in the tables that could be read, although others could not."""


def read_folder(folder: FilePath, also: Also = lambda _source: []) -> Source:
    """All `*.toml` of a folder as one set of tables; a table stands in one file only. Raises `BrokenData`.

    Where a file cannot be read, what the others say wrongly is told as well, so that nobody corrects file by file.
    """
    source = Source(folder)
    paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not paths:
        raise BrokenData([_no_tables(folder)])
    errors = [DataError(str(path), 1, "文件名以 .txt 结尾，没有读", _TXT) for path in sorted(folder.glob("*.toml.txt"))]
    for path in paths:
        errors.extend(read_file(path, source))
    if errors:
        raise BrokenData(in_order([*errors, *also(source)]))
    return source


_TXT = "改名，去掉 .txt；用记事本另存为时，保存类型选“所有文件”"


def _no_tables(folder: FilePath) -> DataError:
    if not folder.exists():
        return DataError(str(folder), 1, "没有这个文件夹", "核对名称；先用 cd 进入它的上一级，或写完整的路径")
    if any(folder.glob("*.toml.txt")):
        return DataError(str(folder), 1, "里面的文件名都以 .toml.txt 结尾", _TXT)
    return DataError(str(folder), 1, "不是项目资料夹，里面没有 .toml 文件", "指定含 programme.toml 的文件夹")


def wrong_tables(source: Source, model: type[BaseModel]) -> list[DataError]:
    """What is wrong in the tables that could be read; that others are missing is no news while a file is unread."""
    if not source.raw:
        return []
    try:
        model.model_validate(source.raw)
    except ValidationError as invalid:
        found = _told(invalid)
        return [source.error(problem_of(model, details)) for details in found if _is_news(source, details)]
    return []


def _told(invalid: ValidationError) -> list[ErrorDetails]:
    """The faults without those that only follow: a list whose entries are wrong is not empty."""
    found = invalid.errors()
    within = {details["loc"][:length] for details in found for length in range(1, len(details["loc"]))}
    return [details for details in found if not (details["type"] == "too_short" and details["loc"] in within)]


def _is_news(source: Source, details: ErrorDetails) -> bool:
    """Whether a fault of the tables is one of its own, and does not come of what could not be read."""
    path: Path = details["loc"]
    if details["type"] == "missing":
        return len(path) > 1 and not source.is_damaged(path)
    return not (details["type"] in ("value_error", "too_short") and source.is_damaged(path))


def in_order(errors: Iterable[DataError]) -> list[DataError]:
    """Each error once, by file and line."""
    return sorted(dict.fromkeys(errors), key=lambda error: (error.file, error.line))


def read_file(path: FilePath, source: Source) -> list[DataError]:
    """Adds the tables of one file to a source; what is wrong with its writing, if anything."""
    name = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as wrong:
        line = path.read_bytes()[: wrong.start].count(b"\n") + 1
        return [DataError(name, line, "不是 UTF-8 编码的文字", "用记事本打开，另存为，编码选 UTF-8")]
    found = salvage(text, lambda rest, wrong: _syntax_error(name, rest, wrong))
    errors, tables = [*found.faults], found.tables
    source.lines[name], source.damaged[name] = positions(found.text) if tables else {}, found.damaged
    for table in tables:
        if table in source.raw:
            at = source.lines[name].get((table,), 1)
            errors.append(DataError(name, at, f"表“{table}”已写在 {source.files[table]}", "同一个表只写在一个文件里"))
        source.raw[table] = tables[table]
        source.files[table] = name
    return errors


_SYNTAX_WORDS = (
    ("Cannot overwrite", "同一个字段或表写了两次", "删去一处；可以有多条的表写 [[表名]]"),
    ("Cannot declare", "同一个表写了两次", "可以有多条的写 [[表名]]，其余的删去一处"),
    ("Duplicate inline table key", "同一个字段写了两次", "删去一处"),
    ("Unclosed array", "列表没有写完", "补上 ]"),
    ("Unclosed inline table", "{ … } 没有写完", "补上 }"),
    ("Unterminated string", "引号没有配对", "补上引号"),
    ("Invalid value", "值写得不对", "文字加引号，日期写 2020-10-10，是否写 true 或 false"),
    ("Illegal character", "有不允许的字符或引号没有配对", "检查这一行的引号和符号（须为半角）"),
    ("Expected '='", "字段后面缺少等号", "写成 字段 = 值"),
    ("Expected ']'", "表名的方括号没有写全", "写成 [表名] 或 [[表名]]"),
    ("Expected newline", "一行里有多余的内容", "每行只写一个 字段 = 值"),
    ("Invalid initial character", "字段名须由英文字母、数字、下划线组成", "检查是否用了全角符号"),
    ("Invalid statement", "这一行不是 字段 = 值，也不是 [表名]", "注释以 # 开头"),
)


def _syntax_error(file: str, text: str, message: str) -> tuple[int, DataError]:
    """The line at which the reading stopped, and the fault in words."""
    found = _SYNTAX.fullmatch(message)
    line = int(found["line"]) if found and found["line"] else text.count("\n") + 1
    meant = slip(text, line)
    if meant is not None:
        return line, DataError(file, line, f"{UNREAD}：{meant[0]}", meant[1])
    for start, said, remedy in _SYNTAX_WORDS:
        if start in message:
            return line, DataError(file, line, f"{UNREAD}：{said}", remedy)
    return line, DataError(file, line, UNREAD, "照 catalog/README.md“书写的规矩”改写这一行")


def validate(model: type[M], source: Source) -> M:
    """The tables as the model has them. Raises `BrokenData` with every error."""
    try:
        return model.model_validate(source.raw)
    except ValidationError as invalid:
        raise BrokenData(in_order(source.error(problem_of(model, details)) for details in _told(invalid))) from None
