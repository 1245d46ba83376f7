"""What a new installation still lacks before work can begin."""

from sqlalchemy import exists, select

from ..core.db import db
from ..identity.models import User
from ..places.models import Region
from ..programme.models import ProgrammeVersion


def missing() -> list[tuple[str, str]]:
    """(what is missing, the command that brings it) in the order in which it is done; empty when all is there."""
    steps = (
        (User, "还没有管理员账号", "flask --app wsgi admin create"),
        (Region, "还没有行政区划", "flask --app wsgi region import 区划.csv"),
        (ProgrammeVersion, "还没有改造政策", "flask --app wsgi programme load catalog/chongqing-2020 --publish"),
    )
    return [
        (text, command) for model, text, command in steps if not db.session.scalar(select(exists(select(model.id))))
    ]
