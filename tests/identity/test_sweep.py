"""Old sessions and attempts go, young ones stay; what is a record stays whole."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.identity.models import SignInAttempt, UserSession
from app.identity.rules import SignInOutcome
from app.jobs.schedule import run_due
from app.permissions import Role
from app.workbench.models import LookUpAttempt
from tests.factories import people


def test_what_is_older_than_three_months_goes(session: Session) -> None:
    user, now = people.make_user(Role.TOWNSHIP), clock.system()
    ages = [timedelta(days=89), timedelta(days=92)]
    with transaction():
        for number, age in enumerate(ages):
            at = now - age
            db.session.add(
                UserSession(key_digest=f"{number}", user_id=user.id, started_at=at, end_reason="", address="")
            )
            db.session.add(SignInAttempt(at=at, account_index="a", address="", outcome=SignInOutcome.REFUSED))
            db.session.add(LookUpAttempt(receipt_index="r", address="", at=at, succeeded=False))
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry))
    assert run_due(clock.today()) == []
    counted = [
        db.session.scalar(select(func.count()).select_from(one)) for one in (UserSession, SignInAttempt, LookUpAttempt)
    ]
    assert counted == [1, 1, 1]
    assert (db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0) >= (entries or 0)
