"""A firm's tender and the programme for which it was won: which can be chosen, and whether its prices fit the catalogue."""

from ..core import clock
from ..core.errors import DomainError, RuleViolation, RuleViolations
from ..permissions import Actor
from ..places import queries as places
from ..places import service
from ..places.models import Organisation, ProcurementRecord
from ..places.rules import AddProcurement
from . import queries
from .models import ProgrammeVersion


def choices(region_code: str) -> list[tuple[str, str]]:
    """(key, name) of the programmes in force today in a region, or below it ("" = everywhere); by key."""
    return [(one.programme_key, one.name) for one in queries.in_force(region_code, clock.today())]


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
        _check(command)
    return service.add_procurement(organisation, command, actor)


def _check(command: AddProcurement) -> None:
    region = places.region(command.region_id)
    found = {one.programme_key: one for one in queries.in_force(region.code, clock.today())}
    version = found.get(command.programme_key)
    if version is None:
        raise RuleViolation(
            f"{region.name}今天没有施行这个政策，请另选；要先施行的，由管理员在“政策”里载入并发布。", "programme_key"
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
