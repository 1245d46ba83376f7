"""A request with the sender's own key is carried out once, also when it comes twice at the same moment."""

import threading

import pytest
from flask import Flask

from app.core.db import transaction
from app.core.errors import Conflict
from app.core.submissions import first_time


def test_of_two_at_the_same_moment_one_is_carried_out(committed: Flask) -> None:
    start, found = threading.Barrier(2), list[bool]()

    def send() -> None:
        with committed.app_context():
            start.wait()
            with transaction():
                found.append(first_time("7", "k", "five places"))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, True]


def test_what_was_not_carried_out_may_be_sent_again_and_a_key_is_for_one_wish(committed: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        assert 1 / (not first_time("7", "k", "five places"))
    with transaction():
        assert [first_time("7", "k", "five places"), first_time("8", "k", "six places")] == [True, True]
        assert [first_time("7", "", "five places") for _ in range(2)] == [True, True]
    with transaction(), pytest.raises(Conflict):
        first_time("7", "k", "six places")
