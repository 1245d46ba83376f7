"""The form of a household: the facts that a programme asks for, each empty one unknown; read strictly, kept as typed.

It answers what the form macros ask (`components/forms.html`); its fields come from the vocabulary and not from a command.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.commands import Command
from ...core.errors import DomainError, RuleViolation
from ...core.money import parse_yuan, yuan
from ..facts import Fact, parse_day
from ..policy import Programme
from ..quoting import read_used
from ..values import Decision
from .asked import asked_by
from .fields import NONE, NOT_ACCEPTED, field_of, json_of, put
from .file import Household
from .filled import typed_as

_MOST_ROWS = 60
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")


class _Asked(Command):
    """Stands for the fields of the form where the macros ask whether most may stay empty: all may."""

    fact: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the form: the item's number, and where its fields stand."""

    prefix: str
    item: int


class HouseholdForm:
    """What was typed for a household under a programme, and what is wrong with it."""

    command = _Asked

    def __init__(
        self, programme: Programme, typed: Mapping[str, Sequence[str]], regions: Mapping[str, str] | None = None
    ) -> None:
        self.programme = programme
        self.asked = asked_by(programme)
        self.codes = {name: code for code, name in (regions or {}).items()}
        """The code of each region that can be named."""
        self.typed = {name: [text.strip() for text in texts if text.strip()] for name, texts in typed.items()}
        self.problems: list[DomainError] = []
        self.status = 200

    @classmethod
    def of(
        cls, programme: Programme, household: Household, regions: Mapping[str, str] | None = None
    ) -> "HouseholdForm":
        """The form with a file's household typed in; facts that the programme does not ask for are left out."""
        return cls(programme, typed_as(programme, household), regions)

    # ------------------------------------------------------------ reading
    def household(self) -> Household:
        """What was typed, with what cannot be read left out and told in `problems`."""
        facts: dict[str, Any] = {}
        for fact in self.asked.facts:
            value = self._records(fact) if fact.kind.record else self._fact(fact, field_of(fact.name))
            if value is not None:
                put(facts, fact.name, value)
        applied_on, earlier = self._text("applied_on"), self._read("earlier", lambda text: yuan(parse_yuan(text)))
        if not applied_on:
            self.refuse(RuleViolation("请填申请日期，年龄和期限按这一天算", "applied_on"))
        elif self._read("applied_on", parse_day) is None:
            applied_on = ""
        return Household(
            applied_on=applied_on,
            region=self._region(),
            facts=facts,
            lines=tuple(self.lines().values()),
            earlier=earlier or "",
            used=tuple(self._used()),
        )

    @property
    def has_used(self) -> bool:
        """Whether something stands in the fields of what earlier files used."""
        return any(texts for name, texts in self.typed.items() if name.startswith("used-"))

    def _used(self) -> Iterator[dict[str, Any]]:
        """What earlier files used of the items that are counted over the period, as the contract writes it."""
        for item in self.programme.counted_items:
            prefix = f"used-{item.number}"
            subsidy = self._read(f"{prefix}-subsidy", lambda text: yuan(parse_yuan(text)))
            written = {"quantity": self._text(f"{prefix}-quantity"), "subsidy": subsidy}
            entry = {"item": item.number} | {name: text for name, text in written.items() if text}
            _, faults = read_used([entry])
            if faults:
                self.refuse(RuleViolation(f"{item.name}：{faults[0].message.partition('：')[2]}", f"{prefix}-quantity"))
            elif len(entry) > 1:
                yield entry

    def lines(self) -> dict[str, dict[str, Any]]:
        """The lines with a decision, as the contract writes them, each by the prefix of its fields."""
        found: dict[str, dict[str, Any]] = {}
        for row in self.rows():
            decision = self._text(f"{row.prefix}-decision")
            written = {name: self._text(f"{row.prefix}-{name}") for name in ("quantity", "unit_price")}
            if not decision and any(written.values()):
                decision = Decision.INSTALL.value
            if not decision:
                continue
            line: dict[str, Any] = {"item": row.item, "decision": decision}
            if decision in (Decision.INSTALL, NOT_ACCEPTED):
                line |= {"decision": Decision.INSTALL.value, "accepted": decision != NOT_ACCEPTED}
            found[row.prefix] = line | {name: text for name, text in written.items() if text}
        return found

    def rows(self) -> list[Row]:
        """A row for each item of the catalogue, and further ones for items that stand several times."""
        numbers = [item.number for item in self.programme.items]
        rows = [Row(f"lines-{place}", number) for place, number in enumerate(numbers)]
        for place in range(len(numbers), len(numbers) + _MOST_ROWS):
            item = self._text(f"lines-{place}-item")
            if item.isdigit() and self.programme.has_item(int(item)):
                rows.append(Row(f"lines-{place}", int(item)))
        return sorted(rows, key=lambda row: row.item)

    @property
    def next_row(self) -> str:
        """The prefix of one more row, for an item that stands twice."""
        last = max((int(row.prefix.partition("-")[2]) for row in self.rows()), default=-1)
        return f"lines-{last + 1}"

    def refuse(self, *problems: DomainError) -> None:
        """Show refusals at their fields."""
        self.problems.extend(problems)
        self.status = 422

    def place(self, problems: Sequence[DomainError]) -> None:
        """Show the refusals of an answer: those of lines at the row in which the line was typed."""
        lines = list(self.lines().items())
        for problem in problems:
            head, _, rest = problem.field.partition("-")
            number, _, part = rest.partition("-")
            if head == "lines" and number.isdigit() and int(number) < len(lines):
                prefix, line = lines[int(number)]
                name = self.programme.item(line["item"]).name
                self.refuse(RuleViolation(f"{name}：{problem.message.partition('：')[2]}", f"{prefix}-{part}"))
            else:
                self.refuse(RuleViolation(problem.message, "lines" if head == "lines" else ""))

    def _text(self, name: str) -> str:
        return next(iter(self.typed.get(name, ())), "")

    def _read(self, name: str, reader: Callable[[str], Any]) -> Any:
        """A field read; None when it is empty or wrong."""
        if not (text := self._text(name)):
            return None
        try:
            return reader(text)
        except ValueError as wrong:
            self.refuse(RuleViolation(f"{self.label(name)}：{wrong}", name))
            return None

    def _code(self, text: str) -> str:
        """The code of a region that was chosen by name; a code stands for itself."""
        return self.codes.get(text, text)

    def _region(self) -> str:
        code = self._code(self._text("region"))
        if code and not _CODE.fullmatch(code):
            self.refuse(RuleViolation(f"没有“{code[:20]}”这个地区，请从列表里选，或写地区代码", "region"))
            return ""
        return code

    def _fact(self, fact: Fact, name: str) -> Any:
        """A fact in the JSON form; None when it is unknown."""
        texts = self.typed.get(name, [])
        if not texts:
            return None
        if fact.kind.name == "region":
            texts = [self._code(texts[0])]
        try:
            value = json_of(fact, texts)
            fact.kind.read(value, name)
        except ValueError as wrong:
            self.refuse(RuleViolation(f"{fact.label}：{wrong}", name))
            return None
        return value

    def _records(self, fact: Fact) -> list[dict[str, Any]] | None:
        """The entries of a list; [] when it was said that there are none, None when nobody knows."""
        name, entries = field_of(fact.name), []
        for prefix in self.row_prefixes(name):
            entry: dict[str, Any] = {}
            for part in self.asked.parts[fact.name]:
                value = self._fact(part, f"{prefix}-{field_of(part.name)}")
                if value is not None:
                    put(entry, part.name, value)
                elif part.name in fact.kind.required and not self.error(f"{prefix}-{field_of(part.name)}"):
                    self.refuse(RuleViolation(f"请选{part.label}", f"{prefix}-{field_of(part.name)}"))
            entries.append(entry)
        if entries and self._text(f"{name}__none"):
            self.refuse(RuleViolation("写了“没有”，下面又逐个填了，只留一种", f"{name}__none"))
        return entries or ([] if self._text(f"{name}__none") else None)

    # ------------------------------------------------------------ showing
    def fact(self, name: str) -> Fact | None:
        """The fact of a field, also of one in a row: household__members-0-birth_date."""
        head, *rest = name.split("-")
        found = self.programme.words.get(head.replace("__", "."))
        return found.kind.record.get(rest[-1].replace("__", ".")) if found is not None and rest else found

    def value(self, name: str) -> Any:
        """What was typed; a list for several choices."""
        return self.typed.get(name, []) if self.kind(name) == "checks" else self._text(name)

    def checked(self, name: str, choice: object) -> bool:
        """True when a choice is chosen."""
        return ("true" if choice is True else str(choice)) in self.typed.get(name, ())

    def error(self, name: str) -> str:
        """The refusals at a field, as one sentence."""
        return "；".join(problem.message for problem in self.problems if problem.field == name)

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """(field, label, sentence) of every refusal."""
        return [(problem.field, self.label(problem.field), problem.message) for problem in self.problems]

    def field(self, name: str) -> None:
        """None: no field of a command stands behind it."""

    def required(self, name: str) -> bool:
        """Only the day is needed."""
        return name == "applied_on"

    def label(self, name: str) -> str:
        """The Chinese label of a field."""
        fact = self.fact(name)
        return fact.label if fact is not None else _LABELS.get(name.rpartition("-")[2], name)

    def help(self, name: str) -> str:
        """The help under a field."""
        fact = self.fact(name)
        return _HELP.get(fact.kind.name, "") if fact is not None else ""

    def kind(self, name: str) -> str:
        """How a field is shown."""
        fact = self.fact(name)
        if fact is None:
            return {"applied_on": "date", "earlier": "money"}.get(name, "text")
        return _KINDS.get(fact.kind.name) or ("radio" if len(fact.kind.codes) <= 4 else "select")

    def options(self, name: str) -> list[tuple[str, str]]:
        """The choices of a field."""
        fact = self.fact(name)
        if fact is None or not fact.kind.codes:
            return []
        none = [(NONE, "都不属于")] if fact.kind.name == "codes" else []
        return [*fact.kind.codes.items(), *none]

    def names(self, prefix: str) -> list[str]:
        """The fields of a row."""
        name = prefix.partition("-")[0].replace("__", ".")
        return [f"{prefix}-{field_of(part.name)}" for part in self.asked.parts[name]]

    def row_prefixes(self, name: str, at_least: int = 0) -> list[str]:
        """The prefixes of the rows that are filled, and blank ones up to `at_least`."""
        found = {int(place) for place in self._places(name)}
        return [f"{name}-{place}" for place in range(max([at_least, *(place + 1 for place in found)]))]

    def _places(self, name: str) -> Iterator[str]:
        for key, texts in self.typed.items():
            head, _, rest = key.partition("-")
            place = rest.partition("-")[0]
            if head == name and texts and place.isdigit() and int(place) < _MOST_ROWS:
                yield place


_LABELS = {
    "applied_on": "申请日期",
    "region": "申请地区",
    "earlier": "期限内以前享受过的补贴",
    "quantity": "数量",
    "unit_price": "单价",
    "subsidy": "以前的档案补贴",
    "decision": "怎么办",
    "item": "项目",
    "file": "一户的文件",
}
_KINDS = {
    "bool": "yesno",
    "date": "date",
    "int": "number",
    "codes": "checks",
    "yuan": "money",
    "records": "rows",
} | dict.fromkeys(("region", "text", "items"), "text")
_HELP = {"region": "选地名，或写代码", "items": "项目序号，用顿号隔开"}
