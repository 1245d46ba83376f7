"""What if: the whole register under changed rules, county by county and household by household. Nothing is written.

"Before" is what each file's own version says of it; "after" is what the changed rules would say, a county's own edition
kept where it differs from the programme that is changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, false, func, or_, select

from ..core import clock
from ..core.db import db
from ..core.errors import RuleViolation
from ..core.money import yuan
from ..places.models import Region
from ..places.queries import within
from ..programme.areas import within as lies_within
from ..programme.difference import carried_over
from ..programme.eligibility import Result
from ..programme.expressions import Condition
from ..programme.facts import Facts
from ..programme.plan_rules import check_lines
from ..programme.policy import Clause, Programme, build
from ..programme.queries import programme_of
from ..programme.refusals import SettlementRefused
from ..programme.subsidy import subsidy_fen
from ..programme.terms import cap_for, terms_for
from ..programme.values import CapUnit
from ..renovation.models import Renovation
from ..stages.application.codes import Outcome
from .effects import UNDECIDED, County, Touched, count, effect_of
from .models import Effect
from .pools import Demand, Quotas, Waiter, quotas
from .register import FactReader, Household, chunks, files_of


@dataclass(slots=True)
class WhatIf:
    """The rules that are tried: `base` is the programme that is named, `changed` the same with other rules."""

    base: Programme
    changed: Programme
    counties: dict[int, County] = field(default_factory=dict)
    done: int = 0
    _after: dict[int, "Rules"] = field(default_factory=dict)
    _quotas: Quotas = field(default_factory=Quotas)

    def __post_init__(self) -> None:
        if self.changed.key != self.base.key:
            raise RuleViolation(f"改动后的资料是“{self.changed.key}”，不是“{self.base.key}”的，不能一起测算", "with")
        if self.changed.areas != self.base.areas:
            raise RuleViolation("适用地区不同的两份资料不能互相测算，请选全市项目或同一份细则的两个版本", "with")

    def files(self, scope: ColumnElement[bool]) -> ColumnElement[bool]:
        """The files that the change concerns: all of the programme, or of the regions whose edition is changed."""
        wanted = files_of(self.base.key, scope)
        if self.base.areas:
            paths = db.session.scalars(select(Region.path).where(Region.code.in_(self.base.areas))).all()
            inside = or_(false(), *(within(Region.path, path) for path in paths))
            wanted &= Renovation.county_id.in_(select(Region.id).where(inside))
        return wanted

    def total(self, scope: ColumnElement[bool]) -> int:
        """How many files there are to look at."""
        return db.session.scalar(select(func.count()).select_from(Renovation).where(self.files(scope))) or 0

    def run(self, scope: ColumnElement[bool]) -> Iterator[list[Touched]]:
        """Goes through the register; gives what is touched chunk by chunk and counts by county. Reads only.

        Last come those for whom places or yuan would no longer suffice; some of them were given before, for what
        changes for them besides.
        """
        year = clock.today().year
        self._quotas = quotas(self.base.key, year, self.base.data, self.changed.data)
        self.counties = _counties(self.base.key, self._quotas)
        with_lines = self._changes_sums()
        counting = self._counting(scope) if with_lines else []
        for some in chunks(self.files(scope), year, with_lines, counting):
            touched = [one for household in some if (one := self._look_at(household)) is not None]
            self.done += len(some)
            yield touched
        short = [_left_without(waiter, reason) for waiter, reason in self._quotas.short()]
        if short:
            yield short

    def _counting(self, scope: ColumnElement[bool]) -> list[int]:
        """The versions of whose files the changed rules count what earlier files used."""
        versions = db.session.scalars(select(Renovation.programme_version_id).where(self.files(scope)).distinct())
        return [version for version in versions if self._rules(version).after.period_limits]

    def _changes_sums(self) -> bool:
        """Whether any sum can differ: everything but conditions, names and how the work is done."""
        return any(
            getattr(self.base.data, table) != getattr(self.changed.data, table)
            for table in type(self.base.data).model_fields
            if table not in _NO_MONEY
        )

    def _rules(self, version_id: int) -> "Rules":
        if version_id not in self._after:
            own = programme_of(version_id)
            self._after[version_id] = Rules(own, self._changed_for(own), self._changes_sums())
        return self._after[version_id]

    def _changed_for(self, own: Programme) -> Programme:
        """The changed rules as they would hold for files of a version: an edition of fewer regions is carried over.

        Nothing changes for one that is not built on what is changed.
        """
        about, wider = own.data.programme, self.changed.areas
        if own.areas == wider or not own.areas or (wider and not all(lies_within(area, wider) for area in own.areas)):
            return self.changed
        if wider and about.based_on != self.changed.id:
            return own
        programme, problems = build(carried_over(self.base.data, self.changed.data, own.data))
        if problems:
            said = "；".join(problem.message for problem in problems)
            raise RuleViolation(f"改动后“{own.name}”不再成立：{said}", "with")
        return programme

    def _look_at(self, one: Household) -> Touched | None:
        county, rules = self.counties[one.county_id], self._rules(one.version_id)
        facts = rules.facts(one)
        after = rules.outcome(facts, one)
        sums = rules.sum_after(facts, one, after)
        count(county, one, after, sums)
        self._ask_for(rules, facts, one, after, sums)
        effect = effect_of(one, after, sums)
        if effect is None:
            return None
        reason = rules.why(facts, one, after, sums)
        after_fen = None if isinstance(sums, str) else sums
        return Touched(one.id, one.number, one.county_id, effect, one.before, after, one.before_fen, after_fen, reason)

    def _ask_for(self, rules: "Rules", facts: Facts, one: Household, after: Outcome, sums: int | str | None) -> None:
        """What the household asks of the quotas of its region, before and after."""
        if not (one.holds_place or one.status in UNDECIDED):
            return
        places, fen = self._quotas.pools_for(one.county_id, one.township_id)
        if one.before is Outcome.ELIGIBLE:
            if places is not None:
                _ask(places.before, one, 1, one.priority)
            if fen is not None:
                _ask(fen.before, one, rules.need_before(facts, one), one.priority)
        if after is Outcome.ELIGIBLE:
            points = rules.points(facts, one)
            if places is not None:
                _ask(places.after, one, 1, points)
            if fen is not None:
                _ask(fen.after, one, rules.need_after(facts, one, sums), points)


def _ask(demand: Demand, one: Household, need: int, points: int) -> None:
    if one.holds_place:
        demand.held += need
    else:
        demand.queue.append(Waiter((-points, one.applied_on, one.id), need, one.number, one.county_id))


def _left_without(waiter: Waiter, reason: str) -> Touched:
    eligible = Outcome.ELIGIBLE
    return Touched(
        waiter.id, waiter.number, waiter.county_id, Effect.SHORT, eligible, eligible, None, None, reason, is_short=True
    )


_NO_MONEY = frozenset(
    {"programme", "clause", "condition", "priority", "phase", "verification", "photo_kind", "plan_rule", "quota"}
    | {"allotment", "notice", "notice_round", "assessment", "acceptance", "acceptance_check", "warranty", "time_limits"}
    | {
        "document",
        "stage",
        "room",
        "hazard",
        "suggestion",
        "waiting_list",
        "first_come",
        "sample_inspection",
        "step",
        "actor",
        "deposit",
        "acceptance_party",
        "plan_review",
        "procurement",
        "firm_filing",
    }
)


class Rules:
    """Two versions side by side for the files of one of them."""

    def __init__(self, before: Programme, after: Programme, sums_differ: bool) -> None:
        self.before, self.after, self.sums_differ = before, after, sums_differ
        self.gone = [clause for clause in before.clauses if not _stands_in(clause, after)]
        self.new = [clause for clause in after.clauses if not _stands_in(clause, before)]
        self.lines_differ = any(getattr(before.data, table) != getattr(after.data, table) for table in _OF_LINES)
        conditions: list[Condition] = [clause.condition for clause in (*self.gone, *self.new)]
        more: list[str] = []
        for one in (before, after):
            conditions += [condition for _, condition in one.cap_cases]
            conditions += [condition for _, condition in one.rates if condition is not None]
            more += ["household.members"] if one.data.cap.per is CapUnit.PERSON else []
        self.points_differ = before.data.priority != after.data.priority
        if self.points_differ:
            conditions += [condition for _, condition in after.priorities]
        self._some = FactReader(conditions, more)
        self._all = FactReader([*conditions, *(clause.condition for clause in after.clauses)], more)

    def facts(self, one: Household) -> Facts:
        """The facts that can still matter: of whom every clause passes, those of what differs and of the sums."""
        return (self._some if one.before is Outcome.ELIGIBLE else self._all).read(one.facts)

    def outcome(self, facts: Facts, one: Household) -> Outcome:
        """The verdict under the changed rules, as `eligibility.judge` says without its reasons.

        Where the file's own version says eligible, each of its clauses passes, and only what is new is asked.
        """
        unknown = False
        for clause in self.new if one.before is Outcome.ELIGIBLE else self.after.clauses:
            if clause.holds_on(one.applied_on):
                truth = clause.condition.truth(facts, one.applied_on)
                if truth is False:
                    return Outcome.INELIGIBLE
                unknown = unknown or truth is None
        return Outcome.UNKNOWN if unknown else Outcome.ELIGIBLE

    def sum_after(self, facts: Facts, one: Household, after: Outcome) -> int | str | None:
        """The subsidy under the changed rules in fen; the refusal's sentence; None where there is nothing to compute."""
        if one.before_fen is None:
            return None
        if after is Outcome.INELIGIBLE:
            return one.before_fen if one.before is after else 0
        if not self.sums_differ:
            return one.before_fen
        problems = check_lines(self.after, one.lines, complete=False, settling=True) if self.lines_differ else []
        if problems:
            return problems[0].message
        try:
            terms = terms_for(self.after, facts, one.applied_on, self._earlier(facts, one), one.used)
            return subsidy_fen(self.after, one.lines, terms)
        except SettlementRefused as refused:
            return refused.reasons[0]

    def _earlier(self, facts: Facts, one: Household) -> int:
        """What was used up before in the cap's period: what its sums lacked of the whole cap."""
        if self.after.data.cap.months is None or self.before.data.cap.months is None or one.cap_fen is None:
            return 0
        return max(0, cap_for(self.before, facts, one.applied_on) - one.cap_fen)

    def points(self, facts: Facts, one: Household) -> int:
        """The points of priority under the changed rules."""
        if not self.points_differ:
            return one.priority
        return sum(points for points, condition in self.after.priorities if condition.truth(facts, one.applied_on))

    def need_before(self, facts: Facts, one: Household) -> int:
        """What it asks of the quota of yuan, in fen: what it holds, else the sum of its plan, else the whole cap."""
        if one.reserved_fen or one.before_fen is not None:
            return one.reserved_fen or one.before_fen or 0
        return _cap(self.before, facts, one.applied_on)

    def need_after(self, facts: Facts, one: Household, sums: int | str | None) -> int:
        """The same under the changed rules."""
        if isinstance(sums, int):
            same = sums == one.before_fen and one.reserved_fen
            return one.reserved_fen if same else sums
        return _cap(self.after, facts, one.applied_on)

    def why(self, facts: Facts, one: Household, after: Outcome, sums: int | str | None) -> str:
        """The clauses that come to something else, and the sums; no fact of the household."""
        said = []
        if after is not one.before:
            said = list(self._clauses(facts, one.applied_on)) or [f"{one.before.label} → {after.label}"]
        if isinstance(sums, str):
            said.append(sums)
        elif sums != one.before_fen:
            said.append(f"补贴 {yuan(one.before_fen or 0)} → {yuan(sums or 0)} 元")
        return "；".join(said)[:1000]

    def _clauses(self, facts: Facts, on: date) -> Iterator[str]:
        was, now = (
            {
                clause.id: (clause.data.title, clause.condition.truth(facts, on))
                for clause in clauses
                if clause.holds_on(on)
            }
            for clauses in (self.gone, self.new)
        )
        for id_ in dict.fromkeys((*was, *now)):
            if id_ not in now:
                yield f"取消 {id_} {was[id_][0]}（原来{_RESULTS[was[id_][1]]}）"
            elif id_ not in was:
                yield f"新增 {id_} {now[id_][0]}：{_RESULTS[now[id_][1]]}"
            elif was[id_][1] is not now[id_][1]:
                yield f"{id_} {now[id_][0]}：{_RESULTS[was[id_][1]]} → {_RESULTS[now[id_][1]]}"


def _cap(programme: Programme, facts: Facts, on: date) -> int:
    """The most that a household may cost, in fen; the general cap while a missing fact leaves open which holds."""
    try:
        return cap_for(programme, facts, on)
    except SettlementRefused:
        return programme.cap_fen


_OF_LINES = ("item", "price", "plan", "category", "group")
"""Tables by which a line that was allowed may be allowed no longer."""


def _stands_in(clause: Clause, programme: Programme) -> bool:
    """Whether a programme has the same condition for the same days under the same name."""
    days = (clause.data.valid_from, clause.data.valid_to)
    return any(
        one.id == clause.id and one.condition == clause.condition and (one.data.valid_from, one.data.valid_to) == days
        for one in programme.clauses
    )


_RESULTS: Mapping[bool | None, str] = {
    True: Result.PASS.label,
    False: Result.FAIL.label,
    None: Result.UNKNOWN.label,
}


def _counties(programme_key: str, quotas_: Quotas) -> dict[int, County]:
    """Every county that has files of the programme, with the quotas of the year."""
    present = select(Renovation.county_id).where(Renovation.programme_key == programme_key).distinct()
    rows = db.session.execute(
        select(Region.id, Region.code, Region.name).where(Region.id.in_(present)).order_by(Region.code)
    )
    return {row.id: County(row.code, row.name, quotas=quotas_.of_county(row.id)) for row in rows}
