"""What people do from the first review to the confirmation, and what falls due by itself."""

from typing import Any

from ...core import clock, workdays
from ...funds import queries as funds
from ...jobs import schedule
from ...lifecycle import Action, Stage, Status
from ...permissions import Permission
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from ...renovation.progress import left_out, office_of
from . import decision_queries as decided
from . import decisions, first_come, objections, queries, showing, waiting_service
from . import notice_queries as reads
from . import notice_service as service
from . import waiting_queries as waiting
from .notice_rules import (
    AnswerObjection,
    Confirm,
    DecideRecheck,
    EndNotice,
    Forward,
    PhotoDay,
    ProveNotice,
    RecordObjection,
    Reject,
    RequestRecheck,
    Return,
    SendBack,
    UpholdObjection,
    Wait,
    is_over,
    last_day,
    public_id,
    public_name,
)

P = Permission


def _verdict(renovation: Renovation) -> dict[str, Any]:
    return {"verdict": showing.described(queries.verdict(renovation), queries.verified(renovation))}


def _whom(renovation: Renovation) -> str:
    """张三一户, with the other beneficiaries counted: 张三等 2 人一户."""
    count = len(queries.beneficiaries(renovation))
    return f"{renovation.applicant_name}等 {count} 人一户" if count > 1 else f"{renovation.applicant_name}一户"


# ---------------------------------------------------------------- first review


def _forward_context(renovation: Renovation) -> dict[str, Any]:
    terms = programme_of(renovation.programme_version_id).notice
    return _verdict(renovation) | {
        "choices": {"places": [(place, place) for place in terms.places]},
        "terms": terms,
        "shown": [(public_name(one.name), public_id(one.id_number)) for one in queries.beneficiaries(renovation)],
    }


def _forward_initial(renovation: Renovation) -> dict[str, Any]:
    return {
        "starts_on": clock.today(),
        "places": list(programme_of(renovation.programme_version_id).notice_round(1).places),
    }


def _forward_consequence(renovation: Renovation) -> str:
    programme = programme_of(renovation.programme_version_id)
    if not programme.notice.used:
        return f"{_whom(renovation)}初审通过；本政策不设公示，直接转{office_of(renovation).at_county}确定。"
    terms = programme.notice_round(1)
    ends = last_day(clock.today(), terms.days, terms.day_kind, workdays.calendar())
    kind = "个工作日" if terms.day_kind == "working" else "天"
    return (
        f"{_whom(renovation)}初审通过，以“{public_name(renovation.applicant_name)}”公示 {terms.days} {kind}；"
        f"今天起算的到 {ends.isoformat()} 为止，期满无异议自动转{office_of(renovation).at_county}确定。"
    )


# ---------------------------------------------------------------- notice and objections


def _notice_context(renovation: Renovation) -> dict[str, Any]:
    found = reads.entry(renovation)
    return {"entry": found, "photos": reads.proof_of(found.notice) if found else {}}


def _photo_initial(renovation: Renovation) -> dict[str, Any]:
    lacking = reads.photos_missing(renovation)
    return {"taken_on": clock.today()} | ({"day": lacking[0]} if lacking else {})


def _running(renovation: Renovation) -> str:
    """While the notice runs, its photos are there and nobody objects: that it ends by itself."""
    found = reads.running_entry(renovation)
    if found is None or renovation.status is not Status.REVIEWED or _has_unresolved(renovation):
        return ""
    today, ends = clock.today(), found.notice.ends_on
    days = {PhotoDay.FIRST: found.notice.starts_on, PhotoDay.LAST: ends}
    lacking = reads.photos_missing(renovation)
    if is_over(ends, today) or any(days[day] <= today for day in lacking):
        return ""
    later = "，末日还要拍一张公示照片" if lacking else ""
    return f"公示到 {ends.isoformat()} 为止{later}；期满没有异议，自动转{office_of(renovation).at_county}确定。"


def _period_over(renovation: Renovation) -> bool:
    found = reads.running_entry(renovation)
    return found is None or is_over(found.notice.ends_on, clock.today())


def _objection_context(renovation: Renovation) -> dict[str, Any]:
    waiting = reads.unresolved(renovation)
    choices = [(one.id, f"异议 {one.seq}（{one.received_on.isoformat()}，{one.channel.label}）") for one in waiting]
    return {"objections": waiting, "choices": {"objection": choices}}


def _objection_initial(renovation: Renovation) -> dict[str, Any]:
    waiting = reads.unresolved(renovation)
    return {"objection": waiting[0].id} if len(waiting) == 1 else {}


def _uphold_context(renovation: Renovation) -> dict[str, Any]:
    context = _objection_context(renovation) | _verdict(renovation)
    context["choices"] = context["choices"] | {"clauses": decided.clause_choices(renovation)}
    return context


def _uphold_initial(renovation: Renovation) -> dict[str, Any]:
    return _objection_initial(renovation) | _reject_initial(renovation)


def _has_unresolved(renovation: Renovation) -> bool:
    return bool(reads.unresolved(renovation))


# ---------------------------------------------------------------- the county's decision


def _confirm_context(renovation: Renovation) -> dict[str, Any]:
    year = clock.today().year
    return (
        _verdict(renovation)
        | _notice_context(renovation)
        | {
            "people": queries.beneficiaries(renovation),
            "quota": decided.quota_of(renovation, year),
            "by_yuan": decided.by_yuan_alone(renovation, year),
            "ranks": bool(programme_of(renovation.programme_version_id).priorities),
            "priority": waiting.in_words(reasons) if (reasons := waiting.reasons_of(renovation)) else "",
            "more_urgent": waiting.more_urgent(renovation),
            "place": funds.place(renovation.id),
            "year": year,
            "answered": reads.objections(renovation),
        }
    )


def _confirm_consequence(renovation: Renovation) -> str:
    year = clock.today().year
    quota = decided.quota_of(renovation, year)
    if funds.place(renovation.id) is not None:
        place = "沿用已占用的任务数"
    elif decided.by_yuan_alone(renovation, year):
        place = "从金额指标中预留这一户最多的补贴，不限户数"
    elif quota is None:
        place = "占用 1 户任务数（尚未下达）"
    else:
        place = f"占用{quota.region.name}任务数 1 户，确定后还剩 {max(quota.left - 1, 0)} 户"
    then = "委托机构编制方案" if left_out(renovation, Stage.ASSESSMENT) else "委托评估"
    return (
        f"{_whom(renovation)}确定为改造对象，{place}；登记本人、家庭和住房的补贴资格，同类补贴不能再享受；随后{then}。"
    )


def _reject_context(renovation: Renovation) -> dict[str, Any]:
    return _verdict(renovation) | {"choices": {"clauses": decided.clause_choices(renovation)}}


def _reject_initial(renovation: Renovation) -> dict[str, Any]:
    failed = queries.verdict(renovation).failed
    grounds = [{"id": one.id, "title": one.title, "source": one.source, "reason": one.reason} for one in failed]
    return {
        "clauses": [one.id for one in failed],
        "letter": decisions.draft_letter(renovation, grounds) if grounds else "",
    }


def _reject_consequence(renovation: Renovation) -> str:
    return f"{_whom(renovation)}不予改造，档案结束，占用的任务数和补贴资格释放；向申请人发告知书，申请人可以申请复核。"


def _recheck_context(renovation: Renovation) -> dict[str, Any]:
    return _verdict(renovation) | {
        "rejection": decided.rejection(renovation),
        "recheck": decided.pending_recheck(renovation),
    }


def _asked(renovation: Renovation) -> bool:
    return decided.pending_recheck(renovation) is not None


NOTICE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "forward", Stage.APPLICATION, "初审通过并公示", P.APPLICATION_REVIEW, Forward, service.forward,
        action=Action.FORWARD, missing=service.forward_missing, consequence=_forward_consequence,
        context=_forward_context, initial=_forward_initial,
    ),
    Operation(
        "return", Stage.APPLICATION, "退回补正", P.APPLICATION_REVIEW, Return, service.return_application,
        action=Action.RETURN, context=_verdict, initial=lambda _renovation: {"reasons": [{}]},
        consequence=lambda r: f"{_whom(r)}的申请退回补正，按下面的内容生成补正通知；补正后重新提交。",
    ),
    Operation(
        "prove_notice", Stage.APPLICATION, "上传公示照片", P.APPLICATION_NOTICE, ProveNotice, service.prove_notice,
        statuses=frozenset({Status.REVIEWED, Status.NOTICED}),
        available=lambda renovation: reads.entry(renovation) is not None,
        context=_notice_context, initial=_photo_initial, additive=True, rests=_running,
        consequence=lambda _renovation: "照片用于这份公示里的所有家庭；再传同一天的照片会替换原来的。",
    ),
    Operation(
        "end_notice", Stage.APPLICATION, "公示期满", P.APPLICATION_NOTICE, EndNotice, service.end_notice,
        action=Action.END_NOTICE, available=_period_over, missing=service.end_missing,
        consequence=lambda r: f"{_whom(r)}公示期满无异议，转{office_of(r).at_county}确定。",
    ),
    Operation(
        "record_objection", Stage.APPLICATION, "登记异议", P.APPLICATION_VERIFY, RecordObjection,
        objections.record_objection, statuses=frozenset({Status.REVIEWED, Status.NOTICED}),
        initial=lambda _renovation: {"received_on": clock.today()}, additive=True, while_suspended=True,
        consequence=lambda r: f"只影响{_whom(r)}：异议处理完之前，公示不会结束，也不能确定。",
    ),
    Operation(
        "dismiss_objection", Stage.APPLICATION, "异议不成立", P.APPLICATION_REJECT, AnswerObjection,
        objections.dismiss_objection, statuses=frozenset({Status.SUBMITTED, Status.REVIEWED, Status.NOTICED}),
        available=_has_unresolved, context=_objection_context, initial=_objection_initial,
        consequence=lambda r: f"异议记为不成立，答复反映人；{_whom(r)}继续办理。",
    ),
    Operation(
        "investigate_objection", Stage.APPLICATION, "异议待查，撤下公示", P.APPLICATION_NOTICE, AnswerObjection,
        objections.investigate_objection, action=Action.INVESTIGATE, available=_has_unresolved,
        context=_objection_context, initial=_objection_initial,
        consequence=lambda r: f"{_whom(r)}从公示中撤下，回到初审调查；查清后重新公示。同一公示的其他家庭不受影响。",
    ),
    Operation(
        "uphold_objection", Stage.APPLICATION, "异议成立，不予改造", P.APPLICATION_CONFIRM, UpholdObjection,
        objections.uphold_objection, action=Action.UPHOLD_OBJECTION, available=_has_unresolved,
        missing=objections.uphold_missing, context=_uphold_context, initial=_uphold_initial,
        consequence=_reject_consequence, danger=True,
    ),
    Operation(
        "confirm", Stage.APPLICATION, "确定为改造对象", P.APPLICATION_CONFIRM, Confirm, decisions.confirm,
        action=Action.CONFIRM, missing=decisions.confirm_missing, consequence=_confirm_consequence,
        context=_confirm_context, rests=lambda r: waiting.in_line(r) or first_come.rests(r),
    ),
    Operation(
        "wait", Stage.APPLICATION, "列入轮候名单", P.APPLICATION_CONFIRM, Wait, waiting_service.wait,
        statuses=frozenset({Status.NOTICED}), available=waiting.may_wait, missing=decisions.proof_missing,
        consequence=waiting.consequence,
    ),
    Operation(
        "send_back", Stage.APPLICATION, "退回乡镇重新核查", P.APPLICATION_CONFIRM, SendBack, decisions.send_back,
        action=Action.SEND_BACK, context=_verdict,
        consequence=lambda r: f"{_whom(r)}退回乡镇重新核查，核查后须重新公示。",
    ),
    Operation(
        "reject", Stage.APPLICATION, "不予改造", P.APPLICATION_REJECT, Reject, decisions.reject,
        action=Action.REJECT, missing=decisions.reject_missing, context=_reject_context, initial=_reject_initial,
        consequence=_reject_consequence, danger=True,
    ),
    Operation(
        "request_recheck", Stage.APPLICATION, "登记复核申请", P.APPLICATION_REJECT, RequestRecheck,
        decisions.request_recheck, statuses=frozenset({Status.REJECTED}),
        available=lambda renovation: not _asked(renovation), context=_recheck_context,
        initial=lambda _renovation: {"requested_on": clock.today()},
        consequence=lambda r: f"{_whom(r)}的复核申请转{office_of(r).at_county}，由没有作出原决定的人答复。",
    ),
    Operation(
        "grant_recheck", Stage.APPLICATION, "同意复核", P.APPLICATION_CONFIRM, DecideRecheck, decisions.grant_recheck,
        action=Action.GRANT_RECHECK, available=_asked, context=_recheck_context,
        consequence=lambda r: f"{_whom(r)}的档案重新打开，回到乡镇初审，核查后须重新公示。",
    ),
    Operation(
        "refuse_recheck", Stage.APPLICATION, "复核维持原决定", P.APPLICATION_CONFIRM, DecideRecheck,
        decisions.refuse_recheck, statuses=frozenset({Status.REJECTED}), available=_asked, context=_recheck_context,
        consequence=lambda r: f"{_whom(r)}仍不予改造，把复核意见答复申请人。", danger=True,
    ),
)  # fmt: skip

schedule.register_each("notice.end", reads.due_to_end, service.end_due)
schedule.register_each("waiting.move_up", waiting.to_move_up, waiting_service.move_up)
schedule.register_each("first_come.end", first_come.overdue, first_come.end)
schedule.register_each("first_come.lapse", first_come.unbuilt, first_come.lapse)
