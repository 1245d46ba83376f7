"""The import of 5,000 households from Excel, beside reading the same file and bulk-inserting the same rows.

`measure(households, rounds)` gives a line for SQLite and one for PostgreSQL; run by itself it prints them:
`.venv/bin/python -m bench.imports [--households 5000] [--rounds 3]`. Both sides encrypt, write the same tables through
the same fast lane (executemany on SQLite, COPY on PostgreSQL) and commit once.
"""

import argparse
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text

from app import create_app
from app.audit.models import AuditEntry, AuditHead
from app.core import bulk
from app.core.db import db, transaction
from app.permissions import SYSTEM
from app.places import regions
from app.programme.loading import CATALOG, load
from app.programme.service import load_draft, publish
from app.renovation.models import Event, NumberSeries, Renovation, SearchGram
from app.stages.application.excel.importing import Source, run
from app.stages.application.models import Beneficiary, DerivedFacts, Dwelling, EarlierSubsidy, Household
from examples import make_workbook
from tests.support import postgresql

from .measure import Result

LIMIT = 6.0
KEY = "chongqing-2020"
TABLES: tuple[Any, ...] = (
    NumberSeries,
    Renovation,
    Event,
    SearchGram,
    Dwelling,
    Household,
    Beneficiary,
    EarlierSubsidy,
    DerivedFacts,
    AuditHead,
    AuditEntry,
)
"""What an import writes, in the order of the foreign keys."""


def measure(households: int = 5000, rounds: int = 3) -> list[Result]:
    """The import beside the bare reading and inserting, on both databases; medians of whole runs."""
    with TemporaryDirectory() as folder, postgresql.server() as server:
        workbook = Path(folder) / "households.xlsx"
        make_workbook.write(workbook, make_workbook.households(households), [])
        content = workbook.read_bytes()
        made = {
            "SQLite": f"sqlite:///{folder}/import.db",
            "PostgreSQL": server.format(name="postgres"),
        }
        return [_measured(name, url, Path(folder), content, households, rounds) for name, url in made.items()]


def _measured(name: str, url: str, folder: Path, content: bytes, households: int, rounds: int) -> Result:
    with _application(url, folder) as app:
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(_timed(lambda: _import(content)))
            rows = _taken_out()
            bare.append(_timed(lambda rows=rows: _bare(content, rows)))
            _empty()
        assert app is not None
    name = f"import of {households:,} households, {name}"
    return Result(name, median(ours) * 1000, "read and insert the same rows", median(bare) * 1000, LIMIT)


@contextmanager
def _application(url: str, folder: Path) -> Iterator[Flask]:
    """Our application over an empty database with the demo county's regions and the programme."""
    app = create_app(
        {
            "SQLALCHEMY_DATABASE_URI": url,
            "STORAGE_URL": str(folder / "files"),
            "SECRET_KEY": "only for benchmarks, thirty-two bytes",
            "FIELD_KEY": b"field key of benchmarks 32 bytes",
            "DEMO": False,
        }
    )
    with app.app_context():
        db.create_all()
        with transaction():
            regions.import_regions((CATALOG / "regions" / "demo-county.csv").read_text("utf-8"), SYSTEM)
            publish(load_draft(load(CATALOG / KEY), SYSTEM).id, SYSTEM)
        _settle()
        yield app
        db.session.remove()
        db.engine.dispose()


def _timed(act: Any) -> float:
    begun = perf_counter()
    act()
    return perf_counter() - begun


def _import(content: bytes) -> None:
    report = run(Source(content, "households.xlsx", KEY, SYSTEM, {"import": "benchmark"}), write=True)
    assert report.written, report.errors[:3]


def _taken_out() -> list[tuple[Any, list[dict[str, Any]]]]:
    """The rows that the import wrote, decrypted, out of the database."""
    taken = []
    for model in TABLES:
        names = [one.key for one in model.__table__.columns]
        attributes = [
            getattr(model, model.__mapper__.get_property_by_column(one).key) for one in model.__table__.columns
        ]
        query = select(*attributes)
        if model in {AuditHead, AuditEntry}:
            query = query.where(model.chain.startswith("renovation:") | (model.chain == "imports"))
        taken.append((model.__table__, [dict(zip(names, row, strict=True)) for row in db.session.execute(query)]))
    _empty()
    return taken


def _bare(content: bytes, rows: Sequence[tuple[Any, list[dict[str, Any]]]]) -> None:
    """Read the file and insert the rows: no rule, no look-up, no check."""
    CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    with transaction():
        for table, values in rows:
            encoder = bulk.Encoder(table, db.engine.dialect)
            bulk.write(table, [encoder.row(one) for one in values])


def _empty() -> None:
    """Take the rows away again, past the triggers that forbid it in the audit."""
    if bulk.is_sqlite():
        with transaction():
            for row in db.session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                db.session.execute(text(f'DROP TRIGGER "{row[0]}"'))
            for model in reversed(TABLES):
                db.session.execute(model.__table__.delete())
    else:
        with transaction():
            db.session.execute(text("SET session_replication_role = replica"))
            for model in reversed(TABLES):
                db.session.execute(model.__table__.delete())
            db.session.execute(text("SET session_replication_role = origin"))
    _settle()


def _settle() -> None:
    db.session.remove()
    if not bulk.is_sqlite():
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def main() -> None:
    """Print the two lines, and how much memory it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for one in measure(options.households, options.rounds):
        print(
            f"{one.name:46}{one.ours_ms:>9.0f}ms  {one.beside:34}{one.beside_ms:>9.0f}ms{one.ratio:>7.2f}  limit {one.limit}"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
