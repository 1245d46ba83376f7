"""The household's own page: opened by receipt code and the ID's last four digits, one fact a screen. Domain §2, §7."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import redirect, render_template, request, session, url_for
from sqlalchemy import delete, func, select

from ..core import clock
from ..core.crypto import blind_index
from ..core.db import db, transaction
from ..core.errors import Conflict, RuleViolation
from ..core.forms import Form
from ..core.money import display
from ..funds import waiting
from ..funds.waiting import Rank
from ..identity.access import public
from ..identity.sweep import KEPT
from ..jobs.schedule import register
from ..letters import queries as letters
from ..letters import service as messages
from ..letters.models import Message
from ..lifecycle import ENDINGS, Stage, Status, Step
from ..permissions import Role
from ..places.queries import region
from ..places.telephones import telephone
from ..programme.queries import programme_of
from ..programme.values import Payee
from ..renovation import queries as renovations
from ..renovation.models import Ending, Renovation
from ..renovation.progress import left_out
from ..stages.application import first_come
from ..stages.application.queries import matches_last_four
from ..stages.construction import code_queries as codes
from ..stages.construction import paying_queries as paying
from ..stages.construction import queries as works
from ..stages.construction.code_models import PurchaseCode
from . import stages_shown
from .models import LookUpAttempt
from .rules import LookUp

WINDOW = timedelta(minutes=15)
MOST_BY_RECEIPT, MOST_BY_ADDRESS = 5, 30
"""Failed attempts within the window after which a code, or a network address, has to wait."""
OPEN_FOR = timedelta(minutes=20)
SCREENS = ("progress", "money", "steps", "letters")

PLAIN: dict[Status, str] = {
    Status.DRAFT: "您的申请还在补材料，工作人员会和您联系。",
    Status.SUBMITTED: "工作人员正在核对您的申请。",
    Status.REVIEWED: "您家的名单正在公示，请大家监督。",
    Status.NOTICED: "公示已经结束，县里正在确定名单。",
    Status.CONFIRMED: "已经确定给您家改造，评估人员会上门看房。",
    Status.ASSESSED: "评估做好了，正在商量改哪些地方。",
    Status.PLANNED: "方案做好了，请您看一看、签个字。",
    Status.AGREED: "协议签好了，正在安排施工队。",
    Status.DISPATCHED: "施工队已经定好，马上约时间开工。",
    Status.BUILDING: "正在您家施工。",
    Status.COMPLETED: "活干完了，请您一起验收。",
    Status.ACCEPTED: "验收通过了，正在算账。",
    Status.SETTLED: "账算好了，正在付款。",
    Status.PAID: "全部办好了。有东西坏了，请打电话报修。",
    Status.CLOSED: "全部办好了，资料已经存档。",
    Status.REJECTED: "这次没有通过。原因写在给您的通知书上，您可以要求复核。",
    Status.WITHDRAWN: "您家撤回了申请。以后想改造，可以再申请。",
    Status.TERMINATED: "改造已经终止。有疑问请打电话。",
}

PLAIN_ENDING: dict[Ending, str] = {
    Ending.NOTHING_LEFT: "您家符合条件，可是钱或名额用完了，这次没有轮到。以后有了，可以重新申请。",
    Ending.LAPSED: "签字以后很久没有开工，留给您家的名额收回了。还想改造，可以重新申请。",
}
"""What is said of a file that was ended by the rule of first come, first served."""

PLAIN_GOODS: dict[Status, str] = {
    Status.DISPATCHED: "您选的单位已经登记，马上约时间送货。",
    Status.BUILDING: "您买的东西正在送来。",
    Status.COMPLETED: "东西送到了，请您一起看看、试一试。",
}
"""What is said instead where a programme has goods alone."""

PLAIN_WITHOUT: dict[tuple[Status, Stage | Step], str] = {
    (Status.ASSESSED, Stage.ASSESSMENT): "正在和您商量改哪些地方。",
    (Status.AGREED, Stage.PLAN): "请您选好要买的东西和卖家，告诉工作人员。",
    (Status.AGREED, Step.DISPATCH): "请您自己选一家施工单位，选好后告诉工作人员。",
    (Status.AGREED, Step.AGREEMENT): "您签好字了，正在安排施工队。",
    (Status.DISPATCHED, Step.DISPATCH): "您选的单位已经登记，马上约时间上门。",
}
"""What is said instead where a programme leaves a stage or step out; the first that fits counts."""


@public
def look_up() -> Any:
    """Receipt code and last four digits; the same answer for every wrong pair, and a wait after too many."""
    form = Form(LookUp)
    if form.run(_open):
        return redirect(url_for("workbench.household"))
    return render_template("household/look_up.html", form=form, phone=phone()), form.status


@public
def household() -> Any:
    """One fact a screen: the step in one sentence, what the household pays, all seven steps."""
    renovation = _opened()
    if renovation is None:
        return redirect(url_for("workbench.look_up"))
    screen = request.args.get("screen", SCREENS[0])
    place = SCREENS.index(screen) if screen in SCREENS else 0
    used = stages_shown.used_stages(renovation)
    steps = _in_its_words(stages_shown.steps(renovation, renovations.events(renovation), used), renovation)
    told = _told(renovation) if SCREENS[place] == "letters" else ()
    now = next((step for step in steps if step.state == "now"), None)
    money = programme_of(renovation.programme_version_id).data.money
    return render_template(
        f"household/{SCREENS[place]}.html",
        renovation=renovation,
        steps=steps,
        sentence=sentence(renovation.status, steps.index(now) + 1 if now else 0, now.label if now else ""),
        plain=plain(renovation),
        code=_code(renovation) if SCREENS[place] == SCREENS[0] else None,
        phone=phone(renovation),
        before=SCREENS[place - 1] if place else "",
        after=SCREENS[place + 1] if place + 1 < len(SCREENS) else "",
        told=told,
        to_household=money.payee is Payee.HOUSEHOLD,
        due=money.household_pays.label,
        unbuilt=_never_built(renovation),
        back_fen=_back_fen(renovation),
        paid=None if money.payee is Payee.HOUSEHOLD else paying.paid(renovation),
    )


@public
def leave() -> Any:
    """Forget on this device whose page was open."""
    session.pop("household", None)
    return redirect(url_for("workbench.look_up"))


def _told(renovation: Renovation) -> Sequence[Message]:
    """The latest notices to the household; shown here, they are read."""
    with transaction():
        messages.read_all(letters.of_household(renovation))
    return letters.household_messages(renovation)


def plain(renovation: Renovation) -> str:
    """What happens now; where works never began, what the family paid at the signing and gets back as well."""
    said = _plain(renovation)
    back = _back_fen(renovation) if renovation.status in ENDINGS else 0
    return f"{said}签合同时您家付的 {display(back)}，施工单位要全部退给您。" if back else said


def _back_fen(renovation: Renovation) -> int:
    """What firms that build nothing owe the family of what it paid at the signing, in fen."""
    return sum(one.amount_fen for one in paying.to_give_back(renovation))


def _never_built(renovation: Renovation) -> bool:
    """True when the file has ended before any works: then the family owes nobody anything."""
    return renovation.status in ENDINGS and not works.has_begun(renovation)


def _plain(renovation: Renovation) -> str:
    """What happens now, by what the programme leaves out where that makes a difference to the family."""
    if renovation.status is Status.NOTICED and (said := _before_the_place(renovation)):
        return said
    if renovation.status is Status.TERMINATED and renovation.ending in PLAIN_ENDING:
        return PLAIN_ENDING[renovation.ending]
    if renovation.status is Status.AGREED and _is_filed(renovation):
        return "施工单位已经定好，正在办备案，审核通过后和您签合同。"
    if renovation.status is Status.AGREED and codes.has_codes(renovation) and (said := _about_the_code(renovation)):
        return said
    if renovation.status in PLAIN_GOODS and programme_of(renovation.programme_version_id).buys_only:
        return PLAIN_GOODS[renovation.status]
    own = (
        text
        for (status, part), text in PLAIN_WITHOUT.items()
        if status is renovation.status and _gone(renovation, part)
    )
    return next(own, PLAIN[renovation.status])


def _before_the_place(renovation: Renovation) -> str:
    """Of an eligible family: how many come before it, or how long it waits for money; "" where the usual words fit."""
    own = waiting.entry(renovation.id)
    if own is not None:
        before = waiting.ahead(own.quota_id, Rank(own.priority, own.applied_on), renovation.id)
        ahead = f"前面还有 {before} 户" if before else "排在第一位"
        return f"您家符合条件，正在排队等名额，{ahead}。轮到了会告诉您。"
    until = first_come.waits_until(renovation)
    if until is not None:
        return (
            f"您家符合条件，可是今年的钱或名额用完了。有空出来的就给您办；到 {until.month} 月 {until.day} 日还没有，"
            "这次申请就结束，会通知您，以后可以重新申请。"
        )
    notice = programme_of(renovation.programme_version_id).notice
    return "" if notice.used else "您的申请核对好了，县里正在确定名单。"


def _code(renovation: Renovation) -> PurchaseCode | None:
    """The code with which the household buys, while it can be redeemed."""
    found = codes.live(renovation) if renovation.status is Status.AGREED and renovation.suspended_at is None else None
    return found if found is not None and found.holds_on(clock.today()) else None


def _about_the_code(renovation: Renovation) -> str:
    """What to do with the code, or where to get another one; "" once the programme's usual words fit."""
    if renovations.assignment(renovation, Role.CONTRACTOR) is not None:
        return "您选的单位已经凭码接单，马上和您签合同。"
    if renovation.ending is not None or renovation.suspended_at is not None:
        return ""
    if _code(renovation) is not None:
        return "请自己选一家在本县准入的单位，把下面的码给它看，或者念给它听。"
    return "您的优惠码过期了。请到乡镇（街道）换一个新的，不用重新申请。"


def _is_filed(renovation: Renovation) -> bool:
    """True where the firm that builds is known and files before the contract."""
    asks = programme_of(renovation.programme_version_id).data.firm_filing is not None
    return asks and renovations.assignment(renovation, Role.CONTRACTOR) is not None


def _gone(renovation: Renovation, part: Stage | Step) -> bool:
    return bool(left_out(renovation, part))


def _in_its_words(steps: Sequence[stages_shown.Step], renovation: Renovation) -> list[stages_shown.Step]:
    """The steps as the family knows them: where only goods are bought, nothing is built."""
    buys = programme_of(renovation.programme_version_id).buys_only
    return [replace(one, label="购买") if buys and one.stage is Stage.CONSTRUCTION else one for one in steps]


def sentence(status: Status, number: int, step: str) -> str:
    """Where the renovation stands, as one says it to an old person; `number` counts the programme's own stages."""
    if step:
        return f"您的改造进行到第 {number} 步：{step}。"
    return "您的改造已经全部完成。" if status is Status.CLOSED else f"您的改造：{status.label}。"


def phone(renovation: Renovation | None = None) -> str:
    """The number that stands on every screen: the county's own, as soon as it is known whose page it is."""
    if renovation is None:
        return telephone(None)
    programme = programme_of(renovation.programme_version_id)
    return telephone(region(renovation.county_id), programme.data.programme.phone)


def _open(command: LookUp) -> None:
    """Check the pair and remember whose page is open; raises RuleViolation, or Conflict while locked out."""
    code = "".join(command.receipt.upper().split())
    index, address, now = blind_index("renovation.receipt", code), request.remote_addr or "", clock.system()
    _refuse_when_locked(index, address, now - WINDOW)
    found = db.session.scalar(select(Renovation).where(Renovation.receipt_index == index))
    right = found is not None and matches_last_four(found, command.last_four)
    number = found.number if found is not None and right else ""
    with transaction():
        db.session.add(LookUpAttempt(receipt_index=index, address=address, at=now, succeeded=bool(number)))
    if not number:
        raise RuleViolation("回执码或身份证号后四位不对。请对照申请回执再填一次，或打下面的电话问。", "receipt")
    session["household"] = {"number": number, "until": (now + OPEN_FOR).timestamp()}


def sweep(_today: date) -> None:
    """Remove old attempts: they count towards a lock-out of minutes and hold network addresses (`identity.sweep`)."""
    old = select(LookUpAttempt.id).where(LookUpAttempt.at < clock.system() - KEPT).limit(5000)
    db.session.execute(delete(LookUpAttempt).where(LookUpAttempt.id.in_(old)))


register("workbench.sweep", sweep)


def _refuse_when_locked(index: str, address: str, since: Any) -> None:
    failed = select(func.count()).where(LookUpAttempt.at > since, LookUpAttempt.succeeded.is_(False))
    by_receipt = db.session.scalar(failed.where(LookUpAttempt.receipt_index == index)) or 0
    by_address = db.session.scalar(failed.where(LookUpAttempt.address == address)) or 0
    if by_receipt >= MOST_BY_RECEIPT or by_address >= MOST_BY_ADDRESS:
        raise Conflict("填错的次数太多了，请过 15 分钟再查，或打下面的电话问。")


def _opened() -> Renovation | None:
    kept = session.get("household") or {}
    if kept.get("until", 0) < clock.system().timestamp():
        session.pop("household", None)
        return None
    return db.session.scalar(select(Renovation).where(Renovation.number == kept.get("number", "")))
