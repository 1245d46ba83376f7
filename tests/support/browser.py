"""Browser tests: a real server, Debian's Chromium, pages that must not log an error, and screenshots."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "shots"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 90_000
"""Milliseconds before a page counts as hung: a build machine may be busy, and waiting costs nothing where all is well."""
expect.set_options(timeout=PATIENCE)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def sign_in_box(box: Locator) -> None:
    """Write a name into a signature box (`[data-signature]`) with finger or mouse, as soon as it takes one."""
    expect(box.locator("[data-signature-state]")).to_have_text("还没有签名")
    pad, mouse = box.locator("canvas"), box.page.mouse
    pad.scroll_into_view_if_needed()
    place = pad.bounding_box()
    assert place is not None
    left, middle = place["x"] + 30, place["y"] + place["height"] / 2
    mouse.move(left, middle)
    mouse.down()
    for step in range(1, 9):
        mouse.move(left + 18 * step, middle + (12 if step % 2 else -12))
    mouse.up()
    expect(box.locator("[data-signature-state]")).to_have_text("已签名")


class Screenshot(Protocol):
    """Takes the whole page as `shots/<name>.png` and gives the path."""

    def __call__(self, page: Page, name: str) -> Path: ...


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own browser: none is ever downloaded."""
    names = [os.environ["ANJU_CHROMIUM"]] if "ANJU_CHROMIUM" in os.environ else PROGRAMS
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        raise RuntimeError("no Chromium on this machine: run `make install`, or set ANJU_CHROMIUM to one")
    return {**browser_type_launch_args, "executable_path": program, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A Chinese clerk's machine."""
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": DESKTOP,
        "reduced_motion": "reduce",
    }


@pytest.fixture
def live_server(committed: Flask) -> Iterator[str]:
    """The address of a server over this test's own database; write with `with transaction():` to let it see."""
    with serving(committed) as address:
        yield address


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """A server over an application; its address."""

    def whole(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        # the server forgets to close an answer whose reader has gone to another page: an open file fails some test
        answer: Any = app(environ, start_response)
        with closing(answer):
            return [b"".join(answer)]

    server = make_server("127.0.0.1", 0, whole, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="live_server", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@pytest.fixture
def open_page(
    browser: Browser, browser_context_args: dict[str, Any], live_server: str
) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own: `open_page()`, `open_page(viewport=PHONE, has_touch=True)`.

    Paths are relative to the live server. Any error on a page's console, and any request to another place, fails
    the test at its end.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def note_console(message: ConsoleMessage) -> None:
        # pages that answer 409, 422, and a line that a test cuts on purpose
        expected_refusal = any(
            one in message.text
            for one in (
                "responded with a status of 4",
                "ERR_INTERNET_DISCONNECTED",
                "htmx:afterRequest",
                "htmx:sendError",
                "htmx:sendAbort",
            )
        )
        if message.type == "error" and not expected_refusal:
            problems.append(f"console: {message.text}")

    def open_one(**options: Any) -> Page:
        context = browser.new_context(**{**browser_context_args, "base_url": live_server, **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        context.on("console", note_console)
        context.on("weberror", lambda error: problems.append(f"script: {error.error}"))
        context.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((live_server, "data:", "blob:"))
                else problems.append(f"asks another place: {request.url}")
            ),
        )
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A desk, 1440 × 900."""
    return open_page()


@pytest.fixture
def desktop(page: Page) -> Page:
    """A desk, 1440 × 900."""
    return page


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A phone, 390 × 844, with touch."""
    return open_page(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)


@pytest.fixture
def browser_login(committed: Flask, live_server: str) -> Callable[[Page, Any], None]:
    """`browser_login(page, user)` signs a user in without the page; what the test wrote is committed first."""

    def sign_in(page: Page, user: Any) -> None:
        client = committed.test_client()
        client.login(user)
        name = committed.config["SESSION_COOKIE_NAME"]
        cookie = client.get_cookie(name)
        page.context.add_cookies([{"name": name, "value": cookie.value, "url": live_server}])

    return sign_in


@pytest.fixture
def screenshot() -> Screenshot:
    """`screenshot(page, "申请")` keeps the whole page in shots/, for people to look at."""

    def take(page: Page, name: str) -> Path:
        SHOTS.mkdir(exist_ok=True)
        path = SHOTS / f"{name}.png"
        page.screenshot(path=path, full_page=True, animations="disabled")
        return path

    return take


@pytest.fixture
def check_accessibility() -> Callable[[Page], None]:
    """`check_accessibility(page)` fails on anything serious that axe finds (WCAG 2.2 A and AA), contrast included."""
    source = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def check(page: Page) -> None:
        page.evaluate(source)
        found = page.evaluate(
            "async () => (await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})).violations"
            ".filter(v => v.impact === 'serious' || v.impact === 'critical')"
            ".flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')}: ${n.html.slice(0, 120)}`))"
        )
        assert found == [], "\n".join(found)

    return check
