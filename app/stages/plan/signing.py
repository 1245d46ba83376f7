"""The household's signature under a version: who signs, for which sum, from which money."""

from ...core import clock
from ...core.errors import Conflict, RuleViolation
from ...core.money import display, parse_yuan
from ...programme.subsidy import Settlement
from ...renovation.models import Renovation
from ..application import queries as application
from . import queries
from .models import Plan
from .rules import PlanState, Signer


def signer_name(renovation: Renovation, signer: Signer, name: str) -> str:
    """The name under the signature: the applicant's own, or that of guardian or relative. Raises RuleViolation."""
    if signer is Signer.SELF:
        if name and name != renovation.applicant_name:
            raise RuleViolation(
                "签字人是申请人本人时，姓名要与申请人一致；由他人签字请选监护人或受托家属。", "signer_name"
            )
        return renovation.applicant_name
    if not name:
        raise RuleViolation(f"由{signer.label}签字的，请填签字人姓名。", "signer_name")
    return name


def check_own_share(plan: Plan, self_pay_fen: int) -> None:
    """Raise RuleViolation unless the sum in fen that the household writes is the plan's (domain P3)."""
    if self_pay_fen != plan.self_pay_fen:
        raise RuleViolation(
            f"方案的家庭自付是 {display(plan.self_pay_fen)}，写的是 {display(self_pay_fen)}；请与家庭核对后照方案金额填写。",
            "self_pay",
        )


def check_still_so(renovation: Renovation, plan: Plan) -> Settlement:
    """The sums as they are by now, which no other file of the same people can change until the unit of work ends.

    Raise Conflict when the subsidy would be another one, because another file used up the cap or a limit meanwhile.
    """
    application.hold_benefits(renovation)
    sums = queries.quote(plan)
    if sums.subsidy_fen != plan.subsidy_fen:
        raise Conflict(
            "方案批准后，家庭情况或以前享受的补贴有变化，金额要重新计算。"
            f"{what_cuts(sums)}请办“家庭要求另定方案”，重新编制。"
        )
    return sums


def what_cuts(sums: Settlement) -> str:
    """Which limits earlier files have used up, and which files they are; nothing where there are none."""
    full = [one for one in sums.counters if one.before and not one.left]
    said = "；".join(f"“{one.name}”{'（' + one.of + '）' if one.of else ''}" for one in full)
    files = "、".join(dict.fromkeys(file for one in full for file in one.files))
    return f"{said}已被以前的档案 {files} 用掉一部分。" if full else ""


def put_signature(plan: Plan, signer: Signer, name: str, self_pay_fen: int, signature_id: int) -> None:
    """The version is signed and in force."""
    plan.signer, plan.signed_by_name = signer, name
    plan.signed_self_pay_fen, plan.signature_id = self_pay_fen, signature_id
    plan.state, plan.signed_at = PlanState.SIGNED, clock.now()


def sources_of(plan: Plan) -> dict[str, int]:
    """The subsidy in fen by source of money, as it was computed and approved (domain S5)."""
    return {share["id"]: parse_yuan(share["amount"]) for share in plan.computed["sources"]}


def show_sums(renovation: Renovation, plan: Plan) -> None:
    """The file's sums for lists are those of the latest plan."""
    renovation.total_fen, renovation.subsidy_fen = plan.total_fen, plan.subsidy_fen
    renovation.self_pay_fen = plan.self_pay_fen
