"""Password hashes (argon2id, 19 MiB, 2 passes: small enough for many threads) and one-time passwords."""

from functools import cache
from secrets import choice, token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0, 1: a one-time password is read out and copied by hand."""


def hash_password(password: str) -> str:
    """The argon2id hash of a password, about 30 ms of work: not inside a unit of work where it can be helped."""
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """True when the password fits. Without a hash (no such account) it works as long and says False."""
    try:
        _hasher.verify(password_hash or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobody() -> str:
    """The hash of a password that nobody knows, so that unknown accounts answer as slowly as known ones."""
    return hash_password(token_urlsafe(32))


def one_time() -> str:
    """A password to be told once and changed at the first sign-in: twelve characters in three groups."""
    return "-".join("".join(choice(_LETTERS) for _ in range(4)) for _ in range(3))
