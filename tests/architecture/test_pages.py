"""The reader that every page of every test goes through finds what it is there to find."""

import pytest

from tests.support.pages import action, form_values, parse

SOUND = """<!doctype html>
<html lang="zh-CN"><head><title>安居</title><link rel="stylesheet" href="/static/anju.css"></head>
<body><h1>申请</h1>{}</body></html>"""


def problems(body: str) -> list[str]:
    """What is wrong, each without the piece of the page that it quotes."""
    return [problem.split(": ")[-2 if ": <" in problem else -1] for problem in parse(SOUND.format(body))[1]]


def test_a_sound_page_has_no_problems() -> None:
    form = (
        '<form method="post"><input type="hidden" name="csrf_token" value="x">'
        '<label for="a">姓名</label><input id="a" name="name"><label><input type="checkbox" name="b"> 同意</label>'
        '<button>提交</button></form><a href="/"><img src="/a.png" alt="首页"></a>'
        '<script src="/static/anju.js"></script><script type="application/json" id="d">{"a": 1}</script>'
    )
    assert parse(SOUND.format(form))[1] == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<p id="a"></p><p id="a"></p>', "id 'a' stands 2 times"),
        ('<input name="a">', "field without a label"),
        ('<label for="b">名</label><input id="a" name="a">', "field without a label"),
        ('<p style="color:red">红</p>', "inline style"),
        ("<script>alert(1)</script>", "inline script"),
        ('<p onclick="x()">点</p>', "inline handler onclick"),
        ('<a href="javascript:x()">点</a>', "script in a link"),
        ('<img src="https://a.example/x.png" alt="">', "loads from another place"),
        ('<img src="/x.png">', "picture without alt"),
        ("<button></button>", "button without a name"),
        ('<form method="post"><button>好</button></form>', "form without csrf_token"),
        ("<h1>又一个</h1>", "more than one h1"),
    ],
)
def test_what_a_browser_or_a_reader_stumbles_over_is_found(body: str, problem: str) -> None:
    assert problem in problems(body)


def test_markup_that_a_browser_would_repair_is_found() -> None:
    found = parse(SOUND.format("<p><div>块</div></p>"))[1]
    assert [problem for problem in found if "Unexpected end tag (p)" in problem] != []


def test_rows_that_come_alone_are_read_as_rows() -> None:
    soup, found = parse("<tr><td>张三</td></tr>", fragment=True)
    assert (found, soup.td.get_text()) == ([], "张三")


def test_a_form_sends_what_a_browser_would() -> None:
    soup, _ = parse(
        SOUND.format(
            '<form action="save"><input name="a" value="1"><input type="checkbox" name="b" value="2" checked>'
            '<input type="checkbox" name="b" value="3"><select name="c"><option value="">请选择</option>'
            '<option value="4" selected>四</option></select><textarea name="d">\n五</textarea>'
            '<input type="file" name="e"><input name="f" value="6" disabled></form>'
        ),
        "/renovations/1/",
    )
    assert form_values(soup.form) == {"a": ["1"], "b": ["2"], "c": ["4"], "d": ["五"], "e": []}
    assert action(soup.form) == "/renovations/1/save"
