"""What the pages about purchase codes show. Read-only."""

from typing import Any

from ...core import clock
from ...permissions import Actor
from ...renovation.models import Renovation
from . import code_queries as queries
from .code_models import PurchaseCode


def renewal_page(renovation: Renovation) -> dict[str, Any]:
    """The code that holds, or is over."""
    return {"code": queries.live(renovation), "today": clock.today()}


def renewing(renovation: Renovation) -> str:
    """What follows on another code."""
    current = queries.live(renovation)
    old = "旧码马上作废，拿着旧码的单位不能再接单；" if current is not None and current.holds_on(clock.today()) else ""
    return f"{old}给{renovation.applicant_name}家一个新的码，请打印申购优惠码通知单交给家庭并登记送达。"


def waits_for_household(renovation: Renovation) -> str:
    """Why there is nothing to do while the household has a code that holds; "" when it needs another one."""
    current = queries.live(renovation)
    if current is None or not current.holds_on(clock.today()):
        return ""
    return f"优惠码已发，有效期到 {current.valid_to}；等家庭把码交给选定的单位，单位凭码接单。"


def shown(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's page says of its codes; the code itself only to who may read it, and only while it holds."""
    codes = queries.all_of(renovation)
    if not codes:
        return None
    newest, today = codes[0], clock.today()
    return {
        "newest": newest,
        "state": state(newest),
        "text": newest.spoken if queries.may_read(actor) and newest.holds_on(today) else "",
        "earlier": len(codes) - 1,
    }


def state(code: PurchaseCode) -> tuple[str, str]:
    """How a code stands, as tone and word."""
    if code.outcome is not None:
        return ("done" if code.organisation_id is not None else "wait", code.outcome.label)
    return ("work", "等单位凭码接单") if code.holds_on(clock.today()) else ("over", "已过期，要换发")
