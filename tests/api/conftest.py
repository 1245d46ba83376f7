"""A county with one file being built in, and tokens for its people."""

from tests.access.conftest import world

__all__ = ["world"]
