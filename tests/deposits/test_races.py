"""Of people who act on one deposit at the same moment only as many win as it has money for."""

import threading
from collections.abc import Callable

from flask import Flask

from app.core.db import db
from app.core.errors import DomainError
from app.permissions import Actor, Role
from tests.assessment.support import photo
from tests.factories import people

from .support import DUE, ask, forfeit, left, receive, tender, undo


def county(number: int) -> list[Actor]:
    """So many people of a county whose programme asks for deposits."""
    ask()
    return [people.actor(Role.COUNTY) for _ in range(number)]


def at_once(app: Flask, number: int, act: Callable[[int], object]) -> list[str]:
    """So many threads act at the same moment: of each "done", or what it is refused for, in order."""
    start, outcomes = threading.Barrier(number), list[str]()

    def one(place: int) -> None:
        with app.app_context():
            start.wait()
            try:
                act(place)
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.field or error.message[-5:])

    threads = [threading.Thread(target=one, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return sorted(outcomes)


def test_two_forfeit_the_whole_at_once(committed: Flask) -> None:
    actors = county(2)
    made = receive(tender(), actors[0])
    papers = [photo(actor) for actor in actors]
    outcomes = at_once(
        committed, 2, lambda place: forfeit(made, actors[place], DUE, paper=papers[place], document=f"决{place}")
    )
    assert (outcomes, left(made, actors[0])) == (["amount", "done"], 0)


def test_one_decision_entered_by_six_at_once_is_booked_once(committed: Flask) -> None:
    actors = county(6)
    made = receive(tender(), actors[0])
    papers = [photo(actor) for actor in actors]
    outcomes = at_once(committed, 6, lambda place: forfeit(made, actors[place], 1_00, paper=papers[place]))
    assert (outcomes, left(made, actors[0])) == ([*(["document"] * 5), "done"], DUE - 1_00)


def test_one_slip_entered_by_two_at_once_is_entered_once(committed: Flask) -> None:
    actors = county(2)
    record = tender()
    assert at_once(committed, 2, lambda place: receive(record, actors[place])) == ["done", "voucher"]


def test_a_wrong_entry_undone_by_four_at_once_is_undone_once(committed: Flask) -> None:
    actors = county(4)
    made = receive(tender(), actors[0])
    forfeit(made, actors[0], 3_00)
    outcomes = at_once(committed, 4, lambda place: undo(made, actors[place]))
    assert (outcomes, left(made, actors[0])) == (["done", *(["不用再办。"] * 3)], DUE)
