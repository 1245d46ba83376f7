"""The table of who is told what: every wording can be said, and says nothing that it must not."""

import re
from itertools import groupby

import pytest

from app.letters.rules import BY_PROGRAMME, RULES, Audience, Occasion, Way, facts, rule_of
from app.lifecycle import Action
from app.stages.registry import papers

WORDS = facts({}, "", "12345")
WORDINGS = [
    (rule.occasion, audience, wording)
    for rule in RULES
    for audience, wording in ((Audience.HOUSEHOLD, rule.household), (Audience.STAFF, rule.staff))
    if wording is not None
]


@pytest.mark.parametrize(("occasion", "audience", "wording"), WORDINGS)
def test_every_wording_can_be_said(occasion: Occasion, audience: Audience, wording) -> None:
    other = facts({}, "", "12345", lambda _stage: False, pays_household=True)
    for words in (WORDS, other):
        said = [text.format(**words) for text in (wording.title, wording.text)]
        assert "{" not in "".join(said) and said[1].endswith("。")
    assert len(f"{occasion.value}.{audience.value}/{wording.paper}") <= 60
    assert (audience is Audience.STAFF) == bool(wording.roles)
    # staff find names on the file: what goes out by mail carries none, and no reason that may name somebody
    if Way.MAIL in wording.ways and occasion is not Occasion.CLAIM_ASSIGNED:
        assert set(re.findall(r"\{(\w+)\}", wording.text)) <= {"day", "until", *BY_PROGRAMME}


def test_every_occasion_has_its_event_and_every_paper_exists() -> None:
    # the rules of one occasion stand together
    assert [one for one, _ in groupby(rule.occasion for rule in RULES)] == [
        *dict.fromkeys(rule.occasion for rule in RULES)
    ]
    assert {rule.occasion for rule in RULES} == set(Occasion)
    named = {wording.paper for _, _, wording in WORDINGS if wording.paper}
    assert named == {"correction_slip", "rejection_letter", "confirmation_letter", "code_slip"}
    assert named <= set(papers())


def test_a_rejection_names_the_reason_the_paper_with_the_clause_and_the_right_to_a_recheck() -> None:
    rule = rule_of(Action.REJECT, "不予改造")
    assert rule is not None and rule.household is not None
    assert rule.household.paper == "rejection_letter"
    said = rule.household.text.format(**facts({}, "没有困难身份。", "023-1234"))
    assert said == (
        "您的申请没有通过。原因：没有困难身份。依据的条款写在通知书上。"
        "您有权要求复核：请在收到通知书后到乡镇（街道）办理，或打 023-1234 咨询。"
    )


@pytest.mark.parametrize(
    ("action", "title", "occasion"),
    [
        (Action.RETURN, "退回补正", Occasion.CORRECTION),
        (None, "报修第 2 件", Occasion.CLAIM),
        (None, "报修第 2 件：待维修", Occasion.CLAIM_ASSIGNED),
        (None, "报修第 2 件：待回访", None),
        (None, "约定上门", Occasion.VISIT),
        (Action.START, "开工", None),
        (None, "施工日志", None),
    ],
)
def test_rows_of_the_timeline_find_their_rule(action: Action | None, title: str, occasion: Occasion | None) -> None:
    rule = rule_of(action, title)
    assert (rule.occasion if rule else None) == occasion
