"""Every endpoint with generated input: no fault, only described answers, each of the described shape."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.permissions import Role
from tests.access.conftest import Scope, World

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
STAGES = ("sign-in", "places", "files", "renovations", "application", "assessment", "plan", "construction", "acceptance",
          "settlement", "warranty", "bulk", "jobs", "letters", "lots", "deposits")  # fmt: skip
ACTS = {"application": Role.TOWNSHIP, "assessment": Role.ASSESSOR, "plan": Role.ASSESSOR,
        "construction": Role.CONTRACTOR, "acceptance": Role.TOWNSHIP}  # fmt: skip


@pytest.mark.sqlite_only
@pytest.mark.parametrize("stage", STAGES)
def test_generated_requests(world: World, stage: str) -> None:
    """A few generated requests to every endpoint of a stage, by somebody who may act in it, on a file that exists."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world.app)
    token = world.tokens[ACTS.get(stage, Role.COUNTY), Scope.OWN]
    found = [one.ok() for one in schema.include(tag=stage).get_all_operations()]
    assert found

    @settings(
        max_examples=len(found) * 3, deadline=None, phases=[Phase.generate], derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def run(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(found))
        case = data.draw(operation.as_strategy())
        if "number" in (case.path_parameters or {}):
            case.path_parameters["number"] = world.number
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    run()
