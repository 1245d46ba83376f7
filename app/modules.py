"""Which blueprints make up the application, in one list."""

from importlib import import_module
from importlib.util import find_spec

from flask import Blueprint

NAMES = (
    "identity.views",
    "identity.admin",
    "programme.views",
    "funds.views",
    "renovation.web",
    "stages.application.views",
    "stages.assessment.views",
    "stages.plan.views",
    "stages.construction.views",
    "stages.acceptance.views",
    "stages.settlement.views",
    "stages.warranty.views",
    "workbench.views",
    "demo.views",
)


def blueprints() -> list[Blueprint]:
    """Every blueprint: base first, then the stages in their order, then what looks across them."""
    found = []
    for name in NAMES:
        if exists(f"{__package__}.{name}"):
            found.append(import_module(f".{name}", __package__).bp)
    return found


def exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
