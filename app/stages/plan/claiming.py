"""Items that a household may have only once (`[benefit] per = "item"`): claimed with the plan in which they stand."""

from ...core import clock
from ...funds import queries as funds
from ...funds.claims import BenefitTerms, claim_benefit, release_items
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from ..application import decision_queries as decided
from . import queries
from .models import Plan


def claim_items(renovation: Renovation, plan: Plan) -> None:
    """Claim the items of a plan for the file's subjects, and give back those that it no longer has (variants §0, 6).

    Nothing where benefits are claimed as a whole. Raises Conflict when one was subsidised under another file.
    """
    benefit = programme_of(renovation.programme_version_id).data.benefit
    place = funds.place(renovation.id)
    terms = BenefitTerms.of(benefit, place.year if place else clock.today().year)
    if not terms.by_item:
        return
    wanted = {f"{renovation.programme_key}:{line.item_no}" for line in queries.lines(plan)}
    held = {claim.item for claim in funds.claims(renovation.id)}
    release_items(renovation.id, held - wanted, f"方案第 {plan.version} 版不含这个项目")
    for item in sorted(wanted - held):
        for group in terms.groups:
            claim_benefit(
                renovation.id,
                decided.subjects(renovation),
                group,
                terms.period,
                renovation.programme_key,
                renovation.county_id,
                rolling_months=terms.rolling_months,
                item=item,
            )
