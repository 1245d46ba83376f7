"""The telephone that stands on the household's own page, on notices and on letters: one for each county."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from ..audit.service import record
from ..core import settings_store
from ..core.commands import Command, Id
from ..core.errors import RuleViolation
from ..permissions import Actor
from .models import Region
from .queries import region, subtree
from .rules import Level

HOTLINE = "12345"
"""The public service line of every city in China: stands where a county has set no number of its own."""


class SetTelephone(Command):
    """The number that households of a county are to call."""

    county_id: Annotated[Id, Field(title="区县")]
    number: Annotated[
        str,
        Field(
            title="咨询电话",
            max_length=30,
            pattern=r"^$|^[0-9][0-9\- 转]{2,28}[0-9]$",
            description="申请人和家属打这个电话问进度、反映情况，例如 023-12345678；留空则显示 12345",
        ),
    ] = ""


def telephone(county: Region | None, otherwise: str = "") -> str:
    """The number of a county: its own, else `otherwise` (the programme's), else the public service line."""
    own = settings_store.read(_key(county), "") if county is not None else ""
    return str(own or otherwise or HOTLINE)


def own_telephones(counties: Sequence[Region]) -> dict[int, str]:
    """Id of a county → the number that it has set; "" where it has set none."""
    return {county.id: str(settings_store.read(_key(county), "")) for county in counties}


def counties_of(actor: Actor, on: date) -> Sequence[Region]:
    """The counties for which somebody may set the number: those of the own region, by code."""
    return subtree(actor.region_path, Level.COUNTY, on)


def set_telephone(command: SetTelephone, actor: Actor, on: date) -> None:
    """Set a county's number; raises RuleViolation for one outside the own region."""
    if command.county_id not in {county.id for county in counties_of(actor, on)}:
        raise RuleViolation("这个区县不在您的管理范围内，请另选。", "county_id")
    county = region(command.county_id)
    settings_store.write(_key(county), command.number)
    record("settings", "telephone.set", actor, county=county.code, number=command.number)


def _key(county: Region) -> str:
    return f"telephone:{county.code}"
