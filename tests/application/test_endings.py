"""What ends or stops a file in any stage: withdrawn, terminated, ended early, suspended."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.core.db import transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation
from app.funds import queries as funds
from app.funds import service as funding
from app.lifecycle import Status
from app.permissions import Actor, Permission, Role
from app.renovation import queries as files
from app.renovation.models import Ending, Kind, Renovation
from app.renovation.operations import Operation, check_open
from app.stages.application import queries
from app.stages.registry import operations
from tests.factories import applications, people

do = applications.do


@pytest.fixture
def clerk(session: Session) -> Actor:
    return people.actor(Role.TOWNSHIP)


def test_a_household_withdraws_with_its_signature(clerk: Actor) -> None:
    file = applications.submitted(clerk)
    with pytest.raises(RuleViolation) as caught:
        do("application.withdraw", file, clerk, reason="家里自己改", paper=999)
    assert caught.value.field == "paper"
    file = do("application.withdraw", file, clerk, reason="家里自己改", paper=applications.paper(clerk))
    assert (file.status, file.ending, file.ending_reason) == (Status.WITHDRAWN, Ending.WISH, "家里自己改")
    assert len(files.attachments(file, kind=Kind.LETTER, subject="withdrawal")) == 1
    with pytest.raises(Conflict):
        do("application.withdraw", file, clerk, reason="再撤", paper=applications.paper(clerk))


def test_a_termination_names_its_ground_and_day(clerk: Actor) -> None:
    file = applications.submitted(clerk)
    typed = {"ground": "death", "reason": "老人去世", "paper": applications.paper(clerk)}
    with pytest.raises(RuleViolation) as caught:
        do("application.terminate", file, clerk, on="2999-01-01", **typed)
    assert caught.value.field == "on"
    file = do("application.terminate", file, clerk, on="2020-01-02", **typed)
    assert (file.status, file.ending, file.ending_on) == (Status.TERMINATED, Ending.DEATH, date(2020, 1, 2))


def test_an_ending_gives_back_place_and_claims(clerk: Actor) -> None:
    file = applications.submitted(clerk)
    with transaction():
        county = people.region(people.COUNTY)
        giver = Actor(None, "县局", Role.COUNTY, county.id, county.path)
        funding.allot_places(county, file.programme_key, 2026, 1, giver, document="示例")
        funding.take_place(file.id, county.id, file.programme_key, 2026)
        funding.claim_benefit(file.id, queries.subjects(file), "home", "lifetime", file.programme_key, county.id)
    quota = funds.quota_for(county.id, file.programme_key, 2026)
    assert quota is not None
    assert (quota.taken, len(funds.claims(file.id))) == (1, 3)
    file = do("application.withdraw", file, clerk, reason="不改了", paper=applications.paper(clerk))
    quota = funds.quota_for(county.id, file.programme_key, 2026)
    assert quota is not None
    assert (quota.taken, funds.place(file.id), len(funds.claims(file.id))) == (0, None, 0)


def _at(file: Renovation, status: Status, actor: Actor) -> None:
    """Put the file there without the way to it: only the ending is looked at here."""
    with transaction():
        files.get_for_change(file.number, actor).status = status


def test_from_building_on_a_file_ends_early_and_runs_on(clerk: Actor) -> None:
    file = applications.submitted(clerk)
    typed = {"ground": "moved", "on": "2020-01-02", "reason": "随子女迁出"}
    with pytest.raises(Conflict):
        do("application.end_early", file, clerk, **typed, paper=applications.paper(clerk))
    _at(file, Status.BUILDING, clerk)
    with pytest.raises(Conflict):
        do("application.terminate", file, clerk, **typed, paper=applications.paper(clerk))
    file = do("application.end_early", file, clerk, **typed, paper=applications.paper(clerk))
    assert (file.status, file.ending, file.ending_reason) == (Status.BUILDING, Ending.MOVED, "随子女迁出")
    with pytest.raises(Conflict):
        do("application.end_early", file, clerk, **typed, paper=applications.paper(clerk))


def test_a_suspended_file_waits_and_its_time_limit_with_it(clerk: Actor, set_today) -> None:  # type: ignore[no-untyped-def]
    set_today(date(2020, 9, 15))
    file = applications.draft(clerk)
    due = file.due_on
    file = do("application.suspend", file, clerk, reason="老人住院")
    with pytest.raises(Conflict):
        do("application.submit", file, clerk)
    with pytest.raises(Conflict):
        do("application.suspend", file, clerk, reason="又暂停")
    set_today(date(2020, 9, 17))
    file = do("application.resume", file, clerk, reason="已出院")
    assert file.suspended_at is None
    if due is not None:
        assert file.due_on is not None
        assert file.due_on > due
    assert do("application.submit", file, clerk).status is Status.SUBMITTED


STILL_GOES_ON = {
    "acceptance.record_sample", "acceptance.resolve_sample", "application.end_early", "application.record_objection",
    "application.resume", "application.terminate", "application.withdraw", "construction.give_back",
    "settlement.note_objection",
    "warranty.assign_claim", "warranty.contest_claim", "warranty.decide_contest", "warranty.decline_claim",
    "warranty.fix_claim", "warranty.report_claim", "warranty.verify_claim",
}  # fmt: skip


def test_a_suspended_file_takes_nothing_but_what_is_named(clerk: Actor) -> None:
    """Every operation in a status in which it is open: refused with the reason and the remedy, unless it is named.

    What people say to each other (remarks, to-dos, calls) goes on anyway.
    """
    file = do("application.suspend", applications.submitted(clerk), clerk, reason="老人住院")
    takes = set()
    for key, operation in operations().items():
        status = next((one for one in Status if one in operation.open_in), Status.SUBMITTED)
        _at(file, status, clerk)
        said = _refusal(operation, files.get(file.number, clerk))
        if operation.permission is Permission.RENOVATION_COMMENT:
            assert said == "" or "暂停" not in said
        elif not said.startswith("这份档案已暂停（老人住院），不能办理"):
            takes.add(key)
    assert takes == STILL_GOES_ON


def _refusal(operation: Operation, file: Renovation) -> str:
    try:
        check_open(operation, file)
    except Conflict as refused:
        return refused.message
    return ""


def test_a_suspended_file_may_still_end(clerk: Actor) -> None:
    file = do("application.suspend", applications.submitted(clerk), clerk, reason="老人住院")
    file = do("application.withdraw", file, clerk, reason="不改了", paper=applications.paper(clerk))
    assert (file.status, file.suspended_reason) == (Status.WITHDRAWN, "")


def test_a_firm_may_not_end_a_file(clerk: Actor) -> None:
    file = applications.submitted(clerk)
    with pytest.raises(NotAllowed):
        do("application.withdraw", file, people.actor(Role.FEDERATION), reason="不改了", paper=1)


def test_a_remark_stands_on_the_file(clerk: Actor) -> None:
    file = do("application.comment", applications.draft(clerk), clerk, text="周三入户")
    assert [(row.text, row.author_id) for row in files.comments(file)] == [("周三入户", clerk.user_id)]
