"""Facts are read strictly: an absent one is unknown, an unknown key, code or type is refused."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme.facts import VOCABULARY, FactsRefused, read_facts


def refusals(raw: object, on: date | None = None) -> list[str]:
    with pytest.raises(FactsRefused) as refused:
        read_facts(raw, on)
    return refused.value.reasons


def test_nesting_becomes_dotted_names() -> None:
    assert read_facts(
        {
            "person": {"birth_date": "1945-03-02", "hardship": ["dibao", "dibao"], "disability": {"grade": 2}},
            "household": {"members": [{"relation": "child", "ability": {"failed_items": 6}}], "size": 2},
            "history": {
                "subsidised": [
                    {"department": "cdpf", "date": "2018-05-01", "amount": "1500.00", "items": [1, "扶手"]},
                ]
            },
        }
    ) == {
        "person.birth_date": date(1945, 3, 2),
        "person.hardship": ("dibao",),
        "person.disability.grade": 2,
        "household.members": ({"relation": "child", "ability.failed_items": 6},),
        "household.size": 2,
        "history.subsidised": (
            {
                "department": "cdpf",
                "date": date(2018, 5, 1),
                "amount": Decimal("1500.00"),
                "items": (1, "扶手"),
            },
        ),
    }


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([], ["facts 须是一个对象（{…}），现为列表"]),
        ({"persn": {}}, ["persn：没有这个事实，可用的事实见 catalog/README.md"]),
        ({"person": []}, ["person：须是一个对象（{…}），现为列表"]),
        ({"person": {"birthdate": "1945-03-02"}}, ["person.birthdate：没有这个事实，是否想写 person.birth_date？"]),
        ({"person.birth_date": "1945-03-02"}, ["person.birth_date：没有这个事实，是否想写 person.birth_date？"]),
        ({"person": {"birth_date": None}}, ["person.birth_date（出生日期）：须为日期，写作 2020-09-15"]),
        ({"person": {"birth_date": "19450302"}}, ["person.birth_date（出生日期）：须为日期，写作 2020-09-15"]),
        ({"person": {"birth_date": "1945-02-30"}}, ["person.birth_date（出生日期）：1945-02-30 不是真实的日期"]),
        (
            {"person": {"ability": {"failed_items": True}}},
            ["person.ability.failed_items（六项自理指标中不能完成的项数）：须为 0 至 6 的整数，现为true/false"],
        ),
        (
            {"person": {"ability": {"failed_items": 7}}},
            ["person.ability.failed_items（六项自理指标中不能完成的项数）：须为 0 至 6 的整数，现为超出范围的数"],
        ),
        (
            {"person": {"ability": {"failed_items": 4.0}}},
            ["person.ability.failed_items（六项自理指标中不能完成的项数）：须为 0 至 6 的整数，现为小数"],
        ),
        ({"dwelling": {"safe": 1}}, ["dwelling.safe（住房结构安全）：须为 true 或 false，现为数字"]),
        ({"dwelling": {"safe": "true"}}, ["dwelling.safe（住房结构安全）：须为 true 或 false，现为文字"]),
        (
            {"consent": {"applicant": "me"}},
            ["consent.applicant（自愿申请）：须为 self、guardian、none 之一，现为“me”"],
        ),
        ({"person": {"hardship": "dibao"}}, ["person.hardship（困难类别）：须为列表（[…]），现为文字"]),
        ({"person": {"hukou_region": 500101}}, ['person.hukou_region（户籍地）：须为地区代码（文字，如 "500101"）']),
        (
            {"history": {"subsidised": [{"date": "2019-01-01"}, 3, {"department": "cdpf", "x": 1}]}},
            [
                "history.subsidised[0]：缺少 department（补贴部门）",
                "history.subsidised[1]：须是一个对象（{…}），现为数字",
                "history.subsidised[2].x：没有这个事实，可用的事实见 catalog/README.md",
            ],
        ),
        (
            {"history": {"subsidised": [{"department": "cdpf", "amount": 1500}]}},
            ['history.subsidised[0].amount（补贴金额）：须为写成文字的金额，如 "2000.00"'],
        ),
        ({"household": {"members": [{}]}}, ["household.members[0]：缺少 relation（与申请人关系）"]),
    ],
)
def test_what_is_not_in_the_vocabulary_is_refused(raw: object, expected: list[str]) -> None:
    assert refusals(raw) == expected


def test_nobody_is_born_after_the_application() -> None:
    raw = {
        "person": {"birth_date": "2020-09-16"},
        "household": {"members": [{"relation": "child", "birth_date": "2021-01-01"}]},
    }
    assert refusals(raw, date(2020, 9, 15)) == [
        "person.birth_date：出生日期 2020-09-16 晚于申请日 2020-09-15",
        "household.members[0].birth_date：出生日期 2021-01-01 晚于申请日 2020-09-15",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(VOCABULARY)), JSON)
def test_any_value_is_read_or_refused_with_a_reason(name: str, value: Any) -> None:
    raw: Any = value
    for key in reversed(name.split(".")):
        raw = {key: raw}
    try:
        found = set(read_facts(raw))
    except FactsRefused as refused:
        found = {name} if refused.reasons else set()
    assert found == {name}
