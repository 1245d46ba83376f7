"""Versions of a programme in the database: loaded once, published by two, never changed."""

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from app.permissions import SYSTEM, Actor, Role
from app.programme import queries, service
from app.programme.models import ProgrammeVersion, VersionState
from app.programme.policy import Programme, build
from app.programme.queries import current, in_force, programme_of, published_as

from .factory import ON, chongqing, demo_county

DRAFT, PUBLISHED, SUPERSEDED = VersionState.DRAFT, VersionState.PUBLISHED, VersionState.SUPERSEDED
BASE, COUNTY = "chongqing-2020", "500299"


def edition(label: str, **about: Any) -> Programme:
    """Another edition of the shipped programme."""
    data = chongqing().data
    changed = data.model_copy(update={"programme": data.programme.model_copy(update={"version": label} | about)})
    programme, problems = build(changed)
    assert problems == []
    return programme


def load(programme: Programme, publish: bool = True, actor: Actor = SYSTEM) -> int:
    with transaction():
        version = service.load_draft(programme, actor)
        if publish:
            service.publish(version.id, actor)
        return version.id


def state(version_id: int) -> VersionState:
    return db.session.get_one(ProgrammeVersion, version_id).state


def test_the_same_content_is_loaded_once(session: Session) -> None:
    first = load(chongqing(), publish=False)
    assert load(chongqing(), publish=False) == first
    assert db.session.scalar(select(func.count()).select_from(ProgrammeVersion)) == 1
    assert state(first) is DRAFT


def test_a_version_comes_back_as_it_was_loaded(session: Session) -> None:
    version = load(demo_county())
    queries._cache.clear()
    found = programme_of(version)
    assert found == demo_county()
    assert found.version == demo_county().version
    assert programme_of(version) is found
    row = db.session.get_one(ProgrammeVersion, version)
    assert (row.programme_key, row.overlay_key, row.areas) == (BASE, "chongqing-2020-demo-county", COUNTY)


def test_a_draft_is_not_in_force(session: Session) -> None:
    load(chongqing(), publish=False)
    with pytest.raises(NotFound) as error:
        current(BASE, "", ON)
    assert error.value.message == "2020-09-15 没有已发布的政策“chongqing-2020”，请由管理员载入并发布"


def test_a_county_has_its_overlay_while_it_is_valid_and_else_the_base(session: Session) -> None:
    base, overlay = load(chongqing()), load(demo_county())
    assert current(BASE, COUNTY, date(2026, 11, 22)).id == overlay
    assert current(BASE, COUNTY, ON).id == base
    assert current(BASE, "500101", date(2026, 11, 22)).id == base
    assert current(BASE, "", date(2026, 11, 22)).id == base
    assert [version.id for version in in_force(COUNTY, date(2026, 11, 22))] == [overlay]
    with pytest.raises(NotFound):
        current(BASE, COUNTY, date(2020, 8, 31))


def test_a_new_edition_from_the_same_day_supersedes_and_the_old_one_can_come_back(session: Session) -> None:
    first, second = load(edition("a")), load(edition("b"))
    assert (state(first), state(second), current(BASE, "", ON).id) == (SUPERSEDED, PUBLISHED, second)
    assert load(edition("a")) == first
    assert (state(first), state(second), current(BASE, "", ON).id) == (PUBLISHED, SUPERSEDED, first)
    assert programme_of(second).data.programme.version == "b"


def test_an_edition_for_later_stands_beside_the_present_one(session: Session) -> None:
    now, later = load(edition("now")), load(edition("later", valid_from=date(2021, 1, 1)))
    assert (state(now), state(later)) == (PUBLISHED, PUBLISHED)
    assert current(BASE, "", date(2020, 12, 31)).id == now
    assert current(BASE, "", date(2021, 1, 1)).id == later


def test_an_edition_that_has_run_out_is_not_in_force(session: Session) -> None:
    load(edition("year", valid_to=date(2020, 12, 31)))
    assert current(BASE, "", date(2020, 12, 31)).label == "year"
    with pytest.raises(NotFound):
        current(BASE, "", date(2021, 1, 1))


def test_published_twice_is_a_conflict(session: Session) -> None:
    version = load(chongqing())
    with pytest.raises(Conflict) as error:
        service.publish(version, SYSTEM)
    assert error.value.message == "“重庆市老年人居家适老化改造（2020）”2020.1 已经发布，无需再次发布"
    with pytest.raises(NotFound):
        service.publish(version + 1, SYSTEM)


def test_only_who_manages_programmes(session: Session) -> None:
    clerk = Actor(1, "经办", Role.TOWNSHIP)
    with pytest.raises(NotAllowed):
        service.load_draft(chongqing(), clerk)
    version = load(chongqing(), publish=False)
    with pytest.raises(NotAllowed):
        service.publish(version, clerk)


def test_in_production_two_people_publish(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "ENVIRONMENT", "production")
    version = load(chongqing(), publish=False)
    with pytest.raises(NotAllowed) as error:
        service.publish(version, SYSTEM)
    assert error.value.message == "正式环境中不能用命令发布，请另一位管理人员登录后在页面上发布"
    row = ProgrammeVersion(loaded_by=7)
    with pytest.raises(NotAllowed) as error:
        service._require_second_person(row, Actor(7, "甲", Role.ADMIN))
    assert error.value.message == "载入和发布须由两人办理，请另一位管理人员发布"
    service._require_second_person(row, Actor(8, "乙", Role.ADMIN))


def test_content_is_never_changed_and_never_deleted(session: Session) -> None:
    version = db.session.get_one(ProgrammeVersion, load(chongqing()))
    version.label = "other"
    with pytest.raises(ValueError, match="immutable: label"):
        db.session.flush()
    db.session.rollback()
    db.session.delete(db.session.get_one(ProgrammeVersion, version.id))
    with pytest.raises(ValueError, match="never deleted"):
        db.session.flush()


def test_content_changed_behind_our_back_is_noticed(session: Session) -> None:
    version = load(chongqing())
    queries._cache.clear()
    db.session.execute(text("UPDATE programme_version SET content = replace(content, '2000.00', '9000.00')"))
    with pytest.raises(ValueError, match="does not fit its hash"):
        programme_of(version)


def test_loading_and_publishing_are_on_the_audit_chain(session: Session) -> None:
    load(edition("a"))
    load(edition("b"))
    events = db.session.scalars(
        select(AuditEntry.event).where(AuditEntry.chain == f"programme:{BASE}").order_by(AuditEntry.seq)
    ).all()
    assert events == [
        "programme_loaded",
        "programme_published",
        "programme_loaded",
        "programme_superseded",
        "programme_published",
    ]


def test_the_database_refuses_two_editions_in_force_from_one_day(session: Session) -> None:
    load(edition("a"))
    other = load(edition("b"), publish=False)
    with pytest.raises(IntegrityError):
        db.session.execute(
            text("UPDATE programme_version SET state = 'published', published_at = loaded_at WHERE id = :id"),
            {"id": other},
        )
    db.session.rollback()


def test_of_two_people_who_publish_at_once_one_edition_is_in_force(committed: Flask) -> None:
    versions = [load(edition("a"), publish=False), load(edition("b"), publish=False)]
    ready = threading.Barrier(2)
    told: list[str] = []

    def publish(version_id: int) -> None:
        with committed.app_context():
            ready.wait()
            try:
                with transaction():
                    service.publish(version_id, SYSTEM)
            except Conflict as conflict:
                told.append(conflict.message)

    threads = [threading.Thread(target=publish, args=(version,)) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (
        db.session.scalar(select(func.count()).select_from(ProgrammeVersion).where(ProgrammeVersion.state == PUBLISHED))
        == 1
    )


def test_the_commands_find_what_is_published(app: Flask, session: Session) -> None:
    assert published_as(BASE) is None
    base, overlay = load(chongqing()), load(demo_county())
    found = published_as(BASE), published_as("chongqing-2020-demo-county")
    assert [version and version.id for version in found] == [base, overlay]


def test_load_by_command(app: Flask, session: Session) -> None:
    run = app.test_cli_runner().invoke
    first = run(args=["programme", "load", "catalog/chongqing-2020"])
    assert (first.exit_code, first.stdout) == (
        0,
        f"重庆市老年人居家适老化改造（2020）（{chongqing().version}）：草案\n",
    )
    for _ in range(2):
        again = run(args=["programme", "load", "catalog/chongqing-2020", "--publish"])
        assert (again.exit_code, again.stdout) == (
            0,
            f"重庆市老年人居家适老化改造（2020）（{chongqing().version}）：已发布\n",
        )
    assert db.session.scalar(select(func.count()).select_from(ProgrammeVersion)) == 1


WITHDRAWN = VersionState.WITHDRAWN


def test_a_draft_is_withdrawn_with_a_reason_and_taken_up_again(session: Session) -> None:
    version = load(chongqing(), publish=False)
    with pytest.raises(RuleViolation, match="原因"), transaction():
        service.withdraw(version, "  ", SYSTEM)
    with transaction():
        service.withdraw(version, "限价还没有定", SYSTEM)
    assert state(version) is WITHDRAWN
    with pytest.raises(Conflict, match="已经撤回"), transaction():
        service.publish(version, SYSTEM)
    with pytest.raises(Conflict, match="只有草案可以撤回"), transaction():
        service.withdraw(version, "再撤一次", SYSTEM)
    assert load(chongqing(), publish=False) == version
    row = db.session.get_one(ProgrammeVersion, version)
    assert (row.state, row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason) == (DRAFT, None, None, "")


def test_a_published_version_is_not_withdrawn(session: Session) -> None:
    version = load(chongqing())
    with pytest.raises(Conflict, match="只有草案可以撤回"), transaction():
        service.withdraw(version, "不用了", SYSTEM)
    assert state(version) is PUBLISHED


def test_who_may_not_manage_may_not_withdraw(session: Session) -> None:
    version = load(chongqing(), publish=False)
    with pytest.raises(NotAllowed), transaction():
        service.withdraw(version, "不用了", Actor(None, "经办", Role.COUNTY))


@pytest.mark.parametrize(
    ("first", "last", "refused"),
    [
        (date(2020, 9, 1), date(2020, 12, 31), False),  # the same first day: it takes the other's place
        (date(2021, 1, 1), None, False),
        (date(2020, 12, 31), None, True),
        (date(2020, 10, 1), date(2020, 10, 31), True),
        (date(2020, 1, 1), date(2020, 8, 31), False),
        (date(2020, 1, 1), date(2020, 9, 1), True),
        (date(2020, 1, 1), None, False),  # without an end of its own the later one follows it
    ],
)
def test_days_that_contradict_each_other_are_refused(
    session: Session, first: date, last: date | None, refused: bool
) -> None:
    in_force = load(edition("first", valid_to=date(2020, 12, 31)))
    other = edition("second", valid_from=first, valid_to=last)
    if refused:
        with pytest.raises(Conflict, match="有效期重叠"):
            load(other, publish=False)
        assert db.session.scalar(select(func.count()).select_from(ProgrammeVersion)) == 1
    else:
        load(other)
    assert state(in_force) is (SUPERSEDED if first == date(2020, 9, 1) else PUBLISHED)


def test_days_that_came_to_contradict_after_loading_are_refused_at_publishing(session: Session) -> None:
    second = load(edition("second", valid_from=date(2020, 10, 1)), publish=False)
    load(edition("first", valid_to=date(2020, 12, 31)))
    with pytest.raises(Conflict, match="有效期重叠"), transaction():
        service.publish(second, SYSTEM)
    assert state(second) is DRAFT


def test_a_county_and_its_base_hold_beside_each_other(session: Session) -> None:
    load(edition("first", valid_to=date(2026, 12, 31)))
    load(demo_county())
    assert {version.areas for version in in_force(COUNTY, date(2026, 6, 1))} == {COUNTY}


def test_the_database_wants_when_and_why_of_a_withdrawal(session: Session) -> None:
    version = load(chongqing(), publish=False)
    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE programme_version SET state = 'withdrawn' WHERE id = :id"), {"id": version})
    session.rollback()
