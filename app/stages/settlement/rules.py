"""The rules of the settlement and what people type; plain Python."""

from datetime import date
from typing import Annotated

from pydantic import Field

from ...core.commands import Command, FileRef, Id, LongText, Text, Yuan
from ...core.enums import Labelled


class SheetState(Labelled):
    """Where a sheet stands."""

    PREPARED = "prepared", "待审批"
    APPROVED = "approved", "已批准"
    SUPERSEDED = "superseded", "已作废"


class PaymentState(Labelled):
    """Where a payment stands."""

    PAID = "paid", "已到账"
    RETURNED = "returned", "银行退回"


class PaymentPart(Labelled):
    """What of the subsidy a payment is."""

    MAIN = "main", "补贴款"
    RETENTION = "retention", "质保金"


HOUSEHOLD = 0
"""In the place of a firm's number: the household itself is the payee (programmes with `payee = "household"`)."""


class Way(Labelled):
    """How S9's stop is lifted."""

    HOUSEHOLD = "household", "家庭重新签字确认自付金额"
    CONTRACTOR = "contractor", "差额由施工单位承担"


class FileInvoice(Command):
    """The firm's invoice."""

    number: Annotated[str, Field(title="发票号码", min_length=4, max_length=40, pattern=r"^[0-9A-Za-z\-]+$")]
    day: Annotated[date, Field(title="开票日期")]
    amount: Annotated[Yuan, Field(title="发票金额（元）")]
    paper: Annotated[FileRef, Field(title="发票")]


class WithdrawInvoice(Command):
    """The invoice was wrong."""

    invoice_id: Annotated[Id, Field(title="哪一张发票")]
    reason: Annotated[str, Field(title="作废原因", min_length=1, max_length=500)]


class FileReceipt(Command):
    """The receipt for the household's own share."""

    day: Annotated[date, Field(title="收款日期")]
    amount: Annotated[Yuan, Field(title="收到家庭付款（元）")]
    paper: Annotated[FileRef, Field(title="收据")]


class FileCard(Command):
    """The warranty card that the household got."""

    hotline: Annotated[str, Field(title="报修电话", min_length=5, max_length=20)]
    paper: Annotated[FileRef, Field(title="质保卡")]


class Consent(Command):
    """The household signs the new sum of its own share."""

    amount: Annotated[Yuan, Field(title="家庭确认的自付金额（元）")]
    signer: Annotated[str, Field(title="签字人", min_length=1, max_length=80)]
    signature: Annotated[FileRef, Field(title="签字", description="可现场签字，也可上传签好的扫描件")]


class Bear(Command):
    """The contractor bears what its failed line caused."""

    amount: Annotated[Yuan, Field(title="施工单位承担（元）")]
    signer: Annotated[str, Field(title="签字人", min_length=1, max_length=80)]
    signature: Annotated[FileRef, Field(title="盖章的承担说明")]


class RegisterAccount(Command):
    """The account to which the subsidy is paid, where the household is the payee."""

    holder: Annotated[str, Field(title="户名", min_length=1, max_length=40)]
    relation: Annotated[str, Field(title="与申请人的关系", description="本人的填“本人”", min_length=1, max_length=20)]
    bank: Annotated[str, Field(title="开户行", min_length=2, max_length=60)]
    account: Annotated[str, Field(title="账号", description="对照存折或银行卡逐位核对", min_length=1, max_length=60)]
    paper: Annotated[FileRef | None, Field(title="存折或银行卡照片")] = None


class Prepare(Command):
    """Freeze the computed sheet for approval."""

    note: Annotated[Text, Field(title="说明")] = ""


class ReturnSheet(Command):
    """The sheet is wrong; it is computed again."""

    reason: Annotated[str, Field(title="退回原因", min_length=1, max_length=1000)]


class Approve(Command):
    """The second person approves."""

    note: Annotated[LongText, Field(title="审批意见")] = ""


class FailReinspection(Command):
    """A re-inspection found what the acceptance did not."""

    reason: Annotated[str, Field(title="复查发现", min_length=1, max_length=1000)]
    photos: Annotated[list[FileRef], Field(title="复查照片", max_length=20)] = []


class VoucherInput(Command):
    """The voucher of one payee: a firm by its number, the household by 0."""

    organisation_id: Annotated[int, Field(title="收款方", ge=HOUSEHOLD, le=2**31 - 1)]
    voucher: Annotated[str, Field(title="凭证号", min_length=1, max_length=60)]


class Pay(Command):
    """The money has reached the payees."""

    paid_on: Annotated[date, Field(title="到账日期")]
    vouchers: Annotated[list[VoucherInput], Field(title="付款凭证", min_length=1, max_length=10)]
    paper: Annotated[FileRef | None, Field(title="回单扫描件")] = None


class ReleaseRetention(Command):
    """What was held back has reached the firms."""

    paid_on: Annotated[date, Field(title="到账日期")]
    vouchers: Annotated[list[VoucherInput], Field(title="付款凭证", min_length=1, max_length=10)]
    paper: Annotated[FileRef | None, Field(title="回单扫描件")] = None


class ReturnPayment(Command):
    """The bank gave the money back."""

    payment_ids: Annotated[list[Id], Field(title="退回的是哪几笔", description="不选表示全部退回", max_length=10)] = []
    returned_on: Annotated[date, Field(title="退回日期")]
    reason: Annotated[str, Field(title="退回原因", min_length=1, max_length=500)]


class Announce(Command):
    """The household and its subsidy go on the township's notice of paid subsidies."""

    starts_on: Annotated[date, Field(title="公示起始日", description="同一天起始的家庭合并在一份公示里")]
    places: Annotated[list[Annotated[str, Field(max_length=60)]], Field(title="张贴地点", max_length=10)] = []
    other_place: Annotated[str, Field(title="其他张贴地点", max_length=60)] = ""
    poster: Annotated[str, Field(title="张贴人", min_length=1, max_length=40)]
    note: Annotated[str, Field(title="说明", max_length=500)] = ""


class NotePaymentObjection(Command):
    """Somebody objects to a paid subsidy; what was found and answered."""

    received_on: Annotated[date, Field(title="收到日期")]
    content: Annotated[
        str, Field(title="反映的情况", min_length=1, max_length=800, description="请不要写反映人的姓名和电话")
    ]
    reply: Annotated[str, Field(title="核实情况和答复", min_length=1, max_length=800)]


class Reopen(Command):
    """Settle again after the bank's return, or because something was wrong."""

    reason: Annotated[str, Field(title="原因", min_length=1, max_length=1000)]
