"""The pages of the warranty: one for every operation; files whose warranty is over close by themselves."""

from flask import Blueprint

from ...jobs.schedule import register_each
from ...renovation.web import register_operations
from . import queries
from .operations import OPERATIONS
from .service import close_due

bp = Blueprint("warranty", __name__)
register_operations(bp, OPERATIONS)
register_each("warranty.close", queries.to_close, lambda number, _today: close_due(number))
