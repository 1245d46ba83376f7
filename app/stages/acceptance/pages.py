"""What the pages of the acceptance show beside their forms, and what fills the forms. Read-only."""

from typing import Any

from ...core import clock
from ...permissions import Actor, Office, Role
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Renovation
from ...renovation.progress import office_of
from ..construction import photo_places
from ..construction import photo_queries as works_photos
from ..construction import queries as works
from . import queries, service
from .models import Acceptance
from .rules import LineResult, PartyRole


def record_page(renovation: Renovation) -> dict[str, Any]:
    """The lines with plan, report, photos and what the last round found; the programme's list; who must sign."""
    lines = service.lines_to_accept(renovation)
    last = next(iter(queries.rounds(renovation)), None)
    return {
        "lines": {line.root_id: line for line in lines},
        "remaining": works.remaining(renovation),
        "done_before": works.done_before(renovation),
        "finished_before": [
            line for line in works.lines(renovation) if line.root_id not in works.remaining(renovation)
        ],
        "reported": works.reported(renovation),
        "photos": works_photos.line_photos(renovation),
        "places": photo_places.told(renovation),
        "handovers": works.handovers(renovation),
        "checks": {check.key: check for check in programme_of(renovation.programme_version_id).acceptance_checks},
        "last": last,
        "last_lines": {line.root_id: line for line in last.lines} if last else {},
        "firm": files.assignment(renovation, Role.CONTRACTOR),
        "signing": _signing(renovation),
        "bodies": {body.key: body for body in service.bodies_of(renovation)},
        "choices": {
            "lines-line_id": [(line.root_id, f"{line.item_no} {line.item_name}") for line in lines],
            "party-role": _roles(renovation),
        },
    }


def _signing(renovation: Renovation) -> list[str]:
    """Whose signatures are needed, in the words of the page."""
    needed = service.who_signs(renovation)
    roles = [said for value, said in _roles(renovation) if PartyRole(value) in needed]
    return roles + [body.name for body in service.bodies_of(renovation) if body.required]


def record_initial(renovation: Renovation) -> dict[str, Any]:
    """Every line without an answer, save those that passed in the round before; the programme's list unticked."""
    last = next(iter(queries.rounds(renovation)), None)
    passed = {line.root_id: line for line in last.lines if line.result is LineResult.ACCEPTED} if last else {}
    return {
        "day": clock.today().isoformat(),
        "lines": [
            {"line_id": line.root_id, "result": "accepted", "measured": passed[line.root_id].measured}
            if line.root_id in passed
            else {"line_id": line.root_id, "result": "", "measured": ""}
            for line in service.lines_to_accept(renovation)
        ],
        "checks": [{"key": check.key} for check in programme_of(renovation.programme_version_id).acceptance_checks],
        "bodies": _bodies(renovation, last),
    }


def _bodies(renovation: Renovation, last: Acceptance | None) -> list[dict[str, str]]:
    """A row for each of the programme's own bodies, with the unit that signed in the round before."""
    units = {member.body: member.unit for member in last.party if member.body} if last else {}
    return [{"key": body.key, "unit": units.get(body.key, "")} for body in service.bodies_of(renovation)]


def party_initial(renovation: Renovation, actor: Actor) -> dict[str, Any]:
    """Who must sign, with the names that are known: the clerk of the township who records it stands for the township."""
    clerk = actor.name if actor.role is Role.TOWNSHIP and actor.region_id == renovation.township_id else ""
    return {"party": [{"role": role.value, "name": name} for role, name in _party(renovation, clerk)]}


def _party(renovation: Renovation, clerk: str) -> list[tuple[PartyRole, str]]:
    """Who must sign, with the name where the file knows it."""
    contract, visit = works.contract(renovation), next(iter(works.visits(renovation)), None)
    names = {
        PartyRole.HOUSEHOLD: "" if renovation.ending is not None else renovation.applicant_name,
        PartyRole.TOWNSHIP: clerk,
        PartyRole.SUPERVISOR: visit.written_by_name if visit else "",
        PartyRole.CONTRACTOR: contract.firm_signer if contract else "",
    }
    needed = service.who_signs(renovation)
    return [(role, names.get(role, "")) for role in PartyRole if role in needed]


def _roles(renovation: Renovation) -> list[tuple[str, str]]:
    """In whose name people sign: the county's part is the office that leads, named once."""
    office = office_of(renovation)
    twice = PartyRole.COUNTY if office is Office.FEDERATION else None
    if PartyRole.COUNTY in service.who_signs(renovation):
        twice = None
    named = {PartyRole.COUNTY: office.at_county}
    return [(role.value, named.get(role, role.label)) for role in PartyRole if role is not twice]


def countersign_page(renovation: Renovation) -> dict[str, Any]:
    """The round that waits, side by side with plan, report and photos."""
    return queries.overview(renovation) | {"current": queries.current(renovation)}
