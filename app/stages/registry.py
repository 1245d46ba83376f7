"""Every operation of every stage, in the order of the lifecycle, and the stages' tabs."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..lifecycle import Stage
from ..permissions import Actor, may
from ..renovation.models import Renovation
from ..renovation.operations import Operation


@cache
def operations() -> Mapping[str, Operation]:
    """Operation key (`stage.name`) → operation."""
    found: dict[str, Operation] = {}
    for stage in Stage:
        if find_spec(f"{__package__}.{stage.value}") and find_spec(f"{__package__}.{stage.value}.operations"):
            for operation in import_module(f".{stage.value}.operations", __package__).OPERATIONS:
                if operation.key in found:
                    raise RuntimeError(f"two operations are called {operation.key}")
                found[operation.key] = operation
    return found


def open_operations(renovation: Renovation, actor: Actor) -> list[Operation]:
    """What this person may do to this file now, in the lifecycle's order."""
    return [
        operation
        for operation in operations().values()
        if may(actor, operation.permission) and operation.is_open(renovation)
    ]


@cache
def tabs() -> Mapping[Stage, Callable[[Renovation, Actor], dict[str, Any] | None]]:
    """Stage → what its tab on the file's page shows."""
    found = {}
    for stage in Stage:
        if find_spec(f"{__package__}.{stage.value}") and find_spec(f"{__package__}.{stage.value}.queries"):
            found[stage] = import_module(f".{stage.value}.queries", __package__).tab
    return found
