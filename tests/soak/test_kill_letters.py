"""The worker killed at any write while notices go out: each is sent and marked; what is sent twice bears one id."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import db, transaction
from app.jobs.models import Job, JobState
from app.jobs.service import run_waiting
from app.letters.channels import Outgoing
from app.letters.models import Message
from app.letters.rules import MessageState, SetContact, Way
from app.letters.service import SEND, set_contact
from app.permissions import Actor, Role
from tests.construction.filing_support import ask, audited, filed
from tests.construction.support import Site, site
from tests.factories import people

from .mortal import killed_until_done

pytestmark = pytest.mark.soak


class Outbox:
    """A way out that leads into a file, which no kill can undo."""

    key = Way.MAIL.value
    needs: Literal["email", "phone"] = "email"

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def deliver(self, message: Outgoing) -> None:
        """One line for each time that it goes out."""
        with self.path.open("a") as out:
            out.write(f"{message.id} {message.to}\n")

    def lines(self) -> Counter[str]:
        """What went out, and how often."""
        return Counter(self.path.read_text().splitlines())


def reachable(actor: Actor) -> Actor:
    """Somebody who is told by mail."""
    with transaction():
        set_contact(SetContact(email=f"user{actor.user_id}@example.cn"), actor)
    return actor


def mailed(on: Site) -> set[str]:
    """Three people of a firm are told that its filing passed; what has to go out."""
    ask()
    file = filed(on)
    for _ in range(3):
        reachable(people.actor(Role.CONTRACTOR, firm=on.firm))
    audited(on, file)
    rows = db.session.execute(select(Message.id, Message.user_id).where(Message.way == Way.MAIL))
    return {f"anju-{number} user{user_id}@example.cn" for number, user_id in rows}


def test_every_notice_goes_out_however_often_the_worker_dies(committed: Flask, tmp_path: Path) -> None:
    box = Outbox(tmp_path / "outbox")
    committed.extensions["anju_channels"] = {box.key: box}
    waiting = mailed(site())
    assert len(waiting) == 3

    def look() -> int:
        sent = select(Message.id).where(Message.way == Way.MAIL, Message.state == MessageState.SENT)
        marked = {f"anju-{number}" for number in db.session.scalars(sent)}
        assert {line.split()[0] for line in box.lines()} >= marked
        with transaction():  # the time after which a job that says nothing counts as its worker's last
            past = clock.system() - timedelta(seconds=1)
            db.session.execute(update(Job).where(Job.state == JobState.RUNNING).values(run_after=past))
        return len(marked)

    assert killed_until_done(run_waiting, look) > 10
    assert set(box.lines()) == waiting
    assert max(box.lines().values()) > 1
    attempts = db.session.scalars(select(Message.attempts).where(Message.way == Way.MAIL))
    assert attempts.all() == [1] * 3
    left = select(func.count()).where(Job.kind == SEND, Job.state != JobState.DONE)
    assert db.session.scalar(left) == 0
