"""The list of renovations: with 5,000 and 200,000 households, with a name of two characters, beside bare handlers."""

import pickle
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import func, select

from app.core.db import db
from app.permissions import Role
from app.renovation.models import Renovation

from . import data
from .measure import Result, medians
from .recording import application, get, recorded, sign_in
from .servers import Client, serve

LIST = "/renovations?" + urlencode({"view": "all"})


def measure(stack: ExitStack, small: Path, large: Path, rounds: int) -> list[Result]:
    """The list's cost, large beside small and ours beside bare."""
    calls = {}
    for size, database in (("small", small), ("large", large)):
        ours, bare, named = _servers(stack, size, database)
        calls[f"list {size}"] = lambda ours=ours: ours.timed_get(LIST)
        calls[f"named {size}"] = lambda ours=ours, named=named: ours.timed_get(named)
        calls[f"bare list {size}"] = lambda bare=bare: bare.timed_get("/list/list")
    calls["bare named large"] = lambda bare=bare: bare.timed_get("/list/named")
    taken = medians(rounds, calls)
    return [
        Result("list of 50, large", taken["list large"], "list of 50, small", taken["list small"], 1.3),
        Result(
            "list by a name of 2 characters, large", taken["named large"], "the same, small", taken["named small"], 2
        ),
        *(
            Result(f"list of 50, {size}", taken[f"list {size}"], "bare handler", taken[f"bare list {size}"], 2.5)
            for size in ("small", "large")
        ),
        # among 5,000 households fewer than fifty bear the name: the page around the rows would be measured, not the list
        Result("list by a name, large", taken["named large"], "bare handler", taken["bare named large"], 2.5),
    ]


def query_counts(small: Path, large: Path) -> list[tuple[str, int, int]]:
    """Statements per page, in the small and in the large database."""
    counts: dict[str, list[int]] = {}
    for database in (small, large):
        app = application(database)
        cookie, _ = sign_in(app, Role.COUNTY)
        with app.app_context():
            number = db.session.scalar(select(Renovation.number).order_by(Renovation.id).limit(1))
        for name, path in (("list", LIST), ("desk", "/"), ("file", f"/renovations/{number}")):
            get(app, cookie, path)
            with recorded(app) as said:
                get(app, cookie, path)
            counts.setdefault(name, []).append(len(said))
    return [(name, few, many) for name, (few, many) in counts.items()]


def _servers(stack: ExitStack, size: str, database: Path) -> tuple[Client, Client, str]:
    app = application(database)
    cookie, _ = sign_in(app, Role.COUNTY)
    named = "/renovations?" + urlencode({"view": "all", "q": _common_name(app)})
    said = {"list": _queries(app, cookie, LIST), "named": _queries(app, cookie, named)}
    kept = data.FOLDER / f"{size}.said"
    kept.write_bytes(pickle.dumps(said))
    ours = stack.enter_context(serve("wsgi:app", data.environment(database)))
    ours.cookie = cookie
    environment = {**data.environment(database), "BENCH_DATABASE": str(database), "BENCH_SAID": str(kept)}
    return ours, stack.enter_context(serve("bench.bare:app", environment)), named


def _queries(app, cookie: str, path: str) -> list:
    get(app, cookie, path)
    with recorded(app) as said:
        get(app, cookie, path)
    return [(statement, values) for statement, values in said if "FROM renovation" in statement]


def _common_name(app) -> str:
    """Two characters that fill a page: the commonest beginning of a name among the newest thousand files."""
    with app.app_context():
        start = func.substr(Renovation.applicant_name, 1, 2)
        newest = select(start.label("start")).order_by(Renovation.id.desc()).limit(1000).subquery()
        return db.session.scalar(select(newest.c.start).group_by(newest.c.start).order_by(func.count().desc()).limit(1))
