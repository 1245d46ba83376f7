"""Each stage and step that can be left out: passed with its reason, gone from every page, desk and paper (variants §1, §2.1)."""

from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.errors import Conflict, NotAllowed, RuleViolation
from app.letters.models import Message
from app.letters.rules import Audience
from app.lifecycle import Stage, Status
from app.permissions import SYSTEM, Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.renovation.papers import sheet
from app.renovation.progress import status_of
from app.renovation.sealing import changes, seals
from app.stages.construction import queries as works
from app.stages.registry import open_operations, papers
from app.stages.settlement import queries as settlements
from app.workbench import queries, stages_shown
from app.workbench.receivables import receivables
from tests.acceptance import support as acceptances
from tests.assessment.support import photo
from tests.construction import support as construction
from tests.construction.support import Site, do
from tests.factories import people
from tests.plan.support import agreed, approved

from .support import WHY, billed, finance, pay, publish_without

FAMILY = ("agreement", "dispatch", "supervision", "countersign", "settlement_approval", "warranty")
"""The family chooses and pays, and is reimbursed: nobody dispatches, supervises, countersigns; no warranty stage."""


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def said(file: Renovation) -> list[tuple[str, str, str]]:
    """(what, who, why) of what the system passed, oldest first."""
    return [
        (one.title, one.actor_name, one.reason) for one in reversed(files.events(file)) if "本政策不设" in one.reason
    ]


def keys(file: Renovation, actor: object) -> set[str]:
    return {one.key for one in open_operations(file, actor)}  # type: ignore[arg-type]


def signed(on: Site) -> Renovation:
    """The household has signed the plan, and no agreement."""
    around = on.around
    file = approved(around)
    assert {"plan.sign", "plan.agree"} & keys(file, around.township) == {"plan.sign"}
    return do("plan.sign", file, around.township, self_pay="0.00", signature=photo(around.township))


def chosen(on: Site) -> Renovation:
    """The household has chosen the first firm."""
    file = signed(on)
    firm = {"organisation_id": on.firm.id, "signature": photo(on.around.township)}
    return do("construction.choose_firm", file, on.around.township, **firm)


def accepted(on: Site, file: Renovation) -> Renovation:
    file = construction.completed(on, construction.building(on, construction.contracted(on, file, warranty_months=0)))
    return acceptances.recorded(on, file, party=acceptances.party(on.around.township, supervisor=""))


def test_a_family_that_chooses_and_pays_is_reimbursed_and_the_file_is_sealed() -> None:
    """From the signature to the archive; the statuses in order, the sums to the fen, each omission on the timeline."""
    publish_without(*FAMILY, money={"payee": "household"})
    on, treasurer = construction.site(), finance()
    file = accepted(on, chosen(on))
    assert file.status is Status.ACCEPTED
    assert [one.waits_for for one in receivables(on.builder).rows] == ["缺发票，请提交"]
    contract = works.contract(file)
    assert contract is not None
    assert (contract.procurement_lot, contract.organisation_id, contract.warranty_months) == ("", on.firm.id, 0)
    assert "settlement.card" not in keys(file, on.builder)
    assert "warranty.report_claim" not in keys(file, on.around.township)
    account = {"holder": "张家明", "relation": "儿子", "bank": "示例银行", "account": "6200000000000000099"}
    do("settlement.account", billed(on, file), on.around.township, **account)
    assert [one.waits_for for one in receivables(on.builder).rows] == ["等县里编制结算"]
    file = do("settlement.prepare", file, on.around.county)
    assert file.status is Status.SETTLED
    sheet = settlements.current(file)
    assert sheet is not None
    assert (sheet.subsidy_fen, sheet.self_pay_fen, sheet.approved_by_name) == (140000, 0, "系统")
    file = pay(file, treasurer)
    assert file.status is Status.CLOSED
    assert [(one.payee_name, one.amount_fen) for one in settlements.payments(file)] == [("张家明", 140000)]
    passed = [one.to_status for one in reversed(files.events(file)) if one.to_status]
    assert passed[-7:] == list(Status)[8:15]
    assert all(later is not earlier for earlier, later in pairwise(passed))
    assert said(file) == [
        ("家庭签字确认方案", on.around.township.name, f"本政策不设“改造协议”：{WHY}"),
        ("会签验收", "系统", f"本政策不设“县级会签验收”：{WHY}"),
        ("批准结算", "系统", f"本政策不设“县级批准结算”：{WHY}"),
        ("归档", "系统", f"本政策不设“质保”环节：{WHY}"),
    ]
    told = dict(
        db.session.execute(select(Message.title, Message.text).where(Message.audience == Audience.HOUSEHOLD)).all()
    )
    assert [title for title in told if title in ("验收通过", "补贴已付给您家登记的账户")] == [
        "验收通过", "补贴已付给您家登记的账户",
    ]  # fmt: skip
    assert [text for text in told.values() if "质保卡" in text or "施工单位。除了" in text] == []
    (sealed,) = seals(file)
    assert (sealed.occasion.value, changes(sealed, file)) == ("closed", [])


def test_the_bank_may_return_what_an_archived_file_was_paid() -> None:
    publish_without("warranty")
    on, treasurer = construction.site(), finance()
    file = construction.completed(on)
    acceptances.recorded(on, file)
    file = do("acceptance.countersign", file, on.around.county)
    do(
        "construction.report",
        file,
        on.supervisor,
        day=f"{file.touched_at:%Y-%m-%d}",
        conclusion="合格",
        paper=photo(on.supervisor),
    )
    do("settlement.prepare", billed(on, file), on.around.county)
    file = do("settlement.approve", file, people.actor(Role.COUNTY))
    file = pay(file, treasurer)
    assert file.status is Status.CLOSED
    assert "settlement.return_payment" in keys(file, treasurer)
    day = f"{settlements.paid(file)[0].paid_on}"
    file = do("settlement.return_payment", file, treasurer, payment_ids=[], returned_on=day, reason="户名不符")
    assert (file.status, settlements.paid_fen(file)) == (Status.SETTLED, 0)
    file = pay(file, treasurer, "again")
    assert (file.status, settlements.paid_fen(file)) == (Status.CLOSED, 140000)
    assert [one.ended_at is None for one in seals(file)] == [False, True]


def test_who_prepares_without_approval_does_not_pay() -> None:
    publish_without("settlement_approval", "warranty")
    on = construction.site()
    file = construction.completed(on)
    acceptances.recorded(on, file)
    file = do("acceptance.countersign", file, on.around.county)
    do(
        "construction.report",
        file,
        on.supervisor,
        day=f"{file.touched_at:%Y-%m-%d}",
        conclusion="合格",
        paper=photo(on.supervisor),
    )
    file = do("settlement.prepare", billed(on, file), on.around.county)
    assert file.status is Status.SETTLED
    both = replace(on.around.county, role=Role.FINANCE)
    with pytest.raises(NotAllowed, match="不能登记拨付"):
        pay(file, both)


def test_a_firm_of_the_familys_choice_is_admitted_and_did_not_assess() -> None:
    publish_without("dispatch", "supervision")
    on = construction.site()
    file = agreed(on.around)
    assert {"construction.dispatch", "construction.choose_firm"} & {
        *keys(file, on.around.county), *keys(file, on.around.township)
    } == {"construction.choose_firm"}  # fmt: skip
    with pytest.raises(Conflict):
        do("construction.dispatch", file, on.around.county, procurement_record_id=on.builder_record)
    with pytest.raises(RuleViolation) as caught:
        do(
            "construction.choose_firm",
            file,
            on.around.township,
            organisation_id=on.supervising.id,
            signature=photo(on.around.township),
        )
    assert caught.value.field == "organisation_id"
    file = do(
        "construction.choose_firm",
        file,
        on.around.township,
        organisation_id=on.firm.id,
        signature=photo(on.around.township),
    )
    assert papers()["work_order"].context(file) is None
    assert papers()["contract"].context(file)["chosen"] is True  # type: ignore[index]


def test_with_nothing_left_out_what_stands_instead_is_closed() -> None:
    on = construction.site()
    file = agreed(on.around)
    assert {"construction.dispatch", "construction.choose_firm"} & {
        *keys(file, on.around.county), *keys(file, on.around.township)
    } == {"construction.dispatch"}  # fmt: skip
    with pytest.raises(Conflict):
        do(
            "construction.choose_firm",
            file,
            on.around.township,
            organisation_id=on.firm.id,
            signature=photo(on.around.township),
        )


def test_what_is_left_out_stands_nowhere() -> None:
    """Status bar, tabs, papers, the desk's next move and the bar after the archive."""
    publish_without(*FAMILY)
    on = construction.site()
    file = signed(on)
    clerk, county = on.around.township, on.around.county
    used = [stage for stage in Stage if stage is not Stage.WARRANTY]
    assert [one.stage for one in stages_shown.steps(file, files.events(file), stages_shown.used_stages(file))] == used
    assert stages_shown.tabs(file, SYSTEM) == used
    assert papers()["agreement"].context(file) is None
    assert status_of(file) == "待选单位"
    body = sheet(papers()["plan_sheet"], file, clerk).body()
    assert [word for word in ("质保", "个月") if word in body] == []
    assert [(line.move.words, line.move.operation) for line in queries.desk(clerk).lines if line.move] == [
        ("登记所选单位", "construction.choose_firm")
    ]
    assert [line.number for line in queries.desk(county).lines] == []
