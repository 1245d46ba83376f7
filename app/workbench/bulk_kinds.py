"""What an operation that can be done to many files asks beyond its own checklist."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..lifecycle import WHILE_SUSPENDED, Status
from ..permissions import Actor
from ..programme.process import is_marked
from ..renovation.models import Renovation
from ..renovation.operations import Operation
from ..stages.registry import operations

Sums = tuple[int, int]
"""Subsidy and the household's own share in fen."""


@dataclass(slots=True)
class Pool:
    """Something of which there is only so much: a quota of places, the households of a procurement lot."""

    label: str
    total: int | None
    used: int
    refusal: str
    wanted: int = 0
    """How many of the files in the preview take from it."""

    @property
    def left(self) -> int | None:
        """What is left before this action; None without a limit."""
        return None if self.total is None else max(self.total - self.used, 0)

    @property
    def after(self) -> int | None:
        """What is left after it."""
        return None if self.left is None else max(self.left - self.wanted, 0)

    @property
    def is_empty(self) -> bool:
        """True when the files before have taken the last one."""
        return self.left is not None and self.wanted >= self.left


Pools = Mapping[int, Sequence[Pool]]
"""File id → the pools from which the file would take."""


def _no_reasons(_renovation: Renovation, _actor: Actor, _command: Any) -> Iterable[str]:
    return ()


def _no_remarks(_renovation: Renovation) -> Iterable[str]:
    return ()


def _no_pools(_renovations: Sequence[Renovation], _command: Any) -> Pools:
    return {}


def _nothing_else(_renovations: Sequence[Renovation]) -> str:
    return ""


def _everything(_renovations: Sequence[Renovation]) -> Sequence[str]:
    return ()


def _own_sums(renovation: Renovation) -> Sums | None:
    if renovation.subsidy_fen is None or renovation.self_pay_fen is None:
        return None
    return renovation.subsidy_fen, renovation.self_pay_fen


def _no_choices(_renovations: Sequence[Renovation]) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Bulk:
    """One operation that can be done to many files.

    `reasons` are the refusals that the operation's service has beyond its checklist; `remarks` what a person should
    read before; `pools` count what runs out; `sums` are the amounts of one file; `choices` and `initial` fill the
    shared fields; `order` is the order in which they are done, where what runs out is not for whoever stands first on the
    list. `command` is what was typed so far, None before; where it decides who can go (`is_live`), the preview
    follows what is typed. `asks` are the fields that these files ask for and that can be the same for many, all of them when
    empty: of the others the initial values go along; `wanted_by` is
    the mark of the programmes that have it; `consequence_for` says what else follows for these files, "" when nothing
    else does; `blanks` say what an optional choice that is left open means, `labels` what a field is called where its
    own words speak of one file.
    """

    key: str
    consequence: str
    is_live: bool = False
    wanted_by: str = ""
    blanks: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    asks: Callable[[Sequence[Renovation]], Sequence[str]] = _everything
    consequence_for: Callable[[Sequence[Renovation]], str] = _nothing_else
    reasons: Callable[[Renovation, Actor, Any], Iterable[str]] = _no_reasons
    remarks: Callable[[Renovation], Iterable[str]] = _no_remarks
    pools: Callable[[Sequence[Renovation], Any], Pools] = _no_pools
    sums: Callable[[Renovation], Sums | None] = _own_sums
    choices: Callable[[Sequence[Renovation]], Mapping[str, Any]] = _no_choices
    initial: Callable[[Sequence[Renovation]], Mapping[str, Any]] = _no_choices
    order: Callable[[Sequence[Renovation]], Sequence[Renovation]] = list

    def suits(self, status: Status, marked: str, suspended: bool) -> bool:
        """Whether a file in this status, under a programme with these marks, can be asked for it at all."""
        operation = self.operation
        if operation.open_in and status not in operation.open_in:
            return False
        if suspended and not (operation.while_suspended or operation.action in WHILE_SUSPENDED):
            return False
        if operation.part is not None and is_marked(marked, operation.part.value):
            return False
        return is_marked(marked, self.wanted_by) if self.wanted_by else True

    @property
    def operation(self) -> Operation:
        """The stage's operation."""
        return operations()[self.key]
