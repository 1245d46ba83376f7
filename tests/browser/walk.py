"""People at their screens: what somebody does who knows nothing but what the pages show."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from app.demo.county import PASSWORD
from tests.support.browser import sign_in_box

Look = Callable[[Page, str], Any]
PAPERS = Path(__file__).resolve().parents[2] / "examples" / "one_household"


class Person:
    """One account at one screen. It follows links and presses buttons; an address is typed only to begin."""

    def __init__(self, page: Page, account: str, look: Look) -> None:
        self.page, self.account, self.look = page, account, look

    # getting there -----------------------------------------------------------------------------------------------
    def sign_in(self) -> None:
        """From the first page with number and password."""
        self.page.goto("/")
        self.page.get_by_label("工号").fill(self.account)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("我的工作台")

    def desk(self) -> None:
        """Back to the desk by the mark at the top left."""
        if self.page.viewport_size and self.page.viewport_size["width"] < 800:
            self.page.get_by_role("button", name="打开菜单").click()
        self.page.locator(".side-brand").first.click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("我的工作台")
        self.look(self.page, f"desk-{self.account}")

    def waiting(self, name: str) -> Locator:
        """The household's row among what waits for this person."""
        return self.page.get_by_role("row").filter(has_text=name)

    def take_up(self, name: str, title: str) -> None:
        """From the desk by the button on the household's row."""
        self.desk()
        self.waiting(name).locator(".act a").first.click()
        self.arrived(title)

    def open_file(self, name: str) -> None:
        """From the desk to the household's file."""
        self.desk()
        self.waiting(name).get_by_role("link", name=name, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name)
        self.look(self.page, f"file-{self.account}")

    def act(self, title: str) -> None:
        """On the file's page: one of the actions offered, under “更多” when it is not among the first."""
        offered = self.page.locator(".file-actions")
        link = offered.get_by_role("link", name=title, exact=True)
        if not link.is_visible():
            offered.locator("summary").click()
        link.click()
        self.arrived(title)

    def main(self, title: str) -> None:
        """On the file's page: the filled button."""
        link = self.page.locator(".file-actions .btn-primary")
        expect(link).to_have_text(title)
        link.click()
        self.arrived(title)

    def arrived(self, title: str) -> None:
        """The action's own page is there."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        self.look(self.page, f"{title}-空")

    def status(self, word: str) -> None:
        """The file says where it stands."""
        expect(self.page.locator(".file-title .state").first).to_have_text(word)

    def search(self, name: str) -> None:
        """By the search box at the top."""
        self.page.get_by_role("searchbox").fill(name)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("link", name=name, exact=True)).to_be_visible()
        self.look(self.page, f"search-{self.account}")
        self.page.get_by_role("link", name=name, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name)

    def move_clock(self, day: date) -> None:
        """The demo's day is a link at the top of every page."""
        self.page.get_by_role("link", name="演示日期").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("演示时钟")
        self.look(self.page, "clock")
        self.page.get_by_label("拨到哪一天").fill(day.isoformat())
        self.page.get_by_role("button", name="拨到这一天").click()
        expect(self.page.get_by_role("status")).to_contain_text(f"现在是 {day}")

    # filling in --------------------------------------------------------------------------------------------------
    def field(self, name: str) -> Locator:
        """The input of that name; of several with the same question, names tell them apart."""
        return self.page.locator(f"[name='{name}']:not([type=hidden])")

    def fill(self, name: str, value: str) -> None:
        """Type into a field, or choose in a list."""
        field = self.field(name)
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(label=re_option(field, value))
        else:
            field.fill(value)

    def choose(self, name: str, *labels: str) -> None:
        """Tick the answers of that name that carry these words."""
        group = self.page.locator(f"label.choice:has([name='{name}']), label.pick:has([name='{name}'])")
        for label in labels:
            group.filter(has_text=label).first.click()

    def upload(self, name: str, *papers: str) -> None:
        """Hand over papers of the household."""
        self.page.locator(f"input[type=file][name='{name}']").first.set_input_files([PAPERS / one for one in papers])

    def sign(self, name: str) -> None:
        """Write a name into the box with finger or mouse."""
        sign_in_box(self.page.locator(f"[data-signature]:has([name='{name}'])"))

    def finish(self, title: str, button: str = "") -> None:
        """Press the main button; the file's page says that it is done."""
        self.look(self.page, f"{title}-满")
        self.page.locator(".form-foot").get_by_role("button", name=button or title, exact=True).click()
        # the form may wait for its photos before it goes: the page before has things of that role too
        expect(self.page.get_by_role("status").filter(has_text=f"已办理：{title}")).to_be_visible()
        self.look(self.page, f"{title}-后-{self.account}")


def re_option(field: Locator, words: str) -> str:
    """The whole label of the list's first choice that holds these words."""
    labels: Sequence[str] = field.locator("option").all_inner_texts()
    found = [label for label in labels if label == words] or [label for label in labels if re.search(words, label)]
    assert found, f"no choice {words!r} among {labels}"
    return found[0]
