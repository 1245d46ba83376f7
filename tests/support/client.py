"""The test client: reads every page that comes back and refuses one that a browser or a reader would stumble over."""

from collections.abc import Mapping
from contextvars import copy_context
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from flask import session
from flask.globals import _cv_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.db import db, transaction
from app.identity import sessions

from .pages import action, form_values, parse


class PageClient(FlaskClient):
    """Every request runs in a context of its own, as on a server, and every HTML answer is read."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; what the test has written so far is committed first, so that the request can see it."""
        if _cv_app.get(None) is not None:
            db.session.commit()

        def alone() -> TestResponse:
            _cv_app.set(None)  # type: ignore[arg-type]  # else the request would share the test's session and `g`
            return super(PageClient, self).open(*args, **kwargs)

        response = copy_context().run(alone)
        self._read(response)
        return response

    def _read(self, response: TestResponse) -> None:
        response.soup = None  # type: ignore[attr-defined]
        if response.mimetype != "text/html" or 300 <= response.status_code < 400 or not response.data:
            return
        fragment = (
            response.request.headers.get("HX-Request") == "true" and "<!doctype" not in response.text[:40].lower()
        )
        soup, problems = parse(response.text, response.request.full_path.rstrip("?"), fragment=fragment)
        if problems:
            place = f"{response.request.method} {response.request.path} ({response.status_code})"
            raise AssertionError("\n  ".join([f"{place} is not a sound page:", *problems]))
        response.soup = soup  # type: ignore[attr-defined]

    def login(self, user: Any) -> None:
        """Sign that user in without the page; what the test wrote is committed first. `None` signs out."""
        if _cv_app.get(None) is not None:
            db.session.commit()
        if user is not None:
            # read inside the unit of work, it would take the write lock on the test's connection
            db.session.refresh(user)

        def sign_in() -> dict[str, Any]:
            _cv_app.set(None)  # type: ignore[arg-type]
            with self.application.test_request_context(environ_base=self.environ_base):
                with transaction():
                    key = sessions.begin(user, "127.0.0.1")
                sessions.carry(key)
                return dict(session)

        signed = copy_context().run(sign_in) if user is not None else {}
        if _cv_app.get(None) is not None:
            db.session.commit()  # `begin` read the user, which opened a savepoint around what it wrote
        with self.session_transaction() as kept:
            kept.clear()
            kept.update(signed)

    def page(self, url: str, status: int = 200, **kwargs: Any) -> BeautifulSoup:
        """The page at that address, redirects followed, which must answer with that status."""
        response = self.get(url, follow_redirects=True, **kwargs)
        assert response.status_code == status, f"{url} answers {response.status_code}: {_gist(response)}"
        assert response.soup is not None, f"{url} is {response.mimetype}, not a page"
        return response.soup

    def submit(
        self,
        form: Tag,
        values: Mapping[str, Any] | None = None,
        *,
        button: str = "",
        tampered: bool = False,
        headers: Mapping[str, str] | None = None,
        follow_redirects: bool = False,
        **named: Any,
    ) -> TestResponse:
        """Send that form as a browser would, CSRF token included, with some fields filled in.

        `form` is a form or something that holds exactly one. Values: a string, a list of strings, or (stream, file
        name) for a file, or a list of those; None leaves a field out. A field that the form does not have is an
        error, unless the test says `tampered`. `button` is the value of the submit button that is pressed.
        """
        form = _only_form(form)
        data: dict[str, Any] = dict(form_values(form))
        known = {str(field["name"]) for field in form.find_all(attrs={"name": True})}
        for name, value in {**(values or {}), **named}.items():
            assert tampered or name in known, f"the form has no field {name!r}, only {sorted(known)}"
            data[name] = value
        data = {name: value for name, value in data.items() if value is not None}
        if button:
            pressed = form.find(["button", "input"], value=button)
            assert pressed is not None, f"the form has no button {button!r}"
            data[str(pressed["name"])] = button
        method = str(form.get("method", "get")).lower()
        url = action(form)
        path = urlsplit(url)
        url = path.path + (f"?{path.query}" if path.query else "")
        if method == "get":
            return self.get(url, query_string=data, headers=headers, follow_redirects=follow_redirects)
        return self.post(url, data=data, headers=headers, follow_redirects=follow_redirects)


def _only_form(tag: Tag) -> Tag:
    if tag.name == "form":
        return tag
    area = tag.find("main") or tag
    forms = area.find_all("form")
    posting = [form for form in forms if str(form.get("method", "get")).lower() == "post"] or forms
    assert len(posting) == 1, f"which form? {[str(form.get('action')) for form in posting]}"
    return posting[0]


def _gist(response: TestResponse) -> str:
    soup = response.soup
    text = soup.get_text(" ", strip=True) if soup is not None else response.text
    return text[:300]
