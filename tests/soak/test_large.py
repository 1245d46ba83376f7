"""Twenty thousand households: in step, and the audit whole."""

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import func, select

from app.audit.verify import verify
from app.core import clock
from app.core.db import db
from app.demo import bulk
from app.funds.quota_models import PlaceTaken, QuotaPlaces
from app.lifecycle import Status
from app.renovation.models import Renovation

pytestmark = pytest.mark.soak

HOUSEHOLDS = 20_000


def test_twenty_thousand_households_are_consistent(committed: Flask) -> None:
    with clock.fixed(date(2026, 7, 31)):
        bulk.load(HOUSEHOLDS, 3, lambda _line: None)
    found = dict(db.session.execute(select(Renovation.status, func.count()).group_by(Renovation.status)).all())
    assert set(found) == set(Status)
    assert sum(found.values()) == HOUSEHOLDS
    held = db.session.scalar(select(func.count()).select_from(PlaceTaken).where(PlaceTaken.released_at.is_(None)))
    assert db.session.scalar(select(func.sum(QuotaPlaces.taken))) == held
    if db.engine.dialect.name == "sqlite":
        assert db.session.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    assert verify() == []
