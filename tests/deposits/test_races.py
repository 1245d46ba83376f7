"""Of people who act on one deposit at the same moment only as many win as it has money for."""

import threading

from flask import Flask

from app.core.db import db
from app.core.errors import DomainError
from app.permissions import Role
from tests.assessment.support import photo
from tests.factories import people

from .support import DUE, ask, forfeit, left, receive, tender, undo


def test_two_forfeit_the_whole_at_once(committed: Flask) -> None:
    ask()
    actors = [people.actor(Role.COUNTY) for _ in range(2)]
    made = receive(tender(), actors[0])
    papers = [photo(actor) for actor in actors]
    start, outcomes = threading.Barrier(2), list[str]()

    def act(place: int) -> None:
        with committed.app_context():
            start.wait()
            try:
                forfeit(made, actors[place], DUE, paper=papers[place], document=f"决{place}")
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.field)

    threads = [threading.Thread(target=act, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["amount", "done"]
    db.session.rollback()
    assert left(made, actors[0]) == 0


def test_one_decision_entered_by_six_at_once_is_booked_once(committed: Flask) -> None:
    ask()
    actors = [people.actor(Role.COUNTY) for _ in range(6)]
    made = receive(tender(), actors[0])
    papers = [photo(actor) for actor in actors]
    start, outcomes = threading.Barrier(6), list[str]()

    def act(place: int) -> None:
        with committed.app_context():
            start.wait()
            try:
                forfeit(made, actors[place], 1_00, paper=papers[place])
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.field)

    threads = [threading.Thread(target=act, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [*(["document"] * 5), "done"]
    db.session.rollback()
    assert left(made, actors[0]) == DUE - 1_00


def test_one_slip_entered_by_two_at_once_is_entered_once(committed: Flask) -> None:
    ask()
    actors = [people.actor(Role.COUNTY) for _ in range(2)]
    record = tender()
    start, outcomes = threading.Barrier(2), list[str]()

    def act(place: int) -> None:
        with committed.app_context():
            start.wait()
            try:
                receive(record, actors[place])
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.field)

    threads = [threading.Thread(target=act, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "voucher"]


def test_a_wrong_entry_undone_by_four_at_once_is_undone_once(committed: Flask) -> None:
    ask()
    actors = [people.actor(Role.COUNTY) for _ in range(4)]
    made = receive(tender(), actors[0])
    forfeit(made, actors[0], 3_00)
    start, outcomes = threading.Barrier(4), list[str]()

    def act(place: int) -> None:
        with committed.app_context():
            start.wait()
            try:
                undo(made, actors[place])
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.message[-5:])

    threads = [threading.Thread(target=act, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", *(["不用再办。"] * 3)]
    db.session.rollback()
    assert left(made, actors[0]) == DUE
