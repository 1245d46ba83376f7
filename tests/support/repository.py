"""The project's own files, as git knows them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is in git, or would be with the next `git add`, relative to the root."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    return tuple(Path(name) for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    """Our Python files below those folders, relative to the root."""
    return [path for path in tracked() if path.suffix == ".py" and path.parts[0] in folders]


def tree(path: Path) -> ast.Module:
    """The syntax tree of one of them."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))
