"""Rules of the acceptance: who signs, what a line's answer needs. Plain."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.stages.acceptance.rules import (
    NEEDED,
    LineInput,
    PartyRole,
    RecordAcceptance,
    check_line,
    check_party,
    plain_name,
    signers,
)

DAY = date(2026, 3, 2)
SIGNERS = (*NEEDED, PartyRole.SUPERVISOR)


def round_of(**names: str) -> RecordAcceptance:
    """A round with these people."""
    people = [{"role": role, "name": name, "signature": 1} for role, name in names.items()]
    return RecordAcceptance.model_validate({"day": f"{DAY}", "party": people})


ALL = {"household": "张德福", "township": "陈晓兰", "supervisor": "郑川", "contractor": "罗强"}


def told(command: RecordAcceptance, *firm: str, supervised: bool = True, ended: bool = False) -> list[str]:
    """The fields and first words of what is refused."""
    return [one.field for one in check_party(command, firm, SIGNERS if supervised else NEEDED, "张德福", ended)]


def test_everybody_who_must_sign_does() -> None:
    assert told(round_of(**ALL)) == []
    assert told(round_of(household="张德福", township="陈晓兰", contractor="罗强"), supervised=False) == []
    problems = check_party(round_of(village="王村长"), [], SIGNERS)
    assert [one.message for one in problems] == [
        "还缺“申请人或家属”的签字，请补上。", "还缺“乡镇（街道）”的签字，请补上。",
        "还缺“施工单位（到场，不参加评判）”的签字，请补上。", "还缺“监理单位”的签字，请补上。",
    ]  # fmt: skip


def test_the_village_signs_where_nobody_of_the_household_is_left() -> None:
    alone = {**ALL, "village": "王村长"}
    del alone["household"]
    assert told(round_of(**alone)) == ["party"]
    assert told(round_of(**alone), ended=True) == []


@pytest.mark.parametrize("name", ["罗强", " 罗 强", "罗　强"])
def test_nobody_of_a_building_firm_judges(name: str) -> None:
    assert plain_name(name) == "罗强"
    assert told(round_of(**{**ALL, "township": name}), "罗强", "谭勇") == ["party-1-role"]
    assert told(round_of(**ALL), "罗强") == []


def test_the_applicant_may_have_the_name_of_a_firms_person() -> None:
    assert told(round_of(**ALL), "张德福") == []
    assert told(round_of(**{**ALL, "township": "张德福"}), "张德福") == ["party-1-role"]


@pytest.mark.parametrize(
    ("answer", "reported", "fields"),
    [
        ({"result": "accepted", "measured": "3.50"}, "3.50", []),
        ({"result": "accepted", "measured": "0"}, "3.50", ["measured"]),
        ({"result": "accepted", "measured": "3.50"}, "0.00", ["result"]),
        ({"result": "refused", "measured": "0"}, "1.00", ["finding"]),
        ({"result": "refused", "measured": "0", "finding": "没有装"}, "0.00", []),
        ({"result": "rectify", "measured": "0", "finding": "松动"}, "1.00", ["deadline"]),
        ({"result": "rectify", "measured": "0", "finding": "松动", "deadline": "2026-03-01"}, "1.00", ["deadline"]),
        ({"result": "rectify", "measured": "0", "finding": "松动", "deadline": "2026-03-02"}, "1.00", []),
        ({"result": "accepted", "measured": "1", "deadline": "2026-03-09"}, "1.00", ["deadline"]),
    ],
)
def test_what_an_answer_needs(answer: dict[str, Any], reported: str, fields: list[str]) -> None:
    line = LineInput.model_validate({"line_id": 7, **answer})
    assert [one.field for one in check_line(line, 3, DAY, Decimal(reported))] == [f"lines-3-{name}" for name in fields]


def test_who_signs_is_whom_every_home_needs_and_whom_the_programme_adds() -> None:
    named = ["township", "household", "contractor_presenting", "federation"]
    assert signers(named) == [*NEEDED, PartyRole.SUPERVISOR, PartyRole.FEDERATION]
    assert signers(named[:3]) == [*NEEDED, PartyRole.SUPERVISOR]
