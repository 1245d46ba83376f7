"""What is wrong with a page: not well formed, ids twice, fields without a name, script or style inside."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urljoin

import html5lib
from bs4 import BeautifulSoup, Tag
from bs4.builder import HTML5TreeBuilder
from html5lib.constants import E as PARSE_ERRORS

FRAGMENT_CONTAINERS = {"tr": "tbody", "tbody": "table", "thead": "table", "td": "tr", "th": "tr", "option": "select"}
NAMELESS_INPUTS = {"hidden", "submit", "button", "image", "reset"}
FETCHING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "video": "src", "source": "src"}


class _Builder(HTML5TreeBuilder):
    """Keeps the parse errors that html5lib finds on its way."""

    errors: list[tuple[tuple[int, int], str, dict[str, str]]]

    def feed(self, markup: str) -> None:  # type: ignore[override]
        parser = html5lib.HTMLParser(tree=self.create_treebuilder)
        assert self.underlying_builder is not None
        self.underlying_builder.parser = parser
        parser.parse(markup).original_encoding = None
        self.underlying_builder.parser = None
        self.errors = parser.errors


def parse(text: str, url: str = "/", *, fragment: bool = False) -> tuple[BeautifulSoup, list[str]]:
    """The page's tree, which remembers its `url`, and everything that is wrong with it, in English, one line each."""
    if fragment:
        first = re.match(r"\s*(?:<!--.*?-->\s*)*<(\w+)", text, re.DOTALL)
        parser = html5lib.HTMLParser()
        parser.parseFragment(text, container=FRAGMENT_CONTAINERS.get(first.group(1).lower() if first else "", "div"))
        soup, errors = BeautifulSoup(text, "html.parser"), parser.errors
    else:
        builder = _Builder()
        soup = BeautifulSoup(text, builder=builder)
        errors = builder.errors
    soup.url = url
    lines = text.splitlines()
    problems = [
        f"line {line}: {PARSE_ERRORS[code] % values}: {lines[line - 1].strip()[:120] if line <= len(lines) else ''}"
        for (line, _column), code, values in errors
    ]
    problems += _ids(soup, fragment)
    problems += [problem for tag in soup.find_all(True) for problem in _tag_problems(tag, soup, fragment)]
    if not fragment:
        problems += _document(soup)
    return soup, problems


def _document(soup: BeautifulSoup) -> Iterator[str]:
    if not (soup.title and soup.title.get_text(strip=True)):
        yield "the page has no title"
    if not (soup.html and str(soup.html.get("lang", "")).startswith("zh")):
        yield 'the page does not say lang="zh-CN"'
    if len(soup.find_all("h1")) > 1:
        yield "more than one h1"


def _ids(soup: BeautifulSoup, fragment: bool) -> Iterator[str]:
    counts = Counter(str(tag["id"]) for tag in soup.find_all(id=True))
    yield from (f"id {name!r} stands {count} times" for name, count in counts.items() if count > 1)
    if fragment:
        return  # what it points to may stand in the page around it
    for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
        for tag in soup.find_all(attrs={attribute: True}):
            for target in str(tag[attribute]).split():
                if target not in counts:
                    yield f"{attribute}={target!r} points to nothing: {_short(tag)}"


def _tag_problems(tag: Tag, soup: BeautifulSoup, fragment: bool) -> Iterator[str]:
    name = tag.name
    if "style" in tag.attrs or name == "style":
        yield f"inline style: {_short(tag)}"
    if name == "script" and not tag.get("src") and tag.get("type") != "application/json":
        yield f"inline script: {_short(tag)}"
    yield from (f"inline handler {key}: {_short(tag)}" for key in tag.attrs if re.match(r"on[a-z]+$|hx-on", key))
    if str(tag.get("href", "")).strip().lower().startswith("javascript:"):
        yield f"script in a link: {_short(tag)}"
    if re.match(r"(https?:)?//", str(tag.get(FETCHING.get(name, ""), ""))):
        yield f"loads from another place: {_short(tag)}"
    if name == "img" and tag.get("alt") is None:
        yield f"picture without alt: {_short(tag)}"
    if name in ("a", "button") and not tag.get("hidden") and not _has_name(tag):
        yield f"{name} without a name: {_short(tag)}"
    if name in ("input", "select", "textarea") and not _is_labelled(tag, soup, fragment):
        yield f"field without a label: {_short(tag)}"
    if (
        name == "form"
        and str(tag.get("method", "get")).lower() == "post"
        and not tag.find(attrs={"name": "csrf_token"})
    ):
        yield f"form without csrf_token: {_short(tag)}"


def _has_name(tag: Tag) -> bool:
    if tag.get_text(strip=True) or tag.get("aria-label") or tag.get("aria-labelledby") or tag.get("title"):
        return True
    return any(image.get("alt") for image in tag.find_all("img"))


def _is_labelled(tag: Tag, soup: BeautifulSoup, fragment: bool) -> bool:
    if tag.name == "input" and str(tag.get("type", "text")).lower() in NAMELESS_INPUTS:
        return True
    if tag.get("aria-label") or tag.get("aria-labelledby") or tag.find_parent("label"):
        return True
    identifier = tag.get("id")
    return bool(identifier) and soup.find("label", attrs={"for": identifier}) is not None


def _short(tag: Tag) -> str:
    return str(tag).replace("\n", " ")[:140]


def form_values(form: Tag) -> dict[str, list[str]]:
    """What a browser would send of that form as it stands, without its buttons: name to values."""
    values: dict[str, list[str]] = {}
    for field in form.find_all(["input", "select", "textarea"]):
        name = field.get("name")
        if not name or field.get("disabled") is not None or field.find_parent("fieldset", disabled=True):
            continue
        values.setdefault(str(name), []).extend(_sent(field))
    return values


def _sent(field: Tag) -> list[str]:
    if field.name == "textarea":
        return [field.get_text().removeprefix("\n")]
    if field.name == "select":
        options = [option for option in field.find_all("option") if option.get("disabled") is None]
        chosen = [option for option in options if option.get("selected") is not None]
        if not chosen and field.get("multiple") is None:
            chosen = options[:1]
        return [str(option.get("value", option.get_text(strip=True))) for option in chosen]
    kind = str(field.get("type", "text")).lower()
    if kind in ("submit", "button", "image", "reset", "file"):
        return []
    if kind in ("checkbox", "radio"):
        return [str(field.get("value", "on"))] if field.get("checked") is not None else []
    return [str(field.get("value", ""))]


def action(form: Tag) -> str:
    """Where that form goes, resolved against the page it stands on."""
    page = list(form.parents)[-1]
    base = getattr(page, "url", None) or "/"
    return urljoin(base, str(form.get("action") or base))
