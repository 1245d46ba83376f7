"""Who is mentioned by a text, and what follows what."""

import pytest

from app.renovation.talk.rules import NEXT, Person, ToDoKind, handles, mentioned

PEOPLE = [Person(1, "张三", "t1"), Person(2, "张三丰", "t2"), Person(3, "王芳", "t3"), Person(4, "王芳", "c4")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请@张三看一下", [1]),
        ("@张三丰 和 ＠张三", [2, 1]),
        ("@张三@张三，急", [1]),
        ("@王芳（c4）请核对", [4]),
        ("写信到 a@b.example", []),
        ("周三上门", []),
        ("@", []),
    ],
)
def test_the_longest_name_after_an_at_is_meant(text: str, expected: list[int]) -> None:
    assert mentioned(text, PEOPLE) == (expected, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("@王芳 看看", "叫“王芳”的不止一位，请写明是哪一位：@王芳（t3）、@王芳（c4）。"),
        ("@李四 看看", "能看到这份档案的人里没有“李四”，请核对 @ 后面的姓名，或去掉 @。"),
    ],
)
def test_an_at_that_means_nobody_or_several_says_the_remedy(text: str, problem: str) -> None:
    assert mentioned(text, PEOPLE) == ([], [problem])


def test_every_person_has_one_handle() -> None:
    assert handles(PEOPLE) == {"张三": 1, "张三丰": 2, "王芳（t3）": 3, "王芳（c4）": 4}


def test_what_is_proposed_ends_somewhere() -> None:
    """No to-do proposes itself for ever: every line of proposals comes to an end."""
    for kind in ToDoKind:
        seen = [kind]
        while seen[-1] in NEXT:
            seen.append(NEXT[seen[-1]].kind)
            assert len(seen) == len(set(seen))
