"""What the pages on site show beside their forms, and what fills the forms: photos, goods, quantities, supervision. Read-only."""

from functools import partial
from typing import Any

from ...core import clock
from ...core.money import yuan
from ...lifecycle import Status
from ...permissions import FIRM_ROLES, Actor, Permission, Role, may
from ...programme.values import ItemKind
from ...renovation import queries as files
from ...renovation.models import Renovation
from ..application import queries as application
from ..plan import queries as plans
from . import code_pages, filing_queries, paying_queries, photo_places, photo_queries, queries
from .rules import Arranger, Finding, PhotoKind


def line_choices(renovation: Renovation, kind: ItemKind | None = None) -> list[tuple[int, str]]:
    """The lines of the plan in force as choices: identity and words."""
    return [
        (line.root_id, f"{line.item_no} {line.item_name}　{line.space_name}　{line.quantity:.2f}{line.unit}")
        for line in queries.lines(renovation)
        if kind is None or line.kind is kind
    ]


# on site -----------------------------------------------------------------------------------------------------------
def photos_page(renovation: Renovation) -> dict[str, Any]:
    """What the photo page and each of its squares need: works lines, what is there, what the status asks for."""
    lines = queries.lines(renovation)
    first = renovation.status is not Status.BUILDING
    return {
        "lines": [line for line in lines if line.kind is ItemKind.WORKS],
        "has_goods": any(line.kind is ItemKind.GOODS for line in lines),
        "photos": photo_queries.line_photos(renovation),
        "slots": photo_queries.wanted_photos,
        "needed": partial(photo_queries.wanted_photos, before_only=first),
        "rectification": queries.rectification(renovation),
        "retake": photo_queries.to_retake(renovation),
        "located": photo_places.wanted(renovation),
        "place_kinds": photo_places.names(renovation),
        "unplaced": {(one.line.root_id, one.kind) for one in photo_places.unplaced(renovation)},
        "may_take_back": may_take_back(renovation),
        "may_file": renovation.status is Status.AGREED and filing_queries.live(renovation) is None,
        "choices": {"line_id": line_choices(renovation, ItemKind.WORKS)},
        "refused": "",
        "live": False,
    }


def place_page(renovation: Renovation) -> dict[str, Any]:
    """The photos without a position, to choose from."""
    return {"choices": {"photos": photo_places.choices(renovation)}}


def place_initial(renovation: Renovation) -> dict[str, Any]:
    """All of them: mostly one telephone is the reason."""
    return {"photos": [photo.id for photo, _name in photo_places.to_explain(renovation)]}


def has_unplaced(renovation: Renovation) -> bool:
    """True when a photo lacks the position that the programme wants of it."""
    return bool(photo_places.unplaced(renovation))


def remove_page(renovation: Renovation) -> dict[str, Any]:
    """Every photo of every line, to choose the wrong one among them."""
    names = {line.root_id: queries.name_of(line) for line in queries.lines(renovation)}
    kinds = {kind.value for kind in PhotoKind}
    found = [
        (one, names[root])
        for (root, kind), photos in photo_queries.line_photos(renovation).items()
        if root in names and kind.value in kinds
        for one in photos
    ]
    return {"found": found, "choices": {"photo_id": [(one.id, f"{name} {one.kind.label}") for one, name in found]}}


def may_photograph(renovation: Renovation) -> bool:
    """True from the contract on; before it where the programme wants the state before shown at the filing."""
    if renovation.status is not Status.AGREED:
        return True
    wanted = filing_queries.terms(renovation)
    return wanted is not None and wanted.before_photos and files.assignment(renovation, Role.CONTRACTOR) is not None


def may_take_back(renovation: Renovation) -> bool:
    """True when there is a photo that could be taken back; not while a filing that shows it is in force."""
    if not may_photograph(renovation) or not photo_queries.line_photos(renovation):
        return False
    return renovation.status is not Status.AGREED or filing_queries.live(renovation) is None


def goods_page(renovation: Renovation) -> dict[str, Any]:
    """The goods with what was handed over already."""
    return {
        "lines": [line for line in queries.lines(renovation) if line.kind is ItemKind.GOODS],
        "handovers": queries.handovers(renovation),
        "located": photo_places.wanted(renovation),
        "choices": {"line_id": line_choices(renovation, ItemKind.GOODS)},
    }


def goods_initial(renovation: Renovation) -> dict[str, Any]:
    """Today, the first thing that is not handed over, the old person as who takes it."""
    given = queries.handovers(renovation)
    waiting = (line for line in queries.lines(renovation) if line.kind is ItemKind.GOODS and line.root_id not in given)
    first = next(waiting, None)
    return {
        "day": clock.today().isoformat(),
        "line_id": first.root_id if first else "",
        "recipient": renovation.applicant_name,
    }


def quantities_page(renovation: Renovation) -> dict[str, Any]:
    """The lines with what the plan says, what firms before did, what was reported and photographed."""
    return {
        "lines": {line.root_id: line for line in queries.lines(renovation)},
        "remaining": queries.remaining(renovation),
        "done_before": queries.done_before(renovation),
        "reported": queries.reported(renovation),
        "photos": photo_queries.line_photos(renovation),
        "rectification": queries.rectification(renovation),
        "choices": {"lines-line_id": line_choices(renovation)},
    }


def quantities_initial(renovation: Renovation) -> dict[str, Any]:
    """What was reported last, else what is left of the plan."""
    reported, left = queries.reported(renovation), queries.remaining(renovation)
    return {
        "lines": [
            {"line_id": line.root_id, "quantity": reported.get(line.root_id, left[line.root_id])}
            for line in queries.lines(renovation)
            if line.root_id in left
        ]
    }


def completion_page(renovation: Renovation) -> dict[str, Any]:
    """The whole of the works at one glance, before the firm says that they are done."""
    found = queries.papers(renovation)
    return {
        "lines": queries.lines(renovation),
        "photos": photo_queries.photos_by_line(found),
        "papers": found,
        "reported": queries.reported(renovation),
        "done_before": queries.done_before(renovation),
        "handovers": queries.handovers(renovation),
        "wanted": photo_queries.wanted_photos,
        "photo_kinds": list(PhotoKind),
        "rectification": queries.rectification(renovation),
    }


def start_page(renovation: Renovation) -> dict[str, Any]:
    """Before works begin: the appointment, the place to stay, the photos of the state before."""
    return {
        "schedule": queries.schedule(renovation),
        "relocation": queries.relocation(renovation),
        "must_move_out": needs_relocation(renovation),
        "begun": queries.has_begun(renovation),
    }


def needs_relocation(renovation: Renovation) -> bool:
    """True when the old person cannot stay at home during the works (domain E8)."""
    return bool(application.facts(renovation).get("dwelling", {}).get("must_move_out"))


def relocation_initial(renovation: Renovation) -> dict[str, Any]:
    """The arrangement in force, to be changed; the telephone is typed anew."""
    arranged = queries.relocation(renovation)
    if arranged is None:
        return {"arranger": Arranger.HOUSEHOLD.value, "from_on": clock.today().isoformat()}
    return {
        "arranger": arranged.arranger.value,
        "place": arranged.place,
        "from_on": arranged.from_on,
        "to_on": arranged.to_on,
        "contact": arranged.contact,
    }


def today(_renovation: Renovation) -> dict[str, Any]:
    """Forms about a day open on today."""
    return {"day": clock.today().isoformat()}


def payment_initial(renovation: Renovation) -> dict[str, Any]:
    """Today, and what the household has to pay under the contract (yuan)."""
    return {"day": clock.today().isoformat(), "amount": yuan(paying_queries.due_fen(renovation))}


def log_page(renovation: Renovation) -> dict[str, Any]:
    """The last days of the log."""
    return {
        "entries": queries.log(renovation)[:5],
        "papers": queries.papers(renovation),
        "rectification": queries.rectification(renovation),
    }


# supervision -------------------------------------------------------------------------------------------------------
def inspect_page(renovation: Renovation) -> dict[str, Any]:
    """What the supervisor found before, and the lines to look at."""
    return {
        "visits": queries.visits(renovation),
        "papers": queries.papers(renovation),
        "lines": queries.lines(renovation),
        "photos": photo_queries.line_photos(renovation),
    }


def inspect_initial(_renovation: Renovation) -> dict[str, Any]:
    """Today, and nothing answered beforehand."""
    return {"day": clock.today().isoformat()}


def resolve_page(renovation: Renovation) -> dict[str, Any]:
    """The problems that are open, with their photos."""
    problems = queries.open_problems(renovation)
    return {
        "problems": problems,
        "papers": queries.papers(renovation),
        "choices": {"visit_id": [(visit.id, f"{visit.day}：{visit.text[:40]}") for visit in problems]},
    }


def resolve_initial(renovation: Renovation) -> dict[str, Any]:
    """Today; the problem itself when there is only one."""
    problems = queries.open_problems(renovation)
    return {"resolved_on": clock.today().isoformat(), "visit_id": problems[0].id if len(problems) == 1 else ""}


def report_page(renovation: Renovation) -> dict[str, Any]:
    """What the report sums up: visits, problems, the report before."""
    visits = queries.visits(renovation)
    return {
        "visits": visits,
        "problems": [one for one in visits if one.finding is Finding.PROBLEM],
        "open": queries.open_problems(renovation),
        "earlier": queries.supervision_report(renovation),
    }


def tab(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's construction tab shows: firms, contract, lines with their photos, log, supervision.

    A firm sees where the work stands, no other firm's prices and nobody's telephone number.
    """
    assigned = files.assignments(renovation)
    parts = [one for one in assigned if one.role in {Role.CONTRACTOR, Role.SUPERVISOR}]
    code = code_pages.shown(renovation, actor)
    if not parts and code is None:
        return None
    found, signed, shows_money = (
        queries.papers(renovation),
        queries.contract_of(renovation, actor),
        may(actor, Permission.MONEY_READ),
    )
    signing = [
        one
        for one in (queries.signing_payments(renovation) if shows_money else ())
        if actor.role is not Role.CONTRACTOR or one.organisation_id == actor.organisation_id
    ]
    filed = filing_queries.filings(renovation, actor) if filing_queries.terms(renovation) else ()
    return {
        "filings": filed,
        "filed_papers": {one.id: filing_queries.papers(renovation, one, found) for one in filed},
        "assignments": parts,
        "code": code,
        "contract": signed,
        "lines": queries.lines(renovation),
        "prices": {line.root_id: line.unit_price_fen for line in signed.lines} if signed and shows_money else {},
        "reported": queries.reported(renovation),
        "done_before": queries.done_before(renovation),
        "papers": found,
        "photos": photo_queries.photos_by_line(found),
        "handovers": queries.handovers(renovation),
        "relocation": queries.relocation(renovation),
        "shows_relocation": actor.role not in FIRM_ROLES,
        "schedule": queries.schedule(renovation),
        "log": queries.log(renovation),
        "visits": queries.visits(renovation),
        "report": queries.supervision_report(renovation),
        "replacements": [
            one
            for one in queries.replacements(renovation)
            if actor.role is not Role.CONTRACTOR or one.organisation_id == actor.organisation_id
        ],
        "rectification": queries.rectification(renovation),
        "refused_change": plans.refused_change(renovation) if renovation.status is Status.BUILDING else None,
        "signing": signing,
        "to_give_back": [one for one in paying_queries.to_give_back(renovation) if one in signing] if signing else [],
        "shows_money": shows_money,
        "photo_kinds": list(PhotoKind),
        "wanted": photo_queries.wanted_photos,
        "today": clock.today(),
    }
