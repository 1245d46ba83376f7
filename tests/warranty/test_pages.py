"""The pages of settlement and warranty that a firm, a clerk and the county decide on: nobody's silence is an answer."""

from typing import Any

import pytest

from app.lifecycle import Status
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.warranty import queries
from app.stages.warranty.rules import ClaimState
from tests.acceptance.support import recorded
from tests.assessment.support import user
from tests.construction.support import Site, completed, do, lines_of, photo, site
from tests.factories import people
from tests.support.client import PageClient

pytestmark = pytest.mark.sqlite_only


def claimed(on: Site) -> Renovation:
    """A file with a claim that the firm says it has repaired."""
    renovation = do("acceptance.countersign", recorded(on, completed(on)), on.around.county)
    clerk, line = on.around.township, lines_of(renovation)[13].root_id
    do("warranty.report_claim", renovation, clerk, line_id=line, text="扶手松动", reporter="张德福")
    claim = queries.claims(files.get(renovation.number, clerk))[0].id
    do("warranty.assign_claim", renovation, clerk, claim_id=claim, due_on="2099-01-01")
    day = queries.term(renovation).starts_on.isoformat()  # type: ignore[union-attr]
    return do(
        "warranty.fix_claim", renovation, on.builder, claim_id=claim, day=day, text="拧紧", photos=[photo(on.builder)]
    )


def form(client: PageClient, renovation: Renovation, path: str) -> Any:
    """The page's own form."""
    return client.page(f"/renovations/{renovation.number}/{path}").select("form[data-guard]")[-1]


def test_an_unanswered_question_is_not_a_no(client: PageClient) -> None:
    on = site()
    renovation = claimed(on)
    client.login(user(on.around.township))
    asked = client.submit(form(client, renovation, "warranty/verify_claim"), note="打过电话")
    assert (asked.status_code, queries.claims(renovation)[0].state) == (422, ClaimState.FIXED)
    assert asked.soup.select('textarea[name="note"]')[0].get_text(strip=True) == "打过电话"
    client.submit(form(client, renovation, "warranty/verify_claim"), is_good="true", note="打过电话，好了")
    assert queries.claims(files.get(renovation.number, on.around.county))[0].state is ClaimState.VERIFIED


def test_a_firm_sees_what_it_bills_above_the_form(client: PageClient) -> None:
    on = site()
    renovation = do("acceptance.countersign", recorded(on, completed(on)), on.around.county)
    assert renovation.status is Status.ACCEPTED
    client.login(user(on.builder))
    page = client.page(f"/renovations/{renovation.number}/settlement/invoice")
    shown = [one.get_text(" ", strip=True) for one in page.select(".figure-box")]
    due = page.select('input[name="amount"]')[0]["value"]
    assert shown[0].replace(",", "") == f"贵单位应开发票 ¥{due}"
    assert page.select_one(".consequence") is not None
    client.login(people.make_user(Role.FINANCE))
    assert client.get(f"/renovations/{renovation.number}/settlement/invoice").status_code == 403
