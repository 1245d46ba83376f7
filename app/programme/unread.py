"""What lies in a programme's folder and is not read: told, since whoever put it there believes that it counts."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

_TABLES = (".csv", ".xls", ".xlsx", ".et", ".ods")
_DATA = (".json", ".yaml", ".yml")
_EXAMPLES = "examples"


def unread_in(folder: Path) -> list[str]:
    """A sentence for each such file of a folder: its name, and what to do with it."""
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return list(unread(names))


def unread(names: Iterable[str]) -> Iterator[str]:
    """The same for the files of a folder by their names in it; notes and papers (.md, .txt, .pdf, .docx) may lie there."""
    for name in names:
        path = PurePosixPath(name)
        said = "" if any(part[0] in ".~" or part == "__MACOSX" for part in path.parts) else _said(path)
        if said:
            yield f"没有读 {name}：{said}"


def _said(path: PurePosixPath) -> str:
    ending, above = path.suffix.lower(), path.parent.as_posix()
    if ending == ".toml" and above != ".":
        return "只读资料夹本身的 .toml，下级文件夹里的不读；请移到资料夹里，不用的删去"
    if ending == ".toml" and path.suffix != ending:
        return f"文件名的结尾要小写；请改名为 {path.stem}.toml"
    if ending in _TABLES:
        return "表格不读；请照 catalog/README.md 抄进 .toml 文件，一行写一节（例如项目写 [[item]]），这个文件可以删去"
    if ending in _DATA and above != _EXAMPLES:
        return "例子（.json）放在 examples 文件夹里才读，其他格式不读；请移过去，或删去"
    return ""
