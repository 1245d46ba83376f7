"""Papers of the warranty: the card that stays in the home, the record of visits and repairs."""

from collections.abc import Mapping
from typing import Any

from ...documents import codes
from ...lifecycle import Stage
from ...permissions import Permission, Role
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Kind, Renovation
from ...renovation.papers import Paper, address_of
from ..acceptance import queries as acceptances
from ..application import notice_queries as notices
from ..construction import queries as works
from . import queries

STAGE = Stage.WARRANTY


def _card(renovation: Renovation) -> Mapping[str, Any] | None:
    term = queries.term(renovation)
    if term is None:
        return None
    programme, accepted = programme_of(renovation.programme_version_id), acceptances.accepted_lines(renovation)
    part, address = files.assignment(renovation, Role.CONTRACTOR), address_of("workbench.look_up")
    return {
        "term": term,
        "phone": notices.phone(programme, renovation),
        "firm_phone": part.organisation.contact_phone if part is not None else "",
        "response_days": programme.data.warranty.response_days,
        "look_up": address,
        "look_up_picture": codes.picture(address) if address else "",
        "rows": [
            (line, accepted[line.root_id][1])
            for line in works.lines(renovation)
            if accepted.get(line.root_id, (False, 0))[0]
        ],
    }


def _visits(renovation: Renovation) -> Mapping[str, Any] | None:
    term = queries.term(renovation)
    if term is None:
        return None
    return {
        "term": term,
        "visits": list(reversed(queries.follow_ups(renovation))),
        "claims": list(reversed(queries.claims(renovation))),
    }


PAPERS: tuple[Paper, ...] = (
    Paper(
        "warranty_card",
        STAGE,
        "质保卡",
        Permission.RENOVATION_READ,
        _card,
        scan=Kind.WARRANTY_CARD,
        numbered=False,
        note="验收会签后打印，施工单位盖章，一份留在家里，一份签收后存档。",
    ),
    Paper(
        "visit_record",
        STAGE,
        "回访记录表",
        Permission.RENOVATION_READ,
        _visits,
        scan=Kind.VISIT_RECORD,
        office=True,
        note="回访时带去填写，申请人或家属签字。",
    ),
)
