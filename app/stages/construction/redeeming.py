"""A firm enters the code that a household has given to it: it looks what it is about, and takes the home.

Until then the firm does not see the file. These functions open their units of work themselves: an attempt counts,
whatever becomes of it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, select

from ...core import clock
from ...core.db import db, transaction
from ...core.errors import Conflict, NotAllowed, RuleViolation
from ...core.masking import mask_name
from ...core.submissions import first_time
from ...identity.models import User
from ...identity.rules import ACCOUNT_FREE, ACCOUNT_WINDOW, locked_until
from ...identity.signin import TooMany
from ...identity.sweep import KEPT
from ...jobs.schedule import register
from ...lifecycle import Stage, Status
from ...permissions import SYSTEM, Actor, Role
from ...places import queries as places
from ...places.models import Organisation
from ...places.rules import Admission, OrganisationKind
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Renovation
from ...renovation.progress import note, status_of
from ..plan.models import PlanLine
from . import code_queries, queries
from .code_models import CodeAttempt, PurchaseCode
from .code_rules import CodeEnd, EnterCode, read
from .code_service import end, index_of

STAGE = Stage.CONSTRUCTION

UNKNOWN = (
    "没有查到贵单位可以用的优惠码。请对照家庭手里的通知单再输一遍；"
    "号码没有错的，多半是贵单位还没有在这个家庭所在的区县准入，请联系那里的县级主管部门办理。"
)
"""The same words for a code that nobody has and for one of a county where the firm is not admitted."""


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """One thing that the household buys: at most at the list's price, subsidised at most at the guide's (fen)."""

    item: int
    name: str
    specification: str
    quantity: Decimal
    unit: str
    unit_price_fen: int
    subsidised_price_fen: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What a firm sees of a household before it takes its home; no address and no whole name."""

    code: str
    name: str
    county: str
    township: str
    programme: str
    valid_to: date
    lines: tuple[OfferedLine, ...]


def look(command: EnterCode, actor: Actor) -> Offer:
    """What a code is about; nothing but the attempt is written.

    Raises RuleViolation (slip of the hand, unknown), Conflict (it cannot be redeemed, and why), TooMany.
    """
    number = _file_of(command, actor)
    found = code_queries.by_index(index_of(read(command.code)))
    renovation = files.get(number, SYSTEM)
    assert found is not None
    code = found[0]
    _check(code, renovation, actor)
    programme = programme_of(renovation.programme_version_id)
    left = queries.remaining(renovation)
    return Offer(
        code.spoken,
        mask_name(renovation.applicant_name),
        renovation.county.name,
        renovation.township.name,
        programme.name,
        code.valid_to,
        tuple(_line(line, left[line.root_id], programme) for line in queries.lines(renovation) if line.root_id in left),
    )


def _line(line: PlanLine, quantity: Decimal, programme: Programme) -> OfferedLine:
    guide = programme.guide_fen(line.item_no)
    return OfferedLine(
        line.item_no,
        line.item_name,
        line.specification,
        quantity,
        line.unit,
        line.unit_price_fen,
        line.unit_price_fen if guide is None else min(line.unit_price_fen, guide),
    )


def redeem(command: EnterCode, actor: Actor, key: str = "") -> str:
    """Give the household's home to the actor's firm and end the code; answers the file's number.

    Of two firms at once one wins: the file is locked, and the code is read anew. `key` is the sender's own key of the
    request: the same again does nothing. Raises as `look`.
    """
    number, index = _file_of(command, actor), index_of(read(command.code))
    with transaction():
        renovation = files.get_for_change(number, SYSTEM)
        if not first_time(actor.sender, key, f"code.redeem|{index}", number):
            return number
        found = code_queries.by_index(index)
        assert found is not None
        code = found[0]
        _check(code, renovation, actor)
        firm = _firm(actor)
        filing.assign(renovation, Role.CONTRACTOR, firm.id)
        code.organisation_id, code.redeemed_by = firm.id, actor.user_id
        end(code, CodeEnd.REDEEMED)
        note(renovation, STAGE, f"{firm.name}凭优惠码接单", actor, details={"organisation": firm.id})
    return number


def sweep(_today: date) -> None:
    """Remove old attempts: they count towards a lock-out of minutes (`identity.sweep`)."""
    old = select(CodeAttempt.id).where(CodeAttempt.at < clock.system() - KEPT).limit(5000)
    db.session.execute(delete(CodeAttempt).where(CodeAttempt.id.in_(old)))


register("construction.code_attempts", sweep)


def _firm(actor: Actor) -> Organisation:
    """The actor's own firm, which may take homes at all; raises NotAllowed, Conflict."""
    if actor.organisation_id is None:
        raise NotAllowed("凭码接单由单位自己的账号办理。")
    firm = db.session.get_one(Organisation, actor.organisation_id)
    if firm.admission is not Admission.ADMITTED:
        raise Conflict(f"贵单位的准入状态是“{firm.admission.label}”，不能接单。请先联系县级主管部门恢复准入。", "code")
    return firm


def _file_of(command: EnterCode, actor: Actor) -> str:
    """The number of the file whose code was typed, where the firm is admitted in its county; every attempt counts.

    Raises RuleViolation alike for a code that there is not and for one of elsewhere, TooMany after too many of them.
    """
    index, firm = index_of(read(command.code)), _firm(actor)
    with transaction():
        # of many attempts at the same moment each sees those before it
        db.session.execute(select(User.id).where(User.id == actor.user_id).with_for_update(key_share=True))
        at, until = clock.system(), _locked_until(actor)
        found = code_queries.by_index(index) if until is None else None
        known = found is not None and _is_admitted(firm, found[2])
        if until is None:
            db.session.add(CodeAttempt(user_id=actor.user_id, at=at, succeeded=known))
        number = found[1] if found is not None else ""
    if until is not None:
        again = clock.local(until + timedelta(minutes=1))  # said in whole minutes, so never too early
        raise TooMany(f"输错的次数太多，请在 {again:%H:%M} 以后再试。", "code")
    if not known:
        raise RuleViolation(UNKNOWN, "code")
    return number


def _locked_until(actor: Actor) -> datetime | None:
    at = clock.system()
    assert actor.user_id is not None
    until = locked_until(code_queries.failures(actor.user_id, at - ACCOUNT_WINDOW), ACCOUNT_FREE)
    return until if until is not None and until > at else None


def _is_admitted(firm: Organisation, county_id: int) -> bool:
    return firm.id in {one.id for one in places.admitted(OrganisationKind.CONTRACTOR, county_id)}


def _check(code: PurchaseCode, renovation: Renovation, actor: Actor) -> None:
    """Raise Conflict with the reason and the remedy when a code that the firm may know cannot be redeemed."""
    why = _ended(code, renovation, actor) if code.ended_at is not None else _refusal(code, renovation, actor)
    if why:
        raise Conflict(why, "code")


def _ended(code: PurchaseCode, renovation: Renovation, actor: Actor) -> str:
    if code.outcome is CodeEnd.FILE_ENDED:
        return "这一户不再改造，这个码已经作废，请不要送货或施工。"
    if code.outcome is not CodeEnd.REDEEMED:
        return "这个码已经换发作废，请家庭出示新的申购优惠码通知单。"
    if code.organisation_id == actor.organisation_id:
        return f"贵单位已经凭这个码接单，档案号 {renovation.number}，请在“改造户”里打开办理。"
    return "这个码已经有单位凭它接单，不能再用。请家庭到乡镇（街道）核对是哪一家单位。"


def _refusal(code: PurchaseCode, renovation: Renovation, actor: Actor) -> str:
    if not code.holds_on(clock.today()):
        return f"这个码的有效期到 {code.valid_to} 为止，已经过期。请家庭到乡镇（街道）换发新的码。"
    if renovation.suspended_at is not None:
        return "这一户暂停办理，恢复以后才能凭码接单。请家庭问乡镇（街道）。"
    if actor.organisation_id in queries.barred_from_building(renovation):
        return "贵单位评估过这一户，不能再来供货或施工，请家庭另选单位。"
    if not code_queries.has_codes(renovation):
        return "这一户的政策不再用优惠码，请家庭到乡镇（街道）登记选定的单位。"
    if renovation.status is not Status.AGREED or files.assignment(renovation, Role.CONTRACTOR) is not None:
        return f"这一户现在是“{status_of(renovation)}”，不能凭码接单。请家庭问乡镇（街道）。"
    return ""
