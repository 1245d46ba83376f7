"""Which blueprints make up the application, in one list."""

from flask import Blueprint

from .funds.views import bp as funds
from .identity.views import bp as identity
from .places.views import bp as places
from .renovation.web import files
from .stages.acceptance.views import bp as acceptance
from .stages.application.views import bp as application
from .stages.assessment.views import bp as assessment
from .stages.construction.views import bp as construction
from .stages.plan.views import bp as plan
from .stages.settlement.views import bp as settlement
from .stages.warranty.views import bp as warranty
from .workbench.views import bp as workbench


def blueprints() -> list[Blueprint]:
    """Every blueprint: base first, then the stages in their order, then what looks across them."""
    return [
        identity,
        places,
        funds,
        files,
        application,
        assessment,
        plan,
        construction,
        acceptance,
        settlement,
        warranty,
        workbench,
    ]
