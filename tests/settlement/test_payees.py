"""Money by other formulas on real files: paid to the household, held back and released; on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import RuleViolation, RuleViolations
from app.demo.county import actor as person
from app.demo.story import Story
from app.funds import queries as funds
from app.lifecycle import Status
from app.permissions import SYSTEM
from app.programme.loading import CATALOG, load
from app.programme.money_schema import Fund, Money, Rate
from app.programme.policy import Programme, build
from app.programme.values import ItemType, Payee, Split
from app.renovation.papers import sheet
from app.stages.settlement import queries
from app.stages.settlement.documents import PAPERS
from app.stages.settlement.papers import missing_papers
from app.stages.settlement.payment import retention_due_on
from app.stages.settlement.sheet import compute
from app.stages.warranty.service import close_missing
from app.workbench import queries as workbench
from app.workbench.receivables import receivables
from tests.support.databases import Databases
from tests.support.repository import ROOT
from tests.support.stories import END, lived


def edition(**tables: object) -> Programme:
    """The demo county's edition with other tables."""
    data = load(CATALOG / "chongqing-2020-demo-county").data
    programme, problems = build(data.model_copy(update=tables))
    assert problems == []
    return programme


def to_the_household() -> Programme:
    """A flat catalogue, 60 % from 80 years on and 50 % else, the subsidy paid to the household."""
    data = load(CATALOG / "chongqing-2020-demo-county").data
    items = tuple(item.model_copy(update={"type": ItemType.PLAIN}) for item in data.item)
    rates = (
        Rate(name="80 周岁及以上", percent=60, when={"fact": "person.birth_date", "age_at_least": 80}),
        Rate(name="其他老年人", percent=50),
    )
    money = Money(payee=Payee.HOUSEHOLD, split=Split.IN_ORDER)
    return edition(item=items, rate=rates, money=money, fund=(Fund(id="municipal", name="市级补助资金"),))


def withheld() -> Programme:
    """A tenth is held back for one month after the acceptance."""
    money = Money(payee=Payee.CONTRACTOR, split=Split.IN_ORDER, retention_percent=10, retention_months=1)
    return edition(money=money)


LIFE = {"accepted": lambda story: story.life(Status.ACCEPTED)}


@pytest.fixture(scope="module")
def household(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with lived(databases, tmp_path_factory.mktemp("files"), LIFE, own=to_the_household()) as found:
        yield found["accepted"]


@pytest.fixture(scope="module")
def held(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with lived(databases, tmp_path_factory.mktemp("files"), LIFE, own=withheld()) as found:
        yield found["accepted"]


def money_of(story: Story) -> tuple[int, int, int]:
    """(committed, spent, paid and not returned) of a file, in fen."""
    renovation = story.file()
    rows = funds.commitments(renovation.id)
    return sum(row.committed_fen for row in rows), sum(row.spent_fen for row in rows), queries.paid_fen(renovation)


def _vouchers(payees: list[dict[str, object]], name: str) -> list[dict[str, object]]:
    return [{"organisation_id": one["organisation_id"], "voucher": f"{name}-{i}"} for i, one in enumerate(payees)]


def test_the_household_pays_the_firm_and_gets_the_subsidy(household: Story) -> None:
    """The firm bills and receipts the whole sum; the subsidy goes to the household's account, and back, and again."""
    story = household
    computed = compute(story.file())
    total, subsidy = computed.settlement.total_fen, computed.settlement.subsidy_fen
    assert 0 < subsidy < total
    assert [(one.due_fen, one.subsidy_fen, one.own_fen) for one in computed.firms] == [(total, 0, total)]
    assert computed.payees == [
        {"organisation_id": 0, "name": f"{story.file().applicant_name}家庭", "amount_fen": subsidy, "own_fen": 0}
    ]
    assert all("补贴" in line.reason for line in computed.lines)
    assert "补贴付给家庭，还没有登记家庭的收款账户。" in [one.text for one in missing_papers(story.file())]
    story.bill()
    with pytest.raises(RuleViolations, match="收款账户"):
        story.do("settlement.prepare", "county1")
    given = {"holder": "张家明", "relation": "儿子", "bank": "示例银行云岭支行"}
    with pytest.raises(RuleViolation, match="8 至 30 位数字") as refused:
        story.do("settlement.account", story.clerk, **given, account="62000")
    assert refused.value.field == "account"
    story.do("settlement.account", story.clerk, **given, account="6200 0000 0000 0000 099")
    raw = db.session.execute(text("SELECT account FROM household_account")).scalar_one()
    assert b"6200000000000000099" not in bytes(raw)
    story.settle()
    assert queries.unpaid(story.file())[0]["organisation_id"] == 0
    story.pay()
    payment = queries.payments(story.file())[0]
    assert (payment.organisation_id, payment.payee_name, payment.amount_fen) == (None, "张家明", subsidy)
    assert payment.payee_account == "示例银行云岭支行 6200000000000000099"
    assert money_of(story) == (subsidy, subsidy, subsidy)
    with pytest.raises(DatabaseError), transaction():
        db.session.execute(
            text(
                "INSERT INTO payment (renovation_id, sheet_id, county_id, part, payee_name, payee_account, amount_fen, "
                "voucher, paid_on, state, recorded_at, recorded_by_name, returned_reason) SELECT renovation_id, "
                "sheet_id, county_id, part, payee_name, payee_account, 1, 'second', paid_on, 'paid', recorded_at, "
                "recorded_by_name, '' FROM payment"
            )
        )
    today = clock.today().isoformat()
    story.do("settlement.return_payment", "fin1", payment_ids=[], returned_on=today, reason="账号有误")
    story.do("settlement.account", story.clerk, **given, account="6200000000000000100")
    vouchers = _vouchers(queries.unpaid(story.file()), "again")
    story.do("settlement.pay", "fin1", paid_on=today, vouchers=vouchers)
    assert [one.payee_account[-3:] for one in queries.payments(story.file())] == ["099", "100"]
    assert money_of(story) == (subsidy, subsidy, subsidy)
    assert close_missing(story.file())[0].text.startswith("质保期到")


def test_papers_of_a_household_that_is_paid(household: Story) -> None:
    """The papers can be made of such a file, and show the account by its last digits only."""
    file = household.file()
    drawn = {paper.kind: sheet(paper, file, SYSTEM).body() for paper in PAPERS if paper.kind != "payment_notice"}
    assert "张家明" in drawn["payment_order"]
    assert "6200000000000000100" not in drawn["payment_order"]
    assert f"{file.applicant_name}家庭" in drawn["settlement_sheet"]
    assert "（可选）" not in drawn["settlement_sheet"]
    assert queries.tab(household.file(), person("build1"))["account"] is None  # type: ignore[index]


def test_what_is_held_back_is_released_when_its_day_has_come(held: Story) -> None:
    story = held
    subsidy = compute(story.file()).settlement.subsidy_fen
    tenth = subsidy * 10 // 100
    story.bill()
    story.settle()
    story.pay()
    assert money_of(story) == (subsidy, subsidy - tenth, subsidy - tenth)
    assert [one["amount_fen"] for one in queries.retained(story.file())] == [tenth]
    assert [(one.due_fen, one.waits_for) for one in receivables(person("build1")).rows] == [
        (subsidy, "质保金到期后拨付")
    ]
    assert f"质保金 ¥{tenth / 100:,.2f} 还没有付给" in "".join(one.text for one in close_missing(story.file()))
    due = retention_due_on(story.file())

    def on_the_desk() -> list[str]:
        """Whether finance's desk lists the file, and as what."""
        return [line.move.words for line in workbench.desk(person("fin1")).lines if line.move]

    for day, listed in ((due - timedelta(days=1), []), (due, ["付质保金"])):
        with clock.fixed(day):
            assert on_the_desk() == listed
    vouchers = _vouchers(queries.retained(story.file()), "held")
    early = (due - timedelta(days=1)).isoformat()
    with pytest.raises(RuleViolation, match="起才能付"):
        story.do("settlement.release_retention", "fin1", paid_on=early, vouchers=vouchers)
    with clock.fixed(max(due, END)):
        day = clock.today().isoformat()
        story.do("settlement.release_retention", "fin1", paid_on=day, vouchers=vouchers)
        assert money_of(story) == (subsidy, subsidy, subsidy)
        assert (queries.retained(story.file()), on_the_desk()) == ([], [])
        parts = [(one.part.value, one.amount_fen) for one in queries.payments(story.file())]
        assert parts == [("main", subsidy - tenth), ("retention", tenth)]
        released = queries.payments(story.file())[1]
        story.do("settlement.return_payment", "fin1", payment_ids=[released.id], returned_on=day, reason="账号有误")
        assert story.status is Status.PAID
        assert money_of(story) == (subsidy, subsidy - tenth, subsidy - tenth)
        assert on_the_desk() == ["付质保金"]
        again = _vouchers(queries.retained(story.file()), "released")
        story.do("settlement.release_retention", "fin1", paid_on=day, vouchers=again)
        assert money_of(story) == (subsidy, subsidy, subsidy)
    with pytest.raises(DatabaseError, match="never changed"), transaction():
        db.session.execute(text("UPDATE payment SET part = 'main' WHERE part = 'retention'"))


def test_the_migration_finds_what_was_held_back_before(held: Story) -> None:
    """From the sheets alone it writes the rows that the settlement writes today."""
    if held.status is Status.ACCEPTED:
        held.settle()
    rows = text("SELECT renovation_id, sheet_id, due_on FROM retention ORDER BY sheet_id")
    spec = spec_from_file_location("held_back", ROOT / "migrations/versions/0014_money_told_to_the_public.py")
    assert spec is not None
    assert spec.loader is not None
    migration = module_from_spec(spec)
    spec.loader.exec_module(migration)
    with db.engine.connect() as connection, connection.begin() as undone:
        written = connection.execute(rows).all()
        connection.execute(text("DELETE FROM retention"))
        with Operations.context(MigrationContext.configure(connection)):
            migration._hold_back()
        found = connection.execute(rows).all()
        undone.rollback()
    assert len(written) == 1
    assert found == written
