"""What no file of the project may hold, and what every module has."""

import ast
import re
from pathlib import Path

import pytest

from scripts.vendor import FILES, TARGET
from tests.support.repository import ROOT, python_files, tracked

# written so that this file does not hold them itself
ADDRESSES = re.compile(
    r"[p]ypi\.org|[p]ythonhosted|[n]pmjs\.|[d]eb\.debian|[a]rchive\.ubuntu|"
    r"(^|[^A-Za-z0-9_.])/([w]ork|[r]oot|[h]ome/\w+)/|\"resolved\":|--(extra-)?[i]ndex-url https?:"
)
LONGEST_FILE = 400
LONG_FOR_A_REASON: dict[str, str] = {}


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = []
    for path in tracked():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), 1)
            if ADDRESSES.search(line)
        ]
    assert found == []


def test_locks_pin_every_package_by_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        packages = re.split(r"\n(?=\S)", text.strip())
        assert [package for package in packages if "==" not in package or "--hash=sha256:" not in package] == []


def test_development_lock_holds_the_run_time_lock() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


def test_only_listed_front_end_files_are_served() -> None:
    served = {str(path.relative_to(TARGET)) for path in TARGET.rglob("*") if path.is_file()}
    assert served - {".stamp"} == set(FILES.values())


def test_every_front_end_file_that_pages_ask_for_is_there() -> None:
    asked = {
        name
        for path in tracked()
        if path.parts[0] == "templates"
        for name in re.findall(r"filename=['\"]([^'\"{}]+)['\"]", (ROOT / path).read_text(encoding="utf-8"))
    }
    assert asked
    assert [name for name in sorted(asked) if not (ROOT / "app" / "static" / name).is_file()] == []


@pytest.mark.parametrize("path", python_files("app", "tests", "scripts", "bench", "examples", "migrations"), ids=str)
def test_every_module_says_in_a_line_what_it_is(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    if not text.strip():
        return  # an empty __init__.py of a folder of tests
    said = ast.get_docstring(ast.parse(text))
    assert said, f"{path} has no docstring"
    assert said.splitlines()[0].strip(), f"{path}: the docstring's first line is empty"


def test_files_stay_short() -> None:
    lengths = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in python_files("app")}
    long = {path: length for path, length in lengths.items() if length > LONGEST_FILE and path not in LONG_FOR_A_REASON}
    assert long == {}, "long is a question: does it hold more than one idea?"
