"""Pages of the assessment; each operation's page comes from the table."""

from flask import Blueprint

from ...renovation.web import register_operations
from .operations import OPERATIONS

bp = Blueprint("assessment", __name__)
register_operations(bp, OPERATIONS)
