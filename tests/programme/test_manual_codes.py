"""The tables of codes in `catalog/README.md` are those that the loader knows: no role, stage, status or act more or less."""

import re

from app.lifecycle import ENDINGS, Action, Stage, Status, transition
from app.permissions import GRANTS, MAY_BE_GIVEN, Role
from app.programme import process_check
from app.programme.loading import CATALOG, load

CODES = (CATALOG / "README.md").read_text("utf-8").split("\n## 代码\n")[1].split("\n## ")[0]
PLAIN = load(CATALOG / "chongqing-2020").data
DESKS = [role for role in Role if role not in {Role.SYSTEM, Role.ADMIN}]


def table(head: str) -> list[list[str]]:
    """The rows under a head, cell by cell, without the marks of code."""
    rows = CODES.split(head, 1)[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]


def test_stages_with_who_can_be_responsible() -> None:
    able = [[role.value for role in DESKS if process_check._acts_in(PLAIN, role, stage)] for stage in Stage]
    assert table("| 环节 `stage.key` ") == [
        [stage.value, stage.label, "、".join(who)] for stage, who in zip(Stage, able, strict=True)
    ]


def test_roles_and_the_parties_of_an_acceptance() -> None:
    assert table("| 岗位（") == [[role.value, role.label] for role in DESKS]
    said = re.findall(r"`([a-z_]+)`", CODES.split("验收的 `acceptance.party` 写", 1)[1].split("\n")[0])
    assert sorted(said) == sorted(process_check._PARTY)
    assert tuple(said[:3]) == process_check._ALWAYS


def test_statuses_that_can_have_a_time_limit() -> None:
    assert table("| 进度（") == [[status.value, status.label] for status in Status if status not in ENDINGS]


def test_acts_with_who_can_be_named_for_them() -> None:
    found = []
    for action in Action:
        who = [role.value for role in DESKS if transition(action).permission in GRANTS[role]]
        if who:
            found.append([action.value, action.label, "、".join(who)])
    assert table("| 步骤（") == found


def test_tasks_with_whom_they_may_be_given() -> None:
    assert table("| 工作（") == [
        [task.value, task.label, "、".join(role.value for role in DESKS if task in GRANTS[role] or role in given)]
        for task, given in MAY_BE_GIVEN.items()
    ]
