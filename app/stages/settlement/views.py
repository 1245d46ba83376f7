"""The pages of the settlement: one for every operation."""

from flask import Blueprint

from ...renovation.web import register_operations
from .operations import OPERATIONS

bp = Blueprint("settlement", __name__)
register_operations(bp, OPERATIONS)
