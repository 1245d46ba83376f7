"""What people do to a file in this stage: correct, submit, verify; and, from `notice_operations`, review to confirmation."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...core import clock
from ...lifecycle import Action, Stage, Status
from ...permissions import Permission
from ...programme.facts import CLASSES
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...renovation import endings, own_papers
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from ...renovation.talk import operations as talk
from . import elsewhere, explaining, filling, queries, service, showing
from .asking import Questions
from .correctable import CORRECTABLE, options, whose
from .facts import Words, look_up, of_person, say
from .moving import MOVES
from .notice_operations import NOTICE_OPERATIONS
from .rules import Application, MatchDwelling, PlanMissing, Submit, Verify

VERIFIABLE = frozenset(
    {
        Status.SUBMITTED,
        Status.REVIEWED,
        Status.NOTICED,
        Status.CONFIRMED,
        Status.ASSESSED,
        Status.PLANNED,
        Status.AGREED,
        Status.DISPATCHED,
    }
)
"""From the submission to the day works start, on which eligibility is checked for the last time."""


def _edit_initial(renovation: Renovation) -> dict[str, Any]:
    return filling.initial(queries.intake(renovation), queries.papers(renovation))


def _edit_context(renovation: Renovation) -> dict[str, Any]:
    return {
        "choices": {"village": queries.villages(renovation.township_id)},
        "verdict": showing.described(queries.verdict(renovation), queries.verified(renovation)),
        "returned": queries.last_return(renovation),
        "file": renovation.number,
        "questions": Questions([programme_of(renovation.programme_version_id)]),
    }


def _submit_consequence(renovation: Renovation) -> str:
    outcome = queries.verdict(renovation).outcome
    return (
        f"{renovation.applicant_name}一户的申请将提交初审，系统给出回执码。按现有内容：{outcome.label}；"
        "不论结果如何都可以提交，初审时逐条核查。"
    )


def _submit_context(renovation: Renovation) -> dict[str, Any]:
    return {"verdict": showing.described(queries.verdict(renovation)), "returned": queries.last_return(renovation)}


def verify_choices(programmes: Iterable[Programme]) -> dict[str, list[tuple[str, str]]]:
    """Clauses, bodies and methods to choose from for files of these programmes, as (value, label)."""
    clauses: dict[str, str] = {}
    bodies: dict[str, None] = {}
    methods: dict[str, None] = {}
    for programme in programmes:
        clauses |= {clause.id: f"{clause.id} {clause.data.title}" for clause in programme.clauses}
        bodies |= dict.fromkeys(body.name for body in programme.data.verification)
        methods |= dict.fromkeys(method for body in programme.data.verification for method in body.methods)
    return {
        "clause": list(clauses.items()),
        "body": [(name, name) for name in bodies | dict.fromkeys(("民政部门", "乡镇（街道）"))],
        "method": [(name, name) for name in methods | dict.fromkeys(("查验原件", "入户查看", "电话询问"))],
    }


def _verify_context(renovation: Renovation) -> dict[str, Any]:
    programme = programme_of(renovation.programme_version_id)
    names = [name for name in CORRECTABLE if name != CLASSES or programme.person_classes]
    asked = [
        (clause.id, showing.facts_of_clause(renovation, clause.id))
        for clause in programme.clauses_on(queries.derived(renovation).applied_on)
    ]
    others = dict.fromkeys(name for _clause, found in asked for name in found if name not in CORRECTABLE)
    values = list(_correctable(renovation, [*names, *others], programme.words))
    return {
        "choices": {**verify_choices([programme]), "fact": [(one[0], one[1]) for one in values]},
        "verdict": showing.described(queries.verdict(renovation), queries.verified(renovation)),
        "asked": asked,
        "values": values,
        "verifications": queries.verifications(renovation),
    }


def _correctable(
    renovation: Renovation, names: Sequence[str], words: Words
) -> Iterator[tuple[str, str, list[tuple[str, str]], str]]:
    """Of each fact that may be corrected: its name, what it is called, the choices, and what stands there now."""
    facts, people = queries.facts(renovation), queries.beneficiaries(renovation)
    for name in names:
        fact, seat = whose(name)
        now = look_up(facts, fact) if seat == 1 else of_person(people[seat - 1], fact)
        yield name, showing.label_for(fact, seat), options(fact, now, words), say(fact, now, words)


def _verify_initial(_renovation: Renovation) -> dict[str, Any]:
    return {"checked_on": clock.today()}


def _plan_missing_consequence(renovation: Renovation) -> str:
    wants = explaining.unplanned(renovation, explaining.explain(renovation).wants)
    return f"将给您添 {len(wants)} 条待办，{explaining.DAYS_TO_BRING} 个工作日内办；已经列过的不重复。"


INTAKE: tuple[Operation, ...] = (
    Operation(
        "edit",
        Stage.APPLICATION,
        "修改申请内容",
        Permission.APPLICATION_EDIT,
        Application,
        service.edit_application,
        statuses=frozenset({Status.DRAFT}),
        context=_edit_context,
        initial=_edit_initial,
    ),
    Operation(
        "submit",
        Stage.APPLICATION,
        "提交初审",
        Permission.APPLICATION_EDIT,
        Submit,
        service.submit_application,
        action=Action.SUBMIT,
        missing=service.submit_missing,
        consequence=_submit_consequence,
        context=_submit_context,
    ),
    Operation(
        "verify",
        Stage.APPLICATION,
        "核验条件",
        Permission.APPLICATION_VERIFY,
        Verify,
        service.verify_clause,
        statuses=VERIFIABLE,
        context=_verify_context,
        initial=_verify_initial,
        additive=True,
    ),
    Operation(
        "plan_missing",
        Stage.APPLICATION,
        "把缺的列为待办",
        Permission.APPLICATION_VERIFY,
        PlanMissing,
        explaining.plan_missing,
        statuses=VERIFIABLE,
        consequence=_plan_missing_consequence,
        additive=True,
        aside=True,
    ),
    Operation(
        "match_dwelling",
        Stage.APPLICATION,
        "核对相近住房",
        Permission.APPLICATION_VERIFY,
        MatchDwelling,
        service.match_dwelling,
        statuses=frozenset({Status.DRAFT, Status.SUBMITTED, Status.REVIEWED, Status.NOTICED}),
        available=lambda renovation: bool(elsewhere.open_candidates(renovation)),
        context=lambda renovation: {"choices": {"candidate": elsewhere.candidate_choices(renovation)}},
    ),
)

OPERATIONS: tuple[Operation, ...] = (
    *INTAKE,
    *NOTICE_OPERATIONS,
    *MOVES,
    *own_papers.OPERATIONS,
    *endings.OPERATIONS,
    *talk.OPERATIONS,
)
