"""A programme's folder that comes as a ZIP through the page: unpacked with distrust, checked as by `programme check`."""

import re
import stat
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile, ZipInfo

from ..core.errors import RuleViolation
from .household.examples import FOLDER, check_examples
from .loading import CATALOG, Bases, load
from .policy import Programme
from .problems import BrokenData, DataError
from .unread import unread

MOST_BYTES = 2_000_000
"""Of the ZIP as it comes; the shipped programmes have a tenth of it."""
MOST_UNPACKED = 4_000_000
MOST_FILES = 100
_FIELD = "folder"
_NAME = re.compile(r"[\w.()（）-]{1,100}\.toml")
_EXAMPLE = re.compile(r"[\w.()（）-]{1,100}\.json")


def read_zip(
    content: bytes, bases: Bases = lambda _id: None, catalog: Path = CATALOG, with_examples: bool = False
) -> Programme:
    """The programme of a zipped folder; `with_examples` holds its examples too, as whatever is to be loaded must.

    Raises `BrokenData` with every error, the file named as it is in the ZIP; RuleViolation for a ZIP that is none, too
    large, or has names that would lead out of the folder.
    """
    files = unpack(content)
    with TemporaryDirectory(prefix="anju-programme-") as made:
        folder = Path(made) / "uploaded"
        (folder / FOLDER).mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_bytes(text)
        try:
            programme = load(folder, catalog, bases)
            if with_examples:
                check_examples(programme, folder)
        except BrokenData as broken:
            raise BrokenData([_named(error, Path(made), catalog) for error in broken.errors]) from None
        return programme


def not_read(content: bytes) -> list[str]:
    """What of a ZIP is not read although somebody may believe so, as sentences; [] for a ZIP that cannot be opened."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
    except (BadZipFile, NotImplementedError, OSError, ValueError):
        return []
    tables = [PurePosixPath(entry.filename).parent for entry in entries if _is_table(entry)]
    folder = min(tables, key=lambda path: len(path.parts), default=PurePosixPath())
    paths = [PurePosixPath(entry.filename) for entry in entries[:MOST_FILES] if not entry.is_dir()]
    return list(unread(sorted(path.relative_to(folder).as_posix() for path in paths if path.is_relative_to(folder))))


def _named(error: DataError, made: Path, catalog: Path) -> DataError:
    """The error with the file's name as the person knows it."""
    path = Path(error.file)
    if path.is_relative_to(made):
        shown = path.name if path.suffix == ".toml" else "programme.toml"
        if path.parent.name == FOLDER:
            shown = f"{FOLDER}/{path.name}"
    else:
        shown = path.relative_to(catalog).as_posix() if path.is_relative_to(catalog) else path.name
    return DataError(shown, error.line, error.message, error.remedy)


def unpack(content: bytes) -> dict[str, bytes]:
    """The `.toml` files of a ZIP by name, and its examples (`examples/….json`); what else lies in it is left there.

    Raises RuleViolation.
    """
    if not content:
        raise _refused("还没有选文件。请选择资料夹的 ZIP 压缩包")
    if len(content) > MOST_BYTES:
        raise _refused(f"压缩包超过 {MOST_BYTES // 1_000_000} MB。资料夹里只放 .toml 文件")
    try:
        with ZipFile(BytesIO(content)) as archive:
            return _read(archive)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as wrong:
        raise _refused("不是能打开的 ZIP 压缩包，请重新压缩后再上传") from wrong


def _read(archive: ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise _refused(f"压缩包里有 {len(entries)} 个文件，最多 {MOST_FILES} 个")
    for entry in entries:
        _check_name(entry)
    wanted = [entry for entry in entries if _is_table(entry)]
    as_text = next((entry.filename for entry in entries if entry.filename.endswith(".toml.txt")), "")
    if as_text:
        raise _refused(f"“{PurePosixPath(as_text).name[:60]}”以 .txt 结尾，没有读。请改名，去掉 .txt，再压缩上传")
    folders = {PurePosixPath(entry.filename).parent for entry in wanted}
    if not wanted:
        raise _refused("压缩包里没有 .toml 文件，请压缩项目的资料夹")
    if len(folders) > 1:
        raise _refused("压缩包里有几个资料夹，一次只上传一个项目的资料夹")
    files: dict[str, bytes] = {}
    left = MOST_UNPACKED
    for entry in [*wanted, *(entry for entry in entries if _is_example(entry, next(iter(folders))))]:
        name = _name_of(entry, len(files))
        if name in files:
            raise _refused(f"文件名“{name[:60]}”不能用或重复，请用 items.toml 这样的名字")
        with archive.open(entry) as stream:
            files[name] = stream.read(left + 1)  # what the ZIP says of its sizes is not believed
        left -= len(files[name])
        if left < 0:
            raise _refused(f"解开后超过 {MOST_UNPACKED // 1_000_000} MB，不是政策资料")
    return files


def _name_of(entry: ZipInfo, place: int) -> str:
    """The file's name as it is unpacked; an example whose name the ZIP has garbled is told by its place."""
    path = PurePosixPath(entry.filename)
    if path.suffix == ".json":
        return f"{FOLDER}/{path.name}" if _EXAMPLE.fullmatch(path.name) else f"{FOLDER}/{place}.json"
    if not _NAME.fullmatch(path.name):
        raise _refused(f"文件名“{path.name[:60]}”不能用或重复，请用 items.toml 这样的名字")
    return path.name


def _check_name(entry: ZipInfo) -> None:
    """Nothing in the ZIP may point out of it, links included."""
    path = PurePosixPath(entry.filename)
    out = path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename
    if out or "\0" in entry.orig_filename:
        raise _refused(f"压缩包里有指到外面的文件名“{entry.filename[:60]}”，没有载入")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _refused(f"压缩包里有链接“{entry.filename[:60]}”，没有载入。请放文件本身")
    if entry.flag_bits & 1:
        raise _refused("压缩包有密码，请不加密码重新压缩")


def _is_table(entry: ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    return path.suffix == ".toml" and not entry.is_dir() and "__MACOSX" not in path.parts and path.name[0] != "."


def _is_example(entry: ZipInfo, folder: PurePosixPath) -> bool:
    path = PurePosixPath(entry.filename)
    return path.suffix == ".json" and path.parent == folder / FOLDER and not entry.is_dir() and path.name[0] != "."


def _refused(text: str) -> RuleViolation:
    return RuleViolation(text, _FIELD)
