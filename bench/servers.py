"""Real servers for the benchmarks (gunicorn, one worker, one thread) and a client that keeps its connection."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from .data import ROOT


class Client:
    """One browser: a connection that stays open, and a cookie."""

    def __init__(self, port: int) -> None:
        """Connect to a server on this machine."""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = ""

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a GET."""
        return self._send("GET", path)

    def post(self, path: str, values: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body of a form's POST."""
        return self._send("POST", path, urlencode(values))

    def timed_get(self, path: str) -> float:
        """Milliseconds of a GET that must answer 200."""
        began = time.perf_counter()
        status, _ = self.get(path)
        taken = time.perf_counter() - began
        assert status == 200, f"{path} answers {status}"
        return taken * 1000

    def timed_post(self, path: str, values: Mapping[str, str]) -> float:
        """Milliseconds of a POST that must lead on (302)."""
        began = time.perf_counter()
        status, body = self.post(path, values)
        taken = time.perf_counter() - began
        assert status == 302, f"{path} answers {status}: {body.decode(errors='replace')[-2000:]}"
        return taken * 1000

    def _send(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        headers = {"Cookie": self.cookie}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        set_cookie = response.getheader("Set-Cookie")
        if set_cookie:
            self.cookie = set_cookie.split(";")[0]
        return response.status, content


@contextmanager
def serve(target: str, environment: Mapping[str, str]) -> Iterator[Client]:
    """Serve `module:app` for the block and give a client of it."""
    port = _free_port()
    command = [str(Path(sys.executable).parent / "gunicorn"), target, "--bind", f"127.0.0.1:{port}"]
    options = ["--worker-class", "gthread", "--workers", "1", "--threads", "1", "--keep-alive", "60"]
    process = subprocess.Popen(
        [*command, *options, "--no-control-socket", "--log-level", "warning"], cwd=ROOT, env=dict(environment)
    )
    try:
        _wait(port, process)
        yield Client(port)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not answer within thirty seconds")
