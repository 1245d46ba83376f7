"""A third programme of the demo county, for which firms were asked for a performance deposit: one held, one due for return."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..core import clock
from ..core.db import transaction
from ..core.money import yuan
from ..funds.deposit_rules import DepositForm, ReceiveDeposit, due_fen
from ..funds.deposit_service import receive
from ..permissions import SYSTEM
from ..places.queries import firms_kept_in, organisation, region_by_code
from ..places.rules import AddProcurement, OrganisationKind
from ..programme.money_schema import Deposit
from ..programme.policy import Programme
from ..programme.queries import published_as
from ..programme.service import load_draft, publish
from ..programme.tendering import add_tender
from . import county, side

KEY = "yunling-beds"
BEGAN = 400
"""Days before today since which the programme has been in force."""

ASSUMED = "锦州 2023 只写比例 5%，何时缴清、何时退还是示例"
DEPOSIT: dict[str, Any] = {
    "percent": 5,
    "required_before": "dispatch",
    "release": "acceptance",
    "days": 30,
    "source": "示例",
    "assumptions": dict.fromkeys(("required_before", "release", "days"), ASSUMED),
}
"""锦州 2023 asks for 5 per cent; the rest is an example."""

ABOUT: dict[str, Any] = {
    "id": KEY,
    "name": "云岭县家庭养老床位建设（示例）",
    "short_name": "家庭养老床位",
    "number_prefix": "YLCW",
    "authority": "云岭县民政局（示例）",
    "document": "云岭县家庭养老床位建设实施办法（示例）",
    "region": county.COUNTY,
    "source": "示例",
    "summary": "示例项目：单独招标，中标的施工单位按中标金额缴 5% 履约保证金，最后一户验收 30 天后退还。",
    "assumptions": {},
}


@dataclass(frozen=True, slots=True)
class Won:
    """A tender of one of the county's firms; days count from today."""

    firm: int
    lot: str
    begins: int
    ends: int
    award_fen: int
    form: DepositForm
    guarantee_ends: int = 0


TENDERS = (
    Won(2, "YLCW-2", -390, -45, 280_000_00, DepositForm.TRANSFER),
    Won(1, "YLCW-3", -60, 300, 360_000_00, DepositForm.GUARANTEE, 500),
    Won(2, "YLCW-4", -60, 300, 150_000_00, DepositForm.GUARANTEE, 20),
)
"""One whose term is over, so that its deposit is due for return; one held; one whose guarantee runs out before its day."""


def programme(today: date) -> Programme:
    """The county's edition of the city's programme under another name, with a deposit."""
    began = today - timedelta(days=BEGAN)
    return side.programme(ABOUT, f"{began.year}.1", began, deposit=DEPOSIT)


def prepare(today: date) -> None:
    """Put the programme in force and register its tenders, each with its deposit, on the days when they came; once."""
    if published_as(KEY) is not None:
        return
    with clock.fixed(today - timedelta(days=BEGAN)), transaction():
        publish(load_draft(programme(today), SYSTEM).id, SYSTEM)
    for won in TENDERS:
        with clock.fixed(today + timedelta(days=won.begins)):
            _register(won, today)


def _register(won: Won, today: date) -> None:
    name = county.FIRMS[won.firm].name
    firm = next(one for one in firms_kept_in("/") if one.name == name)
    command = AddProcurement(
        kind=OrganisationKind.CONTRACTOR,
        lot=won.lot,
        region_id=region_by_code(county.COUNTY).id,
        valid_from=today + timedelta(days=won.begins),
        valid_to=today + timedelta(days=won.ends),
        programme_key=KEY,
        prices=[],
    ).model_copy(update={"award": won.award_fen})
    with transaction():
        record_id = add_tender(organisation(firm.id), command, SYSTEM).id
    asked = due_fen(Deposit.model_validate(DEPOSIT), won.award_fen) or 0
    until = today + timedelta(days=won.guarantee_ends) if won.guarantee_ends else None
    typed = {
        "procurement_record_id": record_id,
        "programme_key": KEY,
        "form": won.form,
        "amount": yuan(asked),
        "received_on": clock.today(),
        "voucher": f"示例-{won.lot}",
        "guarantee_until": until,
    }
    with transaction():
        receive(ReceiveDeposit.model_validate(typed), county.actor("county1"))
