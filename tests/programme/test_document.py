"""A programme as a readable document: everything that the data say is there, in Chinese, beside the data."""

import json
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

from app.programme import words
from app.programme.document import Chapter, Section, document
from app.programme.loading import CATALOG, load
from app.programme.policy import Programme, build
from app.programme.reading import read_condition
from app.programme.saying import condition_in, model_in, say_condition, say_value
from app.programme.schema import ProgrammeData
from tests.process.support import tables_without

from .factory import chongqing, demo_county

SHIPPED = sorted(path.parent.name for path in CATALOG.glob("*/programme.toml"))


def sections(chapters: list[Chapter]) -> dict[str, Section]:
    return {section.table: section for chapter in chapters for section in chapter.sections}


def test_chapters_stand_in_the_order_of_an_official_document() -> None:
    assert [f"{one.number}、{one.title}" for one in document(chongqing())] == [
        "一、依据和期限",
        "二、谁可以享受",
        "三、改造什么",
        "四、补贴多少",
        "五、怎么办、多长时间",
        "六、要哪些材料",
        "七、怎样评估",
    ]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_entry_of_the_data_is_in_the_document(name: str) -> None:
    data = load(CATALOG / name).data
    found = sections(document(load(CATALOG / name)))
    for table in ProgrammeData.model_fields:
        value = getattr(data, table)
        if table != "category" and isinstance(value, tuple):
            assert len(found[table].entries if table in found else ()) == len(value), table


def test_every_table_and_field_has_a_chinese_name() -> None:
    lacking = [table for table in ProgrammeData.model_fields if table not in words.TABLES]
    fields = set()
    waiting = [(table, model_in(info.annotation)) for table, info in ProgrammeData.model_fields.items()]
    while waiting:
        table, model = waiting.pop()
        for field, info in model.model_fields.items() if model is not None else ():
            if (table, field) not in words.OWN and field not in words.FIELDS:
                fields.add(f"{table}.{field}")
            inner = model_in(info.annotation)
            if inner is not None and issubclass(inner, BaseModel):
                waiting.append((table, inner))
    assert (lacking, sorted(fields)) == ([], [])


def test_values_stand_beside_their_assumptions() -> None:
    notice = sections(document(chongqing()))["notice"].entries[0]
    days = notice.value("days")
    assert days is not None
    assert (days.label, days.text, days.assumed) == ("天数", "7 天", chongqing().notice.assumptions["days"])


def test_a_condition_is_said_as_a_policy_officer_says_it() -> None:
    clauses = sections(document(chongqing()))["clause"].entries
    said = {entry.title.split()[0]: entry.condition.flat for entry in clauses if entry.condition}
    assert said["E1"] == "年龄满 60 周岁"
    assert said["E2"] == "困难类别含分散供养特困人员或建档立卡贫困人口"
    assert said["E5"] == "住房结构安全：是，且具备改造条件：是"
    assert said["E8"] == ("施工期间须暂时迁出：否，或能自行在他处过渡：是，或困难类别含分散供养特困人员")


def test_what_is_no_condition_is_said_as_it_is() -> None:
    assert condition_in(chongqing().data, {"submitted": 5}) is None
    leaf = read_condition({"fact": "person.birth_date", "on_or_after": date(1950, 1, 1)}, (), [])
    assert leaf is not None
    assert say_condition(leaf).flat == "出生日期不早于1950-01-01"


def test_the_stored_data_can_be_read_back() -> None:
    for section in sections(document(demo_county())).values():
        raw = tomllib.loads(section.stored)
        stored = getattr(demo_county().data, section.table)
        parts = raw[section.table] if section.is_list else [raw[section.table]]
        wanted = stored if section.is_list else [stored]
        assert len(parts) == len(wanted)
        for part, model in zip(parts, wanted, strict=True):
            if section.table not in ("cap_case", "plan"):  # enumerations are read from their codes below
                assert set(part) <= set(type(model).model_fields)
    cap = tomllib.loads(sections(document(demo_county()))["cap"].stored)["cap"]
    assert type(demo_county().data.cap).model_validate(cap) == demo_county().data.cap


def test_anchors_are_unique() -> None:
    anchors = [entry.anchor for section in sections(document(demo_county())).values() for entry in section.entries]
    assert len(anchors) == len(set(anchors))


def said_of(programme: Programme, table: str) -> dict[str, str]:
    """Label → text of what stands beside the first entry of a table, columns of rows only where they are shown."""
    section = sections(document(programme))[table]
    shown = {field for field, _ in section.columns}
    return {v.label: v.text for v in section.entries[0].values if v.field in shown}


def figures(data: ProgrammeData) -> Iterator[tuple[str, str, str]]:
    """Table, field and words of every number that a programme sets for its terms and its money."""
    for table in FIGURES:
        value = getattr(data, table)
        for part in value if isinstance(value, tuple) else (value,) if value is not None else ():
            for field, info in type(part).model_fields.items():
                number = getattr(part, field)
                if isinstance(number, int) and not isinstance(number, bool) and field not in ("item", "year"):
                    yield table, field, say_value(data, table, field, number, info)


FIGURES = (
    *("cap", "cap_case", "rate", "limit", "composition", "average_cap", "deposit", "fund", "price", "quota"),
    *("allotment", "priority", "payment_notice", "firm_filing", "warranty", "sample_inspection"),
)


def with_repeated_figures(**more: Any) -> Programme:
    """Chongqing with limits and a composition whose own texts repeat their figures."""
    tables: dict[str, Any] = {
        "limit": [
            {"name": "施工每户最多 3000 元", "kinds": ["works"], "per": "all", "amount": "3000.00"},
            {"name": "用品最多 2 件", "kinds": ["goods"], "per": "all", "count": 2},
        ],
        "composition": [
            {
                "id": "C1",
                "text": "施工不少于 15%，不少于 1000 元",
                "kinds": ["works"],
                "percent": 15,
                "amount": "1000.00",
            },
            {"id": "C2", "text": "至少 1 项施工", "kinds": ["works"], "lines": 1},
        ],
        "waiting_list": {"used": True},
    }
    return changed(**(tables | more))


def changed(**tables: Any) -> Programme:
    """Chongqing with other tables, as the files would write them."""
    raw = json.loads(chongqing().content)
    for name, value in tables.items():
        raw[name] = {**raw[name], **value} if isinstance(value, dict) and isinstance(raw.get(name), dict) else value
    programme, problems = build(ProgrammeData.model_validate_json(json.dumps(raw)))
    assert problems == []
    return programme


@pytest.mark.parametrize("name", [*SHIPPED, "repeated"])
def test_every_figure_of_the_data_stands_in_the_document(name: str) -> None:
    """In a column of its own: a text that repeats a figure is no place to look for what the system counts with."""
    programme = with_repeated_figures() if name == "repeated" else load(CATALOG / name)
    found = sections(document(programme))
    columns = {(table, field) for table, section in found.items() for field, _ in section.columns}
    texts = {(table, v.field, v.text) for table, s in found.items() for e in s.entries for v in e.values}
    lacking = [one for one in figures(programme.data) if one not in texts or one[:2] not in columns]
    assert [one for one in lacking if one[2] not in ("0 元", "0%", "0 个月", "1 户")] == []


def test_what_holds_by_itself_is_said_where_it_decides() -> None:
    programme = with_repeated_figures()
    assert said_of(programme, "benefit")["多久一次"] == "终身一次"
    assert said_of(programme, "composition")["达不到时"] == "全部不补贴"
    assert said_of(programme, "waiting_list") == {"空出名额时": "由县级民政局确认后递补"}


def test_the_office_that_leads_stands_for_the_county() -> None:
    programme = changed(
        programme={"lead": "federation"},
        actor=[{"task": "construction_dispatch", "roles": ["county", "township"]}],
        waiting_list={"used": True},
    )
    assert said_of(programme, "actor") == {"由谁": "县级残联、乡镇（街道）经办"}
    assert said_of(programme, "acceptance")["会签"] == "县级残联"
    assert said_of(programme, "waiting_list") == {"空出名额时": "由县级残联确认后递补"}


def test_conditions_on_persons_and_places_are_said_in_words() -> None:
    programme = changed(
        cap={"per": "person", "who": {"fact": "birth_date", "age_at_least": 60}}, fund=[{"id": "city", "name": "市级"}]
    )
    assert said_of(programme, "cap") == {"每人": "2000 元", "按户还是按人": "每人", "算哪些人": "年龄满 60 周岁"}
    leaf = read_condition({"fact": "person.residence_region", "within": "330203"}, (), [])
    assert leaf is not None
    assert say_condition(leaf).flat == "居住地在浙江省宁波市海曙区范围内"


def test_without_warranty_nothing_is_said_of_its_term() -> None:
    programme = changed(**tables_without("warranty", "countersign"))
    found = sections(document(programme))
    assert "warranty" not in found
    assert "会签" not in said_of(programme, "acceptance")
