"""Money from the sheet to the payees and back, on both databases: who gets what, what never changes, what stops it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from app.demo.county import actor as person
from app.demo.intake import WITH_OPTIONAL
from app.demo.story import Story
from app.funds import queries as funds
from app.lifecycle import Status
from app.renovation.sealing import seals
from app.stages.construction import queries as works
from app.stages.registry import operations
from app.stages.settlement import queries
from app.stages.settlement.papers import missing_papers
from app.stages.settlement.sheet import compute
from app.stages.warranty import queries as warranty
from app.workbench.waiting import moves_of, waiting
from tests.support.databases import Databases
from tests.support.stories import lived
from tests.workbench.support import statements


def two_firms(story: Story) -> Iterator[int]:
    """The first firm leaves after the bed rail; optional lines take the sum over the cap; accepted."""
    yield from story.life(Status.BUILDING, WITH_OPTIONAL)
    first = next(line for line in works.lines(story.file()) if line.item_no == 11)
    parts = [{"line_id": first.root_id, "quantity": "1.00"}]
    story.do("construction.replace_firm", "county1", reason="原施工单位停业", parts=parts)
    yield 1
    story.dispatch(2)
    story.contract()
    yield from story.go_on(Status.DISPATCHED, Status.ACCEPTED, WITH_OPTIONAL)


def stopped(story: Story) -> Iterator[int]:
    """The chair is refused, so the optional lines fall on the household: 960.00 where 495.00 was signed."""
    yield from story.life(Status.COMPLETED, WITH_OPTIONAL)
    story.accept({17: "淋浴椅尺寸不符，家庭不要"}, "refused")
    story.countersign()


def optional_done_early_end(story: Story) -> Iterator[int]:
    """The old person dies when the floor and the lamps are done and nothing else."""
    yield from story.life(Status.BUILDING, WITH_OPTIONAL)
    story.work()
    yield 1
    story.do(
        "application.end_early",
        story.clerk,
        ground="death",
        on=clock.today().isoformat(),
        reason="老人去世",
        paper=story.scan(story.clerk),
    )
    done = [line for line in works.lines(story.file()) if line.item_no in {1, 20}]
    lines = [{"line_id": line.root_id, "quantity": f"{line.quantity:.2f}"} for line in done]
    story.do("construction.quantities", story.builder, lines=lines)
    story.photos("after")
    story.complete()
    yield from story.go_on(Status.COMPLETED, Status.ACCEPTED, WITH_OPTIONAL)


LIVES = {
    "two_firms": two_firms,
    "stopped": stopped,
    "ended": optional_done_early_end,
    "settled": lambda story: story.life(Status.SETTLED),
    "paid": lambda story: story.life(Status.PAID),
    "accepted": lambda story: story.life(Status.ACCEPTED),
}


@pytest.fixture(scope="module")
def stories(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    with lived(databases, tmp_path_factory.mktemp("files"), LIVES) as found:
        yield found


def money_of(story: Story) -> tuple[int, int, int]:
    """(committed, spent, paid and not returned) of a file, in fen."""
    renovation = story.file()
    rows = funds.commitments(renovation.id)
    return sum(row.committed_fen for row in rows), sum(row.spent_fen for row in rows), queries.paid_fen(renovation)


def test_two_firms_from_the_sheet_to_the_bank_and_back(stories: dict[str, Story]) -> None:
    """2,495.00: 200.00 by the first firm, the rest by the second; 2,000.00 subsidy, 495.00 own share, one return."""
    story = stories["two_firms"]
    shares = [(one.due_fen, one.subsidy_fen, one.own_fen) for one in compute(story.file()).firms]
    assert shares == [(20000, 16032, 3968), (229500, 183968, 45532)]
    texts = [one.text for one in missing_papers(story.file()) if one.operation != "construction.report"]
    assert [text.split("“")[1].split("”")[1] for text in texts if "“" in text] == [
        "发票合计 ¥0.00，应为 ¥200.00。",
        "发票合计 ¥0.00，应为 ¥2,295.00。",
        "还没有家庭自付 ¥39.68 的收据。",
        "还没有家庭自付 ¥455.32 的收据。",
    ]
    opened = {
        (name, account): operations()[f"settlement.{name}"].filled(story.file(), person(account))["amount"]
        for name in ("invoice", "receipt")
        for account in ("build1", "build2", "county1")
    }
    assert opened == {  # each firm's own, whoever opens the page
        ("invoice", "build1"): "200.00", ("invoice", "build2"): "2295.00", ("invoice", "county1"): "0.00",
        ("receipt", "build1"): "39.68", ("receipt", "build2"): "455.32", ("receipt", "county1"): "0.00",
    }  # fmt: skip
    story.bill()
    story.settle()
    assert money_of(story) == (200000, 0, 0)
    story.pay()
    assert money_of(story) == (200000, 200000, 200000)
    small = next(one for one in queries.paid(story.file()) if one.amount_fen == 16032)
    today = clock.today().isoformat()
    story.do("settlement.return_payment", "fin1", payment_ids=[small.id], returned_on=today, reason="账号有误")
    assert (story.status, *money_of(story)) == (Status.SETTLED, 200000, 183968, 183968)
    assert [seal.ended_at is not None for seal in seals(story.file())] == [True]
    with pytest.raises(Conflict, match="不需要办理"):
        story.do("settlement.reopen", "county2", reason="钱还在外面")
    with pytest.raises(RuleViolations, match="与结算单一致"):
        story.pay()  # the other firm has its money
    vouchers = [{"organisation_id": small.organisation_id, "voucher": "再付-1"}]
    story.do("settlement.pay", "fin1", paid_on=today, vouchers=vouchers)
    assert (story.status, *money_of(story)) == (Status.PAID, 200000, 200000, 200000)
    states = [(one.state.value, one.amount_fen) for one in queries.payments(story.file())]
    assert states == [("returned", 16032), ("paid", 183968), ("paid", 16032)]


def test_s9_stops_until_somebody_signs(stories: dict[str, Story]) -> None:
    """Nothing is prepared above the signed sum; a wrong amount is refused; the new signature lets it go on."""
    story = stories["stopped"]
    own = compute(story.file()).own
    assert (own.computed_fen, own.signed_fen, own.excess_fen) == (96000, 49500, 46500)
    with pytest.raises(RuleViolations, match=r"比家庭签字的多 ¥465\.00"):
        story.do("settlement.prepare", "county1")
    with pytest.raises(RuleViolation, match=r"¥960\.00"):
        story.do("settlement.consent", story.clerk, amount="900.00", signer="张", signature=story.sign(story.clerk))
    with pytest.raises(RuleViolation, match=r"¥465\.00"):
        story.do("settlement.bear", story.builder, amount="464.99", signer="罗", signature=story.scan(story.builder))
    story.do("settlement.consent", story.clerk, amount="960.00", signer="张", signature=story.sign(story.clerk))
    assert compute(story.file()).own.excess_fen == 0


def test_an_early_end_takes_nothing_from_the_firm(stories: dict[str, Story]) -> None:
    """Lines that nobody did any more hold nothing up: the lamps are subsidised beside the floor (domain §3, S4)."""
    computed = compute(stories["ended"].file())
    assert (computed.settlement.total_fen, computed.settlement.subsidy_fen, computed.own.computed_fen) == (
        56500,
        56500,
        0,
    )
    assert {line.amount_fen for line in computed.lines if line.dropped} == {0}


def test_suspension_blocks_the_payment_and_nothing_is_written(stories: dict[str, Story]) -> None:
    """A second benefit found later: the file is suspended and `pay` refuses; resumed, it is paid."""
    story = stories["settled"]
    story.do("application.suspend", "county1", reason="发现已享受残联改造，待查")
    with pytest.raises(Conflict, match="已暂停"):
        story.pay()
    assert (queries.payments(story.file()), money_of(story)[1:]) == ([], (0, 0))
    story.do("application.resume", "county1", reason="查明未重复享受")
    with pytest.raises(RuleViolation, match="不能早于结算批准"):
        story.do("settlement.pay", "fin1", paid_on="2026-03-02", vouchers=_vouchers(story, "X-1"))
    used = queries.payments(stories["paid"].file())[0].voucher
    with pytest.raises(RuleViolations, match="凭证号已经用过") as refused:
        story.do("settlement.pay", "fin1", paid_on=clock.today().isoformat(), vouchers=_vouchers(story, used))
    assert refused.value.field == "vouchers-0-voucher"
    story.pay()
    committed, spent, paid = money_of(story)
    assert committed == spent == paid == 153500


def _vouchers(story: Story, voucher: str) -> list[dict[str, object]]:
    return [{"organisation_id": payee["organisation_id"], "voucher": voucher} for payee in queries.unpaid(story.file())]


def test_one_prepares_another_approves_and_papers_are_once(stories: dict[str, Story]) -> None:
    """The maker cannot check; an invoice number of another file is refused at its field; a frozen sheet keeps its papers."""
    story, other = stories["accepted"], stories["paid"]
    used = queries.invoices(other.file())[0].number
    today = clock.today().isoformat()
    with pytest.raises(RuleViolation, match="发票号码已经用过") as refused:
        story.do("settlement.invoice", "build1", number=used, day=today, amount="1.00", paper=story.scan("build1"))
    assert refused.value.field == "number"
    story.bill()
    story.do("settlement.prepare", "county1")
    invoice = queries.invoices(story.file())[0]
    with pytest.raises(Conflict):
        story.do("settlement.withdraw_invoice", "build1", invoice_id=invoice.id, reason="开错")
    with pytest.raises(NotAllowed, match="不能自己审批"):
        story.do("settlement.approve", "county1")
    story.do("settlement.approve", "county2")
    assert story.status is Status.SETTLED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE settlement_sheet SET subsidy_fen = 1, self_pay_fen = total_fen - 1 WHERE state = 'approved'",
        "UPDATE settlement_sheet SET state = 'prepared' WHERE state = 'approved'",
        "UPDATE settlement_sheet SET state = 'superseded', borne_fen = 0, rules = 'x' WHERE state = 'approved'",
        "DELETE FROM settlement_sheet WHERE state = 'approved'",
        "UPDATE payment SET amount_fen = amount_fen + 1",
        "UPDATE payment SET voucher = 'x' || voucher WHERE state = 'paid'",
        "UPDATE payment SET state = 'paid', returned_on = NULL WHERE state = 'returned'",
        "DELETE FROM payment",
    ],
)
def test_the_database_refuses_to_change_what_was_approved_or_paid(stories: dict[str, Story], statement: str) -> None:
    """Whoever writes past the application is refused by triggers (domain S8)."""
    if "'returned'" in statement and not any(
        queries.payments(story.file())[0].returned_on for story in stories.values() if queries.payments(story.file())
    ):
        pytest.skip("nothing was returned yet")
    with pytest.raises(DatabaseError, match="never changed"), transaction():
        db.session.execute(text(statement))


def test_the_settlement_is_computed_once_a_page(stories: dict[str, Story]) -> None:
    """Buttons, consequences and checklists ask again; the database is asked once until something is written."""
    renovation = stories["ended"].file()
    compute(renovation)
    with statements() as seen:
        for _ in range(5):
            compute(renovation)
            queries.current(renovation)
    assert len(seen) == 1  # the sheets, which the sums do not need


def test_a_paid_file_is_due_when_its_warranty_ends_and_then_waits_for_the_county(stories: dict[str, Story]) -> None:
    """The closing job takes it up the same day; what keeps it open (a claim) stands on the page that the row leads to."""
    story = stories["paid"]
    file, term, county = story.file(), warranty.term(story.file()), person("county1")
    assert term is not None
    assert file.due_on == term.ends_on

    def waits(day: date) -> list[str]:
        with clock.fixed(day):
            found = waiting(county)
            assert found is not None
            rows = db.session.execute(select(found.c.move).where(found.c.id == file.id)).all()
        return [moves_of(county)[row.move].words for row in rows]

    over = term.ends_on + timedelta(days=1)
    assert (waits(term.ends_on), waits(over)) == ([], ["质保到期，归档"])
    assert [warranty.to_close(day).count(file.number) for day in (term.ends_on, over)] == [0, 1]
