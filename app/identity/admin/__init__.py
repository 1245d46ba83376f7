"""Administration pages: users, firms, regions, holidays, telephones. The blueprint `admin`.

They stand here and not in `places`, because the stamps that guard them are a layer above places.
"""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from . import holidays, organisations, procurements, regions, telephones, users  # noqa: E402 — their routes need the blueprint

__all__ = ["bp", "holidays", "organisations", "procurements", "regions", "telephones", "users"]
