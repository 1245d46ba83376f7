"""A firm's tender and the programme for which it was won: who enters it, and whether it fits the programme's rules."""

from collections.abc import Sequence

from sqlalchemy import select

from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, DomainError, NotAllowed, NotFound, RuleViolation, RuleViolations
from ..core.money import display
from ..permissions import Actor, Permission, Role, could, leads, may, post
from ..places import queries as places
from ..places import service
from ..places.models import Organisation, ProcurementRecord, Region
from ..places.rules import AddProcurement, EndProcurement, Level, OrganisationKind, SetAward
from . import queries
from .models import ProgrammeVersion
from .process import is_held

TASK = Permission.PROCUREMENT_MANAGE


def manages(actor: Actor) -> bool:
    """True when the actor enters tenders: everywhere, or of a programme in force in its region that gives it the task."""
    if not could(actor, TASK):  # no programme may give it to this role: none is asked
        return False
    return may(actor, TASK) or (queries.holds_somewhere(actor, TASK, queries.given()) and bool(_entered_by(actor)))


def check_manages(actor: Actor) -> None:
    """Raises NotAllowed for who enters no tenders at all."""
    if not manages(actor):
        raise NotAllowed("没有政策把“登记采购”交给您的岗位；采购记录由县级主管部门登记，如需调整请联系他们。")


def is_limited(actor: Actor) -> bool:
    """True for who enters tenders only of the programmes that say so, for firms of its county: a township."""
    return not may(actor, TASK)


def _entered_by(actor: Actor) -> list[ProgrammeVersion]:
    """The programmes in force in the actor's region whose tenders it enters, by key."""
    if TASK not in (actor.only or {TASK}):
        return []
    code = places.region(actor.region_id).code if actor.region_id else ""
    found = queries.in_force(code, clock.today())
    return [one for one in found if leads(actor, one.office) and is_held(one.marks, TASK, actor.role)]


def choices(actor: Actor) -> list[tuple[str, str]]:
    """(key, name) of the programmes in force today in the actor's region whose tenders it enters; by key."""
    return [(one.programme_key, one.name) for one in _entered_by(actor)]


def firms_for(actor: Actor) -> Sequence[Organisation]:
    """The firms for which a township enters tenders: those that its county admitted, by name."""
    if actor.region_id is None:
        return []
    county = places.enclosing(places.region(actor.region_id), Level.COUNTY)
    return places.admitted(None, county.id) if county is not None else []


def check_firm(organisation: Organisation, actor: Actor) -> None:
    """Raises NotFound for a firm that a township's county did not admit, NotAllowed for who enters no tenders at all."""
    if not manages(actor):
        raise NotAllowed("登记采购记录由县级主管部门办理；交给乡镇（街道）的，要在政策里写明由谁办理“登记采购”。")
    if is_limited(actor) and organisation.id not in {one.id for one in firms_for(actor)}:
        raise NotFound("没有这家单位，或没有在本县准入。请先由县级主管部门办理准入，再登记它的采购记录。")


def is_others(record: ProcurementRecord, actor: Actor) -> bool:
    """True when a tender was won for a programme that the other office of the actor's county leads.

    The same as `queries.led` asks of many at once. A tender for all programmes is both offices'.
    """
    if not record.programme_key:
        return False
    return not leads(actor, queries.office_of_key(record.programme_key, unknown=actor.office))


def is_kept_by(record: ProcurementRecord, actor: Actor) -> bool:
    """True when the actor's region and office keep a tender. `record` with its region loaded.

    A township keeps its own, of the programmes that give it the task; the county those of its townships too.
    """
    if not record.region.path.startswith(actor.region_path or "-") or is_others(record, actor):
        return False
    return may(actor, TASK) or record.programme_key in {one.programme_key for one in _entered_by(actor)}


def check_kept(record: ProcurementRecord, actor: Actor) -> None:
    """Raises NotFound where another region or office keeps the tender, as if it were not there."""
    if not is_kept_by(record, actor):
        raise NotFound("没有这条采购记录，或不在您的管理范围内")


def kept(actor: Actor, limit: int, before: int | None = None) -> Sequence[ProcurementRecord]:
    """The lots that the actor keeps, the newest first, at most `limit`; with firm, region and prices."""
    if not actor.region_path:
        return []
    key = ProcurementRecord.programme_key
    mine = queries.led(key, actor) if may(actor, TASK) else key.in_([one.programme_key for one in _entered_by(actor)])
    return places.lots_below(actor.region_path, limit, before, mine)


def names_of(records: Sequence[ProcurementRecord]) -> dict[str, str]:
    """Key → name of the programmes for which records were won."""
    return {key: queries.name_of(key) for key in dict.fromkeys(one.programme_key for one in records) if key}


def names(organisation: Organisation) -> dict[str, str]:
    """Key → name of the programmes for which a firm's records were won. `organisation` with its records loaded."""
    return names_of(organisation.procurements)


def add_tender(organisation: Organisation, command: AddProcurement, actor: Actor) -> ProcurementRecord:
    """Enter a lot that a firm won, for the programme that it names or for all.

    Raises what `places.service.add_procurement` raises, NotFound (a firm that the township's county did not admit),
    NotAllowed (the programme has others enter it), RuleViolations where the programme is not in force in the region, or
    a price is for an item or a unit that the programme's catalogue does not have, and Conflict where the firm has a lot
    already and wins only one (锦州2023).
    """
    check_firm(organisation, actor)
    region = places.region(command.region_id)
    found = {one.programme_key: one for one in queries.in_force(region.code, clock.today())}
    if command.programme_key:
        _check(command, region, found.get(command.programme_key), actor)
    elif is_limited(actor):
        raise RuleViolation("请选这个标段用于哪个政策：乡镇（街道）只为交给它采购的政策登记。", "programme_key")
    asking = [one for key, one in found.items() if command.programme_key in ("", key)]
    if command.kind is OrganisationKind.ASSESSOR:
        _check_fee(asking, command.award, command.max_households)
    if command.kind is OrganisationKind.CONTRACTOR:
        _check_one_each(organisation, command, region, [one for one in asking if queries.of(one).one_lot_each])
    return service.add_procurement(organisation, command, actor)


def set_award(record: ProcurementRecord, command: SetAward, actor: Actor) -> None:
    """Add the award (fen) that a tender was entered without; raises NotFound, and what `places.service.set_award` does."""
    check_kept(record, actor)
    if record.kind is OrganisationKind.ASSESSOR:
        there = queries.in_force(record.region.code, clock.today())
        _check_fee([one for one in there if record.serves(one.programme_key)], command.award, record.max_households)
    service.set_award(record, command, actor)


def end_tender(record: ProcurementRecord, command: EndProcurement, actor: Actor) -> None:
    """End a tender before its term; raises NotFound, and what `places.service.end_procurement` raises."""
    check_kept(record, actor)
    service.end_procurement(record, command, actor)


def _check(command: AddProcurement, region: Region, version: ProgrammeVersion | None, actor: Actor) -> None:
    if version is None:
        raise RuleViolation(
            f"{region.name}今天没有施行这个政策，请另选；要先施行的，由管理员在“政策”里载入并发布。", "programme_key"
        )
    if not leads(actor, version.office):
        raise RuleViolation(
            f"这个政策由{version.office.label}牵头，它的采购记录由{version.office.at_county}登记，请另选。",
            "programme_key",
        )
    if actor.role is not Role.SYSTEM and not is_held(version.marks, TASK, actor.role):
        holders = "、".join(post(role, version.office) for role in queries.of(version).holders(TASK))
        raise NotAllowed(
            f"按“{version.name}”，采购记录由{holders or version.office.at_county}登记，请另选政策。", "programme_key"
        )
    RuleViolations.raise_if_any(_price_faults(command, version))


def _check_fee(asking: Sequence[ProgrammeVersion], award_fen: int | None, households: int | None) -> None:
    """What assessors are paid for a home stays within the programme's ceiling (fen): the award over the lot's households."""
    for version in asking:
        most = queries.of(version).data.assessment.fee_ceiling
        if most is None:
            continue
        limit = f"“{version.name}”的服务费（评估、查勘、验收）每户最多 {display(most)}"
        if households is None:
            raise RuleViolation(f"{limit}，请填写这个标段的户数，才能核对。", "max_households")
        if award_fen is None:
            raise RuleViolation(f"{limit}，请填写中标金额，才能核对。", "award")
        if award_fen > most * households:
            raise RuleViolation(
                f"{limit}，{households} 户最多 {display(most * households)}，请核对中标金额和户数。", "award"
            )


def _check_one_each(
    organisation: Organisation, command: AddProcurement, region: Region, asking: Sequence[ProgrammeVersion]
) -> None:
    """A firm has one lot at a time for a programme in a county; of two that are entered at once one waits for the other."""
    if not asking:
        return
    db.session.execute(select(Organisation.id).where(Organisation.id == organisation.id).with_for_update())
    county = places.enclosing(region, Level.COUNTY) or region
    for one in places.lots_of(organisation.id, command.kind, command.valid_from, command.valid_to):
        near = one.region.path.startswith(county.path) or county.path.startswith(one.region.path)
        version = next((version for version in asking if one.serves(version.programme_key)), None)
        if near and version is not None:
            raise Conflict(
                f"按“{version.name}”，一家单位只中一个标段；{organisation.name}已有标段 {one.lot}"
                f"（{one.valid_from} 至 {one.valid_to}）。登错的请先终止那条，再登记这一条；中了几个标段的，只登记一个。",
                "lot",
            )


def _price_faults(command: AddProcurement, version: ProgrammeVersion) -> list[DomainError]:
    programme, faults = queries.of(version), list[DomainError]()
    for index, price in enumerate(command.prices):
        if not programme.has_item(price.item):
            text = f"“{programme.name}”的项目清单里没有第 {price.item} 项，请对照政策的项目清单改序号。"
            faults.append(RuleViolation(text, f"prices-{index}-item"))
        elif (item := programme.item(price.item)).unit != price.unit:
            text = (
                f"“{programme.name}”第 {price.item} 项（{item.name}）按“{item.unit}”计价，请改成每{item.unit}的单价。"
            )
            faults.append(RuleViolation(text, f"prices-{index}-unit"))
    return faults
