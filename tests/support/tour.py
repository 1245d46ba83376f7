"""Every page of the application, opened by somebody who uses it, at both widths; what is wrong with each."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, url_for
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from werkzeug.routing import Rule

from app.core import clock
from app.core.db import db, transaction
from app.demo import beds, county, pilot
from app.demo.story import Story
from app.evidence.service import store_upload
from app.funds.account_models import FundAccount
from app.funds.deposit_models import Deposit, DepositEntry
from app.funds.quota_models import QuotaPlaces
from app.identity.queries import user_by_staff_no
from app.jobs.service import run_waiting
from app.letters.models import Message
from app.oversight import what_if
from app.permissions import GRANTS, Role
from app.places.models import Organisation, ProcurementRecord
from app.places.queries import region_by_code
from app.programme.models import ProgrammeVersion
from app.renovation import queries
from app.renovation.models import Renovation
from app.renovation.operations import Operation
from app.stages.acceptance.sample_models import SampleDraw
from app.stages.application.excel import service as imports
from app.stages.application.notice_models import Notice, NoticeEntry
from app.stages.registry import operations
from app.workbench import bulk, scans
from tests.deposits import support as deposits
from tests.excel.books import book, household
from tests.support.client import PageClient

from .browser import DESKTOP, PATIENCE, PHONE, ROOT

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One page as somebody opens it. `values` are the address's, by name, told apart by `PLACES`; `query` follows."""

    account: str
    values: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


V = Visit
FAMILY = "household of "
"""How the account of a family begins; the label of its story follows."""
STAFF = ("town2", "county1", "fed1", "fin1", "assess1", "build1", "super1", "city1", "audit1", "admin")


def of(number: str) -> dict[str, str]:
    return {"number": number}


OFFICE_PAGES: dict[str, tuple[Visit, ...]] = {
    "identity.password": (V("town2"),),
    "identity.own_second_factor": (V("county1"),),
    "identity.own_tokens": (V("county1"),),
    "identity.sign_in": (V(""),),
    "admin.holidays": (V("admin"),),
    "admin.organisations": (V("admin"), V("county1"), V("audit1", query={"q": "没有"})),
    "admin.organisation": (V("county1", {"organisation_id": "1"}),),
    "admin.change_admission": (V("admin", {"organisation_id": "1"}),),
    "admin.edit_organisation": (V("admin", {"organisation_id": "1"}),),
    "admin.procurements": (V("county1"),),
    "admin.add_procurement": (V("admin", {"organisation_id": "1"}),),
    "admin.rate_organisation": (V("admin", {"organisation_id": "1"}),),
    "admin.add_admission_paper": (V("admin", {"organisation_id": "1"}),),
    "admin.new_organisation": (V("admin"),),
    "admin.end_procurement": (V("county1", {"record_id": ""}),),
    "admin.set_award": (V("county1", {"record_id": ""}),),
    "admin.regions": (V("admin"),),
    "admin.end_region": (V("admin", {"region_id": "500299101001"}),),
    "admin.import_regions": (V("admin"),),
    "admin.new_region": (V("admin"),),
    "admin.telephones": (V("county1"), V("admin")),
    "admin.users": (V("admin"),),
    "admin.user": (V("admin", {"user_id": "town2"}),),
    "admin.suspend_user": (V("admin", {"user_id": "town2"}),),
    "admin.new_user": (V("admin"),),
    "application.imports": (V("town2"),),
    "application.intake_import": (V("town2", {"import_id": "wrong"}), V("town2", {"import_id": "right"})),
    "application.new": (V("town2"),),
    "application.notices": (V("town2"), V("county1")),
    "application.notice": (V("town2", {"notice_id": "on notice"}), V("county1", {"notice_id": "objection"})),
    "application.notice_photo": (V("town2", {"notice_id": "on notice"}),),
    "application.notice_poster": (V("town2", {"notice_id": "on notice"}),),
    "application.public_notice": (V("", {"token": "objection"}),),
    "application.slip": (V("town2", of("returned")),),
    "application.letter": (V("town2", of("rejected")),),
    "application.receipt": (V("town2", of("submitted")),),
    "application.reveal": (V("town2", of("submitted")),),
    "oversight.entries": (V("audit1"),),
    "oversight.day_seals": (V("audit1"),),
    "oversight.chain": (V("audit1", of("confirmed")),),
    "funds.overview": (V("county1"), V("fin1"), V("city1")),
    "funds.account": (V("fin1", {"account_id": ""}),),
    "funds.quota": (V("county1", {"quota_id": ""}),),
    "funds.allot_money": (V("fin1"),),
    "funds.allot_places": (V("county1"),),
    "letters.inbox": (V("town2"), V("build1")),
    "letters.contact": (V("town2"),),
    "letters.log": (V("town2"), V("county1", query={"number": "nothing"})),
    "letters.letter": (V("town2", {"number": "confirmed", "message_id": "confirmed"}),),
    "jobs.mine": (V("county1"), V("fed1"), V("admin")),
    "jobs.show": (V("county1", {"job_id": "bulk"}),),
    "papers.check": (V("county1"),),
    "papers.scans": (V("town2"),),
    "papers.scanned": (V("town2", {"job_id": "scans"}),),
    "papers.place_scan": (V("town2", {"file_id": ""}),),
    "programme.programmes": (V("county1"), V("admin")),
    "programme.version": (V("county1", {"version_id": ""}), V("admin", {"version_id": ""})),
    "household.blank": (V("city1", {"version_id": ""}), V("town2", {"version_id": ""})),
    "programme.compare": (V("county1", query={"old": "1", "new": "2"}),),
    "programme.upload": (V("admin"),),
    "policy.paper": (V("county1", {"version_id": ""}),),
    "policy.what_if": (V("county1", {"version_id": ""}),),
    "policy.answer": (V("county1", {"job_id": "what if"}),),
    "funds.allot_yuan": (V("county1"),),
    "deposits.listed": (V("county1"), V("build2"), V("fin1")),
    "deposits.tender": (V("county1", {"record_id": "deposit"}), V("build2", {"record_id": "deposit"})),
    "deposits.receive": (V("county1", {"record_id": "deposit"}),),
    "deposits.give_back": (V("county1", {"deposit_id": ""}),),
    "deposits.forfeit": (V("county1", {"deposit_id": ""}),),
    "deposits.correct": (V("county1", {"deposit_id": ""}),),
    "deposits.undo": (V("county1", {"entry_id": "slip"}),),
    "waiting.listed": (V("county1", {"quota_id": ""}),),
    "sampling.draws": (V("county1"), V("city1")),
    "application.verdict": (V("town2", of("submitted")),),
    "exports.summary": (V("county1"), V("city1")),
    "exports.full_ledger": (V("county1"),),
    "workbench.look_up": (V(""),),
    "workbench.to_dos": (V("town2"), V("fin1")),
    "demo.set_clock": (V("county1"),),
}
"""The pages for which no home need be built in."""

FILE_PAGES: dict[str, tuple[Visit, ...]] = {
    "workbench.desk": tuple(V(account) for account in STAFF),
    "workbench.files": (
        *(V(account) for account in STAFF[:-1]),
        V("county1", query={"group": "status"}),
        V("county1", query={"group": "firm"}),
        V("county1", query={"as": "board"}),
        V("build1", query={"as": "board"}),
        V("county1", query={"q": "没有这个人", "view": "all"}),
    ),
    "workbench.pictures": tuple(V(account) for account in ("county1", "fin1", "build1", "city1")),
    "workbench.list_menu": (V("county1"),),
    "workbench.renovation": (
        V("assess1", of("agreed")),
        V("build1", of("building")),
        V("super1", of("building")),
        V("town2", of("completed")),
        V("county1", of("prepared")),
        V("fin1", of("settled")),
        V("fed1", of("paid")),
        V("city1", of("paid")),
        V("county1", of("claims")),
        *(V("audit1", of("paid"), {"tab": stage}) for stage in (
            "application", "assessment", "plan", "construction", "acceptance", "settlement", "warranty")),
    ),
    "workbench.household": tuple(
        V(f"{FAMILY}paid", query={"screen": screen}) for screen in ("progress", "money", "steps", "letters")
    ),
    "oversight.file_seals": (V("audit1", of("paid")),),
    "papers.of_file": (V("county1", of("paid")), V("build1", of("paid"))),
    "papers.show": (
        V("county1", {"number": "paid", "kind": "settlement_sheet"}),
        V("town2", {"number": "paid", "kind": "acceptance_form"}),
        V("build1", {"number": "building", "kind": "contract"}),
        V("town2", {"number": "paid", "kind": "comparison"}),
    ),
    "plan.show_version": (V("county1", {"number": "paid", "version": "1"}),),
    "plan.sheet": (V("county1", {"number": "paid", "version": "1"}),),
}  # fmt: skip
"""The pages that show files in work, what is built and what is paid."""

OTHER_PAGES: dict[str, tuple[Visit, ...]] = {
    "workbench.desk": tuple(
        V(account) for account in ("town1", "town2", "town3", "town4", "county1", "fin1", "city1", "super2", "build1")
    ),
    "workbench.files": (V("county1"), V("county1", query={"as": "board"}), V("county1", query={"view": "mine"})),
    "workbench.renovation": (
        V("county1", of("in_line 2")),
        V("county1", of("to_choose 1")),
        V("county1", of("has_code 1")),
        V("audit1", of("has_code 1"), {"tab": "construction"}),
        V("county1", of("in_vain 1")),
        V("build1", of("to_pay 1")),
        V("super2", of("to_review 1")),
        V("county1", of("elder 1"), {"tab": "application"}),
        *(V("audit1", of("rewarded 1"), {"tab": stage}) for stage in ("plan", "construction", "acceptance", "settlement")),
        *(V("county1", of("released 1"), {"tab": stage}) for stage in ("plan", "construction", "acceptance", "settlement")),
    ),
    "papers.show": (
        V("town2", {"number": "told 1", "kind": "payment_notice"}),
        V("county1", {"number": "in_line 2", "kind": "verdict_sheet"}),
        V("county1", {"number": "has_code 1", "kind": "code_slip"}),
        V("county1", {"number": "rewarded 1", "kind": "plan_review"}),
        V("county1", {"number": "rewarded 1", "kind": "acceptance_form"}),
    ),
    "codes.enter": (V("build1"),),
    "workbench.household": tuple(
        V(f"{FAMILY}{label}", query={"screen": screen})
        for label in ("has_code 1", "in_vain 2", "lapsed 1")
        for screen in ("progress", "money")
    ),
    "application.verdict": (V("county1", of("in_line 2")),),
    "sampling.draws": (V("county1"), V("city1")),
    "sampling.drawn": (V("county1", {"draw_id": ""}), V("city1", {"draw_id": ""})),
    "waiting.listed": (V("county1", {"quota_id": "pilot"}),),
    "funds.overview": (V("county1"),),
    "funds.quota": (V("county1", {"quota_id": "pilot"}),),
    "programme.programmes": (V("county1"), V("city1"), V("admin")),
    "programme.compare": (V("county1", query={"old": "3", "new": "4"}),),
    "policy.answer": (V("county1", {"job_id": "what if"}),),
    "jobs.show": (V("county1", {"job_id": "what if"}),),
}  # fmt: skip
"""What only other programmes than the city's fill: people in line, a draw, two versions, codes, reviewed plans."""

NO_PAGES: dict[str, str] = {
    "admin.export_regions": "a file",
    "admin.show_admission_paper": "a picture or PDF",
    "admin.show_procurement_paper": "a picture or PDF",
    "admin.show_own_paper": "a picture or PDF",
    "application.import_report": "a file",
    "application.import_template": "a file",
    "application.import_workbook": "a file",
    "application.notice_picture": "a picture",
    "application.notice_poster_pdf": "a PDF",
    "bulk.back": "leads back to the list; the preview itself is posted (tests/workbench/test_bulk_browser.py)",
    "deposits.show_entry_paper": "a picture or PDF",
    "deposits.show_paper": "a picture or PDF",
    "exports.download": "a file",
    "exports.ledger": "a file",
    "exports.list_xlsx": "a file",
    "exports.summary_xlsx": "a file",
    "files.show_file": "a picture or PDF",
    "files.show_upload": "a picture",
    "health.healthz": "for machines",
    "health.readyz": "for machines",
    "identity.sign_in_code": "only after a password, for accounts with a second factor (tests/identity)",
    "letters.count": "a number in the menu",
    "letters.letter_pdf": "a PDF",
    "papers.issued": "a PDF",
    "papers.made": "a file",
    "papers.pdf": "a PDF",
    "plan.sheet_pdf": "a PDF",
    "policy.export": "a file",
    "policy.paper_pdf": "a PDF",
    "static": "files of the pages",
    "workbench.cards": "a part of the board",
    "workbench.people": "names for the box of a remark",
    "workbench.waiting": "a number in the menu",
}
"""What answers to GET and is no page, each with its reason."""


def endpoints(app: Flask) -> set[str]:
    """Everything that a browser can open; the API describes itself in JSON."""
    rules: list[Rule] = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return {rule.endpoint for rule in rules if not rule.rule.startswith("/api/")}


PREFERRED = (
    Role.CONTRACTOR, Role.SUPERVISOR, Role.ASSESSOR, Role.TOWNSHIP, Role.COUNTY, Role.FINANCE, Role.FEDERATION,
    Role.AUDITOR,
)  # fmt: skip
ACCOUNT = {
    Role.ASSESSOR: "assess1", Role.COUNTY: "county1", Role.FINANCE: "fin1", Role.FEDERATION: "fed1",
    Role.AUDITOR: "audit1",
}  # fmt: skip


def accounts_of(operation: Operation, story: Story) -> Iterator[str]:
    """The accounts that may do this, if they see this household."""
    for role in PREFERRED:
        if operation.permission in GRANTS[role]:
            here = {Role.TOWNSHIP: story.clerk, Role.CONTRACTOR: story.builder, Role.SUPERVISOR: story.supervisor}
            yield here.get(role) or ACCOUNT[role]


def who_and_where(operation: Operation, stories: Iterable[Story]) -> tuple[str, str] | None:
    """An account and the number of a household for which it can open the operation's page."""
    for story in stories:
        if operation.is_open(story.file()):
            for account in accounts_of(operation, story):
                seen = select(Renovation.id).where(Renovation.number == story.number)
                if db.session.scalar(seen.where(queries.visible_to(county.actor(account)))) is not None:
                    return account, story.number
    return None


AMID_THE_WORKS = "application.end_early"
"""Stands with the application, since every file may end, and needs works that have begun."""

IN_OTHERS = (
    "application.move_version",
    "application.upload_paper",
    "application.wait",
    "assessment.recognise_result",
    "construction.audit_filing",
    "construction.choose_firm",
    "construction.dispatch_next",
    "construction.explain_place",
    "construction.give_back",
    "construction.receive_payment",
    "construction.renew_code",
    "construction.submit_filing",
    "construction.withdraw_filing",
    "acceptance.record_sample",
    "acceptance.resolve_sample",
    "plan.assign_reviewer",
    "plan.review_plan",
    "plan.sign",
    "settlement.account",
    "settlement.announce",
    "settlement.note_objection",
    "settlement.release_retention",
)
"""Operations that the city's programme has no use for; others of the county have (test_every_page_of_other_programmes)."""


def keys_of(*stages: str) -> list[str]:
    """The operations of some stages."""
    return [
        key
        for key, one in operations().items()
        if one.stage.value in stages and key not in {AMID_THE_WORKS, *IN_OTHERS}
    ]


def of_operations(stories: Mapping[str, Story], keys: Iterable[str]) -> tuple[list[tuple[str, str, str]], set[str]]:
    """(operation, account, address) of those that some household is open for; and the others."""
    found, nowhere = [], set()
    for key in keys:
        there = who_and_where(operations()[key], stories.values())
        if there is None:
            nowhere.add(key)
        else:
            found.append((key, there[0], url_for(key, number=there[1])))
    return found, nowhere


@dataclass
class Tour:
    """One browser over one county; each account in a window of its own."""

    app: Flask
    stories: Mapping[str, Story]
    browser: Browser
    address: str
    options: dict[str, Any]
    axe: str
    made: dict[str, Any] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def url(self, endpoint: str, visit: Visit) -> str:
        """The address of a visit."""
        values = {name: PLACES[name](self, label) for name, label in visit.values.items()}
        return url_for(endpoint, **values) + (f"?{urlencode(visit.query)}" if visit.query else "")

    def window(self, account: str) -> Page:
        """The window of an account: signed in, or a stranger's (""), or the household's own."""
        if account not in self.pages:
            context = self.browser.new_context(**{**self.options, "base_url": self.address, "viewport": DESKTOP})
            context.set_default_timeout(PATIENCE)
            page = self.pages[account] = context.new_page()
            page.on("console", self._heard)
            page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
            if account.startswith(FAMILY):
                self._enter(page, self.stories[account.removeprefix(FAMILY)])
            elif account:
                self._sign_in(page, account)
        return self.pages[account]

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.problems.append(f"console: {message.text}")

    def _sign_in(self, page: Page, account: str) -> None:
        client = self.app.test_client()
        assert isinstance(client, PageClient)
        client.login(user_by_staff_no(account))
        name = self.app.config["SESSION_COOKIE_NAME"]
        cookie = client.get_cookie(name)
        assert cookie is not None
        page.context.add_cookies([{"name": name, "value": cookie.value, "url": self.address}])

    def _enter(self, page: Page, story: Story) -> None:
        page.goto("/my")
        page.fill("[name=receipt]", story.file().receipt_code or "")
        page.fill("[name=last_four]", story.known.people[0].id_number[-4:])
        page.keyboard.press("Enter")
        page.wait_for_url("**/my/progress")

    def look(self, account: str, address: str, name: str) -> list[str]:
        """What is wrong with a page at both widths, one line each, with its name and who looked."""
        return [f"{name} as {account or 'nobody'}: {one}" for one in self._look(account, address)]

    def _look(self, account: str, address: str) -> list[str]:
        page, wrong = self.window(account), []
        self.problems.clear()
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        answer = page.goto(address, wait_until="load")
        if answer is None or answer.status != 200:
            return [f"answers {answer.status if answer else 'nothing'}"]
        if page.locator("h1:visible").count() != 1 or page.locator("h1").count() != 1:
            wrong.append(f"{page.locator('h1').count()} h1")
        if not page.title().strip():
            wrong.append("no title")
        page.evaluate(self.axe)
        wrong += [f"spills over its cell: {one}" for one in page.evaluate(SPILLED)]
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > size["width"]:
                wrong.append(f"{size['width']}: {wide} wide: {page.evaluate(TOO_WIDE)}")
            wrong += [f"{size['width']}: {one}" for one in page.evaluate(RUN, TAGS)]
        return wrong + self.problems


RUN = """async tags => (await axe.run({runOnly: tags, resultTypes: ["violations"]})).violations
  .flatMap(v => v.nodes.map(n => `${v.id} (${v.impact}): ${n.target.join(" ")}: ${n.html.slice(0, 150)}`))"""
SPILLED = """() => [...document.querySelectorAll(".paper th, .paper td")].filter(one => one.scrollWidth > one.clientWidth + 1)
  .slice(0, 3).map(one => one.textContent.trim().slice(0, 30))"""
TOO_WIDE = """() => [...document.querySelectorAll("main *")].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 3).map(one => `${one.tagName}.${one.className}`).join(" ")"""

PLACES: dict[str, Callable[[Tour, str], Any]] = {
    "number": lambda tour, label: tour.stories[label].number,
    "kind": lambda _tour, label: label,
    "version": lambda _tour, label: int(label),
    "user_id": lambda _tour, label: user_by_staff_no(label).id,  # type: ignore[union-attr]
    "organisation_id": lambda _tour, label: _first(
        select(Organisation.id).where(Organisation.name == county.FIRMS[int(label)].name)
    ),
    "record_id": lambda _tour, label: _first(
        select(Deposit.procurement_record_id if label == "deposit" else ProcurementRecord.id)
    ),
    "deposit_id": lambda _tour, _label: _first(select(Deposit.id)),
    "region_id": lambda _tour, label: region_by_code(label).id,
    "account_id": lambda _tour, _label: _first(select(FundAccount.id)),
    "quota_id": lambda _tour, label: _first(
        select(QuotaPlaces.id)
        .where(QuotaPlaces.programme_key == (pilot.KEY if label else county.PROGRAMME))
        .order_by(QuotaPlaces.year.desc())
    ),
    "draw_id": lambda _tour, _label: _first(select(SampleDraw.id)),
    "version_id": lambda _tour, _label: _first(select(ProgrammeVersion.id).order_by(ProgrammeVersion.id.desc())),
    "notice_id": lambda tour, label: _notice(tour, label).id,
    "token": lambda tour, label: _notice(tour, label).token,
    "import_id": lambda tour, label: tour.made[label],
    "job_id": lambda tour, label: tour.made[label],
    "file_id": lambda tour, _label: tour.made["scan"],
    "entry_id": lambda tour, label: tour.made[label],
    "message_id": lambda tour, label: _first(
        select(Message.id).where(Message.renovation_id == tour.stories[label].file().id, Message.way == "letter")
    ),
}
"""What the names in addresses stand for."""


def _first(query: Any) -> int:
    found = db.session.scalars(query.limit(1)).first()
    assert found is not None, str(query)
    return int(found)


def _notice(tour: Tour, label: str) -> Any:
    entries = select(NoticeEntry).where(NoticeEntry.renovation_id == tour.stories[label].file().id)
    entry = db.session.scalars(entries.order_by(NoticeEntry.id.desc())).first()
    assert entry is not None
    return db.session.get_one(Notice, entry.notice_id)


@contextmanager
def tour(stories: Mapping[str, Story], browser: Browser, options: dict[str, Any], address: str) -> Iterator[Tour]:
    """A tour of a county, with the application of the present context."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    app.config["DEMO"] = True  # the demo's clock is a page too
    axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    made = Tour(app, stories, browser, address, options, axe)
    try:
        with app.test_request_context():
            yield made
    finally:
        for page in made.pages.values():
            page.context.close()


def busy(made: Tour) -> None:
    """What people have set going: two imports, a bulk action in which one household fails, an upload, a paper."""
    clerk, head = county.actor("town2"), county.actor("county1")
    made.made["wrong"] = imports.upload(
        book([household(phone="1", village="青松")]), "有错.xlsx", county.PROGRAMME, clerk
    )
    made.made["right"] = imports.upload(book([household()]), "没错.xlsx", county.PROGRAMME, clerk)
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 200, 200)).save(picture, "JPEG")
    picture.seek(0)
    made.made["scan"] = store_upload(picture, "扫描件.jpg", clerk.user_id).id
    made.made["scans"] = scans.ask([("扫描件.jpg", picture.getvalue())], clerk, "tour").id
    found = bulk.find("application.confirm", head)
    some = [made.stories[label].number for label in ("to confirm", "draft")]
    command = found.operation.command.model_validate({"meeting": "局长办公会（示例）"})
    made.made["bulk"] = bulk.start(found, some, command, head, "tour").id
    with transaction():
        versions = db.session.scalars(select(ProgrammeVersion.id).order_by(ProgrammeVersion.id)).all()
        made.made["what if"] = what_if.ask(
            what_if.Trial(versions[-1], None, (("clause.0.when.age_at_least", "70"),)), head
        ).id
    run_waiting()
    beds.prepare(clock.today())  # last: the pages above open the versions that were there
    deposits.forfeit(_first(select(Deposit.id)), head, 1_00)
    made.made["slip"] = _first(select(DepositEntry.id))
