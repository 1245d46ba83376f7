"""A draft of the county's edition for next year: compared, tried, and waiting for the second person."""

from datetime import date

from ..core.db import transaction
from ..jobs.service import run
from ..oversight import what_if
from ..oversight.trial import Trial
from ..programme.changing import changed
from ..programme.loading import CATALOG, load
from ..programme.policy import Programme, build
from ..programme.queries import current
from ..programme.service import load_draft
from . import county

CHANGES = {
    "clause.2.when.any.0.age_at_least": "75",
    "cap.addition": "500.00",
    "ceiling:13": "200.00",
    "percent:10": "50",
}
"""Younger old people, 500 yuan more from the county, dearer grab bars, care beds at half."""


def next_year(today: date) -> Programme:
    """The shipped edition of the county with the changes, from the first day of next year."""
    tried = changed(load(CATALOG / f"{county.PROGRAMME}-demo-county"), CHANGES)
    about = tried.data.programme
    label = f"{about.version.partition('/')[0]}/{today.year + 1}.1"
    summary = "示例草案：高龄放宽到 75 周岁，区县每户另加 500 元，护理床补贴一半，扶手限价调高。"
    update = {"version": label, "valid_from": date(today.year + 1, 1, 1), "summary": summary}
    clauses = tuple(
        one.model_copy(update={"text": one.text.replace("80", "75")}) if one.id == "E3" else one
        for one in tried.data.clause
    )
    data = tried.data.model_copy(update={"programme": about.model_copy(update=update), "clause": clauses})
    programme, problems = build(data)
    if problems:
        raise ValueError(f"the demo's draft is no programme: {problems[0].message}")
    return programme


def prepare(today: date) -> None:
    """Loads the draft by the administrator, so that the city's officer may publish it, and has it tried by the county."""
    with transaction():
        draft_id = load_draft(next_year(today), county.actor("admin")).id
    in_force = current(county.PROGRAMME, county.COUNTY, today)
    for account in ("county1", "city1"):
        with transaction():
            job_id = what_if.ask(Trial(in_force.id, draft_id), county.actor(account)).id
        run(job_id)
