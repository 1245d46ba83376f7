"""Who asked for a job, and with which rights it is done."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from ..core.db import db
from ..core.errors import NotAllowed
from ..identity import queries as people
from ..identity.rules import UserState
from ..permissions import Actor, Permission
from .models import Job
from .service import Task


def rights(actor: Actor) -> dict[str, Any]:
    """What a job's payload keeps of the person who asks: a token's own limits. The rest is looked up when it runs."""
    return {"only": None if actor.only is None else sorted(permission.value for permission in actor.only)}


def asker(task: Task) -> Actor:
    """Who asked, with the rights of today, and never more than the token with which it was asked. Raises NotAllowed."""
    user_id = db.session.scalar(select(Job.created_by).where(Job.id == task.job_id))
    user = people.user(user_id) if user_id is not None else None
    if user is None or user.state is not UserState.ACTIVE:
        raise NotAllowed("发起人的账号已停用，没有继续办理。请由其他同事重新发起。")
    actor, only = people.actor_of(user), task.payload["only"]
    return actor if only is None else replace(actor, only=frozenset(Permission(name) for name in only))
