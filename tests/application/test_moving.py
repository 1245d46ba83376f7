"""An undecided file moves to the newer version on record; a decided one stays under the version it was decided by."""

import pytest
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, NotAllowed
from app.lifecycle import Status
from app.permissions import SYSTEM, Role
from app.programme.changing import changed
from app.programme.models import ProgrammeVersion
from app.programme.queries import programme_of
from app.programme.service import load_draft, publish
from app.renovation import queries as files
from app.stages.application import queries
from app.stages.application.moving import MoveVersion, move_version, newer_version
from tests.factories import applications, people
from tests.workbench.support import make_file

REASON = "新版政策已发布，按新版办理"


def publish_newer(edits: dict[str, str]) -> int:
    """Another edition that begins on the same day and takes the place of the one in force; its id."""
    with transaction():
        version = load_draft(changed(programme_of(applications.publish_programme()), edits), SYSTEM)
        publish(version.id, SYSTEM)
        return version.id


def test_a_move_brings_a_fresh_verdict_and_a_row_with_both_versions(session: Session) -> None:
    file = applications.submitted()
    old = db.session.get_one(ProgrammeVersion, file.programme_version_id).id
    assert queries.verdict(file).outcome.value == "eligible"
    newer = publish_newer({"clause.0.when.age_at_least": "120"})
    file = applications.do("application.move_version", file, people.actor(Role.COUNTY), reason=REASON)
    assert (file.programme_version_id, file.status) == (newer, Status.SUBMITTED)
    assert newer != old
    assert queries.derived(file).verdict.value == "ineligible"
    assert [clause.id for clause in queries.verdict(file).failed] == ["E1"]
    row = files.events(file)[0]
    assert row.reason == REASON
    assert (row.details["verdict_before"], row.details["verdict"]) == ("eligible", "ineligible")
    assert row.from_status is None


def test_without_a_newer_version_there_is_nothing_to_move_to(session: Session) -> None:
    file = applications.draft()
    assert newer_version(file) is None
    with pytest.raises(Conflict, match="没有更新的政策版本"):
        move_version(file, MoveVersion(reason=REASON), SYSTEM)


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.BUILDING, Status.CLOSED, Status.REJECTED])
def test_a_decided_file_keeps_its_version(session: Session, status: Status) -> None:
    actor = people.actor(Role.COUNTY)
    file = files.get(make_file("已决定", status=status), actor)
    version = file.programme_version_id
    publish_newer({"clause.0.when.age_at_least": "61"})
    file = files.get(file.number, actor)
    with pytest.raises(Conflict, match="已经作出决定"):
        move_version(file, MoveVersion(reason=REASON), actor)
    with pytest.raises(DomainError):
        applications.do("application.move_version", file, actor, reason=REASON)
    assert files.get(file.number, actor).programme_version_id == version


def test_only_the_county_moves_a_file(session: Session) -> None:
    file = applications.draft()
    publish_newer({"clause.0.when.age_at_least": "61"})
    with pytest.raises(NotAllowed):
        applications.do("application.move_version", file, people.actor(Role.TOWNSHIP), reason=REASON)
