"""Commands of the region tree: `flask region import FILE`, `flask region export`, `flask region seed`."""

from pathlib import Path

import click
from flask.cli import AppGroup

from ..core.db import transaction
from ..core.errors import DomainError
from ..permissions import SYSTEM
from . import regions
from .national import national_rows
from .region_file import decode

region = AppGroup("region", help="区划")
commands = [region]


@region.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(file: Path) -> None:
    """Import the region tree from a CSV file, everything or nothing; exit 1 with every wrong line."""
    try:
        content = decode(file.read_bytes())
        with transaction():
            outcome = regions.import_regions(content, SYSTEM)
    except DomainError as error:
        for problem in error.problems:
            click.echo(problem.message, err=True)
        raise SystemExit(1) from error
    click.echo(f"新增 {outcome.added}，修改 {outcome.changed}，未变 {outcome.unchanged}")


@region.command("seed")
@click.option("--province", default="", help="只导入一个省，例如 500000；不填则为全国")
def seed(province: str) -> None:
    """Load provinces, prefectures and counties (GB/T 2260) from the national table."""
    rows = [row for row in national_rows() if not province or row.code[:2] == province[:2]]
    with transaction():
        outcome = regions.seed(rows, SYSTEM)
    click.echo(f"新增 {outcome.added}，修改 {outcome.changed}，未变 {outcome.unchanged}")


@region.command("export")
def export() -> None:
    """Write the region tree as CSV to standard output."""
    click.echo(regions.export_regions(), nl=False)
