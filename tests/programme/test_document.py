"""A programme as a readable document: everything that the data say is there, in Chinese, beside the data."""

import tomllib
from datetime import date

import pytest
from pydantic import BaseModel

from app.programme import words
from app.programme.document import Chapter, Section, document
from app.programme.loading import CATALOG, load
from app.programme.reading import read_condition
from app.programme.saying import condition_in, model_in, say_condition
from app.programme.schema import ProgrammeData

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
