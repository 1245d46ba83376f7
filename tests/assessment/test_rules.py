"""The assessment's rules as plain functions: what a visit must have, what findings speak for."""

from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme.loading import CATALOG, load
from app.programme.policy import Programme
from app.stages.assessment.ability import is_grade_recognised
from app.stages.assessment.rules import RecordVisit, check_visit, propose, split_measure
from tests.assessment.support import ALL_MET

TODAY = date(2026, 3, 2)


@cache
def programme() -> Programme:
    """Chongqing 2020 as shipped."""
    return load(CATALOG / "chongqing-2020")


def visit(**changes: Any) -> RecordVisit:
    """A record without fault, photos named by number."""
    typed = {
        "visited_on": "2026-03-01",
        "qualification": "中级社会工作师",
        "second_assessor": 2,
        "second_qualification": "主管护师",
        "indicators": [{"indicator": key, "answer": answer} for key, answer in ALL_MET.items()],
        "safe": "yes",
        "renovatable": "yes",
        "must_move_out": "no",
        "rooms": [{"room": "bathroom", "photos": [7], "hazards": ["bath_slippery"]}],
    }
    return RecordVisit.model_validate(typed | changes)


def problems(command: RecordVisit, recognised: frozenset[int] = frozenset(), persons: int = 1) -> list[tuple[str, str]]:
    """Field and sentence of every refusal."""
    return [(one.field, one.message) for one in check_visit(programme(), command, TODAY, recognised, persons)]


def test_a_whole_record_has_no_problem() -> None:
    assert problems(visit()) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visited_on": "2026-03-03"}, "visited_on"),
        ({"must_move_out": "yes"}, "can_stay_elsewhere"),
        ({"indicators": []}, "indicators"),
        ({"indicators": [{"indicator": "eating", "answer": "maybe"}]}, "indicators-0-answer"),
        ({"rooms": []}, "rooms"),
        ({"rooms": [{"room": "garage", "photos": [7]}]}, "rooms-0-room"),
        ({"rooms": [{"room": "bathroom", "photos": [7], "hazards": ["entrance_step"]}]}, "rooms-0-hazards"),
        ({"rooms": [{"room": "bathroom", "hazards": ["bath_slippery"]}]}, "rooms-0-photos"),
    ],
)
def test_each_fault_stands_at_its_field(changes: dict[str, Any], field: str) -> None:
    assert field in [name for name, _text in problems(visit(**changes))]


def test_a_room_twice_is_one_room_too_many() -> None:
    rooms = [{"room": "bathroom", "photos": [number]} for number in (7, 8)]
    assert problems(visit(rooms=rooms)) == [("rooms-1-room", "“卫生间”填了两次，请合在一起。")]


def test_things_carried_need_no_photo() -> None:
    assert problems(visit(rooms=[{"room": "portable", "remark": "手杖用了多年"}])) == []


def test_a_recognised_grade_is_not_made_again() -> None:
    assert problems(visit(indicators=[]), recognised=frozenset({1})) == []
    assert is_grade_recognised(programme(), "complete_loss") is True
    assert is_grade_recognised(programme(), "none") is False
    assert is_grade_recognised(programme(), None) is False


def test_an_answer_for_somebody_who_is_not_there_is_refused() -> None:
    extra = [{"indicator": key, "answer": "met"} for key in ALL_MET]
    extra.append({"person": 2, "indicator": "eating", "answer": "met"})
    assert problems(visit(indicators=extra)) == [("indicators-6-answer", "这一户登记了 1 位受益人，没有第 2 位。")]
    left = "请评第 2 位受益人全部项目，还差：自主穿衣、自主上下床、自主如厕、室内自主行走、自主洗澡。"
    assert problems(visit(indicators=extra), persons=2) == [("indicators", left)]


def test_no_beneficiary_is_passed_over() -> None:
    one = [{"indicator": key, "answer": "met"} for key in ALL_MET]
    left = "请评第 2 位受益人全部项目，还差：自主吃饭、自主穿衣、自主上下床、自主如厕、室内自主行走、自主洗澡。"
    assert problems(visit(indicators=one), persons=2) == [("indicators", left)]
    assert problems(visit(indicators=one), persons=2, recognised=frozenset({2})) == []


@given(st.sets(st.sampled_from(sorted(ALL_MET))))
def test_failed_indicators_are_those_not_met(lost: set[str]) -> None:
    answers = {key: "not_met" if key in lost else "met" for key in ALL_MET}
    assert set(programme().instrument.score(answers).failed) == lost
    assert programme().instrument.score(answers).facts == {"person.ability.failed_items": len(lost)}


@cache
def hazards() -> dict[str, str]:
    """Every hazard of the programme with its room."""
    return {hazard.key: hazard.room for hazard in programme().data.hazard}


@given(st.data())
def test_more_findings_never_propose_less(data: st.DataObject) -> None:
    some = data.draw(st.sets(st.sampled_from(sorted(hazards()))))
    more = some | data.draw(st.sets(st.sampled_from(sorted(hazards()))))
    few = {one.item_no for one in propose(programme(), {key: hazards()[key] for key in some}, [])}
    many = propose(programme(), {key: hazards()[key] for key in more}, ["bathing"])
    assert few <= {one.item_no for one in many}
    assert [one.item_no for one in many] == sorted({one.item_no for one in many})
    assert all(one.reasons and one.sources for one in many)


def test_every_grave_hazard_speaks_for_an_item() -> None:
    grave = [hazard for hazard in programme().data.hazard if hazard.grave]
    assert [one.key for one in grave if not propose(programme(), {one.key: one.room}, [])] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("门净宽（mm）", ("门净宽", "mm")),
        ("坡度（1:n）", ("坡度", "1:n")),
        ("照度", ("照度", "")),
        ("高差 (cm)", ("高差", "cm")),
    ],
)
def test_a_measure_has_name_and_unit(text: str, expected: tuple[str, str]) -> None:
    assert split_measure(text) == expected
