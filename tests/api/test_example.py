"""The example in `examples/` runs as its page says, against a real server, and ends with 0."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
PREPARE = (
    "from app import create_app; from app.core import clock; from app.demo import county\n"
    "with create_app().app_context(): county.build(clock.today())"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """gunicorn over a fresh demo county without households."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANJU_")}
    environment = kept | {
        "ANJU_DEMO": "1",
        "ANJU_DATABASE_URL": f"sqlite:///{tmp_path / 'anju.db'}",
        "ANJU_STORAGE_URL": str(tmp_path / "files"),
    }
    run = {"cwd": ROOT, "env": environment, "check": True}
    subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"], **run)  # type: ignore[call-overload]
    subprocess.run([sys.executable, "-c", PREPARE], **run)  # type: ignore[call-overload]
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", "127.0.0.1:0", "--worker-class", "gthread",
               "--threads", "4", "--no-control-socket"]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield _address(process)
    finally:
        process.terminate()
        process.wait(20)
        assert process.stderr is not None
        process.stderr.close()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(r"Listening at: (http://\S+)", line)
        if found:
            break
    else:
        raise RuntimeError("gunicorn did not start")
    # the socket listens before the worker is ready, and keeps the question until it is
    with urlopen(f"{found[1]}/healthz", timeout=120):
        return found[1]


@pytest.mark.sqlite_only
def test_one_household_to_the_sealed_file(server: str) -> None:
    """Thirteen statuses in order, the sums to the fen, the seal, exit 0."""
    command = [sys.executable, str(ROOT / "examples" / "one_household.py"), "--url", server]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"档案号 CQ2020-500299-\d{6}", lines[0])
    assert [line.split()[1] for line in lines[1:14]] == [
        "submitted", "reviewed", "noticed", "confirmed", "assessed", "planned", "agreed", "dispatched", "building",
        "completed", "accepted", "settled", "paid",
    ]  # fmt: skip
    # 3.42 × 112.00 + 238.00 + 200.00 + 2 × 166.00 + 158.00 + 76.00 + 760.00 = 2,147.04; the cap is 2,000.00
    assert lines[14] == "合计 2147.04  补贴 2000.00  家庭自付 147.04"
    assert re.fullmatch(r"已封存：\d+ 条记录、\d+ 份材料，清单哈希 [0-9a-f]{64}", lines[15])
