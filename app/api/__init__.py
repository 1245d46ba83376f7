"""/api/v1: every read and every change of state, from the same services; its description is computed from them."""

from .problems import problem
from .setup import init_api

__all__ = ["init_api", "problem"]
