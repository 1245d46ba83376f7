"""Which blueprints and which commands make up the application, each in one list."""

from importlib import import_module
from typing import Any

VIEWS = (
    "health",
    "identity.views",
    "identity.admin",
    "jobs.views",
    "programme.views",
    "programme.household.views",
    "funds.views",
    "renovation.web",
    "letters.views",
    "stages.application.views",
    "stages.application.waiting_views",
    "stages.assessment.views",
    "stages.plan.views",
    "stages.construction.views",
    "stages.construction.code_views",
    "stages.acceptance.views",
    "stages.settlement.views",
    "stages.settlement.deposit_views",
    "stages.warranty.views",
    "oversight.views",
    "oversight.policy_views",
    "oversight.sampling_views",
    "workbench.views",
    "workbench.exports",
    "workbench.paper_views",
    "workbench.bulk_views",
    "demo.views",
)
"""Modules with a blueprint `bp`: base first, then the stages in their order, then what looks across them."""

COMMANDS = (
    "places.cli",
    "identity.cli",
    "programme.cli",
    "stages.application.excel.cli",
    "oversight.cli",
    "audit.cli",
    "jobs.cli",
    "backup.cli",
    "demo.cli",
)
"""Modules with the `commands` of contract.md, each written beside what it commands."""


def load(names: tuple[str, ...]) -> list[Any]:
    """The modules of a list, in its order."""
    return [import_module(f".{name}", __package__) for name in names]
