"""One transition over HTTP, with history and audit, beside a bare handler that reads the file and writes the same rows."""

import pickle
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from sqlalchemy import select

from app.core.db import db
from app.lifecycle import Status
from app.permissions import Role
from app.renovation.models import Renovation

from . import data
from .measure import Result, medians
from .recording import Statement, application, post, recorded, sign_in
from .servers import serve

REASON = "公示照片与档案不一致，请核对后重新办理。"
WRITES = ("INSERT", "UPDATE")
FILE = "FROM renovation "


def measure(stack: ExitStack, database: Path, rounds: int) -> list[Result]:
    """The county sends a file back: noticed → submitted."""
    needed = rounds + max(rounds // 10, 3)
    paths, said = _record(data.copy(database, "recorded"), needed)
    rounds = len(paths) - max(rounds // 10, 3)
    kept = data.FOLDER / "transition.said"
    kept.write_bytes(pickle.dumps({"transitions": said}))

    own, bare_copy = data.copy(database, "own"), data.copy(database, "bare")
    app = application(own)
    cookie, token = sign_in(app, Role.COUNTY)
    ours = stack.enter_context(serve("wsgi:app", data.environment(own)))
    ours.cookie = cookie
    environment = {**data.environment(bare_copy), "BENCH_DATABASE": str(bare_copy), "BENCH_SAID": str(kept)}
    bare = stack.enter_context(serve("bench.bare:app", environment))
    bare_token = bare.get("/token")[1].decode()

    path_of, number_of = iter(paths), count()
    taken = medians(
        rounds,
        {
            "ours": lambda: ours.timed_post(next(path_of), {"csrf_token": token, "reason": REASON}),
            "bare": lambda: bare.timed_post(f"/transition/{next(number_of)}", {"csrf_token": bare_token}),
        },
    )
    return [Result("one transition over HTTP", taken["ours"], "bare handler", taken["bare"], 2.5)]


def _record(database: Path, most: int) -> tuple[list[str], list[list[Statement]]]:
    """Carry the transitions out once, in this process, and note what each writes."""
    app = application(database)
    cookie, token = sign_in(app, Role.COUNTY)
    with app.app_context():
        query = select(Renovation.number).where(Renovation.status == Status.NOTICED, Renovation.suspended_at.is_(None))
        numbers = db.session.scalars(query.order_by(Renovation.id).limit(most)).all()
    assert len(numbers) > most // 2, f"only {len(numbers)} files can be sent back"
    paths, writes = [f"/renovations/{number}/application/send_back" for number in numbers], []
    for path in paths:
        with recorded(app) as said:
            post(app, cookie, path, {"csrf_token": token, "reason": REASON})
        writes.append([one for one in said if FILE in one[0] or one[0].lstrip().upper().startswith(WRITES)])
    return paths, writes
