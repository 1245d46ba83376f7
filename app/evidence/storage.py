"""Where contents lie: a folder or an object store, encrypted, named by a keyed hash of what they hold."""

import hashlib
import hmac
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from flask import Flask, current_app
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from ..core.crypto import decrypt_bytes, derived_key, encrypt_bytes

_EXTENSION = "anju_storage"


def key_of(sha256: str, form: str = "original") -> str:
    """The name under which a content, or a copy of it, lies. Without the key nobody can ask whether a photo is there."""
    name = hmac.new(derived_key("storage"), f"{form}:{sha256}".encode(), hashlib.sha256).hexdigest()
    return f"{name[:2]}/{name[2:]}"


def put(key: str, content: bytes) -> None:
    """Store a content once; what lies there already is the same and stays."""
    try:
        obstore.put(store(), key, encrypt_bytes(_purpose(key), content), mode="create")
    except AlreadyExistsError:
        return


def get(key: str) -> bytes:
    """A content; raises FileNotFoundError, KeyProblem when it was altered."""
    return decrypt_bytes(_purpose(key), bytes(obstore.get(store(), key).bytes()))


def is_ready() -> bool:
    """True when the store answers, for /readyz."""
    try:
        obstore.head(store(), "ready")
    except FileNotFoundError:
        return True
    except (BaseError, OSError):
        return False
    return True


def store() -> ObjectStore:
    """The store of this application, opened at its first use."""
    if _EXTENSION not in current_app.extensions:
        current_app.extensions[_EXTENSION] = _open(current_app)
    opened: ObjectStore = current_app.extensions[_EXTENSION]
    return opened


def _open(app: Flask) -> ObjectStore:
    url = str(app.config["STORAGE_URL"])
    parts = urlsplit(url)
    if parts.scheme != "s3":
        folder = unquote(parts.path) if parts.scheme == "file" else url
        return LocalStore(Path(folder).absolute(), mkdir=True)
    endpoint = str(app.config.get("S3_ENDPOINT") or "") or None
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        endpoint=endpoint,
        virtual_hosted_style_request=endpoint is None,  # stores of one's own seldom have a name per bucket
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http://")), "timeout": "60s"},
        # the default waits three minutes, and somebody stands in a home with a phone in hand
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
    )


def _purpose(key: str) -> str:
    return f"file:{key}"
