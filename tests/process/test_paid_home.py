"""Where the subsidy is paid to the family, every page and paper that it reads says so: it pays the firm, and is paid back."""

import pytest
from sqlalchemy.orm import Session

from app.core.money import display
from app.renovation.models import Renovation
from app.renovation.papers import sheet
from app.stages.registry import papers
from tests.assessment.support import user
from tests.construction import support as construction
from tests.plan.support import approved
from tests.support.client import PageClient

from .support import publish_without

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
        f"工程款 {total} 在验收合格后由您家付给施工单位，记得要发票和收据；政府补贴结算后付到您家登记的账户。" in text
    )
    assert "您家不用出钱" not in text
