"""A firm's tender and the programme for which it was won: which can be chosen, and whether its prices fit the catalogue."""

from ..core import clock
from ..core.errors import DomainError, NotFound, RuleViolation, RuleViolations
from ..permissions import Actor, leads
from ..places import queries as places
from ..places import service
from ..places.models import Organisation, ProcurementRecord
from ..places.rules import AddProcurement, EndProcurement, SetAward
from . import queries
from .models import ProgrammeVersion


def choices(region_code: str, actor: Actor) -> list[tuple[str, str]]:
    """(key, name) of the programmes in force today in a region, or below it ("" = everywhere); by key.

    A county's office is offered those that it leads.
    """
    found = queries.in_force(region_code, clock.today())
    return [(one.programme_key, one.name) for one in found if leads(actor, one.office)]


def is_others(record: ProcurementRecord, actor: Actor) -> bool:
    """True when a tender was won for a programme that the other office of the actor's county leads.

    The same as `queries.led` asks of many at once. A tender for all programmes is both offices'.
    """
    if not record.programme_key:
        return False
    return not leads(actor, queries.office_of_key(record.programme_key, unknown=actor.office))


def is_kept_by(record: ProcurementRecord, actor: Actor) -> bool:
    """True when the actor's region and office keep a tender. `record` with its region loaded."""
    return record.region.path.startswith(actor.region_path or "-") and not is_others(record, actor)


def check_kept(record: ProcurementRecord, actor: Actor) -> None:
    """Raises NotFound where another region or office keeps the tender, as if it were not there."""
    if not is_kept_by(record, actor):
        raise NotFound("没有这条采购记录，或不在您的管理范围内")


def names(organisation: Organisation) -> dict[str, str]:
    """Key → name of the programmes for which a firm's records were won. `organisation` with its records loaded."""
    keys = dict.fromkeys(one.programme_key for one in organisation.procurements if one.programme_key)
    return {key: queries.name_of(key) for key in keys}


def add_tender(organisation: Organisation, command: AddProcurement, actor: Actor) -> ProcurementRecord:
    """Enter a lot that a firm won, for the programme that it names or for all.

    Raises what `places.service.add_procurement` raises, and RuleViolations where the programme is not in force in the
    region, or a price is for an item or a unit that the programme's catalogue does not have.
    """
    if command.programme_key:
        _check(command, actor)
    return service.add_procurement(organisation, command, actor)


def set_award(record: ProcurementRecord, command: SetAward, actor: Actor) -> None:
    """Add the award (fen) that a tender was entered without; raises NotFound, and what `places.service.set_award` does."""
    check_kept(record, actor)
    service.set_award(record, command, actor)


def end_tender(record: ProcurementRecord, command: EndProcurement, actor: Actor) -> None:
    """End a tender before its term; raises NotFound, and what `places.service.end_procurement` raises."""
    check_kept(record, actor)
    service.end_procurement(record, command, actor)


def _check(command: AddProcurement, actor: Actor) -> None:
    region = places.region(command.region_id)
    found = {one.programme_key: one for one in queries.in_force(region.code, clock.today())}
    version = found.get(command.programme_key)
    if version is None:
        raise RuleViolation(
            f"{region.name}今天没有施行这个政策，请另选；要先施行的，由管理员在“政策”里载入并发布。", "programme_key"
        )
    if not leads(actor, version.office):
        raise RuleViolation(
            f"这个政策由{version.office.label}牵头，它的采购记录由{version.office.at_county}登记，请另选。",
            "programme_key",
        )
    RuleViolations.raise_if_any(_price_faults(command, version))


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
