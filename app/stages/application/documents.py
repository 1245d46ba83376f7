"""Papers of the application: form, receipt, correction slip, notice and its proof, confirmation, rejection."""

from collections.abc import Mapping
from typing import Any

from ...lifecycle import Stage
from ...permissions import Permission
from ...programme.queries import programme_of
from ...renovation.models import Kind, Renovation
from ...renovation.papers import Paper
from . import decision_queries as decided
from . import notice_queries as notices
from . import queries
from .codes import DecisionKind, Hardship, Living
from .models import Decision
from .notice_rules import Section

STAGE = Stage.APPLICATION


def _office(renovation: Renovation) -> dict[str, Any]:
    programme = programme_of(renovation.programme_version_id)
    return {"programme": programme, "phone": notices.phone(programme)}


def _form(renovation: Renovation) -> Mapping[str, Any] | None:
    people = queries.beneficiaries(renovation)
    if not people:
        return None
    home, programme = queries.household(renovation), programme_of(renovation.programme_version_id)
    described = queries.described(queries.verdict(renovation), queries.verified(renovation))
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


def _checked(renovation: Renovation) -> str:
    """What the federation found, newest first of each clause."""
    rows = [row for row in queries.verified(renovation).values() if "残" in row.body]
    return "；".join(f"{row.clause} {row.result.label}（{row.checked_on.isoformat()}）" for row in rows)


def _slip(renovation: Renovation) -> Mapping[str, Any] | None:
    found = decided.slips(renovation)
    if not found:
        return None
    return _office(renovation) | {
        "slip": found[0],
        "applied_on": queries.household(renovation).applied_on,
        "sections": {one.value: one.label for one in Section},
    }


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
    Paper(
        "correction_slip",
        STAGE,
        "补正通知",
        Permission.RENOVATION_READ,
        _slip,
        scan=Kind.LETTER,
        office=True,
        letter=True,
        note="打印两份，一份交申请人，一份由申请人签收后存档。",
    ),
)
