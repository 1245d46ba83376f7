"""The household pays its own share at the signing, the subsidy deducted: exactly that, before the works, back if none are."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, RuleViolation
from app.lifecycle import Status
from app.permissions import SYSTEM
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.renovation.papers import sheet
from app.stages.application.models import Beneficiary
from app.stages.construction import paying_queries, queries
from app.stages.construction.models import SigningPayment
from app.stages.construction.service import start_missing
from app.stages.registry import open_operations, papers
from app.stages.settlement.papers import missing_papers
from app.stages.settlement.sheet import compute
from app.workbench.buttons import choices
from app.workbench.household import plain
from app.workbench.queries import desk
from tests.acceptance import support as acceptances
from tests.application.notice_support import publish_tables
from tests.assessment.support import photo, user
from tests.construction import support as construction
from tests.construction.support import Site, do
from tests.plan.support import agreed
from tests.support.client import PageClient
from tests.workbench.test_household import ask

SHARE = [{"name": "八成", "percent": 80, "source": "示例"}]
OWN = 280_00


@pytest.fixture
def on(session: Session) -> Site:
    publish_tables(money={"household_pays": "signing"}, rate=SHARE)
    return construction.site()


def contracted(on: Site) -> Renovation:
    """A contract of 1,400.00, of which the household pays 280.00."""
    return construction.contracted(on, construction.dispatched(on, agreed(on.around, self_pay="280.00")))


def receive(on: Site, file: Renovation, amount: str = "280.00", **typed: Any) -> Renovation:
    asked = {"day": f"{clock.today()}", "amount": amount, "paper": photo(on.builder)} | typed
    return do("construction.receive_payment", file, on.builder, **asked)


def give_back(on: Site, file: Renovation, **typed: Any) -> Renovation:
    asked = {"day": f"{clock.today()}", "paper": photo(on.builder)} | typed
    return do("construction.give_back", file, on.builder, **asked)


def accepted(on: Site, file: Renovation, **less: str) -> Renovation:
    file = acceptances.recorded(on, construction.completed(on, construction.building(on, file), **less))
    return do("acceptance.countersign", file, on.around.county)


def asked(file: Renovation) -> list[str]:
    return [one.text for one in missing_papers(file) if one.operation == "settlement.receipt"]


def test_works_begin_when_the_household_has_paid_its_share(on: Site) -> None:
    file = construction.take(contracted(on), on.builder, "before")
    assert [one.text for one in start_missing(file)] == ["家庭签约时该付的 ¥280.00 还没有登记收款。"]
    with pytest.raises(DomainError, match="还没有登记收款"):
        do("construction.start", file, on.builder)
    receive(on, file)
    assert start_missing(file) == []
    assert do("construction.start", file, on.builder).status is Status.BUILDING


def test_neither_more_nor_less_is_taken_and_a_correction_replaces(on: Site) -> None:
    file = contracted(on)
    for amount in ("280.01", "279.99", "1400.00"):
        with pytest.raises(RuleViolation, match=r"按合同家庭应付 ¥280\.00") as caught:
            receive(on, file, amount)
        assert caught.value.field == "amount"
    for day, said in ((1, "不能晚于今天"), (-1, "收款日期不能更早")):
        with pytest.raises(DomainError, match=said) as early:
            receive(on, file, day=f"{clock.today() + timedelta(days=day)}")
        assert early.value.field == "day"
    receive(on, file)
    receive(on, file)
    rows = db.session.query(SigningPayment).filter_by(renovation_id=file.id).order_by(SigningPayment.id).all()
    assert [(row.amount_fen, row.ended_at is None) for row in rows] == [(OWN, False), (OWN, True)]
    assert [row.id for row in queries.signing_payments(file)] == [rows[1].id]


def test_another_firm_records_nothing(on: Site) -> None:
    file = contracted(on)
    with pytest.raises(DomainError):
        do("construction.receive_payment", file, on.other_builder, day=f"{clock.today()}", amount="280.00",
           paper=photo(on.other_builder))  # fmt: skip


def test_the_receipt_of_the_signing_is_the_settlements_when_the_sum_stayed(on: Site) -> None:
    file = accepted(on, receive(on, contracted(on)))
    assert compute(file).own.pays_fen == OWN
    assert asked(file) == []


def test_what_was_taken_too_much_goes_back_before_the_settlement(on: Site) -> None:
    file = accepted(on, receive(on, contracted(on)), item_13="0.50")
    own = compute(file).own.pays_fen
    assert own == 260_00
    assert asked(file) == ["家庭已付 ¥280.00，只该付 ¥260.00：退还 ¥20.00 后提交 ¥260.00 的收据。"]
    with pytest.raises(DomainError, match=r"退还 ¥20\.00"):
        do("settlement.prepare", file, on.around.county)
    do("settlement.receipt", file, on.builder, day=f"{clock.today()}", amount="260.00", paper=photo(on.builder))
    assert asked(file) == []


def test_what_was_taken_goes_back_whatever_papers_the_programme_asks_for(session: Session) -> None:
    publish_tables(money={"household_pays": "signing"}, rate=SHARE, document=[])
    on = construction.site()
    file = accepted(on, receive(on, contracted(on)), item_13="0.50")
    assert [one.text[:4] for one in missing_papers(file)] == ["家庭已付"]


def test_a_family_that_withdraws_gets_its_money_back(on: Site) -> None:
    file = receive(on, contracted(on))
    clerk = on.around.township
    with pytest.raises(Conflict):
        give_back(on, file)
    ended = do("application.withdraw", file, clerk, reason="老人不愿改造", paper=photo(clerk))
    assert [row.amount_fen for row in paying_queries.to_give_back(ended)] == [OWN]
    assert plain(ended).endswith("签合同时您家付的 ¥280.00，施工单位要全部退给您。")
    with pytest.raises(DomainError, match="退还日期不能更早"):
        give_back(on, ended, day=f"{clock.today() - timedelta(days=1)}")
    give_back(on, ended)
    ended = files.get(ended.number, clerk)
    assert paying_queries.to_give_back(ended) == []
    assert "签合同" not in plain(ended)
    with pytest.raises(DomainError):
        give_back(on, ended)


def test_the_receipt_of_the_payment_does_not_prove_that_it_went_back(on: Site) -> None:
    paper, clerk = photo(on.builder), on.around.township
    file = receive(on, contracted(on), paper=paper)
    file = do("application.withdraw", file, clerk, reason="老人不愿改造", paper=photo(clerk))
    with pytest.raises(RuleViolation, match="这个文件已用在别处") as refused:
        give_back(on, file, paper=paper)
    assert refused.value.field == "paper"
    assert len(paying_queries.to_give_back(file)) == 1


def test_what_has_to_go_back_is_the_first_thing_that_the_firm_is_offered(on: Site, client: PageClient) -> None:
    file = receive(on, contracted(on))
    ended = do("application.withdraw", file, on.around.township, reason="不愿改造", paper=photo(on.around.township))
    assert [(line.number, line.move and line.move.operation) for line in desk(on.builder).lines] == [
        (ended.number, "construction.give_back")
    ]
    mains = [choices(ended, actor).main for actor in (on.builder, on.around.township, on.other_builder)]
    assert [main and main.key for main in mains] == ["construction.give_back", None, None]
    client.login(user(on.builder))
    page = client.page(f"/renovations/{ended.number}")
    assert "没有用来施工，应由这家单位全部退还家庭" in page.get_text()
    give_back(on, ended)
    assert not desk(on.builder).lines


def money_screen(client: PageClient, file: Renovation) -> str:
    """What the family reads about its money."""
    person = db.session.scalars(select(Beneficiary).where(Beneficiary.renovation_id == file.id)).first()
    assert file.receipt_code is not None and person is not None
    ask(client, file.receipt_code, person.id_number[-4:])
    return str(client.page("/my/progress?screen=money").select_one("main").get_text())


def test_the_family_reads_what_it_has_paid_and_what_goes_back(on: Site, client: PageClient) -> None:
    file = contracted(on)
    assert "您家要付" in money_screen(client, file)
    file = receive(on, file)
    said = money_screen(client, file)
    assert ("您家已经付了" in said, "¥280.00" in said, "要付" in said) == (True, True, False)
    file = accepted(on, file, item_13="0.50")
    with transaction():  # as the settlement writes it
        db.session.get_one(Renovation, file.id).self_pay_fen = 260_00
        db.session.get_one(Renovation, file.id).total_fen = 1_300_00
        db.session.get_one(Renovation, file.id).subsidy_fen = 1_040_00
    assert "最后只该付 ¥260.00，施工单位要退给您 ¥20.00。" in money_screen(client, file)


def test_a_family_whose_file_ended_before_the_works_is_asked_for_nothing(on: Site, client: PageClient) -> None:
    file = receive(on, contracted(on))
    clerk = on.around.township
    ended = do("application.withdraw", file, clerk, reason="老人不愿改造", paper=photo(clerk))
    said = money_screen(client, ended)
    assert ("您家不用付钱" in said, "您家付的 ¥280.00，施工单位要全部退给您" in said) == (True, True)
    give_back(on, ended)
    said = money_screen(client, ended)
    assert ("您家不用付钱" in said, "¥280.00" in said) == (True, False)


def test_a_firm_that_leaves_before_the_works_gives_all_back_and_the_next_is_paid_anew(on: Site) -> None:
    file = construction.replaced(on, receive(on, contracted(on)))
    assert [row.organisation_id for row in paying_queries.to_give_back(file)] == [on.firm.id]
    waits = [[line.move and line.move.operation for line in desk(who).lines] for who in (on.builder, on.other_builder)]
    assert waits == [["construction.give_back"], []]
    give_back(on, file)
    assert not desk(on.builder).lines
    file = construction.dispatched(on, files.get(file.number, on.around.county), procurement_record_id=on.other_record)
    typed = construction.contract(file, on.other_builder)
    file = do("construction.contract", file, on.other_builder, **typed)
    assert paying_queries.due_fen(file) == OWN
    assert [one.text for one in start_missing(construction.take(file, on.other_builder, "before"))] == [
        "家庭签约时该付的 ¥280.00 还没有登记收款。"
    ]


def test_papers_and_the_document_say_when_the_household_pays(on: Site) -> None:
    file = contracted(on)
    said = {kind: sheet(papers()[kind], file, SYSTEM).body() for kind in ("contract", "agreement", "plan_sheet")}
    assert [kind for kind, text in said.items() if "签订施工合同时" not in text] == []
    assert [kind for kind, text in said.items() if "验收合格后由" in text] == []


def test_without_the_word_everything_is_after_the_acceptance(session: Session) -> None:
    publish_tables(rate=SHARE)
    on = construction.site()
    file = contracted(on)
    assert paying_queries.due_fen(file) == 0
    assert "construction.receive_payment" not in {one.key for one in open_operations(file, on.builder)}
    assert "在验收合格后" in sheet(papers()["contract"], file, SYSTEM).body()
    assert construction.building(on, file).status is Status.BUILDING


def test_where_the_family_pays_all_and_is_paid_back_all_is_due_at_the_signing(session: Session) -> None:
    publish_tables(money={"household_pays": "signing", "payee": "household"}, rate=SHARE)
    file = contracted(construction.site())
    assert paying_queries.due_fen(file) == 1_400_00


def test_the_same_payment_sent_again_is_not_booked_again(on: Site) -> None:
    """Somebody who saw no answer sends the same once more, without a key: it is in the books, and they are told so."""
    file, paper = contracted(on), photo(on.builder)
    receive(on, file, paper=paper)
    with pytest.raises(Conflict, match="这笔付款已经登记过") as refused:
        receive(on, file, paper=paper)
    assert refused.value.field == "paper"
    assert len(queries.signing_payments(file)) == 1
    file = accepted(on, file, item_13="0.50")
    given = {"day": f"{clock.today()}", "amount": "260.00", "paper": photo(on.builder)}
    do("settlement.receipt", file, on.builder, **given)
    with pytest.raises(Conflict, match="这张收据已经提交过") as refused:
        do("settlement.receipt", file, on.builder, **given)
    assert refused.value.field == "paper"
    do("settlement.receipt", file, on.builder, **given | {"amount": "259.00"})
    titles = [one.title for one in files.events(file)]
    assert [titles.count(title) for title in ("收到家庭签约付款", "提交家庭付款收据")] == [1, 2]
