"""Papers of the application: form, receipt, correction slip, notice and its proof, confirmation, rejection."""

from collections.abc import Mapping
from typing import Any

from ...core import clock
from ...core.db import db
from ...documents import codes
from ...lifecycle import Stage, Status
from ...permissions import Office, Permission, Role
from ...programme.queries import programme_of
from ...renovation.models import Kind, Renovation
from ...renovation.papers import Paper, address_of
from . import decision_queries as decided
from . import explaining, queries, showing
from . import notice_queries as notices
from .codes import DecisionKind, Hardship, Living
from .models import Decision
from .notice_models import Notice
from .notice_rules import PhotoDay, Section, is_over

STAGE = Stage.APPLICATION


def _office(renovation: Renovation) -> dict[str, Any]:
    programme = programme_of(renovation.programme_version_id)
    return {"programme": programme, "phone": notices.phone(programme, renovation)}


def _form(renovation: Renovation) -> Mapping[str, Any] | None:
    people = queries.beneficiaries(renovation)
    if not people:
        return None
    home, programme = queries.household(renovation), programme_of(renovation.programme_version_id)
    described = showing.described(queries.verdict(renovation), queries.verified(renovation))
    confirmed = decided.confirmation(renovation)
    return {
        "programme": programme,
        "version": programme.version,
        "household": home,
        "dwelling": home.dwelling,
        "people": people,
        "members": queries.members(renovation),
        "subsidies": queries.subsidies(renovation),
        "hardship": {code.value: code.label for code in Hardship},
        "living": {code.value: code.label for code in Living},
        "clauses": described["clauses"],
        "review": _decided(queries.latest_decision(renovation, DecisionKind.REVIEW)),
        "federation": _checked(renovation),
        "decision": _decided(queries.latest_decision(renovation, DecisionKind.CONFIRMATION)) if confirmed else "",
    }


def _decided(found: Decision | None) -> str:
    if found is None:
        return ""
    return f"经审查，{found.outcome.label}。（{found.actor_name}，{found.on.isoformat()} 系统记录）"


def _checked(renovation: Renovation) -> str | None:
    """What the federation found, newest first of each clause; None where it is not asked, or decides itself."""
    programme = programme_of(renovation.programme_version_id)
    asked = any(Role.FEDERATION.value in clause.data.verified_by for clause in programme.clauses)
    if not asked or programme.data.programme.lead is Office.FEDERATION:
        return None
    rows = [row for row in queries.verified(renovation).values() if "残" in row.body]
    return "；".join(f"{row.clause} {row.result.label}（{row.checked_on.isoformat()}）" for row in rows)


def _verdict(renovation: Renovation) -> Mapping[str, Any] | None:
    """For the family: in plain words what counts, what holds, what is missing and who helps."""
    if not queries.beneficiaries(renovation):
        return None
    explained = explaining.explain(renovation)
    return _office(renovation) | {
        "explained": explained,
        "version": explained.programme.version,
        "township": notices.township_name(renovation),
        "today": clock.today(),
    }


def _slip(renovation: Renovation) -> Mapping[str, Any] | None:
    found = decided.slips(renovation)
    if not found:
        return None
    return _office(renovation) | {
        "slip": found[0],
        "applied_on": queries.household(renovation).applied_on,
        "sections": {one.value: one.label for one in Section},
    }


def _receipt(renovation: Renovation) -> Mapping[str, Any] | None:
    submitted = queries.latest_decision(renovation, DecisionKind.SUBMISSION)
    if renovation.receipt_code is None or submitted is None:
        return None
    address = address_of("workbench.look_up")
    return _office(renovation) | {
        "submitted": submitted,
        "code": renovation.receipt_code,
        "look_up": address,
        "look_up_picture": codes.picture(address) if address else "",
    }


def _notice(renovation: Renovation) -> Mapping[str, Any] | None:
    found = notices.entry(renovation)
    if found is None:
        return None
    notice = found.notice
    db.session.refresh(notice, ["township"])
    return notice_context(notice)


def notice_context(notice: Notice) -> dict[str, Any]:
    """What a notice says on paper; needs its township. The web address is there while the period runs."""
    over = is_over(notice.ends_on, clock.today())
    address = "" if over else address_of("application.public_notice", token=notice.token)
    return {
        "subject": f"notice:{notice.id}",
        "notice": notice,
        "entries": notices.shown(notice) if not over else [],
        "address_picture": codes.picture(address) if address else "",
    }


def _proof(renovation: Renovation) -> Mapping[str, Any] | None:
    found = notices.entry(renovation)
    if found is None:
        return None
    notice = found.notice
    db.session.refresh(notice, ["township"])
    there = notices.proof_of(notice)
    return {
        "notice": notice,
        "entry": found,
        "proof": [(day, there.get(day)) for day in PhotoDay],
        "objections": list(reversed(notices.objections(renovation))),
    }


def _confirmation(renovation: Renovation) -> Mapping[str, Any] | None:
    found = decided.confirmation(renovation)
    if found is None or renovation.status is Status.REJECTED:
        return None
    office = _office(renovation)
    return office | {"confirmation": found, "cap_fen": queries.most_fen(renovation)}


def _rejection(renovation: Renovation) -> Mapping[str, Any] | None:
    found = decided.rejection(renovation)
    if found is None:
        return None
    by_township = found.from_status is Status.SUBMITTED
    office = renovation.township.name if by_township else notices.lead_name(renovation)
    return {"rejection": found, "office": office}


RECEIPT = Paper(
    "receipt",
    STAGE,
    "申请回执",
    Permission.APPLICATION_EDIT,
    _receipt,
    letter=True,
    numbered=False,
    note="打印一份交给申请人或家人，凭回执码可以自己查进度。",
)

CORRECTION_SLIP = Paper(
    "correction_slip",
    STAGE,
    "补正通知",
    Permission.RENOVATION_READ,
    _slip,
    scan=Kind.HOUSEHOLD_LETTER,
    office=True,
    letter=True,
    note="打印两份，一份交申请人，一份由申请人签收后存档。",
)

PUBLIC_NOTICE = Paper(
    "public_notice",
    STAGE,
    "公示",
    Permission.RENOVATION_READ,
    _notice,
    office=True,
    letter=True,
    note="张贴用；同一批公示的家庭在一张上，张贴后拍照上传。",
)

REJECTION_LETTER = Paper(
    "rejection_letter",
    STAGE,
    "不予改造告知书",
    Permission.RENOVATION_READ,
    _rejection,
    scan=Kind.HOUSEHOLD_LETTER,
    office=True,
    letter=True,
    note="打印两份，一份交申请人，一份由申请人签收后存档。",
)

VERDICT_SHEET = Paper(
    "verdict_sheet",
    STAGE,
    "条件审查说明",
    Permission.HEALTH_READ,
    _verdict,
    office=True,
    letter=True,
    numbered=False,
    note="大字，讲给申请人和家人听；打印一份交给他们。",
)

PAPERS: tuple[Paper, ...] = (
    Paper(
        "application_form",
        STAGE,
        "申请审批表",
        Permission.PERSONAL_REVEAL,
        _form,
        scan=Kind.DECLARATION,
        office=True,
        reveals=True,
        note="打印一份，申请人或监护人签字、按手印，各单位签意见盖章后扫描回传。",
    ),
    RECEIPT,
    CORRECTION_SLIP,
    PUBLIC_NOTICE,
    Paper(
        "notice_proof",
        STAGE,
        "公示情况记录",
        Permission.RENOVATION_READ,
        _proof,
        scan=Kind.NOTICE_PHOTO,
        office=True,
        note="公示期满后打印存档。",
    ),
    Paper(
        "confirmation_letter",
        STAGE,
        "改造对象确定通知书",
        Permission.RENOVATION_READ,
        _confirmation,
        scan=Kind.HOUSEHOLD_LETTER,
        office=True,
        letter=True,
        note="打印两份，一份交家庭，一份签收后存档。",
    ),
    REJECTION_LETTER,
    VERDICT_SHEET,
)
