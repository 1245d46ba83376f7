"""Field and file encryption (AES-256-GCM), and the keyed index by which encrypted fields are found (domain §7)."""

import base64
import binascii
import hashlib
import hmac
import json
import os
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import Column, Dialect, LargeBinary, Table, TypeDecorator, event

_VERSION = b"\x01"  # the first byte of every ciphertext: which key and which method read it
_NONCE = 12


class KeyProblem(RuntimeError):
    """The field key is missing, malformed, or not the one with which the data were written."""


def encrypt_bytes(purpose: str, plain: bytes) -> bytes:
    """Ciphertext of bytes, bound to a purpose: what was encrypted for one column or file opens for no other."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + AESGCM(derived_key("encrypt")).encrypt(nonce, plain, purpose.encode())


def decrypt_bytes(purpose: str, sealed: bytes) -> bytes:
    """The bytes again; raises KeyProblem when the key or the purpose is another one, or the ciphertext was changed."""
    if sealed[:1] != _VERSION:
        raise KeyProblem(f"encrypted data for {purpose} have an unknown version")
    try:
        return AESGCM(derived_key("encrypt")).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], purpose.encode())
    except InvalidTag:
        raise KeyProblem(
            f"encrypted data for {purpose} cannot be opened: ANJU_FIELD_KEY is not the key with which they were "
            "written, or they were changed"
        ) from None


def seal_text(purpose: str, text: str) -> str:
    """A text encrypted where only text can stand (JSON); opened again by `open_text` with the same purpose."""
    return base64.b64encode(encrypt_bytes(purpose, text.encode())).decode()


def open_text(purpose: str, sealed: str) -> str:
    """The text again; raises KeyProblem."""
    return decrypt_bytes(purpose, base64.b64decode(sealed)).decode()


def blind_index(purpose: str, text: str) -> str:
    """The keyed hash, 64 hex digits, by which an encrypted text is found exactly; case and outer blanks do not count."""
    message = f"{purpose}\0{text.strip().upper()}".encode()
    return hmac.new(derived_key("index"), message, hashlib.sha256).hexdigest()


def derived_key(use: str) -> bytes:
    """32 bytes derived from the field key for one use, so that no key serves two ends; raises KeyProblem."""
    return _derive(_field_key(current_app.config.get("FIELD_KEY")), use)


def _field_key(setting: object) -> bytes:
    try:
        key = base64.b64decode(setting, validate=True) if isinstance(setting, str) else setting
    except binascii.Error:
        key = None
    if not isinstance(key, bytes) or len(key) != 32:
        raise KeyProblem("ANJU_FIELD_KEY must be the standard base64 of 32 bytes")
    return key


@lru_cache(maxsize=32)
def _derive(key: bytes, use: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"anju {use}".encode()).derive(key)


class Encrypted(TypeDecorator[str]):
    """A column of text, encrypted at rest. Its purpose is "table.column" unless given: `mapped_column(Encrypted)`."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str = "") -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Encrypt what is written."""
        return None if value is None else encrypt_bytes(self.purpose, self.dump(value))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Decrypt what is read."""
        return None if value is None else self.parse(decrypt_bytes(self.purpose, value))

    def dump(self, value: Any) -> bytes:
        """The text as bytes."""
        if not isinstance(value, str):
            raise TypeError(f"{self.purpose} takes text")
        return value.encode()

    def parse(self, plain: bytes) -> Any:
        """The text again."""
        return plain.decode()


class EncryptedJSON(Encrypted):
    """A column of JSON, encrypted at rest. Changes inside the value are not noticed: assign a new one."""

    cache_ok = True

    def dump(self, value: Any) -> bytes:
        """The value as bytes."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def parse(self, plain: bytes) -> Any:
        """The value again."""
        return json.loads(plain)


@event.listens_for(Column, "after_parent_attach")
def _name_purpose(column: Column[Any], table: Table) -> None:
    """Bind the ciphertext to its column, so that values cannot be moved between columns unnoticed."""
    kind = column.type
    if isinstance(kind, Encrypted) and not kind.purpose:
        column.type = type(kind)(f"{table.name}.{column.name}")
