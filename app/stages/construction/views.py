"""The pages of the works: one for every operation."""

from flask import Blueprint

from ...renovation.web import register_operations
from .operations import OPERATIONS

bp = Blueprint("construction", __name__)
register_operations(bp, OPERATIONS)
