"""Who reads whose name and whose papers, over whole lives: city and province nobody's, a firm only its own sums."""

from datetime import timedelta

import pytest
from flask import current_app
from werkzeug.routing import Rule

from app.core import clock
from app.core.db import db, transaction
from app.identity.queries import actor_of, user, user_by_staff_no
from app.identity.rules import MakeToken, Reach, TokenKind
from app.identity.tokens import make_token
from app.lifecycle import Stage
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import PICTURE_KINDS, Kind
from tests.support.client import PageClient

from .conftest import Lives

READ = ("straight", "rejected", "claim_contested", "change_order")


def addresses(prefix: str, number: str) -> list[str]:
    """Every address of a file that is read, its tabs among them."""
    found = []
    with current_app.test_request_context():
        for rule in current_app.url_map.iter_rules():
            if rule.rule.startswith(prefix) and "GET" in (rule.methods or ()) and rule.arguments == {"number"}:
                found.append(built(rule, number))
    return found


def built(rule: Rule, number: str) -> str:
    address = rule.build({"number": number})
    assert address is not None
    return address[1]


@pytest.mark.sqlite_only
def test_the_city_reads_no_name(lives: Lives) -> None:
    """The applicant, who lives with them and who signed for them; the staff's names are no secret."""
    city = user_by_staff_no("city1")
    assert city is not None
    expires = clock.civil(clock.system()) + timedelta(days=30)
    wish = MakeToken(name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=expires)
    with transaction():
        token = make_token(wish, actor_of(city))[1]
    client = current_app.test_client()
    assert isinstance(client, PageClient)
    client.login(city)
    named = {}
    for name in READ:
        story = lives[name]
        people = [one.name for one in story.known.people]
        pages = [*addresses("/renovations/", story.number), *addresses("/api/v1/renovations/", story.number)]
        pages += [f"/renovations/{story.number}?tab={stage.value}" for stage in Stage]
        for address in pages:
            sent = client.get(address, headers={"Authorization": f"Bearer {token}"})
            if said := [one for one in people if one in sent.text]:
                named[f"{name} {address}"] = said
    assert named == {}


@pytest.mark.sqlite_only
def test_every_picture_on_the_citys_pages_opens(lives: Lives) -> None:
    """What may not be opened is not offered: the place of a signed paper says so instead."""
    city = user_by_staff_no("city1")
    client = current_app.test_client()
    assert isinstance(client, PageClient)
    client.login(city)
    number = lives["straight"].number
    pages = [client.page(f"/renovations/{number}?tab={stage.value}") for stage in Stage]
    offered = {str(one["href"]) for page in pages for one in page.select("a[href*='/files/']")}
    offered |= {str(one["src"]) for page in pages for one in page.select("img[src*='/files/']")}
    assert len(offered) > 10
    assert {address: client.get(address).status_code for address in offered} == dict.fromkeys(offered, 200)
    assert "监理报告（您的岗位不能查看）" in pages[list(Stage).index(Stage.CONSTRUCTION)].get_text()


@pytest.mark.sqlite_only
def test_the_city_opens_pictures_and_no_papers(lives: Lives) -> None:
    """A signed paper names its household, so the city sees what was built and not who signed for it."""
    city = actor_of(user_by_staff_no("city1"))
    assert city.role is Role.CITY
    for story in lives.values():
        found = files.attachments(story.file())
        assert {one.kind for one in found if files.may_open(one, city)} <= PICTURE_KINDS
    db.session.rollback()


@pytest.mark.sqlite_only
def test_two_firms_of_one_file_do_not_open_each_others_invoices(lives: Lives) -> None:
    """The address of the other's paper opens nothing, whichever firm came first."""
    found = files.attachments(lives["firm_replaced"].file(), kind=Kind.INVOICE)
    filed_by = {one.added_by: one for one in found}
    assert len(filed_by) == 2
    firms = {user_id: actor_of(user(user_id)) for user_id in filed_by}
    opened = {(of, by): files.may_open(paper, firms[by]) for of, paper in filed_by.items() for by in firms}
    assert opened == {(of, by): of == by for of in filed_by for by in firms}
