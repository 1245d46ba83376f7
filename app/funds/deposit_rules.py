"""The performance deposit of a firm's tender (履约保证金): its sums, its dates and what people type; plain Python."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Protocol

from pydantic import Field, ValidationInfo, field_validator

from ..core.commands import AskedMark, Command, FileRef, Id, Yuan
from ..core.enums import Labelled

LAWFUL_SHARE = 10
"""A deposit is at most one tenth of the contract's sum (招标投标法实施条例 §58)."""


class DepositForm(Labelled):
    """How a firm deposits: money, or a bank's or insurer's letter that stands for it until a day."""

    TRANSFER = "transfer", "转账"
    GUARANTEE = "guarantee", "保函"


class DepositMove(Labelled):
    """What becomes of a deposit; `correct` counters one that was entered by mistake."""

    RETURN = "return", "退还"
    FORFEIT = "forfeit", "扣除"
    CORRECT = "correct", "登记有误，冲销"


class Terms(Protocol):
    """What a programme says of the deposit, as far as sums and dates go."""

    @property
    def percent(self) -> int | None:
        """Per cent of the award."""

    @property
    def amount(self) -> int | None:
        """A fixed sum in fen."""

    @property
    def days(self) -> int | None:
        """Days after the event."""

    @property
    def months(self) -> int | None:
        """Months after the event."""


def due_fen(terms: Terms, award_fen: int | None) -> int | None:
    """What a firm owes for a tender, in fen; None where it is a share of an award that nobody has entered.

    A share is cut to the fen, and no sum is above the lawful tenth of the award: never more than may be asked for.
    """
    if terms.percent is not None:
        return None if award_fen is None else award_fen * terms.percent // 100
    most = most_fen(award_fen)
    fixed = terms.amount or 0
    return fixed if most is None else min(fixed, most)


def most_fen(award_fen: int | None) -> int | None:
    """The highest lawful deposit for an award, in fen; None where the award is unknown."""
    return None if award_fen is None else award_fen // LAWFUL_SHARE


def release_on(terms: Terms, event: date) -> date:
    """The day from which the deposit may go back: so many days or months after the event, or that day."""
    if terms.months is not None:
        return months_after(event, terms.months)
    return event + timedelta(days=terms.days or 0)


GUARANTEE_YEARS = 10
"""So many years after its tender's release a guarantee may still end: warranties are shorter, a slip of the pen is not."""


def earliest_receipt(tender_begins: date) -> date:
    """The first day on which a deposit for a tender can have come in: a year before it begins."""
    return months_after(tender_begins, -12) if tender_begins.year > date.min.year else date.min


def latest_guarantee(terms: Terms, tender_ends: date) -> date:
    """The last day until which a guarantee for a tender can run."""
    if tender_ends.year > date.max.year - 2 * GUARANTEE_YEARS:
        return date.max
    return months_after(release_on(terms, tender_ends), GUARANTEE_YEARS * 12)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class ReceiveDeposit(Command):
    """A firm's deposit for its tender came in."""

    procurement_record_id: Annotated[Id, Field(title="标段（采购记录）")]
    programme_key: Annotated[
        str, Field(title="按哪个政策收", max_length=80, description="各政策通用的标段，选要求缴的政策")
    ]
    form: Annotated[DepositForm, Field(title="方式")]
    amount: Annotated[Yuan, Field(title="金额", gt=0, description="实际收到的金额；保函写担保金额")]
    received_on: Annotated[date, Field(title="收到日期")]
    voucher: Annotated[
        str, Field(title="凭证号", min_length=1, max_length=60, description="转账写银行回单号，保函写保函编号")
    ]
    guarantee_until: Annotated[date | None, Field(title="保函有效期至", validate_default=True), AskedMark()] = None
    replaces: Annotated[
        Id | None, Field(title="换下哪一笔", description="换新保函时选原来那一笔，登记后把它退还；不是换新的不选")
    ] = None
    paper: Annotated[FileRef | None, Field(title="回单或保函")] = None

    @field_validator("guarantee_until")
    @classmethod
    def _guarantee_has_its_day(cls, until: date | None, info: ValidationInfo) -> date | None:
        form, received_on = info.data.get("form"), info.data.get("received_on")
        if form is DepositForm.GUARANTEE and until is None:
            raise ValueError("保函要填有效期至哪一天")
        if form is DepositForm.TRANSFER and until is not None:
            raise ValueError("转账没有有效期，请清空“保函有效期至”，或把方式改成保函")
        if until is not None and received_on is not None and until < received_on:
            raise ValueError("保函在收到以前就到期了，请核对两个日期")
        return until


class ReturnDeposit(Command):
    """The deposit, or a part of it, goes back to the firm."""

    amount: Annotated[Yuan, Field(title="退还金额", gt=0)]
    day: Annotated[date, Field(title="退还日期")]
    voucher: Annotated[
        str, Field(title="凭证号", min_length=1, max_length=60, description="退款回单号；退还保函写交接单号")
    ]
    reason: Annotated[str, Field(title="退还理由", min_length=1, max_length=500)]
    paper: Annotated[FileRef, Field(title="退还凭证", description="退款回单，或保函退还的签收单")]


class ForfeitDeposit(Command):
    """A part of the deposit, or all of it, is not given back."""

    amount: Annotated[Yuan, Field(title="扣除金额", gt=0)]
    day: Annotated[date, Field(title="扣除日期")]
    document: Annotated[str, Field(title="决定文号", min_length=1, max_length=60)]
    reason: Annotated[str, Field(title="扣除事由", min_length=1, max_length=500, description="写明违反了合同哪一条")]
    paper: Annotated[FileRef, Field(title="扣除决定", description="已送达施工单位的决定书")]


class CorrectDeposit(Command):
    """A deposit that was entered by mistake is countered as a whole; the right one is entered anew."""

    reason: Annotated[str, Field(title="错在哪里", min_length=1, max_length=500)]


class UndoEntry(Command):
    """A return or a forfeiture that was entered by mistake is countered as a whole; the right one is entered anew."""

    reason: Annotated[
        str, Field(title="错在哪里", min_length=1, max_length=500, description="例如：金额多写了一位；钱没有退出去")
    ]
