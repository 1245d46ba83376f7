"""Who is told what at which event, by which ways: one table. Plain Python; domain §6, 重庆2020 §四 (公示、告知).

A notice says what happened and what to do next. Names, identity numbers and addresses stand in none; a reason that a
person typed stands only in the household's own papers and on its own page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from ..core.commands import Command
from ..core.enums import Labelled
from ..lifecycle import Action, Stage
from ..permissions import Role


class Way(Labelled):
    """The ways that ship. A plug-in of the installation may bring another (`channels.Channel`)."""

    IN_APP = "in_app", "站内通知"
    LETTER = "letter", "书面通知"
    MAIL = "mail", "邮件"
    SMS = "sms", "短信"


class Occasion(Labelled):
    """What people are told of."""

    CORRECTION = "correction", "退回补正"
    REJECTED = "rejected", "不予改造"
    NOTHING_LEFT = "nothing_left", "资金或任务数已用完"
    LAPSED = "lapsed", "逾期没有开工"
    RECHECKED = "rechecked", "复核结果"
    NOTICE_END = "notice_end", "公示期满"
    CONFIRMED = "confirmed", "确定为改造对象"
    PURCHASE_CODE = "purchase_code", "发放优惠码"
    CODE_REDEEMED = "code_redeemed", "凭码接单"
    FILING_APPROVED = "filing_approved", "施工备案审核通过"
    FILING_RETURNED = "filing_returned", "施工备案退回"
    VISIT = "visit", "约定上门"
    WARRANTY_START = "warranty_start", "质保开始"
    PAYMENT = "payment", "拨付到账"
    CLAIM = "claim", "报修"
    CLAIM_ASSIGNED = "claim_assigned", "报修派修"
    PLAN_REVIEW = "plan_review", "方案技术审核"
    CHANGE_ORDER = "change_order", "施工变更"


class Audience(Labelled):
    """Whom a notice is for."""

    HOUSEHOLD = "household", "改造家庭"
    STAFF = "staff", "工作人员"


class MessageState(Labelled):
    """Where a message stands. A letter is sent when somebody has handed it over."""

    QUEUED = "queued", "待送"
    SENT = "sent", "已送"
    READ = "read", "已读"
    FAILED = "failed", "没有送到"


@dataclass(frozen=True, slots=True)
class Wording:
    """What one audience is told. In title and text stand facts of the event, {day}, {reason}, {phone}, and what the
    programme makes of it (`BY_PROGRAMME`)."""

    title: str
    text: str
    ways: tuple[Way, ...]
    roles: tuple[Role, ...] = ()
    """Of staff: everybody with this role whose township, county or firm has the file."""
    paper: str = ""
    """The office's own paper that is the letter (`renovation.papers`); without one the text is printed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One event: an action of the lifecycle (on one ground, where it names one), or rows of the timeline whose title
    begins and ends so."""

    occasion: Occasion
    actions: tuple[Action, ...] = ()
    ground: str = ""
    title: str = ""
    ending: str = ""
    household: Wording | None = None
    staff: Wording | None = None

    def fits(self, action: Action | None, title: str, ground: str = "") -> bool:
        """True when this row of the timeline is the event."""
        if self.actions:
            return action in self.actions and self.ground in ("", ground)
        return action is None and title.startswith(self.title) and title.endswith(self.ending)


W, R, A = Way, Role, Action
_BOTH = (W.IN_APP, W.LETTER, W.SMS)
_OWN_PAGE = (W.IN_APP, W.SMS)
_DESK, _AWAY = (W.IN_APP,), (W.IN_APP, W.MAIL, W.SMS)
_RIGHT = "您有权要求复核：请在收到通知书后到乡镇（街道）办理，或打 {phone} 咨询。"

RULES: tuple[Rule, ...] = (
    Rule(
        Occasion.CORRECTION,
        (A.RETURN,),
        household=Wording(
            "申请需要补正",
            "您的申请退回补正：{reason}。补齐以后交回乡镇（街道）即可，不用重新申请。",
            _BOTH,
            paper="correction_slip",
        ),
        staff=Wording("申请已退回补正", "请把补正通知单交给申请家庭，并登记送达。", _DESK, (R.TOWNSHIP,)),
    ),
    Rule(
        Occasion.REJECTED,
        (A.REJECT, A.UPHOLD_OBJECTION, A.FIND_UNFIT),
        household=Wording(
            "这次没有通过",
            "您的申请没有通过。原因：{reason}。依据的条款写在通知书上。" + _RIGHT,
            _BOTH,
            paper="rejection_letter",
        ),
        staff=Wording("有一户不予改造", "请把通知书交给申请家庭并登记送达，告知可以要求复核。", _DESK, (R.TOWNSHIP,)),
    ),
    Rule(
        Occasion.NOTHING_LEFT,
        (A.TERMINATE,),
        ground="nothing_left",
        household=Wording(
            "这次没有轮到您家",
            "您家符合条件，可是{reason}。不是您家的原因；以后有了钱或名额，可以重新申请。有疑问请打 {phone}。",
            _BOTH,
        ),
        staff=Wording(
            "有一户没有轮到，申请已结束",
            "钱或任务数用完了，系统按先到先得结束了这份申请。请把通知交给家庭并登记送达。",
            _DESK,
            (R.TOWNSHIP,),
        ),
    ),
    Rule(
        Occasion.LAPSED,
        (A.TERMINATE,),
        ground="lapsed",
        household=Wording(
            "留给您家的名额已收回",
            "{reason}，这次申请结束了。已经付给单位的钱，单位要全部退还。还想改造的，可以重新申请；有疑问请打 {phone}。",
            _BOTH,
        ),
        staff=Wording(
            "有一户逾期没有开工，已结束",
            "系统按先改先补结束了这份申请。请把通知交给家庭并登记送达，有签约付款的督促单位退还。",
            _DESK,
            (R.TOWNSHIP,),
        ),
    ),
    Rule(
        Occasion.RECHECKED,
        title="复核维持原决定",
        household=Wording("复核结果", "您要求的复核已经办完，维持原决定。答复：{reason}。", _BOTH),
    ),
    Rule(
        Occasion.NOTICE_END,
        (A.END_NOTICE,),
        household=Wording("公示结束", "您家的公示已经期满，没有未处理的异议，县里正在确定名单。", _OWN_PAGE),
        staff=Wording(
            "公示期满，待确定", "公示期满：首末日照片补齐以后，县里可以办理确定。", _DESK, (R.COUNTY, R.TOWNSHIP)
        ),
    ),
    Rule(
        Occasion.CONFIRMED,
        (A.CONFIRM,),
        household=Wording(
            "已确定为您家改造",
            "您家已确定为改造对象。{visit}，不收任何费用。",
            _BOTH,
            paper="confirmation_letter",
        ),
        staff=Wording("已确定为改造对象", "请把确认通知书交给家庭并登记送达。", _DESK, (R.TOWNSHIP,)),
    ),
    Rule(
        Occasion.PURCHASE_CODE,
        ending="发申购优惠码",
        household=Wording(
            "申购优惠码发下来了",
            "您家的申购优惠码写在通知单上，查进度的页面也看得到，{day} 以前（含当天）有效。请自己选一家在本县准入的单位，"
            "把码给它，由它凭码接单。别的人不要给；丢了请到乡镇（街道）换发，或打 {phone}。",
            _BOTH,
            paper="code_slip",
        ),
        staff=Wording(
            "优惠码已发放", "请打印申购优惠码通知单交给家庭，并登记送达；码有效期到 {day}。", _DESK, (R.TOWNSHIP,)
        ),
    ),
    Rule(
        Occasion.CODE_REDEEMED,
        ending="凭优惠码接单",
        household=Wording(
            "有单位凭您的码接单了",
            "有单位凭您家的优惠码接了单，会来和您签合同。要不是您自己选的单位，先别签字，马上打 {phone}。",
            _BOTH,
        ),
        staff=Wording("单位已凭码接单", "家庭选定的单位已凭优惠码接单，等它登记合同。", _DESK, (R.TOWNSHIP,)),
    ),
    Rule(
        Occasion.FILING_APPROVED,
        title="施工备案审核通过",
        staff=Wording(
            "施工备案审核通过", "可以与家庭签施工合同，最迟 {until} 签，过期要重新备案。", _AWAY, (R.CONTRACTOR,)
        ),
    ),
    Rule(
        Occasion.FILING_RETURNED,
        title="施工备案退回补正",
        staff=Wording(
            "施工备案被退回", "请打开档案看退回的原因，补正后重新备案；没有问题的材料不用再传。", _AWAY, (R.CONTRACTOR,)
        ),
    ),
    Rule(
        Occasion.VISIT,
        title="约定上门",
        household=Wording("约定上门", "施工人员定于 {day} 上门，请家里留人。要改时间请打 {phone}。", _BOTH),
        staff=Wording("施工单位约定上门", "约定上门日期 {day}。", _DESK, (R.TOWNSHIP, R.SUPERVISOR)),
    ),
    Rule(
        Occasion.PLAN_REVIEW,
        title="委托",
        ending="审核方案",
        staff=Wording(
            "委托审核改造方案",
            "这一户的改造方案由贵单位审核：方案提交以后，请逐项核对，通过或写明理由退回。",
            _AWAY,
            (R.SUPERVISOR,),
        ),
    ),
    *(
        Rule(
            Occasion.PLAN_REVIEW,
            title="方案第",
            ending=f"送{role.label}技术审核",
            staff=Wording("有一份方案等着审核", "方案已经提交，通过审核才能批准，请打开档案逐项核对。", _AWAY, (role,)),
        )
        for role in (R.SUPERVISOR, R.ASSESSOR, R.TOWNSHIP)
    ),
    *(
        Rule(
            Occasion.CHANGE_ORDER,
            title=title,
            ending=ending,
            staff=Wording(
                said,
                "请按原方案施工。打开档案看原因，改好以后可以重新提出变更。",
                _AWAY,
                (R.CONTRACTOR,),
            ),
        )
        for title, ending, said in (
            ("技术审核变更", "退回修改", "变更没有通过技术审核"),
            ("不同意变更", "", "变更没有批准"),
            ("家庭不同意变更", "", "家庭不同意变更"),
        )
    ),
    Rule(
        Occasion.CHANGE_ORDER,
        (A.CHANGE_ORDER,),
        staff=Wording("变更已生效", "家庭已经签字，请按变更后的方案施工。", _AWAY, (R.CONTRACTOR, R.SUPERVISOR)),
    ),
    Rule(
        Occasion.WARRANTY_START,
        (A.COUNTERSIGN,),
        household=Wording(
            "验收通过{warranty}",
            "您家的改造验收通过。{repairs}",
            _BOTH,
        ),
        staff=Wording("验收通过", "验收已通过，请提交发票、{papers}。", _AWAY, (R.CONTRACTOR,)),
    ),
    Rule(
        Occasion.PAYMENT,
        (A.PAY,),
        household=Wording(
            "补贴已付给{payee}", "政府补贴已经付给{payee}。除了您签字同意的钱，谁也不能再收费。", _OWN_PAGE
        ),
        staff=Wording("补贴已拨付", "这一户的补贴已拨付到账，请核对。", _AWAY, (R.CONTRACTOR,)),
    ),
    Rule(
        Occasion.CLAIM_ASSIGNED,
        title="报修第",
        ending="待维修",
        household=Wording("报修已派人", "您家报修的事已经派给施工单位：{reason}。", _OWN_PAGE),
        staff=Wording("有一件报修要修", "请按期上门维修：{reason}。", _AWAY, (R.CONTRACTOR,)),
    ),
    Rule(
        Occasion.CLAIM,
        title="报修第",
        ending="件",
        household=Wording("报修已登记", "您家的报修已经登记，工作人员会派人来修。", _OWN_PAGE),
        staff=Wording("有一件新报修", "有一件新报修等着处理。", _DESK, (R.TOWNSHIP,)),
    ),
)

_ACTIONS = frozenset(action for rule in RULES for action in rule.actions)


def rule_of(action: Action | None, title: str, ground: str = "") -> Rule | None:
    """The rule for a row of the timeline; None for the many that nobody is told of."""
    if action is not None and action not in _ACTIONS:
        return None
    return next((rule for rule in RULES if rule.fits(action, title, ground)), None)


BY_PROGRAMME: dict[str, tuple[Stage, str, str]] = {
    "visit": (Stage.ASSESSMENT, "评估人员会和您约时间上门看房", "工作人员会和您商量改哪些地方"),
    "warranty": (Stage.WARRANTY, "，质保开始", ""),
    "repairs": (
        Stage.WARRANTY,
        "从今天起质保，具体到期日见质保卡。有东西坏了，请打 {phone} 报修，不收费。",
        "质保按您和施工单位的合同，有疑问请打 {phone}。",
    ),
    "papers": (Stage.WARRANTY, "家庭付款的收据和质保卡", "家庭付款的收据"),
}
"""Fact → the stage that it depends on, what is said where the programme has it, and where it does not."""


def facts(
    details: Mapping[str, Any],
    reason: str,
    phone: str,
    has: Callable[[Stage], bool] = lambda _stage: True,
    pays_household: bool = False,
) -> dict[str, str]:
    """What a wording may say of an event, each with words for when it is not known; `has` asks for the programme's stages."""
    own = {
        name: (usual if has(stage) else otherwise).format(phone=phone)
        for name, (stage, usual, otherwise) in BY_PROGRAMME.items()
    }
    return own | {
        "payee": "您家登记的账户" if pays_household else "施工单位",
        "day": str(details.get("day") or "另行通知的日期"),
        "until": str(details.get("until") or "备案表上写的日期"),
        "reason": reason.strip().rstrip("。；;.") or "见通知书",
        "phone": phone,
    }


def shown_ways(wording: Wording, available: frozenset[str]) -> list[Way]:
    """The ways of a wording that this installation has."""
    return [way for way in wording.ways if way.value in available]


class SetContact(Command):
    """Where the person who is signed in gets mail."""

    email: Annotated[
        str,
        Field(
            title="邮件地址",
            max_length=120,
            pattern=r"^$|^[A-Za-z0-9._%+\-]{1,60}@[A-Za-z0-9.\-]{1,50}\.[A-Za-z]{2,8}$",
            description="单位邮箱。通知里只有档案号和要办的事，没有姓名和证件号；留空则不发邮件",
        ),
    ] = ""


class HandOver(Command):
    """A letter was handed over."""

    how: Annotated[
        str, Field(title="送达方式", min_length=1, max_length=60, description="例如：本人签收、邮寄、村干部转交")
    ]
