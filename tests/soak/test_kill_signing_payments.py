"""The process killed at any write of what is done with a payment at the signing: it is in the books once, or not at all."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.verify import verify
from app.core import clock
from app.core.db import db
from app.lifecycle import Status
from app.renovation import queries as files
from app.stages.construction import paying_queries
from app.stages.construction.models import SigningPayment
from app.stages.settlement.models import SelfPayReceipt
from app.stages.settlement.sheet import compute
from tests.application.notice_support import publish_tables
from tests.construction import support as construction
from tests.construction.support import Site, do, photo
from tests.process.support import CONTENT
from tests.process.test_paid_at_signing import OWN, SHARE, accepted, contracted

from .mortal import NOT_NOW, Sender

pytestmark = pytest.mark.soak


RECEIPT = [one for one in CONTENT["document"] if one["key"] == "own_share_receipt"]


@pytest.fixture
def on(committed: Flask) -> Site:
    publish_tables(money={"household_pays": "signing"}, rate=SHARE, document=RECEIPT)
    return construction.site()


def booked() -> list[tuple[int, bool, bool]]:
    """Every payment, oldest first: fen, whether it is in force, whether it went back."""
    rows = db.session.scalars(select(SigningPayment).order_by(SigningPayment.id))
    return [(row.amount_fen, row.ended_at is None, row.returned_on is not None) for row in rows]


def test_what_the_household_pays_is_taken_once_and_goes_back_once(on: Site) -> None:
    firm, clerk = Sender(), on.around.township
    file, day = contracted(on), f"{clock.today()}"
    paid = {"day": day, "amount": "280.00", "paper": photo(on.builder)}
    file = firm.send("construction.receive_payment", file, on.builder, "已经登记过", **paid)
    assert booked() == [(OWN, True, False)]
    corrected = paid | {"paper": photo(on.builder)}
    file = firm.send("construction.receive_payment", file, on.builder, "已经登记过", **corrected)
    assert booked() == [(OWN, False, False), (OWN, True, False)]
    file = do("application.withdraw", file, clerk, reason="老人不愿改造", paper=photo(clerk))
    given = {"day": day, "paper": photo(on.builder)}
    firm.send("construction.give_back", file, on.builder, NOT_NOW, **given)
    assert booked() == [(OWN, False, False), (OWN, True, True)]
    assert paying_queries.to_give_back(files.get(file.number, clerk)) == []
    assert firm.kills > 15
    assert verify() == []


def test_the_difference_goes_back_and_is_settled_once(on: Site) -> None:
    firm, day = Sender(), f"{clock.today()}"
    file = contracted(on)
    paid = {"day": day, "amount": "280.00", "paper": photo(on.builder)}
    file = accepted(
        on, firm.send("construction.receive_payment", file, on.builder, "已经登记过", **paid), item_13="0.50"
    )
    receipt = {"day": day, "amount": "260.00", "paper": photo(on.builder)}
    file = firm.send("settlement.receipt", file, on.builder, "已经提交过", **receipt)
    file = firm.send("settlement.prepare", file, on.around.county, NOT_NOW)
    file = firm.send("settlement.approve", file, on.around.other_county, "现在是“")
    assert (file.status, compute(file).own.pays_fen) == (Status.SETTLED, 260_00)
    receipts = db.session.scalars(select(SelfPayReceipt).order_by(SelfPayReceipt.id))
    assert [(one.amount_fen, one.ended_at is None) for one in receipts] == [(260_00, True)]
    assert booked() == [(OWN, True, False)]
    assert firm.kills > 30
    assert verify() == []
