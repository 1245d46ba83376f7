"""Where the subsidy is paid to the family, every page and paper that it reads says so: it pays the firm, and is paid back."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.money import display
from app.permissions import SYSTEM
from app.renovation.models import Renovation
from app.renovation.papers import sheet
from app.stages.registry import papers
from tests.acceptance import support as acceptances
from tests.assessment.support import user
from tests.construction import support as construction
from tests.construction.support import do
from tests.plan.support import agreed, approved
from tests.support.client import PageClient

from .support import billed, publish_without

BACK = {
    "plan_sheet": "政府补贴结算后付到家庭登记的账户",
    "agreement": "结算后由财政付到乙方登记的账户",
    "contract": "政府补贴由财政另付到家庭的账户",
}
DIRECT = {
    "plan_sheet": "任何人不得另外收费",
    "agreement": "由财政直接付给施工单位",
    "contract": "政府补贴由财政付给承包人",
}


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def says(file: Renovation, on: construction.Site) -> dict[str, list[bool]]:
    """Paper → whether it speaks of money to the family's account, and of money straight to the firm."""
    drawn = {kind: sheet(papers()[kind], file, on.around.township).body() for kind in BACK}
    return {kind: [BACK[kind] in text, DIRECT[kind] in text] for kind, text in drawn.items()}


@pytest.mark.parametrize("payee", ["household", "contractor"])
def test_the_papers_say_who_pays_the_firm(payee: str) -> None:
    publish_without(money={"payee": payee})
    on = construction.site()
    file = construction.contracted(on)
    home = payee == "household"
    assert says(file, on) == {kind: [home, not home] for kind in BACK}


@pytest.mark.sqlite_only
def test_the_family_reads_it_before_it_signs(client: PageClient) -> None:
    publish_without(money={"payee": "household"})
    on = construction.site()
    file = approved(on.around)
    client.login(user(on.around.township))
    text = client.page(f"/renovations/{file.number}/plan/agree").get_text()
    total = display(file.total_fen or 0)
    assert (
        f"工程款 {total} 在验收合格后由您家先全部付给施工单位，记得要发票和收据；政府补贴结算后付到您家登记的账户。"
        in text
    )
    assert "您家不用出钱" not in text


def settled(payee: str, **more: Any) -> Renovation:
    """A file whose works cost more than the cap, with its sheet prepared; the household pays its share or everything first."""
    publish_without("countersign", "supervision", "warranty", money={"payee": payee}, cap={"amount": "1000.00"}, **more)
    on = construction.site()
    ordered = construction.dispatched(on, agreed(on.around, self_pay="400.00"), supervisor_record_id=None)
    file = construction.completed(
        on, construction.building(on, construction.contracted(on, ordered, warranty_months=0))
    )
    party = acceptances.party(on.around.township, supervisor="")
    if payee == "household":
        account = {"holder": "张家明", "relation": "儿子", "bank": "示例银行", "account": "6200000000000000099"}
        do("settlement.account", file, on.around.township, **account)
    return do("settlement.prepare", billed(on, acceptances.recorded(on, file, party=party)), on.around.county)


@pytest.mark.parametrize(
    ("payee", "title", "sum_", "yes", "no"),
    [
        ("household", "家庭付款收据", "¥1,400.00", "其中政府补贴 ¥1,000.00 结算后另付到家庭登记的账户", "自付"),
        ("contractor", "家庭自付收据", "¥400.00", "与结算单上的家庭自付金额一致", "另付到家庭"),
    ],
)
def test_the_receipt_is_for_what_the_firm_received(payee: str, title: str, sum_: str, yes: str, no: str) -> None:
    """Own share 400.00 of 1,400.00: who pays the whole first gets a receipt for the whole, and no word that it is his share."""
    file = settled(payee)
    text = sheet(papers()["self_pay_receipt"], file, SYSTEM).body()
    assert [title in text, sum_ in text, yes in text, no in text] == [True, True, True, False]


def test_the_settlement_sheet_tells_the_whole_that_the_household_paid() -> None:
    text = sheet(papers()["settlement_sheet"], settled("household"), SYSTEM).body()
    assert "工程款 ¥1,400.00 由家庭全部付给施工单位；政府补贴 ¥1,000.00 另付到家庭登记的账户。" in text
    assert ["<th>其中家庭承担</th>" in text, "<th>家庭自付</th>" in text] == [True, False]
