"""A code is given when the household is to buy, holds for its days, and gives the home to one firm."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import clock, spoken
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, NotFound, RuleViolation
from app.core.workdays import calendar
from app.identity.rules import ACCOUNT_FREE
from app.identity.signin import TooMany
from app.letters.models import Message
from app.lifecycle import Status
from app.permissions import SYSTEM, Actor, Role
from app.places import service as firms
from app.places.models import Organisation
from app.places.rules import Admission, ChangeAdmission
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.renovation.papers import sheet
from app.renovation.progress import status_of
from app.stages.construction import code_pages, code_queries, redeeming
from app.stages.construction.code_models import CodeAttempt, PurchaseCode
from app.stages.registry import open_operations, papers
from app.stages.settlement import queries as settlements
from app.workbench import queries as desks
from app.workbench import whole_file
from tests.acceptance import support as acceptances
from tests.assessment.support import photo
from tests.construction import support as construction
from tests.construction.support import Site, do
from tests.factories import people
from tests.plan.support import agreed
from tests.process.support import billed, finance, pay, publish_without

from .support import listed, live, look, outcomes, programme, redeem, signed


@pytest.fixture
def on(session: Session) -> Site:
    programme()
    return construction.site()


def refusal(code: str, actor: Actor) -> str:
    """Why a code cannot be looked at, which is why it cannot be redeemed."""
    said = []
    for act in (look, redeem):
        with pytest.raises(DomainError) as refused:
            act(code, actor)
        said.append((refused.value.message, refused.value.field))
    assert said[0] == said[1]
    assert said[0][1] == "code"
    return said[0][0]


def refresh(file: Renovation) -> Renovation:
    return files.get(file.number, SYSTEM)


def told(file: Renovation, title: str) -> list[tuple[str, str]]:
    rows = db.session.scalars(
        select(Message).where(Message.renovation_id == file.id, Message.title == title).order_by(Message.id)
    )
    return [(one.way, one.audience.value) for one in rows]


def titles(file: Renovation) -> list[tuple[str, str]]:
    return [(one.title, one.actor_name) for one in reversed(files.events(file))]


def test_from_the_signed_list_to_the_payment(on: Site) -> None:
    """A code when the household has signed, the firm of its choice, the goods, the money to its account."""
    township, treasurer = on.around.township, finance()
    file = signed(on)
    code, today = live(file), clock.today()
    assert (file.status, status_of(file)) == (Status.AGREED, "待凭码购买")
    assert file.due_on == code.valid_to  # the programme's own limit is shorter
    assert (code.issued_on, code.valid_to) == (today, today + timedelta(days=30))
    assert titles(file)[-2:] == [("家庭签字确认方案", township.name), ("下发申购优惠码", "系统")]
    assert told(file, "申购优惠码发下来了") == [("in_app", "household"), ("letter", "household")]
    assert told(file, "优惠码已发放") == [("in_app", "staff")]
    with pytest.raises(NotFound):
        files.get(file.number, on.builder)
    offer = look(code.spoken.lower(), on.builder)
    assert (offer.name, offer.township, offer.valid_to) == ("张**", file.township.name, code.valid_to)
    assert [(one.item, f"{one.quantity}", one.unit_price_fen) for one in offer.lines] == [
        (17, "1", 15000),
        (24, "1", 15000),
    ]
    with pytest.raises(NotFound):
        files.get(file.number, on.builder)
    assert redeem(code.spoken, on.builder) == file.number
    file = files.get(file.number, on.builder)
    assert (outcomes(file), titles(file)[-1]) == (["redeemed"], (f"{on.firm.name}凭优惠码接单", on.builder.name))
    assert code_queries.live(file) is None
    assert told(file, "有单位凭您的码接单了") == [("in_app", "household"), ("letter", "household")]
    file = construction.contracted(on, file, warranty_months=0)
    file = do("construction.start", file, on.builder)
    construction.hand_over(file, on.builder)
    construction.report(file, on.builder)
    file = do("construction.complete", file, on.builder)
    file = acceptances.recorded(on, file, party=acceptances.party(township, supervisor=""))
    account = {"holder": "张家明", "relation": "儿子", "bank": "示例银行", "account": "6200000000000000099"}
    do("settlement.account", billed(on, file), township, **account)
    file = pay(do("settlement.prepare", file, on.around.county), treasurer)
    assert file.status is Status.CLOSED
    assert [(one.payee_name, one.amount_fen) for one in settlements.payments(file)] == [("张家明", 30000)]


def test_the_township_renews_and_registers_no_firm(on: Site) -> None:
    file = signed(on)
    keys = {one.key for actor in (on.around.township, on.around.county) for one in open_operations(file, actor)}
    wanted = {"construction.renew_code", "construction.choose_firm", "construction.dispatch"}
    assert wanted & keys == {"construction.renew_code"}
    lost = live(file).spoken
    file = do("construction.renew_code", file, on.around.township, reason="通知单遗失")
    assert outcomes(file) == ["replaced", None]
    assert titles(file)[-1] == ("换发申购优惠码", on.around.township.name)
    assert told(file, "申购优惠码发下来了") == [("in_app", "household"), ("letter", "household")] * 2
    assert refusal(lost, on.builder) == "这个码已经换发作废，请家庭出示新的申购优惠码通知单。"
    assert redeem(live(file).spoken, on.builder) == file.number
    with pytest.raises(Conflict):
        do("construction.renew_code", refresh(file), on.around.township, reason="再来一个")


def test_without_codes_nothing_of_it_is_there(session: Session) -> None:
    publish_without("dispatch", "supervision")
    on = construction.site()
    file = agreed(on.around)
    assert (status_of(file), outcomes(file), code_queries.live(file)) == ("待选单位", [], None)
    keys = {one.key for one in open_operations(file, on.around.township)}
    assert {"construction.renew_code", "construction.choose_firm"} & keys == {"construction.choose_firm"}
    with pytest.raises(Conflict):
        do("construction.renew_code", file, on.around.township, reason="没有码")
    assert db.session.scalars(select(PurchaseCode)).all() == []
    assert not code_queries.are_used()


def test_expiry_is_a_day_and_the_desk_shows_it(on: Site) -> None:
    file = signed(on)
    code, township = live(file), on.around.township
    assert [line.number for line in desks.desk(township).lines] == []
    with clock.fixed(code.valid_to):
        assert look(code.spoken, on.builder).valid_to == code.valid_to
        assert papers()["code_slip"].context(file) is not None
        assert code_pages.waits_for_household(file) != ""
    with clock.fixed(code.valid_to + timedelta(days=1)):
        said = f"这个码的有效期到 {code.valid_to} 为止，已经过期。请家庭到乡镇（街道）换发新的码。"
        assert refusal(code.spoken, on.builder) == said
        assert papers()["code_slip"].context(file) is None
        assert [(line.move.words, line.move.operation) for line in desks.desk(township).lines if line.move] == [
            ("换发优惠码", "construction.renew_code")
        ]
        assert code_pages.waits_for_household(file) == ""
        file = do("construction.renew_code", file, township, reason="过期")
        assert (outcomes(file), live(file).valid_to) == (["expired", None], clock.today() + timedelta(days=30))
        assert desks.desk(township).lines == ()


def test_working_days_are_counted_as_such(session: Session) -> None:
    programme(purchase_code={"days": 5, "day_kind": "working"})
    file = signed(construction.site())
    assert live(file).valid_to == calendar().add(clock.today(), 5)


def test_what_a_firm_may_not_know_looks_like_nothing(on: Site) -> None:
    """No code, and one of a county where the firm is not admitted, are told in the same words; the firm's own state is not."""
    file = signed(on)
    code, nobodys = live(file).spoken, spoken.draw_checked(12)
    with transaction():
        firm = db.session.get_one(Organisation, on.other_firm.id)
        firm.region_id = people.region(people.OTHER_TOWNSHIP).id
    assert refusal(code, on.other_builder) == refusal(nobodys, on.other_builder) == redeeming.UNKNOWN
    assert refusal(nobodys, on.builder) == redeeming.UNKNOWN
    with transaction():
        firm = db.session.get_one(Organisation, on.other_firm.id)
        firms.change_admission(firm, ChangeAdmission(admission=Admission.SUSPENDED, reason="投诉"), SYSTEM)
    said = "贵单位的准入状态是“暂停”，不能接单。请先联系县级主管部门恢复准入。"
    assert refusal(code, on.other_builder) == refusal(nobodys, on.other_builder) == said
    assert outcomes(file) == [None]


def test_who_assessed_the_home_does_not_sell_to_it(session: Session) -> None:
    publish_without("dispatch", "supervision", purchase_code={"days": 30})
    on = construction.site()
    with transaction():
        db.session.get_one(Organisation, on.around.firm.id).is_contractor = True
    file = agreed(on.around)
    both = people.actor(Role.CONTRACTOR, firm=on.around.firm)
    assert refusal(live(file).spoken, both) == "贵单位评估过这一户，不能再来供货或施工，请家庭另选单位。"
    assert redeem(live(file).spoken, on.builder) == file.number


def test_a_spent_code_is_spent(on: Site) -> None:
    file = signed(on)
    code = live(file).spoken
    redeem(code, on.builder)
    number = file.number
    assert refusal(code, on.builder) == f"贵单位已经凭这个码接单，档案号 {number}，请在“改造户”里打开办理。"
    assert (
        refusal(code, on.other_builder) == "这个码已经有单位凭它接单，不能再用。请家庭到乡镇（街道）核对是哪一家单位。"
    )
    with pytest.raises(NotFound):
        files.get(number, on.other_builder)


def test_the_same_request_again_does_nothing(on: Site) -> None:
    file = signed(on)
    code = live(file).spoken
    assert [redeem(code, on.builder, "one") for _ in range(3)] == [file.number] * 3
    assert [title for title, _ in titles(file)].count(f"{on.firm.name}凭优惠码接单") == 1
    other = signed(on, listed(on))
    with pytest.raises(Conflict, match="同一个提交编号"):
        redeem(live(other).spoken, on.builder, "one")


def test_a_firm_that_leaves_gives_way_to_another_code(on: Site) -> None:
    file = signed(on)
    first = live(file).spoken
    redeem(first, on.builder)
    file = do("construction.replace_firm", refresh(file), on.around.county, reason="停业")
    assert (file.status, outcomes(file)) == (Status.AGREED, ["redeemed", None])
    assert refusal(first, on.other_builder).startswith("这个码已经有单位凭它接单")
    assert redeem(live(file).spoken, on.other_builder) == file.number


@pytest.mark.parametrize("how", ["withdraw", "terminate"])
def test_a_file_that_ends_takes_its_code_with_it(on: Site, how: str) -> None:
    file = signed(on)
    code, clerk = live(file).spoken, on.around.township
    typed = {"reason": "不买了", "paper": photo(clerk)}
    typed |= {} if how == "withdraw" else {"ground": "moved", "on": f"{clock.today()}"}
    file = do(f"application.{how}", file, clerk, **typed)
    assert outcomes(file) == ["file_ended"]
    assert refusal(code, on.builder) == "这一户不再改造，这个码已经作废，请不要送货或施工。"


def test_a_suspended_file_waits(on: Site) -> None:
    file = signed(on)
    do("application.suspend", file, on.around.township, reason="老人住院")
    assert refusal(live(file).spoken, on.builder) == "这一户暂停办理，恢复以后才能凭码接单。请家庭问乡镇（街道）。"
    do("application.resume", file, on.around.township, reason="出院")
    assert redeem(live(file).spoken, on.builder) == file.number


def test_guessing_is_soon_stopped_and_a_slip_is_no_guess(on: Site) -> None:
    code = live(signed(on)).spoken
    for _ in range(ACCOUNT_FREE * 2):
        with pytest.raises(RuleViolation):
            look("K7PM", on.builder)
    assert db.session.scalars(select(CodeAttempt)).all() == []
    for _ in range(ACCOUNT_FREE):
        with pytest.raises(RuleViolation, match="没有查到"):
            look(spoken.draw_checked(12), on.builder)
    with pytest.raises(TooMany, match="输错的次数太多"):
        look(code, on.builder)
    with pytest.raises(TooMany):
        redeem(code, on.builder)
    assert look(code, on.other_builder).code == code
    with transaction():
        for one in db.session.scalars(select(CodeAttempt)):
            one.at -= timedelta(hours=2)
    assert look(code, on.builder).code == code
    with transaction():
        redeeming.sweep(clock.today())
    assert len(db.session.scalars(select(CodeAttempt)).all()) == ACCOUNT_FREE + 2


def test_the_paper_says_the_code_and_is_no_auditors(on: Site) -> None:
    file = signed(on)
    code, paper = live(file), papers()["code_slip"]
    readers = {role for role in Role if paper.may_read(people.actor(role) if role is not Role.SYSTEM else SYSTEM)}
    assert readers == {Role.TOWNSHIP, Role.COUNTY, Role.SYSTEM}
    body = sheet(paper, file, on.around.township).body()
    assert (code.spoken in body, file.number in body, "洗" in body or "淋浴椅" in body) == (True, False, True)
    may = {role for role in Role if role is not Role.SYSTEM and code_queries.may_read(people.actor(role))}
    assert may == {Role.TOWNSHIP, Role.COUNTY}
    for role in (Role.AUDITOR, Role.CITY, Role.FINANCE, Role.FEDERATION):
        shown = code_pages.shown(file, people.actor(role))
        assert shown is not None
        assert (shown["text"], shown["state"]) == ("", ("work", "等单位凭码接单"))
    assert [kind.kind for kind, _ in whole_file._parts(file, on.around.county) if kind.kind == "code_slip"] == []


SECOND = (
    "INSERT INTO purchase_code (renovation_id, code, code_index, issued_on, issued_at, valid_to, reason)"
    " SELECT renovation_id, code, 'x', issued_on, issued_at, valid_to, '' FROM purchase_code WHERE ended_at IS NULL"
)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE purchase_code SET valid_to = '2099-01-01'",
        "UPDATE purchase_code SET ended_at = NULL, outcome = NULL, organisation_id = NULL WHERE ended_at IS NOT NULL",
        "UPDATE purchase_code SET outcome = 'expired' WHERE outcome = 'replaced'",
        "UPDATE purchase_code SET ended_at = issued_at WHERE ended_at IS NULL",
        "UPDATE purchase_code SET ended_at = issued_at, outcome = 'redeemed' WHERE ended_at IS NULL",
        "DELETE FROM purchase_code",
        SECOND,
    ],
)
def test_the_database_itself_keeps_codes(on: Site, change: str) -> None:
    file = signed(on)
    do("construction.renew_code", file, on.around.township, reason="遗失")
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text(change))
    assert outcomes(refresh(file)) == ["replaced", None]
