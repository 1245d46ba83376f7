"""Suggested items: proposed by the programme's table, kept, dropped or added by the assessors."""

from ...core.db import db
from ...core.errors import DomainError, RuleViolation, RuleViolations
from ...lifecycle import Stage
from ...permissions import Actor
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from ...renovation.progress import note
from .ability import answers_for
from .models import Suggestion, Visit
from .rules import ADDED, Proposal, RecordVisit, ReviewSuggestions, SuggestionEdit, propose
from .visits import check_firm, end_signatures, unfinished


def add_suggestions(
    visit: Visit, command: RecordVisit, programme: Programme, edits: dict[int, tuple[bool, str, str]]
) -> None:
    """Propose items for what was found; `edits` (by item) carry over what was changed on the record before."""
    hazards = {key: room.room for room in command.rooms for key in room.hazards}
    persons = {one.person for one in command.indicators}
    instrument = programme.instrument
    failed = {key for person in persons for key in instrument.score(answers_for(command.indicators, person)).failed}
    proposals = propose(programme, hazards, failed)
    for proposal in proposals:
        kept, reason, _source = edits.pop(proposal.item_no, (True, "", ""))
        db.session.add(_suggestion(visit, proposal, programme, kept, reason))
    for number, (kept, reason, source) in edits.items():
        if source == ADDED and kept:  # what the assessors added stays when they correct the record
            db.session.add(_suggestion(visit, Proposal(number, [reason], [ADDED]), programme, True, ""))
    db.session.flush()
    db.session.refresh(visit, ["suggestions"])


def _suggestion(visit: Visit, proposal: Proposal, programme: Programme, kept: bool, reason: str) -> Suggestion:
    item = programme.item(proposal.item_no)
    return Suggestion(
        visit_id=visit.id,
        item_no=item.number,
        item_name=item.name,
        category=next((one.name for one in programme.categories if one.key == item.category), ""),
        basic=item.is_basic,
        reason=proposal.reason,
        source=proposal.source,
        rooms=proposal.rooms,
        kept=kept,
        edited_reason=reason,
    )


def earlier_edits(visit: Visit | None) -> dict[int, tuple[bool, str, str]]:
    """What assessors changed on an earlier record: kept, reason, source by item."""
    return {
        one.item_no: (one.kept, one.reason if one.source == ADDED else one.edited_reason, one.source)
        for one in (visit.suggestions if visit else [])
        if one.source == ADDED or not one.kept
    }


def review_suggestions(renovation: Renovation, command: ReviewSuggestions, actor: Actor) -> Visit:
    """Keep, drop or add suggested items; whoever had signed signs again. Raises RuleViolations at the rows."""
    check_firm(renovation, actor)
    visit = unfinished(renovation)
    programme = programme_of(renovation.programme_version_id)
    rows = {one.item_no: one for one in visit.suggestions}
    problems: list[DomainError] = []
    for index, edit in enumerate(command.suggestions):
        problem = _edit(visit, rows, edit, programme)
        if problem:
            problems.append(RuleViolation(problem, f"suggestions-{index}-reason"))
    RuleViolations.raise_if_any(problems)
    end_signatures(visit, "建议项目有改动", spare=actor.user_id)
    db.session.flush()
    db.session.refresh(visit, ["suggestions"])
    note(
        renovation,
        Stage.ASSESSMENT,
        "核对建议项目",
        actor,
        "",
        {"kept": [s.item_no for s in visit.suggestions if s.kept]},
    )
    return visit


def _edit(visit: Visit, rows: dict[int, Suggestion], edit: SuggestionEdit, programme: Programme) -> str:
    """Carry out one row's edit; a sentence when it cannot be."""
    row = rows.get(edit.item)
    if row is None:
        if not programme.has_item(edit.item):
            return f"目录中没有项目 {edit.item}，请重新选择。"
        if not edit.reason:
            return f"新增“{programme.item(edit.item).name}”要写理由。"
        rows[edit.item] = _suggestion(visit, Proposal(edit.item, [edit.reason], [ADDED]), programme, True, "")
        db.session.add(rows[edit.item])
        return ""
    if not edit.keep.is_yes and not edit.reason:
        return f"不保留“{row.item_name}”要写理由。"
    row.kept, row.edited_reason = edit.keep.is_yes, edit.reason
    return ""
