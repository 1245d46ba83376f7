"""Papers of the acceptance: the form taken into the home, and the order to put lines right."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...lifecycle import Stage, Step
from ...permissions import Permission, Role
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Kind, Renovation
from ...renovation.papers import Paper, photos
from ...renovation.progress import office_of, person_of
from ..construction import queries as works
from ..plan import queries as plans
from . import queries, service
from .models import Acceptance
from .rules import LineResult, PartyRole

STAGE = Stage.ACCEPTANCE


def _form(renovation: Renovation) -> Mapping[str, Any] | None:
    plan = plans.signed(renovation)
    if plan is None or not works.has_begun(renovation):
        return None
    found, signed = queries.current(renovation), works.contract(renovation)
    programme = programme_of(renovation.programme_version_id)
    supervisor = files.assignment(renovation, Role.SUPERVISOR)
    asked = [{"label": check.text, "is_good": None} for check in programme.acceptance_checks]
    return {
        "programme": programme,
        "plan": plan,
        "contract": signed,
        "supervisor": supervisor.organisation.name if supervisor else "",
        "round": found,
        "rows": _rows(renovation, found),
        "checks": found.checks if found is not None and found.checks else asked,
        "conclusion": _conclusion(found),
        "party": _party(renovation, found),
        "countersigned": not programme.left_out(Step.COUNTERSIGN),
        "warranted": not programme.left_out(Stage.WARRANTY),
    }


def _rows(renovation: Renovation, found: Acceptance | None) -> list[dict[str, Any]]:
    known = {line.root_id: line for line in works.all_lines(renovation)}
    left, reported = works.remaining(renovation), works.reported(renovation)
    judged = {line.root_id: line for line in found.lines} if found is not None else {}
    wanted = judged or [line.root_id for line in works.lines(renovation) if line.root_id in left]
    return [
        {
            "line": known[root],
            "planned": left.get(root, known[root].quantity),
            "reported": reported.get(root),
            "found": judged.get(root),
        }
        for root in wanted
        if root in known
    ]


def _conclusion(found: Acceptance | None) -> str:
    if found is None:
        return ""
    counts = [(result.label, sum(line.result is result for line in found.lines)) for result in LineResult]
    return "，".join(f"{label} {count} 项" for label, count in counts if count) + "。"


def _party(renovation: Renovation, found: Acceptance | None) -> Sequence[tuple[str, str, Any]]:
    if found is None:
        roles = dict.fromkeys([*service.who_signs(renovation), PartyRole.VILLAGE])
        own = [f"{body.name}（单位、姓名）" for body in service.bodies_of(renovation)]
        return [(said, "", "") for said in [*(_short(renovation, role) for role in roles), *own]]
    pictures = photos(renovation)
    return [
        (one.label if one.role is None else _short(renovation, one.role), one.name, pictures.get(one.attachment_id))
        for one in found.party
    ]


def _short(renovation: Renovation, role: PartyRole) -> str:
    if role is PartyRole.COUNTY:
        return office_of(renovation).at_county
    return f"{person_of(renovation)}或家属" if role is PartyRole.HOUSEHOLD else role.label.partition("（到")[0]


def _order(renovation: Renovation) -> Mapping[str, Any] | None:
    found = next((one for one in queries.rounds(renovation) if _to_rectify(one)), None)
    if found is None:
        return None
    known, signed = {line.root_id: line for line in works.all_lines(renovation)}, works.contract(renovation)
    return {
        "round": found,
        "contract": signed,
        "rows": [(known[line.root_id], line) for line in _to_rectify(found) if line.root_id in known],
        "programme": programme_of(renovation.programme_version_id),
    }


def _to_rectify(found: Acceptance) -> list[Any]:
    return [line for line in found.lines if line.result is LineResult.RECTIFY]


PAPERS: tuple[Paper, ...] = (
    Paper(
        "acceptance_form",
        STAGE,
        "入户验收表",
        Permission.RENOVATION_READ,
        _form,
        scan=Kind.ACCEPTANCE_SIGNATURE,
        note="入户前打印带去，现场逐项填写签字；系统登记后再打印的带有记录的内容。",
    ),
    Paper(
        "rectification_order",
        STAGE,
        "整改通知书",
        Permission.RENOVATION_READ,
        _order,
        scan=Kind.LETTER,
        letter=True,
        note="打印两份，一份交施工单位，一份签收后存档。",
    ),
)
