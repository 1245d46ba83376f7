"""The firm files a household before the contract, the office audits it. Nothing here commits. Variants §1B."""

from datetime import date

from ...core import clock, workdays
from ...core.db import db
from ...core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ...lifecycle import Stage
from ...permissions import Actor
from ...programme.process_schema import FirmFilingTerms
from ...renovation import service as files
from ...renovation.models import Attachment, Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import note
from ..plan import queries as plans
from . import filing_queries, photo_queries
from .filing_models import FirmFiling
from .filing_rules import (
    AuditFiling,
    AuditResult,
    FilingState,
    SubmitFiling,
    WithdrawFiling,
    check_signed_on,
    last_day,
)
from .service import own_part

STAGE = Stage.CONSTRUCTION
LAPSED = "合同期限已过，重新备案"


def submit_missing(renovation: Renovation) -> list[Missing]:
    """What is needed before the firm files: photos of the state before, where the programme wants them now."""
    terms = filing_queries.terms(renovation)
    return photo_queries.photos_missing(renovation, before_only=True) if terms and terms.before_photos else []


def submit_filing(renovation: Renovation, command: SubmitFiling, actor: Actor) -> FirmFiling:
    """File the household: every paper that the programme names, what the firm undertakes, the photos of before.

    What the firm filed earlier and is not uploaded anew is filed again. Raises RuleViolations with every fault.
    """
    assigned, terms, plan = own_part(renovation, actor), filing_queries.terms(renovation), plans.signed(renovation)
    if terms is None or plan is None:
        raise Conflict("这个政策签合同以前不用备案，或家庭还没有签字确认方案。请刷新页面。")
    require(submit_missing(renovation))
    earlier = _of_firm(renovation, assigned.organisation_id)
    kept = filing_queries.papers(renovation, earlier) if earlier is not None else {}
    _check_papers(terms, command, kept)
    end(renovation, LAPSED)
    today = clock.today()
    filed = FirmFiling(
        renovation_id=renovation.id,
        plan_id=plan.id,
        assignment_id=assigned.id,
        organisation_id=assigned.organisation_id,
        organisation_name=assigned.organisation.name,
        state=FilingState.FILED,
        undertaker=command.undertaker,
        note=command.note,
        filed_on=today,
        filed_at=clock.now(),
        filed_by=actor.user_id,
        filed_by_name=actor.name,
        contract_by=contract_by(terms, today),
        audit_by=None if terms.audit_days is None else workdays.calendar().add(today, terms.audit_days),
        reason="",
    )
    db.session.add(filed)
    db.session.flush()
    _file_papers(renovation, filed, command, kept, actor)
    note(renovation, STAGE, "提交施工备案", actor, command.note, {"filing": filed.id, "until": f"{filed.contract_by}"})
    return filed


def contract_by(terms: FirmFilingTerms, filed_on: date) -> date:
    """The last day on which the contract is signed after a filing of this day."""
    return last_day(filed_on, terms.days, terms.day_kind == "working", workdays.calendar().add)


def _of_firm(renovation: Renovation, organisation_id: int) -> FirmFiling | None:
    """The last filing, when it was this firm's: what another firm filed is not its own to file again."""
    found = filing_queries.newest(renovation)
    return found if found is not None and found.organisation_id == organisation_id else None


def _check_papers(terms: FirmFilingTerms, command: SubmitFiling, kept: dict[str, list[Attachment]]) -> None:
    given = [paper.name for paper in command.papers]
    problems: list[DomainError] = []
    for index, paper in enumerate(command.papers):
        if paper.name not in terms.papers or paper.name in given[:index]:
            said = f"备案材料里没有“{paper.name}”，或填了两次。要交的是：{'、'.join(terms.papers)}。"
            problems.append(RuleViolation(said, f"papers-{index}-name"))
        elif not paper.files and paper.name not in kept:
            problems.append(RuleViolation(f"还没有“{paper.name}”，请拍照或上传。", f"papers-{index}-files"))
    problems += [
        RuleViolation(f"还没有“{name}”，请拍照或上传。", "papers")
        for name in terms.papers
        if name not in given and name not in kept
    ]
    if not command.undertakes:
        problems.append(RuleViolation("请核对承诺的内容后勾选；不承诺的不能备案。", "undertakes"))
    RuleViolations.raise_if_any(problems)


def _file_papers(
    renovation: Renovation, filed: FirmFiling, command: SubmitFiling, kept: dict[str, list[Attachment]], actor: Actor
) -> None:
    given = {paper.name: list(paper.files) for paper in command.papers if paper.files}
    for name, attachments in kept.items():
        if name not in given:
            _move(attachments, filed)
    for place, paper in enumerate(command.papers):
        for index, file_id in enumerate(paper.files):
            at = f"papers-{place}-files-{index}"
            files.attach(renovation, STAGE, Kind.FILING, file_id, actor, filed.subject, paper.name, at)


def _move(attachments: list[Attachment], filed: FirmFiling) -> None:
    """The same pictures stand at the new filing; the entries of the earlier one end, so that it still tells what it had."""
    for one in attachments:
        files.end_attachment(one, "随重新备案一并提交")
    db.session.flush()
    db.session.add_all(
        Attachment(
            renovation_id=one.renovation_id,
            stage=one.stage,
            kind=one.kind,
            subject=filed.subject,
            file_id=one.file_id,
            caption=one.caption,
            added_at=one.added_at,
            added_by=one.added_by,
            added_by_name=one.added_by_name,
        )
        for one in attachments
    )
    db.session.flush()


def withdraw_filing(renovation: Renovation, command: WithdrawFiling, actor: Actor) -> None:
    """The firm takes its filing back; it may file again."""
    own_part(renovation, actor)
    filed = _live(renovation)
    end(renovation, command.reason)
    note(renovation, STAGE, "撤回施工备案", actor, command.reason, {"filing": filed.id})


def audit_filing(renovation: Renovation, command: AuditFiling, actor: Actor) -> None:
    """Approve the filing, so that the contract may be signed, or return it with the reason. Never by who filed it."""
    filed = _live(renovation)
    if filed.state is not FilingState.FILED:
        raise Conflict("这份备案已经审核过了，请刷新页面看结果。")
    if filed.filed_by is not None and filed.filed_by == actor.user_id:
        raise NotAllowed("自己提交的备案不能由自己审核，请由其他同事审核。")
    approved, today = command.result is AuditResult.APPROVE, clock.today()
    if approved == bool(command.reason):
        said = "审核通过的不用填退回原因，请删去或改选退回补正。" if approved else "请填写退回原因：缺什么、怎样补。"
        raise RuleViolation(said, "reason")
    if approved and filed.is_lapsed(today):
        said = f"合同要在 {filed.contract_by} 以前签，现在通过也来不及了。请退回补正，由施工单位重新备案。"
        raise RuleViolation(said, "result")
    filed.state = FilingState.APPROVED if approved else FilingState.RETURNED
    filed.audited_on, filed.audited_at = today, clock.now()
    filed.audited_by, filed.audited_by_name, filed.reason = actor.user_id, actor.name, command.reason
    title = "施工备案审核通过" if approved else "施工备案退回补正"
    note(renovation, STAGE, title, actor, command.reason, {"filing": filed.id, "until": f"{filed.contract_by}"})


def _live(renovation: Renovation) -> FirmFiling:
    found = filing_queries.live(renovation)
    if found is None:
        raise Conflict("现在没有待审核或有效的备案，请刷新页面。")
    return found


def end(renovation: Renovation, reason: str) -> None:
    """The filing in force is so no more, for this reason; nothing happens without one."""
    found = filing_queries.live(renovation)
    if found is not None:
        found.state, found.ended_at, found.reason = FilingState.ENDED, clock.now(), reason
        db.session.flush()


def contract_missing(renovation: Renovation) -> list[Missing]:
    """What of the filing the contract waits for: none, not audited yet, or returned."""
    if filing_queries.terms(renovation) is None:
        return []
    found = filing_queries.live(renovation)
    if found is None:
        return [Missing(_not_filed(renovation), "construction.submit_filing")]
    if found.state is FilingState.APPROVED:
        return []
    if found.is_lapsed(clock.today()):
        said = f"备案没有在期限 {found.contract_by} 以前审核，已经过期，请重新备案。"
        return [Missing(said, "construction.submit_filing")]
    return [Missing(f"备案待审核（{found.filed_on} 提交），审核通过后才能签合同。", "construction.audit_filing")]


def _not_filed(renovation: Renovation) -> str:
    last = filing_queries.newest(renovation)
    if last is not None and last.state is FilingState.RETURNED:
        return f"备案被退回：{last.reason.rstrip('。')}。请补正后重新备案。"
    return "还没有备案，请先把这一户的备案材料交审核，审核通过后才能签合同。"


def wrong_day(renovation: Renovation, signed_on: date) -> list[DomainError]:
    """Why a contract cannot bear this day beside its filing; [] when it can, or the programme asks for no filing."""
    if filing_queries.terms(renovation) is None:
        return []
    found = filing_queries.live(renovation)
    if found is None or found.audited_on is None:
        return []  # `contract_missing` has said so
    wrong = check_signed_on(signed_on, found.filed_on, found.audited_on, found.contract_by)
    return [wrong] if wrong else []
