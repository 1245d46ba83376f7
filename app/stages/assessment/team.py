"""Who visits the home: as many assessors as the programme asks, of one firm, with the qualifications that it accepts."""

from collections.abc import Mapping, Sequence

from ...core.db import db
from ...core.errors import DomainError, RuleViolation
from ...identity.models import User
from ...identity.rules import UserState
from ...permissions import Actor, Role
from ...programme.policy import Programme
from .rules import RecordVisit

OTHER = "其他"
"""A qualification that the programme does not accept, where not every assessor must have one."""


def team_of(programme: Programme, command: RecordVisit, actor: Actor) -> tuple[list[User], list[DomainError]]:
    """The assessors besides the recorder, and what is wrong with who came (variants §0, 7; 重庆2020 §一(二))."""
    given = {
        "second_assessor": (command.second_assessor, command.second_qualification),
        "third_assessor": (command.third_assessor, command.third_qualification),
    }
    team: list[User] = []
    problems: list[DomainError] = []
    for place, (field, (user_id, _qualification)) in enumerate(given.items(), start=2):
        if place > programme.assessors:
            if user_id is not None:
                problems.append(
                    RuleViolation(f"这个政策由 {programme.assessors} 名评估员入户，请不要再选其他人。", field)
                )
            continue
        found, problem = _other(user_id, {actor.user_id, *(one.id for one in team)}, actor, field)
        if problem is not None:
            problems.append(problem)
        elif found is not None:
            team.append(found)
    return team, problems + _qualifications(programme, command)


def _other(
    user_id: int | None, taken: set[int | None], actor: Actor, field: str
) -> tuple[User | None, DomainError | None]:
    """Another assessor: somebody else, of the same firm, with an account in use."""
    if user_id is None:
        return None, RuleViolation("请选择同去入户的评估员。", field)
    if user_id in taken:
        return None, RuleViolation("两名评估员不能是同一个人，请选择同去入户的另一人。", field)
    found = db.session.get(User, user_id)
    if (
        found is None
        or found.organisation_id != actor.organisation_id
        or found.role is not Role.ASSESSOR
        or found.state is not UserState.ACTIVE
    ):
        return None, RuleViolation("另一名评估员须是本机构在用账号的评估员，请重新选择。", field)
    return found, None


def _qualifications(programme: Programme, command: RecordVisit) -> list[DomainError]:
    """Each assessor says one; where the programme lists what it accepts, enough of them have one of these."""
    fields = ("qualification", "second_qualification", "third_qualification")[: programme.assessors]
    given = {field: getattr(command, field) for field in fields}
    problems: list[DomainError] = [
        RuleViolation("请填写评估员的资质。", field) for field, text in given.items() if not text
    ]
    terms = programme.data.assessment
    lacking = _one_of_each(programme, given)
    accepted = [text for text in given.values() if text in terms.qualifications]
    if terms.qualifications and not lacking and len(accepted) < terms.qualified_needed:
        names = "、".join(terms.qualifications)
        said = f"至少 {terms.qualified_needed} 名评估员须有认可的资格：{names}。请核对后选择，或改由有资格的人入户。"
        problems.append(RuleViolation(said, "qualification"))
    return problems + lacking


def _one_of_each(programme: Programme, given: Mapping[str, str]) -> list[DomainError]:
    """Where the programme wants each of its qualifications in the team, the ones that nobody has, at whose place is free."""
    terms = programme.data.assessment
    lacking = [name for name in terms.qualifications if name not in given.values()] if terms.one_of_each else []
    if not lacking or not all(given.values()):
        return []
    said = f"入户的人里还缺“{'”“'.join(lacking)}”。{each_said(programme)}请核对后选择，或改由有这个资格的人一同入户。"
    return [RuleViolation(said, _free(given, terms.qualifications))]


def _free(given: Mapping[str, str], wanted: Sequence[str]) -> str:
    """The field of the last assessor whose qualification is no wanted one or is shown by another already."""
    texts = list(given.values())
    return [name for name, text in given.items() if text not in wanted or texts.count(text) > 1][-1]


def each_said(programme: Programme) -> str:
    """What the programme wants of the team as a whole, as a sentence; "" where it leaves that to the firm."""
    terms = programme.data.assessment
    return f"这个政策要求{'、'.join(terms.qualifications)}各有一人。" if terms.one_of_each else ""


def qualification_choices(programme: Programme) -> list[tuple[str, str]]:
    """What the form offers as qualification; [] = any text."""
    terms = programme.data.assessment
    choices = [(name, name) for name in terms.qualifications]
    if choices and terms.qualified_needed < terms.assessors:
        choices.append((OTHER, "其他（不在认可范围）"))
    return choices
