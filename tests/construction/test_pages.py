"""The pages of the works: sound at every step, nothing typed is lost, firms see what the work needs and no more."""

import io
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sqlalchemy import event

from app.core import clock
from app.core.db import db, transaction
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import Kind, Renovation
from app.stages.application.service import update_findings
from app.stages.construction import photo_queries, queries
from tests.assessment.support import user
from tests.construction.support import (
    building,
    changed,
    contract,
    contracted,
    dispatched,
    do,
    lines_of,
    photo,
    propose,
    replaced,
    site,
    take,
    works,
)
from tests.factories import people
from tests.plan.support import agreed
from tests.support.client import PageClient

pytestmark = [pytest.mark.sqlite_only]

HX = {"HX-Request": "true"}


def address(renovation: Renovation, name: str) -> str:
    """The page of an operation."""
    return f"/renovations/{renovation.number}/construction/{name}"


def form(page: BeautifulSoup) -> Any:
    """The page's own form."""
    return page.select("form[data-guard]")[-1]


def picture(colour: int = 40) -> tuple[io.BytesIO, str]:
    """A photo as a telephone sends it."""
    content = io.BytesIO()
    Image.new("RGB", (640, 480), (colour, 90, 200)).save(content, "JPEG")
    content.seek(0)
    return content, "IMG_0001.jpg"


def test_the_county_chooses_among_records_and_sees_why_one_is_closed(client: PageClient) -> None:
    on = site()
    renovation = agreed(on.around)
    client.login(user(on.around.county))
    page = client.page(address(renovation, "dispatch"))
    offered = {one["value"] for one in page.select('input[name="procurement_record_id"]')}
    assert offered == {str(on.builder_record), str(on.other_record)}
    refused = client.submit(form(page), procurement_record_id=str(on.builder_record))
    assert refused.status_code == 422
    assert "请同时选监理单位" in refused.text
    again = refused.soup  # type: ignore[attr-defined]
    assert [one["value"] for one in again.select('input[name="procurement_record_id"][checked]')] == [
        str(on.builder_record)
    ]
    done = client.submit(form(again), supervisor_record_id=str(on.supervisor_record))
    assert done.status_code == 302
    assert client.page(address(renovation, "dispatch"), status=409)


def test_a_contract_keeps_what_was_typed_and_shows_prices_beside_the_plans(client: PageClient) -> None:
    on = site()
    renovation = dispatched(on)
    client.login(user(on.builder))
    page = client.page(address(renovation, "contract"))
    assert page.select(".price-strip .main .value")[0].get_text() == "¥1,400.00"
    assert len(page.select('input[name$="-unit_price"]')) == 7
    typed = {
        "number": "HT-7",
        "prices-0-unit_price": "200.01",
        "prices-1-unit_price": "150",
        "signature": str(photo(on.builder)),
    }
    refused = client.submit(form(page), typed, tampered=True)
    assert refused.status_code == 422
    again = refused.soup  # type: ignore[attr-defined]
    assert "不能高于方案单价 200.00 元" in refused.text
    values = [again.select(f'input[name="{name}"]')[0]["value"] for name in typed if name != "signature"]
    assert values == ["HT-7", "200.01", "150"]
    assert again.select('input[name="signature"][type="hidden"]')
    done = client.submit(form(again), {"prices-0-unit_price": "180.50", "clears_rubble": "true"})
    assert done.status_code == 302
    signed = queries.contract(renovation)
    assert signed is not None
    assert signed.total_fen == 133_050


def test_the_contracts_total_follows_what_is_typed(client: PageClient) -> None:
    on = site()
    renovation = dispatched(on)
    client.login(user(on.builder))
    page = client.page(address(renovation, "contract"))
    root = lines_of(renovation)[1].root_id
    data = {"csrf_token": form(page).select('[name="csrf_token"]')[0]["value"], "prices-0-line_id": str(root),
            "prices-0-unit_price": "99.99", "prices-1-line_id": str(lines_of(renovation)[2].root_id),
            "prices-1-unit_price": "200.01"}  # fmt: skip
    soup = client.post(address(renovation, "contract/sums"), data=data, headers=HX).soup  # type: ignore[attr-defined]
    assert soup.select(".main .value")[0].get_text() == "¥99.99"
    assert [one.get_text(strip=True) for one in soup.select("output")] == ["¥99.99", "高于方案单价"]


def square(client: PageClient, renovation: Renovation, root: int, kind: str, **data: Any) -> Any:
    """A photo put into its square, as the page does it."""
    page = client.page(address(renovation, "photos"))
    token = page.select('[name="csrf_token"]')[0]["value"]
    sent = {"csrf_token": token, "line_id": str(root), "kind": kind, **data}
    return client.post(address(renovation, "photos/square"), data=sent, headers=HX)


def test_a_photo_goes_into_its_square_in_one_tap(client: PageClient) -> None:
    on = site()
    renovation = contracted(on)
    first = works(renovation)[0]
    client.login(user(on.builder))
    page = client.page(address(renovation, "photos"))
    assert "0／4 处" in page.select("#works-bar")[0].get_text()
    assert len(page.select("figure .slot.closed")) == 8
    answer = square(client, renovation, first.root_id, "before", photos=picture(), once="tap-1")
    assert answer.status_code == 200
    soup = answer.soup
    assert len(soup.select("figure .thumb img")) == 1
    assert "1／4 处" in soup.select("#works-bar")[0].get_text()
    assert "齐了" in soup.select(f"#line-{first.root_id}-state")[0].get_text()
    refused = square(client, renovation, first.root_id, "after", photos=picture(41))
    assert "还没有开工，现在只能上传改造前的照片。" in refused.soup.select("[data-said]")[0].get_text()
    nothing = square(client, renovation, first.root_id, "before")
    assert "照片" in nothing.soup.select("[data-said]")[0].get_text()
    assert len(photo_queries.line_photos(renovation)) == 1


def test_the_same_tap_twice_puts_one_photo(client: PageClient) -> None:
    on = site()
    renovation = contracted(on)
    first = works(renovation)[0]
    client.login(user(on.builder))
    sent = str(photo(on.builder))
    for _ in range(2):
        assert square(client, renovation, first.root_id, "before", photos=sent, once="tap-1").status_code == 200
    assert [len(one) for one in photo_queries.line_photos(renovation).values()] == [1]


def test_the_picture_before_lies_under_the_one_to_be_taken(client: PageClient) -> None:
    on = site()
    renovation = building(on)
    client.login(user(on.builder))
    page = client.page(address(renovation, "photos"))
    root = works(renovation)[0].root_id
    before = photo_queries.line_photos(renovation)[(root, Kind.BEFORE)][0]
    ghost = page.select(f"#slot-{root}-after .ghost")[0]
    assert ghost["src"].endswith(f"/files/{before.id}?size=thumb")


def test_every_page_on_site_is_sound(client: PageClient) -> None:
    on = site()
    renovation = contracted(on)
    client.login(user(on.builder))
    for name in ("schedule", "start", "photos"):
        client.page(address(renovation, name))
    renovation = building(on, renovation)
    for name in ("log", "hand_over", "quantities", "photos", "remove_photo", "complete", "propose_change"):
        client.page(address(renovation, name))
    client.login(user(on.supervisor))
    for name in ("inspect", "report"):
        client.page(address(renovation, name))
    today = clock.today()
    do("construction.inspect", renovation, on.supervisor, day=f"{today}", finding="problem", text="松动",
       deadline=f"{today}", photos=[photo(on.supervisor)])  # fmt: skip
    client.page(address(renovation, "resolve"))
    client.login(user(on.around.county))
    page = client.page(address(renovation, "replace_firm"))
    assert len(page.select('input[name$="-quantity"]')) == 7
    client.login(user(on.builder))
    page = client.page(f"/renovations/{renovation.number}?tab=construction")
    assert "待整改" in page.get_text()


def test_a_change_is_read_before_it_is_approved_and_signed(client: PageClient) -> None:
    on = site()
    renovation = building(on)
    client.login(user(on.builder))
    page = client.page(address(renovation, "propose_change"))
    token = form(page).select('[name="csrf_token"]')[0]["value"]
    roots = [one["value"] for one in page.select('input[name$="-origin"]') if one["value"]]
    assert len(roots) == 7
    values = {one["name"]: one["value"] for one in form(page).select("input[name^=lines-]")}
    sent = values | {"csrf_token": token, "lines-3-quantity": "5.00", "lines-0-space": "bathroom"}
    sums = client.post(address(renovation, "propose_change/sums"), data=sent, headers=HX).soup  # type: ignore[attr-defined]
    assert "家庭要多付 ¥200.00" in sums.get_text()
    refused = client.submit(form(page), {"lines-3-quantity": "5.00"})
    assert refused.status_code == 422
    again = refused.soup  # type: ignore[attr-defined]
    assert again.select('input[name="lines-3-quantity"]')[0]["value"] == "5.00"
    assert client.submit(form(again), reason="卫生间要多装扶手").status_code == 302
    client.login(user(on.around.county))
    page = client.page(address(renovation, "approve_change"))
    assert [one.get_text() for one in page.select(".plan-changes tbody ins")] == ["5 根"]
    assert "¥200.00" in page.select(".price-strip .main .value")[0].get_text()
    client.page(address(renovation, "refuse_change"))
    do("construction.approve_change", renovation, on.around.county)
    client.login(user(on.around.township))
    page = client.page(address(renovation, "sign_change"))
    assert page.select(".pay .huge")[0].get_text() == "¥200.00"
    assert [one["value"] for one in page.select('input[name="signer"]')] == ["self", "guardian", "family"]
    done = client.submit(form(page), {"self_pay": "200.00", "signature": str(photo(on.around.township))}, tampered=True)
    assert done.status_code == 302


def test_other_firms_and_townships_find_nothing(client: PageClient) -> None:
    on = site()
    renovation = building(on)
    root = works(renovation)[0].root_id
    for stranger in (on.other_builder, people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP)):
        client.login(user(stranger))
        client.page(f"/renovations/{renovation.number}?tab=construction", status=404)
    client.login(user(on.other_builder))
    for name in ("photos", "log", "contract"):
        client.page(address(renovation, name), status=404)
    token = client.page("/").select('meta[name="csrf-token"]')[0]["content"]
    sent = {"csrf_token": token, "line_id": str(root), "kind": "before", "photos": picture()}
    assert client.post(address(renovation, "photos/square"), data=sent, headers=HX).status_code == 404
    taken = photo_queries.line_photos(renovation)[(root, Kind.BEFORE)][0]
    assert client.get(f"/renovations/{renovation.number}/files/{taken.id}").status_code == 404


def test_what_is_not_open_now_answers_409(client: PageClient) -> None:
    on = site()
    renovation = contracted(on)
    client.login(user(on.builder))
    for name in ("log", "quantities", "hand_over", "complete", "contract"):
        client.page(address(renovation, name), status=409)


def test_a_firm_that_left_reads_and_may_not_act(client: PageClient) -> None:
    on = site()
    renovation = replaced(on, building(on), item_11="1.00")
    dispatched(on, renovation, procurement_record_id=on.other_record, supervisor_record_id=None)
    do(
        "construction.contract",
        renovation,
        on.other_builder,
        **contract(renovation, on.other_builder, item_13="123.45"),
    )
    client.login(user(on.builder))
    text = client.page(f"/renovations/{renovation.number}?tab=construction").get_text()
    assert "合同已终止" in text
    assert "123.45" not in text
    page = client.page(address(renovation, "schedule"))
    refused = client.submit(form(page), starts_on=f"{clock.today()}", days="1")
    assert refused.status_code == 403
    assert "现在不由贵单位施工" in refused.text


@pytest.mark.parametrize("who", ["builder", "supervisor"])
def test_firms_on_site_see_no_health_no_identity_no_telephone(client: PageClient, who: str) -> None:
    on = site()
    renovation = building(on)
    today = clock.today()
    where = {"place": "镇敬老院", "contact": "李敏", "contact_phone": "13899991234"}
    with transaction():
        update_findings(files.get_for_change(renovation.number, on.around.county), {"dwelling.must_move_out": True},
                        "assessment", on.around.county)  # fmt: skip
    do("construction.relocate", renovation, on.around.township, arranger="township", from_on=f"{today}",
       to_on=f"{today + timedelta(days=9)}", **where)  # fmt: skip
    client.login(user(getattr(on, who)))
    for tab in ("construction", "application", "assessment", "acceptance"):
        text = client.page(f"/renovations/{renovation.number}?tab={tab}").get_text()
        for secret in ("13899991234", "镇敬老院", "李敏", "13812345678", "19390506", "特困", "失能", "残疾"):
            assert secret not in text, f"{tab} shows {secret}"
    text = client.page(f"/renovations/{renovation.number}?tab=construction").get_text()
    assert f"{today.isoformat()} 至 {(today + timedelta(days=9)).isoformat()}" in text
    assert ("¥200.00" in text) == (who == "builder")
    client.login(user(on.around.township))
    text = client.page(f"/renovations/{renovation.number}?tab=construction").get_text()
    assert "镇敬老院" in text
    assert "13899991234" not in text


def count_queries(client: PageClient, url: str) -> int:
    """How many statements a page sends."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        client.page(url)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_pages_ask_as_much_for_many_lines_as_for_few(client: PageClient) -> None:
    on = site()
    renovation = building(on)
    client.login(user(on.builder))
    urls = [
        f"/renovations/{renovation.number}?tab=construction",
        address(renovation, "photos"),
        address(renovation, "quantities"),
    ]
    before = [count_queries(client, url) for url in urls]
    extra = tuple({"item": 20, "space": "bathroom", "specification": f"灯{place}", "measured": "过道 6 m", "quantity": "1.00",
                   "unit": "个", "unit_price": "10.00"} for place in range(8))  # fmt: skip
    propose(on, renovation, changed(renovation, add=extra))
    do("construction.approve_change", renovation, on.around.county)
    do("construction.sign_change", renovation, on.around.township, self_pay="0.00", signature=photo(on.around.township))
    take(renovation, on.builder, "before", 20)
    after = [count_queries(client, url) for url in urls]
    assert all(now <= then + 2 for now, then in zip(after, before, strict=True)), (before, after)
