"""How able each old person is: what is typed, what the instrument makes of it, what must hold. Plain Python; variants §3."""

from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from ...core.commands import Command, FileRef
from ...core.enums import Labelled
from ...core.errors import DomainError, RuleViolation
from ...programme.instruments import MOST_TIMES, Instrument, Score
from ...programme.policy import Programme


class YesNo(Labelled):
    """An answer that must be given: an unticked box would say no without anybody having looked."""

    YES = "yes", "是"
    NO = "no", "否"

    @property
    def is_yes(self) -> bool:
        """The answer as truth."""
        return self is YesNo.YES


class IndicatorInput(Command):
    """The answer to one item of the instrument for one old person of the household."""

    person: Annotated[int, Field(title="人员序号", ge=1, le=20)] = 1
    indicator: Annotated[str, Field(title="指标", min_length=1, max_length=40)]
    answer: Annotated[str, Field(title="能否自己完成", max_length=40)] = ""


class CircumstanceInput(Command):
    """Something besides the items that the instrument's adjustments ask for: yes, no, or how often."""

    person: Annotated[int, Field(title="人员序号", ge=1, le=20)] = 1
    circumstance: Annotated[str, Field(title="情况", min_length=1, max_length=40)]
    value: Annotated[str, Field(title="有没有", max_length=10)] = ""


class LevelInput(Command):
    """A level set by hand, where the instrument's text has a gap."""

    person: Annotated[int, Field(title="人员序号", ge=1, le=20)] = 1
    level: Annotated[str, Field(title="评定的等级", max_length=40)] = ""
    reason: Annotated[str, Field(title="定级理由", max_length=500)] = ""


class RecogniseResult(Command):
    """A result of another body that counts, so that nothing is asked again."""

    person: Annotated[int, Field(title="评估对象", ge=1, le=20)] = 1
    instrument: Annotated[str, Field(title="评估工具", min_length=1, max_length=60)]
    issuer: Annotated[str, Field(title="出具单位", min_length=1, max_length=80)]
    assessed_on: Annotated[date, Field(title="评估日期")]
    level: Annotated[str, Field(title="评定的等级", min_length=1, max_length=40)]
    points: Annotated[int | None, Field(title="得分", ge=0, le=1000, description="结果上写有的填写")] = None
    valid_until: Annotated[
        date | None, Field(title="结果上写明的有效期止", description="没有写明的留空，按本项目认可的期限")
    ] = None
    paper: Annotated[FileRef | None, Field(title="评估结果（扫描件）")] = None
    remark: Annotated[str, Field(title="说明", max_length=500)] = ""


def is_grade_recognised(programme: Programme, grade: str | None) -> bool:
    """True when a person's existing self-care grade counts, and that person need not be asked again (domain E3)."""
    return bool(programme.data.assessment.recognised_by) and grade not in (None, "none")


def answers_for(inputs: Sequence[IndicatorInput], person: int) -> dict[str, str]:
    """What was answered for one person, by item."""
    return {one.indicator: one.answer for one in inputs if one.person == person and one.answer}


def circumstances_for(
    instrument: Instrument, inputs: Sequence[CircumstanceInput], person: int
) -> dict[str, bool | int]:
    """What was said of one person besides; what cannot be read is left out."""
    kinds = {one.key: one.kind for one in instrument.circumstances}
    found: dict[str, bool | int] = {}
    for one in inputs:
        if one.person != person or one.circumstance not in kinds:
            continue
        if kinds[one.circumstance] == "yes_no" and one.value in list(YesNo):
            found[one.circumstance] = YesNo(one.value).is_yes
        elif kinds[one.circumstance] == "count" and one.value.isdecimal() and int(one.value) <= MOST_TIMES:
            found[one.circumstance] = int(one.value)
    return found


def scores(
    instrument: Instrument,
    indicators: Sequence[IndicatorInput],
    circumstances: Sequence[CircumstanceInput],
    levels: Sequence[LevelInput],
) -> dict[int, Score]:
    """What the server makes of the answers, by person; who was not asked is left out."""
    persons = sorted({one.person for one in indicators if one.answer})
    by_hand = {one.person: one.level for one in levels}
    return {
        person: instrument.score(
            answers_for(indicators, person),
            circumstances_for(instrument, circumstances, person),
            by_hand.get(person, ""),
        )
        for person in persons
    }


def check_ability(
    instrument: Instrument,
    indicators: Sequence[IndicatorInput],
    circumstances: Sequence[CircumstanceInput],
    levels: Sequence[LevelInput],
    recognised: Collection[int],
    persons: int,
) -> list[DomainError]:
    """Everything that is wrong with the answers, each at its field. `recognised` are persons who need not be asked."""
    problems = list(_check_answers(instrument, indicators, recognised, persons))
    if not problems:
        problems += _check_complete(instrument, indicators, recognised, persons)
    problems += _check_circumstances(instrument, indicators, circumstances)
    if not problems:
        problems += _check_levels(instrument, scores(instrument, indicators, circumstances, levels), levels)
    return problems


def _check_complete(
    instrument: Instrument, inputs: Sequence[IndicatorInput], recognised: Collection[int], persons: int
) -> Iterator[DomainError]:
    """Every beneficiary is asked everything but whose grade is recognised; half an answer gives no level."""
    asked = {one.person for one in inputs if one.answer} | (set(range(1, persons + 1)) - set(recognised))
    for person in sorted(asked):
        named = {one.indicator for one in inputs if one.person == person and (one.answer or person not in recognised)}
        left = [item.name for item in instrument.items if item.key not in named]
        if left:
            who = f"第 {person} 位受益人" if person > 1 else ""
            yield RuleViolation(f"请评{who}全部项目，还差：{_listed(left)}。", "indicators")


def _listed(names: Sequence[str]) -> str:
    return "、".join(names[:6]) + (f" 等 {len(names)} 项" if len(names) > 6 else "")


def _check_answers(
    instrument: Instrument, inputs: Sequence[IndicatorInput], recognised: Collection[int], persons: int
) -> Iterator[DomainError]:
    answered: set[tuple[int, str]] = set()
    for index, one in enumerate(inputs):
        where, item = f"indicators-{index}-answer", instrument.item(one.indicator)
        if item is None:
            yield RuleViolation(f"评估项目中没有“{one.indicator}”。", where)
        elif one.answer and instrument.answer(one.indicator, one.answer) is None:
            yield RuleViolation(f"“{item.name}”请从给出的选项中选择。", where)
        elif one.person > persons:
            yield RuleViolation(f"这一户登记了 {persons} 位受益人，没有第 {one.person} 位。", where)
        elif not one.answer and one.person not in recognised:
            yield RuleViolation(f"请评“{item.name}”。", where)
        elif one.answer and (one.person, one.indicator) in answered:
            yield RuleViolation(f"“{item.name}”填了两次，请只留一个。", where)
        elif one.answer:
            answered.add((one.person, one.indicator))


def _check_circumstances(
    instrument: Instrument, indicators: Sequence[IndicatorInput], inputs: Sequence[CircumstanceInput]
) -> Iterator[DomainError]:
    asked = {one.key: one for one in instrument.circumstances}
    persons = sorted({one.person for one in indicators if one.answer})
    for index, one in enumerate(inputs):
        where = f"circumstances-{index}-value"
        if one.circumstance not in asked:
            yield RuleViolation(f"评估表中没有“{one.circumstance}”这一项。", where)
        elif one.person in persons and one.circumstance not in circumstances_for(instrument, [one], one.person):
            wanted = "选“是”或“否”" if asked[one.circumstance].kind == "yes_no" else f"写次数（0 至 {MOST_TIMES}）"
            yield RuleViolation(f"“{asked[one.circumstance].name}”请{wanted}。", where)
    for person in persons:
        said = [one.circumstance for one in inputs if one.person == person]
        left = [one.name for key, one in asked.items() if key not in said]
        twice = [one.name for key, one in asked.items() if said.count(key) > 1]
        if left or twice:
            text = f"还要回答：{_listed(left)}。" if left else f"“{twice[0]}”填了两次，请只留一个。"
            yield RuleViolation(text, "circumstances")


def _check_levels(
    instrument: Instrument, found: Mapping[int, Score], inputs: Sequence[LevelInput]
) -> Iterator[DomainError]:
    rows = {one.person: (index, one) for index, one in enumerate(inputs)}
    for person, score in found.items():
        index, row = rows.get(person, (None, LevelInput(person=person)))
        where = f"levels-{index}" if index is not None else "levels"
        at = f"{where}-level" if index is not None else where
        if row.level and not score.is_gap:
            name = score.level.name if score.level else ""
            yield RuleViolation(f"按规则已经定为“{name}”，不用另外定级，请清空。", at)
        elif row.level and instrument.level(row.level) is None:
            yield RuleViolation("评定的等级请从给出的选项中选择。", at)
        elif row.level and not row.reason:
            yield RuleViolation("标准没有覆盖这种情形，由评估员定级的要写理由。", f"{where}-reason" if rows else where)
        elif score.is_gap and score.level is None:
            yield RuleViolation(
                f"这些答案落在“{instrument.about.name}”没有规定的情形里，请两名评估员商定等级并写明理由。", at
            )


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def holds_until(programme: Programme, command: RecogniseResult) -> date:
    """The last day on which a result counts: its own, at most so many months as the programme recognises.

    Raises RuleViolation when the programme does not recognise the instrument.
    """
    terms = programme.recognition(command.instrument)
    if terms is None:
        raise RuleViolation("本项目不认可这种评估的结果，请重新评估。", "instrument")
    most = months_later(command.assessed_on, terms.months)
    return min(most, command.valid_until) if command.valid_until else most


def check_result(programme: Programme, command: RecogniseResult, today: date, persons: int) -> list[DomainError]:
    """Everything that is wrong with a result of another body, each at its field."""
    terms, instrument = programme.recognition(command.instrument), programme.instruments.get(command.instrument)
    if terms is None or instrument is None:
        return [RuleViolation("本项目不认可这种评估的结果，请重新评估。", "instrument")]
    problems: list[DomainError] = []
    if command.person > persons:
        problems.append(RuleViolation(f"这一户登记了 {persons} 位受益人，请重新选择。", "person"))
    if command.issuer not in terms.bodies:
        problems.append(RuleViolation(f"本项目只认可这些单位的结果：{'、'.join(terms.bodies)}。", "issuer"))
    if command.assessed_on > today:
        problems.append(RuleViolation("评估日期不能晚于今天。", "assessed_on"))
    elif (until := holds_until(programme, command)) < today:
        problems.append(
            RuleViolation(
                f"这份结果已于 {until} 到期（认可 {terms.months} 个月），不能采用，请重新评估。", "assessed_on"
            )
        )
    if command.valid_until and command.valid_until < command.assessed_on:
        problems.append(RuleViolation("有效期止早于评估日期，请核对。", "valid_until"))
    return problems + list(_check_outcome(instrument, command))


def _check_outcome(instrument: Instrument, command: RecogniseResult) -> Iterator[DomainError]:
    level = instrument.level(command.level)
    if level is None:
        names = "、".join(one.name for one in instrument.levels)
        yield RuleViolation(f"“{instrument.about.short_name}”的等级有：{names}，请从中选择。", "level")
        return
    most = instrument.about.maximum
    if command.points is None:
        if instrument.wants_points:
            yield RuleViolation("请填写得分（不能完成的项数）。", "points")
        return
    if most is None or command.points > most:
        yield RuleViolation(f"得分最高 {most} 分，请核对。" if most else "这种评估没有总分，请留空。", "points")
        return
    computed = instrument.level_at(command.points)
    if computed is not None and not _may_be(instrument, computed.key, command.level):
        yield RuleViolation(f"{command.points} 分应是“{computed.name}”，与填写的等级不符，请核对原件。", "level")


def _may_be(instrument: Instrument, computed: str, said: str) -> bool:
    """Adjustments only ever make a level worse."""
    keys = [level.key for level in instrument.levels]
    return said == computed or (bool(instrument.data.adjustment) and keys.index(said) > keys.index(computed))
