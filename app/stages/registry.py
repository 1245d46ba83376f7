"""Every operation of every stage, in the order of the lifecycle, and the stages' tabs."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ..letters import documents as letter_papers
from ..lifecycle import Stage
from ..permissions import Actor
from ..renovation.models import Renovation
from ..renovation.operations import Operation
from ..renovation.papers import Paper
from ..renovation.progress import entitled
from .acceptance import documents as acceptance_papers
from .acceptance import operations as acceptance
from .acceptance import queries as acceptances
from .application import documents as application_papers
from .application import operations as application
from .application import showing as applications
from .assessment import documents as assessment_papers
from .assessment import operations as assessment
from .assessment import queries as assessments
from .construction import documents as construction_papers
from .construction import operations as construction
from .construction import pages as works
from .plan import documents as plan_papers
from .plan import operations as plan
from .plan import showing as plans
from .settlement import documents as settlement_papers
from .settlement import operations as settlement
from .settlement import queries as settlements
from .warranty import documents as warranty_papers
from .warranty import operations as warranty
from .warranty import queries as warranties

Tab = Callable[[Renovation, Actor], dict[str, Any] | None]

STAGES = (application, assessment, plan, construction, acceptance, settlement, warranty)

TABS: Mapping[Stage, Tab] = {
    Stage.APPLICATION: applications.tab,
    Stage.ASSESSMENT: assessments.tab,
    Stage.PLAN: plans.tab,
    Stage.CONSTRUCTION: works.tab,
    Stage.ACCEPTANCE: acceptances.tab,
    Stage.SETTLEMENT: settlements.tab,
    Stage.WARRANTY: warranties.tab,
}
"""Stage → what its tab on the file's page shows."""


@cache
def operations() -> Mapping[str, Operation]:
    """Operation key (`stage.name`) → operation."""
    found: dict[str, Operation] = {}
    for stage in STAGES:
        for operation in stage.OPERATIONS:
            if operation.key in found:
                raise RuntimeError(f"two operations are called {operation.key}")
            found[operation.key] = operation
    return found


PAPERS = (
    application_papers,
    assessment_papers,
    plan_papers,
    construction_papers,
    acceptance_papers,
    settlement_papers,
    warranty_papers,
    letter_papers,
)


@cache
def papers() -> Mapping[str, Paper]:
    """Kind → paper, in the lifecycle's order."""
    found: dict[str, Paper] = {}
    for stage in PAPERS:
        for paper in stage.PAPERS:
            if paper.kind in found:
                raise RuntimeError(f"two papers are called {paper.kind}")
            found[paper.kind] = paper
    return found


def open_operations(renovation: Renovation, actor: Actor) -> list[Operation]:
    """What this person may do to this file now, in the lifecycle's order."""
    return [
        operation
        for operation in operations().values()
        if entitled(renovation, operation.permission, actor)
        and operation.is_open(renovation)
        and operation.is_for(renovation, actor)
    ]
