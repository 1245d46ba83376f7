"""What the files for containers promise: no default secrets, nothing open but the proxy, commands that exist."""

import re
from base64 import b64encode
from typing import Any

import pytest
import yaml
from flask import Flask

from app import settings
from tests.support.repository import ROOT

TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
OURS = [name for name, service in SERVICES.items() if service.get("build")]


def test_secrets_come_from_the_environment_and_have_no_default() -> None:
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", TEXT))
    named = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    assert used == set(named)
    for name in ("POSTGRES_PASSWORD", "ANJU_SECRET_KEY", "ANJU_FIELD_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY"):
        assert named[name] == ""
        assert re.findall(rf"\$\{{{name}(?!:\?set it)", TEXT) == []


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_images_are_pinned_and_long_runners_are_watched() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":\d[\w.-]*$", service["image"]), name
        runs_on = service["restart"] != "no"
        assert ("healthcheck" in service) == runs_on, name


def test_migrations_run_once_before_web_and_worker() -> None:
    for name in ("web", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.sqlite_only
def test_every_command_of_ours_exists(app: Flask) -> None:
    for name in OURS:
        words = [*SERVICES[name].get("entrypoint", []), *SERVICES[name]["command"]]
        if words[0] == "gunicorn":
            assert (ROOT / words[words.index("--config") + 1]).is_file()
            continue
        assert words[:3] == ["flask", "--app", "wsgi"]
        group, *rest = words[3:]
        assert group in app.cli.commands, name
        sub = next((word for word in rest if not word.startswith("-")), None)
        assert sub is None or sub in app.cli.commands[group].commands, name  # type: ignore[attr-defined]


def test_the_settings_are_those_of_the_program() -> None:
    environment = {key: str(value) for key, value in SERVICES["web"]["environment"].items()}
    filled = {key: re.sub(r"\$\{[^}]*\}", "x" * 8, value) for key, value in environment.items()}
    key = b64encode(bytes(range(32))).decode()
    read = settings.read({**filled, "ANJU_SECRET_KEY": key, "ANJU_FIELD_KEY": key, "ANJU_SMTP_URL": ""})
    assert (read.is_production, read.proxies, read.json_logs) == (True, 1, True)
    assert read.storage_url == "s3://anju/files"
    source = (ROOT / "app" / "settings.py").read_text()
    assert [name for name in environment if name.startswith("ANJU_") and name not in source] == []


def test_what_is_secret_or_large_stays_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".git", ".venv", "instance", "backups"} <= set(ignored)
    assert "/.env\n" in (ROOT / ".gitignore").read_text()


def test_the_version_is_said_once() -> None:
    assert f'version = "{settings.VERSION}"' in (ROOT / "pyproject.toml").read_text()
    assert SERVICES["web"]["image"] == f"anju:{settings.VERSION}"
