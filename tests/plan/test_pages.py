"""The plan's pages: sound at every step, live sums, nothing typed is lost, money only for who may see it."""

import pytest

from app.permissions import Role
from app.stages.plan import queries
from tests.assessment.support import user
from tests.factories import people
from tests.factories.applications import do
from tests.plan.support import (
    agreed,
    approved,
    assessed,
    decisions,
    desk,
    drafted,
    line,
    lines,
    open_,
    photo,
    submitted,
    verify,
)
from tests.support.client import PageClient

pytestmark = [pytest.mark.sqlite_only]


def test_the_editor_starts_from_what_the_assessment_suggests(client: PageClient) -> None:
    around = desk()
    renovation = assessed(around, answers={"bathing": "not_met"})
    client.login(user(around.first))
    page = client.page(f"/renovations/{renovation.number}/plan/draft")
    chosen = [
        select.find("option", selected=True)["value"] for select in page.select('select[name$="-item"]:not(template *)')
    ]
    assert chosen[:-1] == ["1", "17"] or "17" in chosen
    assert page.select('select[name="decisions-0-decision"] option[selected]')[0]["value"] == "install"
    assert page.select('textarea[name="lines-0-measured"]')[0].get_text(strip=True) == "门净宽 760 mm"
    assert page.select('input[name="lines-0-quantity"]')[0]["value"] == ""  # square metres that nobody measured


def test_the_live_sums_follow_what_is_typed(client: PageClient) -> None:
    around = desk()
    renovation = assessed(around)
    client.login(user(around.first))
    form = client.page(f"/renovations/{renovation.number}/plan/draft").select("form[data-guard]")[0]
    token = form.select('input[name="csrf_token"]')[0]["value"]
    typed = {
        "csrf_token": token,
        "lines-0-item": "1",
        "lines-0-space": "bathroom",
        "lines-0-quantity": "3.33",
        "lines-0-unit_price": "12.35",
        "lines-1-item": "13",
        "lines-1-quantity": "2",
    }
    response = client.post(f"/renovations/{renovation.number}/plan/preview", data=typed, headers={"HX-Request": "true"})
    assert response.status_code == 200
    soup = response.soup  # type: ignore[attr-defined]
    assert [one.get_text() for one in soup.select(".plan-sum .value")] == ["¥41.13", "¥41.13", "¥0.00"]
    assert soup.select("#a-lines-0-amount")[0].get_text() == "¥41.13"
    assert soup.select("#a-lines-1-amount")[0].get_text() == "请填单价"
    assert queries.newest(renovation) is None


def test_a_plan_is_drafted_and_handed_in_through_the_page(client: PageClient) -> None:
    around = desk()
    renovation = drafted(around, lines=[one for one in lines() if one["item"] != 24])
    client.login(user(around.first))
    page = client.page(f"/renovations/{renovation.number}/plan/draft")
    place = [one["value"] for one in page.select('input[name^="decisions-"][name$="-item"]')].index("24")
    refused = client.submit(
        page,
        {f"decisions-{place}-decision": "in_place", "no_shared_space": "true", "design_code": "true", "submit": "true"},
    )
    assert refused.status_code == 422
    assert "“手杖”填了“家中已有”，请写理由。" in refused.text
    again = refused.soup  # type: ignore[attr-defined]
    selected = again.select(f'select[name="decisions-{place}-decision"] option[selected]')
    assert [one["value"] for one in selected] == ["in_place"]
    assert len(again.select('select[name^="lines-"][name$="-item"]:not(template *)')) == 6
    done = client.submit(
        again,
        {
            f"decisions-{place}-reason": "有一根合用的",
            f"decisions-{place}-photo": str(photo(around.first)),
            "submit": "true",
        },
    )
    assert done.status_code == 302
    plan = queries.newest(renovation)
    assert plan is not None
    assert (plan.state.value, plan.version) == ("submitted", 1)


def test_every_page_of_the_plan_is_sound(client: PageClient) -> None:
    around = desk()
    renovation = assessed(around)
    waived = decisions(around.first, item_24="declined", item_29="in_place")
    rest = [one for one in lines() if one["item"] not in (24, 29)]
    drafted(around, renovation, lines=rest, decisions=waived)
    client.login(user(around.first))
    client.page(f"/renovations/{renovation.number}/plan/submit_plan")
    do("plan.submit_plan", renovation, around.first)
    client.login(user(around.county))
    client.page(f"/renovations/{renovation.number}/plan/approve")
    client.page(f"/renovations/{renovation.number}/plan/return_plan")
    client.page(f"/renovations/{renovation.number}/plan/return_assessment")
    client.page(f"/renovations/{renovation.number}/plan/versions/1/sheet", status=403)
    do("plan.return_plan", renovation, around.county, reason="扶手太贵")
    submitted(
        around, renovation, lines=[line(13, "150.00") if one["item"] == 13 else one for one in rest], decisions=waived
    )
    page = client.page(f"/renovations/{renovation.number}/plan/approve")
    assert "与上一版的差别" in page.get_text()
    page = client.page(f"/renovations/{renovation.number}/plan/versions/2")
    assert [one.get_text() for one in page.select(".plan-changes tbody ins")] == ["¥150.00"]
    verify(renovation, around)
    do("plan.approve", renovation, around.county, accept_waivers=True)
    client.login(user(around.township))
    page = client.page(f"/renovations/{renovation.number}/plan/agree")
    assert page.select(".pay .huge")[0].get_text() == "¥0.00"
    client.page(f"/renovations/{renovation.number}/plan/versions/2/sheet")
    client.page(f"/renovations/{renovation.number}/plan/refuse")


def test_the_household_signs_through_the_page(client: PageClient) -> None:
    around = desk()
    renovation = approved(around, lines=[*lines(), line(26, "900.00")])
    client.login(user(around.township))
    page = client.page(f"/renovations/{renovation.number}/plan/agree")
    assert "¥300.00" in page.select(".pay .huge")[0].get_text()
    assert "叁佰元整" in page.get_text()
    wrong = client.submit(
        page, {"signer": "self", "self_pay": "3", "signature": str(photo(around.township))}, tampered=True
    )
    assert wrong.status_code == 422
    again = wrong.soup  # type: ignore[attr-defined]
    assert again.select('input[name="signature"][type="hidden"]')  # the signature need not be drawn again
    assert client.submit(again, {"self_pay": "300.00"}).status_code == 302
    plan = queries.signed(renovation)
    assert plan is not None
    assert plan.signed_self_pay_fen == 30_000


def test_sums_are_for_who_may_see_money(client: PageClient) -> None:
    around = desk()
    renovation = agreed(around)
    client.login(user(around.township))
    assert "¥1,400.00" in client.page(f"/renovations/{renovation.number}?tab=plan").get_text()
    federation = people.make_user(Role.FEDERATION)
    client.login(federation)
    page = client.page(f"/renovations/{renovation.number}?tab=plan")
    assert "¥1,400.00" not in page.get_text()
    client.page(f"/renovations/{renovation.number}/plan/versions/1", status=403)


def test_another_township_finds_no_version(client: PageClient) -> None:
    around = desk()
    renovation = agreed(around)
    client.login(people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP))
    for path in ("versions/1", "versions/1/sheet", "agree"):
        client.page(f"/renovations/{renovation.number}/plan/{path}", status=404)


def test_the_draft_page_of_a_returned_plan_says_why(client: PageClient) -> None:
    around = desk()
    renovation = submitted(around)
    do("plan.return_plan", renovation, around.county, reason="扶手单价偏高")
    client.login(user(around.first))
    page = client.page(f"/renovations/{renovation.number}/plan/draft")
    assert "扶手单价偏高" in page.get_text()
    client.submit(page)
    assert open_(renovation).version == 2
    assert [one.origin_id is not None for one in open_(renovation).lines] == [True] * 7
