"""The auditor's pages: whose entries are shown, that tampering is shown by name and place, and what they cost."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.audit import ddl
from app.audit.models import AuditEntry
from app.audit.service import record
from app.core.db import db, transaction
from app.lifecycle import Stage
from app.oversight import queries
from app.oversight.labels import TABLES
from app.permissions import SYSTEM, Role
from app.places.regions import add_region
from app.places.rules import AddRegion, Level
from app.renovation import queries as files
from app.renovation import sealing
from app.renovation.models import Event
from app.renovation.progress import note
from app.renovation.sealing import Occasion, seal
from tests.factories import people
from tests.support.client import PageClient
from tests.workbench.support import make_file, statements

OTHER_COUNTY = "500298"
CHAINS = {
    f"funds:{people.COUNTY}": (True, False),
    "settings": (True, True),
    "seals": (True, True),
    "programme:x": (True, True),
    "organisation:1": (True, True),
    "strange:1": (False, False),
}
"""Chain → (read by its county's auditor, read by the next county's)."""


@pytest.fixture
def number(session: Session) -> str:
    return make_file("审计示例")


@pytest.fixture
def auditor(client: PageClient) -> PageClient:
    client.login(people.make_user(Role.AUDITOR))
    return client


@pytest.fixture
def stranger(new_client: Callable[[], PageClient], session: Session) -> PageClient:
    """The auditor of the next county."""
    people.region(people.COUNTY)
    with transaction():
        beside = AddRegion(code=OTHER_COUNTY, name="邻县（示例）", level=Level.COUNTY, parent_code=people.CITY)
        add_region(beside, SYSTEM)
    client = new_client()
    client.login(people.make_user(Role.AUDITOR, OTHER_COUNTY))
    return client


def sealed(number: str) -> int:
    """The file sealed as paid; the seal's id."""
    with transaction():
        return seal(files.get(number, SYSTEM), Occasion.PAID, SYSTEM).id


def unprotected(statement: str, **values: object) -> None:
    """Change what the database protects, as somebody with its password could."""
    dialect = db.engine.dialect.name
    with transaction():
        for one in ddl.drop(dialect, "audit_entry"):
            db.session.execute(text(one))
        db.session.execute(text(statement), values)
        for one in ddl.create(dialect, "audit_entry"):
            db.session.execute(text(one))


def test_another_countys_auditor_sees_nothing_of_the_file(
    number: str, auditor: PageClient, stranger: PageClient
) -> None:
    """Neither in the log, whatever the filter, nor by address; the own one sees it in all of them."""
    for address in ("/audit", f"/audit?number={number}", "/audit?event=note"):
        assert number in auditor.page(address).select_one("section.panel").get_text()  # type: ignore[union-attr]
        assert f"/renovations/{number}" not in str(stranger.page(address))
    for address in (f"/renovations/{number}/audit", f"/renovations/{number}/seals"):
        auditor.page(address)
        stranger.page(address, status=404)


def test_accounts_notices_and_funds_of_elsewhere_stay_there(auditor: PageClient, stranger: PageClient) -> None:
    """What belongs to a region is read by its auditor; settings, seals and programmes by every auditor."""
    with transaction():
        for chain in CHAINS:
            record(chain, "note", SYSTEM, title=f"记在 {chain} 上")
    own, other = auditor.page("/audit?event=note").get_text(), stranger.page("/audit?event=note").get_text()
    seen = {chain: (f"记在 {chain} 上" in own, f"记在 {chain} 上" in other) for chain in CHAINS}
    assert seen == CHAINS


def test_sign_ins_are_read_where_the_account_belongs(auditor: PageClient, stranger: PageClient) -> None:
    """A clerk's own chain is the county's; the neighbour's auditor does not learn who works here."""
    clerk = people.make_user(Role.TOWNSHIP, name="经办甲")
    assert f"账号 {clerk.id}" in auditor.page("/audit?event=user.created").get_text()
    assert f"账号 {clerk.id}" not in " ".join(stranger.page("/audit?event=user.created").get_text().split())


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.AUDITOR, Role.SYSTEM}])
def test_nobody_else_reads_the_audit(number: str, client: PageClient, role: Role) -> None:
    """The log, a chain, the seals: 403 for everybody but the auditor."""
    client.login(people.make_user(role))
    for address in ("/audit", "/audit/days", f"/renovations/{number}/audit", f"/renovations/{number}/seals"):
        assert client.get(address).status_code == 403


def test_an_edited_entry_is_shown_at_its_place(number: str, auditor: PageClient) -> None:
    """The chain's page names the fault and the number; untouched, it says that all holds."""
    assert "全部完好" in auditor.page(f"/renovations/{number}/audit").get_text()
    unprotected(
        "UPDATE audit_entry SET actor_name = '别人' WHERE chain = :chain AND seq = 1", chain=f"renovation:{number}"
    )
    page = auditor.page(f"/renovations/{number}/audit")
    (row,) = page.select("tr.broken")
    assert (row.td.get_text(strip=True), "记录被改动" in row.get_text()) == ("1", True)  # type: ignore[union-attr]


def test_a_removed_entry_leaves_a_row(number: str, auditor: PageClient) -> None:
    """Who takes the middle out leaves its number behind."""
    sealed(number)
    unprotected("DELETE FROM audit_entry WHERE chain = :chain AND seq = 2", chain=f"renovation:{number}")
    page = auditor.page(f"/renovations/{number}/audit")
    assert [row.td.get_text(strip=True) for row in page.select("tr.broken")] == ["2"]  # type: ignore[union-attr]


def test_a_seal_is_held_against_the_file(number: str, auditor: PageClient) -> None:
    """Nothing differs; then an address is changed behind the file's back and is named."""
    seal_id = sealed(number)
    address = f"/renovations/{number}/seals?held={seal_id}"
    assert "完全一致" in auditor.page(address).get_text()
    with transaction():
        db.session.execute(text("UPDATE renovation SET address = '别处' WHERE number = :number"), {"number": number})
    found = auditor.page(address).select(".notice.late li")
    renovation = files.get(number, SYSTEM)
    assert [one.get_text(" ", strip=True) for one in found] == [f"档案 {renovation.id} renovation/{renovation.id}"]


def test_sealing_anew_behind_the_back_is_found(number: str, session: Session) -> None:
    """A manifest that was made to fit again is not the one that the audit's chain bears."""
    seal_id = sealed(number)
    with transaction():
        renovation, found = files.get(number, SYSTEM), db.session.get_one(sealing.Seal, seal_id)
        renovation.address = "别处"
        found.manifest = sealing.build_manifest(renovation)
        found.hash = sealing.digest(found.manifest)
    assert sealing.changes(db.session.get_one(sealing.Seal, seal_id), files.get(number, SYSTEM)) == [f"seal/{seal_id}"]


def test_the_days_seals_say_whether_they_hold(number: str, auditor: PageClient) -> None:
    """No seal yet: the page says so."""
    assert "还没有封存" in auditor.page("/audit/days").get_text()


def test_pages_cost_the_same_for_one_and_for_many(number: str, auditor: PageClient) -> None:
    """Statements of the log and of a chain do not grow with their rows."""
    auditor.page("/audit")

    def cost(address: str) -> int:
        with statements() as seen:
            auditor.page(address)
        return len(seen)

    few = (cost("/audit"), cost(f"/renovations/{number}/audit"))
    with transaction():
        for place in range(30):
            record(f"renovation:{number}", "note", SYSTEM, title=f"第 {place} 件")
    assert (cost("/audit"), cost(f"/renovations/{number}/audit")) == few


def test_the_log_continues_by_key(number: str, auditor: PageClient) -> None:
    """The second page begins after the last entry of the first."""
    with transaction():
        for place in range(60):
            record(f"renovation:{number}", "note", SYSTEM, title=f"第 {place} 件")
    page = auditor.page(f"/audit?number={number}")
    link = page.select_one("a[rel=next]")
    assert len(page.select("tbody tr")) == queries.PAGE and link is not None
    older = auditor.page(str(link["href"]))
    count = db.session.query(AuditEntry).filter(AuditEntry.chain == f"renovation:{number}").count()
    assert len(older.select("tbody tr")) == count - queries.PAGE


def test_every_table_of_a_file_has_a_name() -> None:
    """What a manifest lists is called by a Chinese name."""
    tables = {table.name for table in sealing._descendants()}
    assert sorted(tables - set(TABLES)) == []


def test_a_reason_stands_on_the_timeline_and_only_its_hash_on_the_chain(number: str, auditor: PageClient) -> None:
    """People write reasons and may name somebody; the chain can tell a changed reason without holding the words."""
    renovation = files.get(number, SYSTEM)
    with transaction():
        note(files.get_for_change(number, SYSTEM), Stage.APPLICATION, "核对", SYSTEM, "张三的儿子张小三反映有误")
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert "张" not in str(entry.details)
    links, _ = queries.chain_of(renovation)
    assert queries.reasons_changed(renovation, links) == []
    page = auditor.get(f"/renovations/{number}/audit")
    assert (page.status_code, "被改动过" in page.text) == (200, False)
    last = files.events(renovation)[0]
    with transaction():
        db.session.get_one(Event, last.id).reason = "李四反映有误"
    assert queries.reasons_changed(files.get(number, SYSTEM), links) == [last.seq]
    assert f"经过第 {last.seq} 条的原因" in auditor.get(f"/renovations/{number}/audit").text
