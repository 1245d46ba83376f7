"""The pages of the acceptance: one for every operation."""

from flask import Blueprint

from ...renovation.web import register_operations
from .operations import OPERATIONS

bp = Blueprint("acceptance", __name__)
register_operations(bp, OPERATIONS)
