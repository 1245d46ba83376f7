"""The one file of a backup: a tar of parts, and at its end a manifest that vouches for every part.

    header.json                  who can read it: format, field key's fingerprint, schema revision
    rows/<table>/00001 …         JSON lines, packed and encrypted
    files/<name in the store>    as they lie in the store, where they are encrypted already
    listing/00001 …              after each batch of files: name, size, sha256
    manifest.json                sha256 of every part, counts, sums, the audit's head; signed with the field key

Both directions stream: neither the number of households nor that of photos decides how much memory is needed.
A file without its manifest was never finished.
"""

import gzip
import hmac
import io
import json
import os
import tarfile
from collections.abc import Iterator
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from ..audit.chain import keyed
from ..core.crypto import KeyProblem, decrypt_bytes, derived_key, encrypt_bytes

FORMAT, VERSION = "anju-backup", 1
HEADER, MANIFEST = "header.json", "manifest.json"
ROWS, FILES, LISTING = "rows/", "files/", "listing/"


class BackupProblem(Exception):
    """A backup cannot be made, read or restored; the sentence says why and what to do."""


def fingerprint() -> str:
    """What tells field keys apart and gives nothing of them away: 16 hex digits."""
    return sha256(derived_key("fingerprint")).hexdigest()[:16]


class Writer:
    """Writes a backup beside its final name and gives it that name when it is whole and on the disk."""

    def __init__(self, target: Path, header: dict[str, Any]) -> None:
        if target.exists():
            raise BackupProblem(f"{target} 已经存在，备份不覆盖别的文件：请换一个文件名")
        if not target.parent.is_dir():
            raise BackupProblem(f"文件夹 {target.parent} 不存在：请先建立")
        self._target = target
        self._part = target.with_name(f"{target.name}.part")
        self._stream = _alone(self._part)
        self._tar = tarfile.open(fileobj=self._stream, mode="w")  # noqa: SIM115 — closed in __exit__
        self._id = os.urandom(16).hex()
        self.parts: dict[str, str] = {}
        self._header = {"format": FORMAT, "version": VERSION, "id": self._id, "key": fingerprint(), **header}
        self._keep(HEADER, _json(self._header))

    def __enter__(self) -> Self:
        return self

    def add_sealed(self, name: str, content: bytes) -> None:
        """Add a part that holds data of people: packed, and encrypted for this place in this backup."""
        self._keep(name, encrypt_bytes(_purpose(self._id, name), gzip.compress(content, 2, mtime=0)))

    def add_file(self, name: str, content: bytes) -> str:
        """Add a stored file as it is; answers its sha256, which the listing after it must name."""
        self._add(f"{FILES}{name}", content)
        return sha256(content).hexdigest()

    def finish(self, manifest: dict[str, Any]) -> None:
        """Sign and add the manifest, bring everything to the disk, and give the file its name."""
        whole = {"parts": self.parts, **manifest}
        self._add(MANIFEST, _json({**whole, "signature": keyed(derived_key("backup"), whole)}))
        self._tar.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._part.rename(self._target)
        folder = os.open(self._target.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stream.close()
        if kind is not None:
            self._part.unlink(missing_ok=True)

    def _keep(self, name: str, content: bytes) -> None:
        self.parts[name] = sha256(content).hexdigest()
        self._add(name, content)

    def _add(self, name: str, content: bytes) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o600
        self._tar.addfile(entry, io.BytesIO(content))
        self._tar.members.clear()  # type: ignore[attr-defined]  # the library would remember every photo


class Backup:
    """A backup that was read from end to end and found whole, and that this field key opens."""

    def __init__(self, path: Path) -> None:
        """Read and check everything; raises BackupProblem with what is wrong."""
        self.path = path
        self.header: dict[str, Any] = {}
        self.manifest: dict[str, Any] = {}
        seen: dict[str, str] = {}
        pending: dict[str, tuple[int, str]] = {}
        self.files = self.file_bytes = 0
        for name, content in _members(path):
            self._look_at(name, content, seen, pending)
        if not self.manifest:
            raise BackupProblem(f"{path} 不完整（缺少清单）：备份中途停止或文件被截断，请换一份备份")
        if pending or seen != self.manifest["parts"]:
            wrong = sorted(set(seen.items()) ^ set(self.manifest["parts"].items()))
            raise BackupProblem(f"{path} 已损坏：{wrong[0][0] if wrong else FILES} 与清单不符，请换一份备份")
        if [self.files, self.file_bytes] != [self.manifest["files"]["number"], self.manifest["files"]["bytes"]]:
            raise BackupProblem(f"{path} 已损坏：照片和文件的数量与清单不符，请换一份备份")

    @property
    def identity(self) -> str:
        """What tells this backup from every other."""
        return str(self.header["id"])

    def rows(self, table: str) -> Iterator[bytes]:
        """The parts of a table's rows, in their order."""
        wanted = f"{ROWS}{table}/"
        for name, content in _members(self.path, wanted):
            yield self._open(name, content)

    def stored(self) -> Iterator[tuple[str, bytes]]:
        """Every stored file: its name in the store, its content as it lay there."""
        for name, content in _members(self.path, FILES):
            yield name.removeprefix(FILES), content

    def _look_at(self, name: str, content: bytes, seen: dict[str, str], pending: dict[str, tuple[int, str]]) -> None:
        digest = sha256(content).hexdigest()
        if not self.header:
            self.header = _header(self.path, name, content)
        if name == MANIFEST:
            self.manifest = self._manifest(content)
        elif name.startswith(FILES):
            pending[name.removeprefix(FILES)] = (len(content), digest)
            self.files, self.file_bytes = self.files + 1, self.file_bytes + len(content)
        else:
            seen[name] = digest
        if name.startswith(LISTING):
            if pending != listed(self._open(name, content)):
                raise BackupProblem(f"{self.path} 已损坏：{name} 所列的照片和文件与内容不符，请换一份备份")
            pending.clear()

    def _manifest(self, content: bytes) -> dict[str, Any]:
        manifest: dict[str, Any] = _parsed(self.path, content)
        signature = str(manifest.pop("signature", ""))
        if not hmac.compare_digest(signature, keyed(derived_key("backup"), manifest)):
            raise BackupProblem(f"{self.path} 的清单被改动过，不能使用：请换一份备份")
        return manifest

    def _open(self, name: str, content: bytes) -> bytes:
        try:
            return gzip.decompress(decrypt_bytes(_purpose(self.identity, name), content))
        except (KeyProblem, OSError, EOFError):
            raise BackupProblem(f"{self.path} 已损坏：{name} 打不开，请换一份备份") from None


def listing(files: dict[str, tuple[int, str]]) -> bytes:
    """The lines that name a batch of files with size and sha256."""
    return "".join(f"{name} {size} {digest}\n" for name, (size, digest) in files.items()).encode()


def listed(content: bytes) -> dict[str, tuple[int, str]]:
    """A listing read back."""
    lines = (line.rsplit(" ", 2) for line in content.decode().splitlines())
    return {name: (int(size), digest) for name, size, digest in lines}


def _header(path: Path, name: str, content: bytes) -> dict[str, Any]:
    """The header, when it is one of ours and was written with this machine's field key."""
    header: dict[str, Any] = _parsed(path, content) if name == HEADER else {}
    if header.get("format") != FORMAT:
        raise BackupProblem(f"{path} 不是安居的备份文件")
    if header["version"] != VERSION:
        raise BackupProblem(
            f"{path} 的备份格式是第 {header['version']} 版，本程序只认第 {VERSION} 版：请用相应版本的程序"
        )
    if header["key"] != fingerprint():
        raise BackupProblem(
            f"字段密钥不对：备份是用指纹为 {header['key']} 的密钥写的，本机 ANJU_FIELD_KEY 的指纹是 {fingerprint()}。"
            "请取出与这份备份分开保管的那把密钥，设为 ANJU_FIELD_KEY 后再试；没有改动任何内容"
        )
    return header


def _members(path: Path, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    """Name and content of the parts whose name begins so, one at a time."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            while (entry := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # the library would remember every photo
                content = tar.extractfile(entry) if entry.name.startswith(prefix) else None
                if content is not None:
                    yield entry.name, content.read()
    except FileNotFoundError:
        raise BackupProblem(f"没有找到 {path}") from None
    except (tarfile.TarError, OSError) as error:
        raise BackupProblem(f"{path} 读不下去（{type(error).__name__}）：文件不完整或不是备份文件") from error


def _alone(path: Path) -> BinaryIO:
    """The unfinished file, emptied, readable by its owner only, held against a second backup of the same name."""
    stream = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    try:
        flock(stream, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        stream.close()
        raise BackupProblem(f"另一个备份正在写 {path}：请等它结束") from None
    stream.truncate()
    return stream


def _purpose(identity: str, name: str) -> str:
    return f"backup:{identity}:{name}"


def _parsed(path: Path, content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        raise BackupProblem(f"{path} 不是安居的备份文件，或已损坏") from None


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
