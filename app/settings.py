"""Settings, read from the environment once and validated; contract.md names them."""

import os
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
"""The project's root: `catalog/`, `templates/`, `migrations/` lie here."""

VERSION = "0.1.0"
"""Of the program; pyproject.toml says the same."""


class SettingError(ValueError):
    """A setting is missing, weak or contradicts another; the sentence names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. `field_key` is 32 bytes; `storage_url` a folder path, `file://…` or `s3://…`.

    `proxies` is how many proxies of our own stand before the application: as many addresses of X-Forwarded-For, counted
    from the end, are theirs to say. None by default, since anybody can send that header.
    """

    environment: str
    demo: bool
    database_url: str
    storage_url: str
    s3_endpoint: str
    secret_key: str
    field_key: bytes
    instance: Path
    proxies: int = 0
    json_logs: bool = False
    smtp_url: str = ""
    sms_channel: str = ""

    @property
    def is_production(self) -> bool:
        """True when `ANJU_ENV=production`."""
        return self.environment == "production"

    def as_config(self) -> dict[str, Any]:
        """As Flask's configuration."""
        return {
            "ENVIRONMENT": self.environment,
            "DEMO": self.demo,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "STORAGE_URL": self.storage_url,
            "S3_ENDPOINT": self.s3_endpoint,
            "SECRET_KEY": self.secret_key,
            "FIELD_KEY": self.field_key,
            "INSTANCE": str(self.instance),
            "PROXIES": self.proxies,
            "JSON_LOGS": self.json_logs,
            "SMTP_URL": self.smtp_url,
            "SMS_CHANNEL": self.sms_channel,
            "SESSION_COOKIE_NAME": "anju_session",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.is_production,
            "WTF_CSRF_TIME_LIMIT": None,  # the session's own life bounds it; an hour would kill a morning's work
            "WTF_CSRF_SSL_STRICT": self.is_production,
            "MAX_CONTENT_LENGTH": 80 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
            "MAX_FORM_PARTS": 5000,
            "JSON_AS_ASCII": False,
        }


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and validate the environment; raises SettingError naming the setting and the remedy."""
    environment = environ.get("ANJU_ENV", "development")
    if environment not in {"development", "production"}:
        raise SettingError(f"ANJU_ENV={environment!r}: must be development or production")
    demo = environ.get("ANJU_DEMO", "") == "1"
    production = environment == "production"
    if production and demo:
        raise SettingError("ANJU_DEMO=1 is refused in production: demo accounts have known passwords")
    instance = ROOT / "instance"
    return Settings(
        environment=environment,
        demo=demo,
        database_url=_database_url(environ.get("ANJU_DATABASE_URL", ""), instance),
        storage_url=environ.get("ANJU_STORAGE_URL") or str(instance / "files"),
        s3_endpoint=environ.get("ANJU_S3_ENDPOINT", ""),
        secret_key=_secret_key(environ.get("ANJU_SECRET_KEY", ""), production),
        field_key=_field_key(environ.get("ANJU_FIELD_KEY", ""), production),
        instance=instance,
        proxies=_number("ANJU_PROXIES", environ.get("ANJU_PROXIES", "")),
        json_logs=environ.get("ANJU_LOG", "json" if production else "plain") == "json",
        smtp_url=environ.get("ANJU_SMTP_URL", ""),
        sms_channel=environ.get("ANJU_SMS_CHANNEL", ""),
    )


def _number(name: str, given: str) -> int:
    if given and not (given.isdecimal() and len(given) == 1):
        raise SettingError(f"{name}={given!r}: must be how many proxies of ours stand before the application, 0 to 9")
    return int(given or 0)


def _database_url(given: str, instance: Path) -> str:
    if given:
        return given
    instance.mkdir(exist_ok=True)
    return f"sqlite:///{instance / 'anju.db'}"


def _secret_key(given: str, production: bool) -> str:
    if given and (len(_decoded("ANJU_SECRET_KEY", given)) >= 32 or not production):
        return given
    if given or production:
        raise SettingError("ANJU_SECRET_KEY is missing or weak: give standard base64 of 32 random bytes")
    return "development-only-secret-key-not-for-production"


def _field_key(given: str, production: bool) -> bytes:
    if not given and not production:
        return bytes(range(32))  # `make run` makes a real one; a bare development shell must work without
    key = _decoded("ANJU_FIELD_KEY", given)
    if len(key) != 32 or (production and len(set(key)) < 16):
        raise SettingError("ANJU_FIELD_KEY is missing or weak: give standard base64 of 32 random bytes")
    return key


def _decoded(name: str, given: str) -> bytes:
    try:
        return b64decode(given, validate=True)
    except Base64Error as error:
        raise SettingError(f"{name} is not standard base64") from error
