"""Every page that people use in the home, at 390 pixels: nothing beside the screen, targets for a thumb, no barrier."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from app.core.db import db
from app.permissions import Actor
from tests.assessment.support import assigned, user, visited
from tests.browser.household import PHONE
from tests.construction.support import building, completed, contracted, site
from tests.plan.support import approved

TARGET = 48
TOO_SMALL = """least => Array.from(document.querySelectorAll(
  "main a, main button, main label.choice, main label.slot, main label.more, main label.album, main select, main textarea,"
  + " main summary, main input:not([type=hidden]):not([type=file]):not([type=radio]):not([type=checkbox])"))
  .filter(one => { const box = one.getBoundingClientRect(); return box.width && box.height && getComputedStyle(one).visibility !== "hidden"; })
  .filter(one => !(one.matches("a:not(.btn)") && one.closest("p, li, dd")))  // a link inside a sentence
  .filter(one => one.getBoundingClientRect().height < least - 0.5)
  .map(one => `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 20)} ${Math.round(one.getBoundingClientRect().height)}`)"""
AT_THE_THUMB = """() => { const foot = document.querySelector(".form-foot, .works-bar"); if (!foot) return "none";
  const box = foot.getBoundingClientRect(); return Math.abs(box.bottom - innerHeight) < 2 ? "thumb" : `${box.top}-${box.bottom}`; }"""


def test_pages_for_the_home(
    open_page: Callable[..., Page],
    browser_login: Callable[[Page, Any], None],
    check_accessibility: Callable[[Page], None],
) -> None:
    on = site()
    around = on.around
    visit, signing, plan = assigned(around).number, visited(around).number, approved(around).number
    start, works, home = contracted(on).number, building(on).number, completed(on).number
    pages: list[tuple[Actor, str, str]] = [
        (around.first, visit, "assessment/record_visit"),
        (around.second, signing, "assessment/sign_visit"),
        (around.township, plan, "plan/agree"),
        (on.builder, start, "construction/photos"),
        (on.builder, start, "construction/start"),
        (on.builder, works, "construction/photos"),
        (on.builder, works, "construction/log"),
        (on.builder, works, "construction/quantities"),
        (on.builder, works, "construction/hand_over"),
        (on.supervisor, works, "construction/inspect"),
        (around.township, home, "acceptance/record"),
    ]
    people = {actor: user(actor) for actor, _number, _path in pages}
    db.session.commit()
    wrong: dict[str, Any] = {}
    opened: dict[Actor, Page] = {}
    for actor, number, path in pages:
        if actor not in opened:
            opened[actor] = open_page(**PHONE)
            browser_login(opened[actor], people[actor])
        page = opened[actor]
        page.goto(f"/renovations/{number}/{path}")
        page.wait_for_load_state("networkidle")
        wide, small = page.evaluate("document.documentElement.scrollWidth"), page.evaluate(TOO_SMALL, TARGET)
        thumb = page.evaluate(AT_THE_THUMB)
        if wide > PHONE["viewport"]["width"] or small or thumb != "thumb":  # type: ignore[index]
            wrong[path] = (wide, small, thumb)
        try:
            check_accessibility(page)
        except AssertionError as found:
            wrong[f"{path}: axe"] = str(found)
    assert wrong == {}
