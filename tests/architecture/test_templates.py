"""Templates: nothing inline, every form carries its token, every address exists."""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

from tests.support.repository import ROOT, tracked

pytestmark = pytest.mark.sqlite_only

TEMPLATES = [path for path in tracked() if path.parts[0] == "templates" and path.suffix == ".html"]
INLINE = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "inline script": re.compile(r"<script\b(?![^>]*\b(src=|type=\"application/json\"))", re.IGNORECASE),
    "handler attribute": re.compile(r"<[^>]*\s(on[a-z]+|hx-on[:a-z-]*)\s*=", re.IGNORECASE),
    "script in a link": re.compile(r"javascript:", re.IGNORECASE),
    "another place": re.compile(r"(src|href)\s*=\s*[\"'](https?:)?//", re.IGNORECASE),
}


def source(path: Path) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_nothing_stands_inline(path: Path) -> None:
    text = source(path)
    if path.parts[1] == "print":
        text = re.sub(r"<link[^>]*>", "", text)  # paper has its own style sheet, given to the renderer
    # what Jinja computes cannot open or close a tag, but holds `>` of comparisons
    plain = re.sub(r"\{[%{].*?[%}]\}", "", text, flags=re.DOTALL)
    assert [what for what, pattern in INLINE.items() if pattern.search(plain)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_every_posting_form_carries_its_token(path: Path) -> None:
    forms = re.findall(r"<form\b.*?</form>", source(path), re.DOTALL | re.IGNORECASE)
    posting = [form for form in forms if re.search(r"method\s*=\s*[\"']?post", form, re.IGNORECASE)]
    # `f.hidden(...)` of components/forms.html writes the token and the version
    assert [form[:120] for form in posting if not re.search(r"csrf_token\(\)|\bhidden\(", form)] == []


def test_every_template_compiles_and_its_parents_and_macros_exist(app: Flask) -> None:
    environment = app.jinja_env
    for path in TEMPLATES:
        name = str(path.relative_to("templates"))
        environment.get_template(name)
        parsed = environment.parse(source(path))
        for node in parsed.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            if isinstance(node.template, nodes.Const) and not getattr(node, "ignore_missing", False):
                environment.get_template(node.template.value)


def test_every_address_in_a_template_exists(app: Flask) -> None:
    asked = {
        (str(path), endpoint)
        for path in TEMPLATES
        for endpoint in re.findall(r"url_for\(\s*['\"]([^'\"]+)['\"]", source(path))
    }
    assert sorted((path, endpoint) for path, endpoint in asked if endpoint not in app.view_functions) == []
