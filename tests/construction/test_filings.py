"""The firm files a household before the contract, the office audits it: what holds, what is refused, who reads the papers."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.core import clock, workdays
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from app.letters.models import Message
from app.lifecycle import Status
from app.permissions import Actor, Role
from app.renovation import queries as files
from app.renovation.models import Kind, Renovation
from app.renovation.papers import sheet
from app.stages.construction import filing_queries, filings
from app.stages.construction.filing_models import FirmFiling
from app.stages.construction.filing_rules import FilingState, check_signed_on
from app.stages.registry import open_operations, papers
from app.workbench import household, queries
from tests.construction.filing_support import PAPERS, ask, audited, filed, typed
from tests.construction.support import Site, contract, dispatched, do, replaced, site, take, works
from tests.deposits.test_races import at_once
from tests.factories import people

DAY = date(2026, 11, 2)
"""A Monday."""


@pytest.fixture
def on(session: object) -> Iterator[Site]:
    """The people around a home, on that day."""
    with clock.fixed(DAY):
        yield site()


def fields(error: pytest.ExceptionInfo[RuleViolations]) -> list[str]:
    return [one.field for one in error.value.problems]


def states(renovation: Renovation) -> list[str]:
    """The states of the file's filings, oldest first."""
    rows = select(FirmFiling.state).where(FirmFiling.renovation_id == renovation.id).order_by(FirmFiling.id)
    return [one.value for one in db.session.scalars(rows)]


def desk(actor: Actor) -> list[str]:
    """What waits on somebody's desk."""
    return [line.move.words for line in queries.desk(actor).lines if line.move]


def sign(on: Site, renovation: Renovation, signed_on: date | None = None) -> Renovation:
    day = f"{signed_on or clock.today()}"
    return do("construction.contract", renovation, on.builder, **contract(renovation, on.builder, signed_on=day))


def missing(renovation: Renovation) -> list[str]:
    return [one.text for one in filings.contract_missing(renovation)]


def test_from_the_filing_to_the_contract(on: Site) -> None:
    ask()
    with clock.fixed(DAY):
        file = dispatched(on)
        assert (desk(on.builder), missing(file)) == (
            ["提交备案"],
            ["还没有备案，请先把这一户的备案材料交审核，审核通过后才能签合同。"],
        )
        with pytest.raises(RuleViolations, match="还没有备案"):
            sign(on, file)
        file = filed(on, file)
        assert (desk(on.builder), desk(on.around.county)) == ([], ["审核备案"])
        assert missing(file) == [f"备案待审核（{DAY} 提交），审核通过后才能签合同。"]
        with pytest.raises(RuleViolations, match="备案待审核"):
            sign(on, file)
        assert household.plain(file) == "施工单位已经定好，正在办备案，审核通过后和您签合同。"
    with clock.fixed(DAY + timedelta(days=2)):
        file = audited(on, file)
        found = filing_queries.live(file)
        assert found is not None
        assert (found.state, found.filed_on, found.audited_on, found.contract_by, found.audit_by) == (
            FilingState.APPROVED, DAY, DAY + timedelta(days=2), DAY + timedelta(days=7),
            workdays.calendar().add(DAY, 2),
        )  # fmt: skip
        assert (desk(on.builder), desk(on.around.county)) == (["签订合同"], [])
        assert (sign(on, file).status, states(file)) == (Status.DISPATCHED, ["approved"])


def test_papers_are_all_there_and_the_firm_undertakes(on: Site) -> None:
    ask()
    file = dispatched(on)
    wrong = typed(on.builder, "身份证", "房产证", undertakes=False)
    wrong["papers"] = [*wrong["papers"][:3], {"name": "身份证", "files": []}, {"name": "户口簿", "files": []}]
    with pytest.raises(RuleViolations) as error:
        do("construction.submit_filing", file, on.builder, **wrong)
    assert fields(error) == ["papers-2-files", "papers-3-name", "papers-4-name", "papers", "papers", "undertakes"]
    assert states(file) == []
    with pytest.raises(RuleViolations) as error:
        do("construction.submit_filing", file, on.builder, undertaker="周建", undertakes=True)
    assert [one.message for one in error.value.problems] == [f"还没有“{name}”，请拍照或上传。" for name in PAPERS]


def test_what_was_returned_is_filed_again_with_the_papers_that_were_good(on: Site) -> None:
    ask()
    file = audited(on, filed(on), "房产证看不清。")
    first = filing_queries.newest(file)
    assert first is not None
    assert missing(file) == ["备案被退回：房产证看不清。请补正后重新备案。"]
    assert desk(on.builder) == ["重新备案"]
    kept = {name: [one.file_id for one in found] for name, found in filing_queries.papers(file, first).items()}
    file = do("construction.submit_filing", file, on.builder, **typed(on.builder, "房产证"))
    second = filing_queries.live(file)
    assert second is not None
    now = {name: [one.file_id for one in found] for name, found in filing_queries.papers(file, second).items()}
    assert list(now) == PAPERS
    assert [name for name in PAPERS if now[name] != kept[name]] == ["房产证"]
    assert list(filing_queries.papers(file, first)) == ["房产证"]
    assert states(file) == ["returned", "filed"]
    told = select(Message.title).where(Message.renovation_id == file.id, Message.user_id == on.builder.user_id)
    assert db.session.scalars(told.order_by(Message.id)).all() == ["施工备案被退回"]


@pytest.mark.parametrize(
    ("signed", "right"), [(-1, False), (0, False), (2, True), (7, True), (8, False)], ids=lambda one: f"{one}"
)
def test_the_contract_bears_a_day_after_the_audit_and_in_time(on: Site, signed: int, right: bool) -> None:
    ask()
    with clock.fixed(DAY):
        file = filed(on)
    with clock.fixed(DAY + timedelta(days=2)):
        file = audited(on, file)
    with clock.fixed(DAY + timedelta(days=9)):
        assert desk(on.builder) == ["重新备案"]
        day = DAY + timedelta(days=signed)
        if right:
            assert sign(on, file, day).status is Status.DISPATCHED
            return
        with pytest.raises(RuleViolations) as error:
            sign(on, file, day)
        assert fields(error) == ["signed_on"]
        said = error.value.problems[0].message
        assert [one for one in (f"{day}", f"{DAY}", f"{DAY + timedelta(days=7)}") if one not in said] == []
        assert ("重新备案" in said) is (signed > 7)


def test_a_filing_that_lapsed_is_replaced_by_another(on: Site) -> None:
    ask(day_kind="working", days=5)
    with clock.fixed(DAY):
        file = filed(on)
        with pytest.raises(Conflict, match="不需要办理“提交备案”"):
            filed(on, file)
    late = workdays.calendar().add(DAY, 5) + timedelta(days=1)
    with clock.fixed(late):
        assert (desk(on.around.county), desk(on.builder)) == (["审核逾期的备案"], ["重新备案"])
        with pytest.raises(RuleViolation, match="通过也来不及了") as error:
            audited(on, file)
        assert error.value.field == "result"
        assert missing(file) == [f"备案没有在期限 {late - timedelta(days=1)} 以前审核，已经过期，请重新备案。"]
        file = do("construction.submit_filing", file, on.builder, papers=[], undertaker="周建", undertakes=True)
        assert states(file) == ["ended", "filed"]
        assert sign(on, audited(on, file)).status is Status.DISPATCHED


def test_the_firm_takes_its_filing_back(on: Site) -> None:
    ask()
    file = do("construction.withdraw_filing", filed(on), on.builder, reason="材料传错")
    assert (states(file), desk(on.builder), desk(on.around.county)) == (["ended"], ["提交备案"], [])
    with pytest.raises(Conflict):
        audited(on, file)
    with pytest.raises(Conflict):
        do("construction.withdraw_filing", file, on.builder, reason="再撤一次")


def test_another_firm_files_for_itself(on: Site) -> None:
    ask()
    file = replaced(on, sign(on, audited(on, filed(on))))
    assert (file.status, states(file)) == (Status.AGREED, ["ended"])
    file = dispatched(on, file, procurement_record_id=on.other_record, supervisor_record_id=None)
    assert desk(on.other_builder) == ["提交备案"]
    with pytest.raises(RuleViolations) as error:
        do("construction.submit_filing", file, on.other_builder, papers=[], undertaker="李", undertakes=True)
    assert fields(error) == ["papers"] * len(PAPERS)
    with pytest.raises(NotAllowed, match="现在不由贵单位施工"):
        filed(on, file)
    assert filing_queries.filings(file, on.other_builder) == []
    assert [one.state for one in filing_queries.filings(file, on.builder)] == [FilingState.ENDED]


def test_photos_of_before_are_taken_for_the_filing_and_count_for_the_start(on: Site) -> None:
    ask(before_photos=True)
    file = dispatched(on)
    with pytest.raises(RuleViolations, match="还缺“改造前”照片") as error:
        filed(on, file)
    assert len(error.value.problems) == len(works(file))
    with pytest.raises(RuleViolation, match="还没有开工") as refused:
        take(file, on.builder, "after")
    assert refused.value.field == "kind"
    file = filed(on, take(file, on.builder, "before"))
    photos = files.attachments(file, kind=Kind.BEFORE)
    with pytest.raises(Conflict, match="撤下拍错的照片"):
        do("construction.remove_photo", file, on.builder, photo_id=photos[0].id, reason="拍错")
    file = sign(on, audited(on, file))
    assert do("construction.start", file, on.builder).status is Status.BUILDING


def test_without_the_table_nothing_is_filed_and_no_photo_is_taken_early(on: Site) -> None:
    file = dispatched(on)
    assert desk(on.builder) == ["签订合同"]
    assert {one.key for one in open_operations(file, on.builder)} >= {"construction.contract"}
    assert {one.name for one in open_operations(file, on.builder)} & {
        "submit_filing",
        "withdraw_filing",
        "photos",
    } == set()
    for act in (lambda: filed(on, file), lambda: take(file, on.builder, "before"), lambda: audited(on, file)):
        with pytest.raises(Conflict):
            act()
    assert sign(on, file).status is Status.DISPATCHED


def test_a_township_audits_where_the_programme_says_so(on: Site) -> None:
    ask(actor=[{"task": "construction_filing_audit", "roles": ["township"]}])
    file = filed(on)
    assert (desk(on.around.county), desk(on.around.township)) == ([], ["审核备案"])
    for actor in (on.around.county, on.builder, on.supervisor, people.actor(Role.FINANCE)):
        with pytest.raises(NotAllowed):
            audited(on, file, actor=actor)
    assert states(audited(on, file, actor=on.around.township)) == ["approved"]


def test_an_audit_says_why_it_returns_and_nothing_else(on: Site) -> None:
    ask()
    file = filed(on)
    for typed_in in ({"result": "return"}, {"result": "approve", "reason": "很好"}):
        with pytest.raises(RuleViolation) as error:
            do("construction.audit_filing", file, on.around.county, **typed_in)
        assert error.value.field == "reason"
    audited(on, file, "缺材料清单")
    with pytest.raises(Conflict):
        audited(on, file)


def test_who_reads_the_papers(on: Site) -> None:
    ask()
    file = filed(on)
    one = files.attachments(file, kind=Kind.FILING)[0]
    colleague = people.actor(Role.CONTRACTOR, firm=on.firm)
    reads = [
        role
        for role in Role
        if role not in (Role.SYSTEM, Role.CONTRACTOR)
        and files.may_open(one, people.actor(role, firm=on.supervising if role is Role.SUPERVISOR else None))
    ]
    assert reads == [Role.TOWNSHIP, Role.COUNTY, Role.FEDERATION, Role.AUDITOR]
    assert [files.may_open(one, actor) for actor in (on.builder, colleague, on.other_builder)] == [True, True, False]


def test_the_sheet_says_what_was_filed_and_what_came_of_it(on: Site) -> None:
    ask()
    file = filed(on)
    kind = papers()["firm_filing"]
    body = sheet(kind, file, on.builder).body()
    assert [name for name in (*PAPERS, on.firm.name, "¥1,400.00") if name not in body] == []
    assert "可以在" not in body
    file = audited(on, file, "房产证看不清")
    assert "退回补正：房产证看不清" in sheet(kind, file, on.around.county).body()


def test_the_database_holds_one_filing_in_force_and_another_auditor(on: Site) -> None:
    ask()
    file = filed(on)
    first = filing_queries.live(file)
    assert first is not None
    again = {key: value for key, value in vars(first).items() if key not in ("_sa_instance_state", "id")}
    for bad in (
        {"audited_by": first.filed_by},
        {"state": FilingState.RETURNED, "audited_at": clock.now()},
        {"state": FilingState.APPROVED},
        {"state": FilingState.ENDED, "reason": "过期"},
        {"contract_by": first.filed_on - timedelta(days=1)},
    ):
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(update(FirmFiling).where(FirmFiling.renovation_id == file.id).values(bad))
    with pytest.raises(IntegrityError), transaction():
        db.session.add(FirmFiling(**again))
    assert states(file) == ["filed"]


@pytest.mark.parametrize(("signed", "remedy"), [(1, "请改成实际签订的日期"), (9, "请重新备案")])
def test_a_wrong_day_is_told_with_its_remedy(signed: int, remedy: str) -> None:
    days = [DAY + timedelta(days=number) for number in (signed, 0, 2, 7)]
    wrong = check_signed_on(*days)
    assert wrong is not None
    assert (wrong.field, remedy in wrong.message) == ("signed_on", True)


def test_of_two_who_file_or_audit_at_once_one_wins(committed: Flask) -> None:
    on = site()
    ask()
    file = dispatched(on)
    number = file.number
    colleague = people.actor(Role.CONTRACTOR, firm=on.firm)
    given = [(one, typed(one)) for one in (on.builder, colleague)]
    outcomes = at_once(
        committed, 2, lambda place: do("construction.submit_filing", number, given[place][0], **given[place][1])
    )
    assert (len(outcomes), outcomes.count("done")) == (2, 1)
    counties = [on.around.county, people.actor(Role.COUNTY)]
    said = [{"result": "approve"}, {"result": "return", "reason": "看不清"}]
    outcomes = at_once(
        committed, 2, lambda place: do("construction.audit_filing", number, counties[place], **said[place])
    )
    assert outcomes.count("done") == 1
    assert db.session.scalars(select(FirmFiling.state)).all() in (["approved"], ["returned"])


def test_the_same_request_twice_files_once(on: Site) -> None:
    from app.renovation.operations import perform  # noqa: PLC0415 — only here
    from app.stages.registry import operations  # noqa: PLC0415 — only here

    ask()
    file = dispatched(on)
    operation = operations()["construction.submit_filing"]
    command = operation.command.model_validate(typed(on.builder))
    for _ in range(2):
        perform(operation, file.number, command, on.builder, key="once")
    assert states(file) == ["filed"]
