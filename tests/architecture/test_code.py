"""House rules that neither the linter nor the import contracts can say."""

import ast
import re
import tomllib

import pytest

from app.lifecycle import Stage
from tests.support.repository import ROOT, python_files, tree

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
TEST_FILES = python_files("tests")


def test_contract_names_the_stages_in_the_order_of_the_lifecycle() -> None:
    contract = next(one for one in CONTRACTS if one.get("containers") == ["app.stages"])
    named = [name for layer in contract["layers"] if (name := layer.strip("()")) in set(Stage)]
    assert list(reversed(named)) == [stage.value for stage in Stage]


def test_imports_inside_the_app_are_relative() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in python_files("app")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "app")
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "app" for name in node.names))
    ]
    assert found == []


def test_services_take_an_actor_never_a_request() -> None:
    """What decides and what reads knows no web; of Flask only the application's settings. Views alone know requests."""
    plain = {"service", "queries", "models", "rules", "progress"}
    found = [
        f"{path}:{node.lineno}: {name.name}"
        for path in python_files("app")
        if path.stem in plain or (path.parts[1] == "stages" and not path.stem.endswith("views"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "flask"
        for name in node.names
        if name.name != "current_app"
    ]
    assert found == []


def test_only_units_of_work_commit() -> None:
    """Services never commit; what does is the unit of work in core.db, and nothing else."""
    found = [
        f"{path}:{node.lineno}"
        for path in python_files("app")
        if str(path) != "app/core/db.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        and ast.unparse(node.func.value).endswith("session")
    ]
    assert found == []


def test_nothing_is_deleted() -> None:
    """Rows end or are countered: the session's delete is not used."""
    found = [
        f"{path}:{node.lineno}"
        for path in python_files("app")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "delete"
        and ast.unparse(node.func.value).endswith("session")
    ]
    assert found == []


@pytest.mark.parametrize("word", ["Manager", "Helper", "Util", "Utils"])
def test_names_say_what_things_are(word: str) -> None:
    found = [
        f"{path}:{node.lineno}: {node.name}"
        for path in python_files("app")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and re.search(rf"{word}(?![a-z])", node.name)
    ]
    assert found == []


def test_tests_neither_sleep_nor_mock_nor_skip() -> None:
    exempt = {
        "tests/architecture/test_code.py",
        "tests/jobs/test_worker.py",  # a slow job of another process has to take its time
    }
    forbidden = re.compile(r"\btime\.sleep\(|unittest\.mock|\bmocker\b|mark\.(skip|xfail)\b|wait_for_timeout\(")
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in TEST_FILES
        if str(path) not in exempt
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []
