"""Commands of the region tree: `flask region import FILE`, `flask region export`, `flask region seed`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from ..core.db import transaction
from ..core.errors import DomainError
from ..permissions import SYSTEM
from . import regions
from .national import national_rows
from .region_file import decode

region = AppGroup("region", help="区划")
commands = [region]


@contextmanager
def refusals_told() -> Iterator[None]:
    """Say every refusal on standard error and exit with 1; a database without tables is one of them."""
    try:
        yield
    except DomainError as error:
        for problem in error.problems:
            click.echo(problem.message, err=True)
        raise SystemExit(1) from error
    except (OperationalError, ProgrammingError) as error:
        click.echo(f"数据库不能使用：{error.orig}。新建的数据库请先执行 flask --app wsgi db upgrade", err=True)
        raise SystemExit(1) from error


@region.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(file: Path) -> None:
    """Import the region tree from a CSV file, everything or nothing; exit 1 with every wrong line."""
    with refusals_told():
        content = decode(file.read_bytes())
        with transaction():
            outcome = regions.import_regions(content, SYSTEM)
    click.echo(f"新增 {outcome.added}，修改 {outcome.changed}，未变 {outcome.unchanged}")


@region.command("seed")
@click.option("--province", default="", help="只导入一个省，例如 500000；不填则为全国")
def seed(province: str) -> None:
    """Load provinces, prefectures and counties (GB/T 2260) from the national table."""
    rows = [row for row in national_rows() if not province or row.code[:2] == province[:2]]
    with refusals_told(), transaction():
        outcome = regions.seed(rows, SYSTEM)
    click.echo(f"新增 {outcome.added}，修改 {outcome.changed}，未变 {outcome.unchanged}")


@region.command("export")
def export() -> None:
    """Write the region tree as CSV to standard output."""
    with refusals_told():
        click.echo(regions.export_regions(), nl=False)
