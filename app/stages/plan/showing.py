"""What every page needs that shows a version of the plan."""

from typing import Any

from ...core.money import capitals
from ...permissions import Actor
from ...programme.queries import programme_of
from ...programme.values import Decision
from ...renovation.models import Renovation
from . import queries, reviews
from .models import Plan


def plan_context(renovation: Renovation, plan: Plan) -> dict[str, Any]:
    """What showing a version needs: photos, the version before, the waivers, the sum in capitals."""
    earlier = next((one for one in queries.versions(renovation) if one.version < plan.version), None)
    return {
        "plan": plan,
        "photos": queries.photos_of(plan),
        "difference": queries.difference(earlier, plan) if earlier else None,
        "waived": [one for one in plan.decisions if one.decision is not Decision.INSTALL],
        "declined": [one for one in plan.decisions if one.decision is Decision.DECLINED],
        "capitals": capitals(plan.self_pay_fen),
        "programme": programme_of(renovation.programme_version_id),
    }


def tab(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's plan tab shows; the technical reviews too, and to the reviewer the prices that it goes through."""
    shown = queries.tab(renovation, actor)
    if shown is None or reviews.reviewing_role(renovation) is None:
        return shown
    numbers = {plan.id: plan for plan in shown["versions"]}
    found = [
        {
            "review": one,
            "version": numbers[one.plan_id].version,
            "lines": {line.id: line for line in numbers[one.plan_id].lines},
        }
        for one in reviews.reviews(renovation)
    ]
    sees = shown["shows_money"] or reviews.is_reviewer(renovation, actor)
    waits = reviews.waiting(renovation)
    return shown | {"reviews": found, "reviewing": reviews.firm(renovation), "waits": waits, "shows_money": sees}
