"""Commands that make, check and restore backups."""

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from . import service
from .archive import BackupProblem

backup = AppGroup("backup", help="Database and stored files in one file; the field key travels apart.")
commands = (backup,)

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@backup.command("create")
@_FILE
def create(file: Path) -> None:
    """Write a backup to FILE while the application runs; exit 1 when it could not, or when something was missing."""
    manifest = _try(lambda: service.create(file, _tell))
    click.echo(f"备份已写入 {file}：{_summary(manifest)}")
    faults = _faults(manifest)
    for fault in faults:
        _tell(fault)
    if faults:
        raise SystemExit(1)


@backup.command("check")
@_FILE
def check(file: Path) -> None:
    """Read FILE from end to end and say whether it is whole; nothing is written."""
    found = _try(lambda: service.check(file))
    click.echo(f"备份完好：{_summary(found.manifest)}")


@backup.command("restore")
@_FILE
def restore(file: Path) -> None:
    """Restore FILE into an empty database and an empty store; stopped in the middle, give the same command again."""
    manifest = _try(lambda: service.restore(file, _tell))
    click.echo(f"已恢复：{_summary(manifest)}")


def _try(do: Any) -> Any:
    try:
        return do()
    except BackupProblem as problem:
        raise click.ClickException(str(problem)) from problem


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _summary(manifest: dict[str, Any]) -> str:
    tables, stored, audit = manifest["tables"], manifest["files"], manifest["audit"]
    return (
        f"{len(tables)} 张表 {sum(one['rows'] for one in tables)} 行，照片和文件 {stored['number']} 个"
        f"（{stored['bytes']} 字节），审计 {audit['entries']} 条，链头 {audit['head']}"
    )


def _faults(manifest: dict[str, Any]) -> list[str]:
    faults = [f"审计记录有问题：{one}" for one in manifest["audit"]["broken"]]
    if manifest["files"]["missing"]:
        faults.append(f"有 {manifest['files']['missing']} 个照片或文件在存储位置里找不到，备份里没有它们")
    return faults
