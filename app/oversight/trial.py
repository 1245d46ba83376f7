"""What is tried in a what-if: a version with other values, another version, or a folder that came as a ZIP; and the live count."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, true

from ..core.db import db
from ..core.errors import NotFound, RuleViolation, RuleViolations
from ..permissions import Actor, Role
from ..programme import queries as programmes
from ..programme.changing import ADD, OUT, NotPossible, Offered, Written, changed
from ..programme.models import ProgrammeVersion, VersionState
from ..programme.policy import Programme, restore
from ..programme.queries import programme_of
from ..renovation.models import Renovation
from ..renovation.queries import visible_to
from ..stages.application.models import DerivedFacts
from . import filters
from .register import files_of


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a version, and instead of it another one (`draft`), a folder's `content`, or the same with `edits`."""

    version_id: int
    draft_id: int | None = None
    edits: tuple[tuple[str, Written], ...] = ()
    content: str = ""
    """The data of an uploaded folder as canonical JSON; nothing else is tried then."""

    @property
    def base(self) -> Programme:
        """The programme as it is. Raises NotFound."""
        return programme_of(self.version_id)

    @property
    def start(self) -> Programme:
        """What the edits change. Raises NotFound."""
        return programme_of(self.draft_id) if self.draft_id else self.base

    def edited(self) -> Programme:
        """The programme with what was typed, be it the same as before. Raises `NotPossible`, NotFound."""
        return changed(self.start, dict(self.edits), _offered(dict(self.edits)))

    def changed(self) -> Programme:
        """The programme that is tried. Raises NotFound, RuleViolation(s) with the field that is wrong."""
        try:
            tried = restore(self.content) if self.content else self.edited()
        except NotPossible as wrong:
            problems = [RuleViolation(one.message, ".".join(map(str, one.path))) for one in wrong.problems]
            raise RuleViolations(problems) from None
        if tried == self.base:
            raise RuleViolation("没有改动：请选一个草案，或改一处再测算", "draft")
        return tried

    def added_items(self) -> list[str]:
        """What is tried and not in the programme as it is, by number and name: no household has had any of it."""
        tried = restore(self.content) if self.content else self.edited()
        return [f"{item.number} {item.name}" for item in tried.items if not self.base.has_item(item.number)]

    def payload(self) -> dict[str, Any]:
        """As a job keeps it."""
        packed = base64.b64encode(zlib.compress(self.content.encode())).decode() if self.content else ""
        edits = {key: list(text) if isinstance(text, tuple) else text for key, text in self.edits}
        return {"version": self.version_id, "draft": self.draft_id, "edits": edits, "content": packed}


def trial_of(payload: Mapping[str, Any]) -> Trial:
    """The trial of a job."""
    edits = tuple((key, tuple(text) if isinstance(text, list) else text) for key, text in payload["edits"].items())
    packed = payload.get("content", "")
    content = zlib.decompress(base64.b64decode(packed)).decode() if packed else ""
    return Trial(payload["version"], payload["draft"], edits, content)


def scope_of(actor: Actor) -> ColumnElement[bool]:
    """The files that are counted: what the person may see; an administrator, who sees no household, gets numbers of all."""
    return true() if actor.role is Role.ADMIN else visible_to(actor)


def drafts_for(version: ProgrammeVersion) -> Sequence[ProgrammeVersion]:
    """The other versions at the same level that may be tried instead, newest first."""
    return db.session.scalars(
        select(ProgrammeVersion)
        .where(
            ProgrammeVersion.programme_key == version.programme_key,
            ProgrammeVersion.areas == version.areas,
            ProgrammeVersion.id != version.id,
        )
        .order_by(ProgrammeVersion.id.desc())
    ).all()


# ---------------------------------------------------------------- items of other programmes


def library(version: ProgrammeVersion) -> list[tuple[str, list[tuple[str, str]]]]:
    """Items that may be added: of every other published programme its name, and the key and name of each item."""
    rows = db.session.scalars(
        select(ProgrammeVersion)
        .where(
            ProgrammeVersion.state == VersionState.PUBLISHED,
            ProgrammeVersion.overlay_key == "",
            ProgrammeVersion.programme_key != version.programme_key,
        )
        .order_by(ProgrammeVersion.programme_key, ProgrammeVersion.valid_from.desc(), ProgrammeVersion.id.desc())
    )
    newest: dict[str, ProgrammeVersion] = {}
    for row in rows:
        newest.setdefault(row.programme_key, row)
    return [(row.name, _named(row)) for row in newest.values()]


def _named(version: ProgrammeVersion) -> list[tuple[str, str]]:
    programme = programmes.of(version)
    return [
        (f"{version.id}/{item.number}", f"{item.name}（{category.name}）")
        for category in programme.categories
        for item in programme.items_of(category.key)
    ]


def _offered(edits: Mapping[str, Written]) -> dict[str, Offered]:
    """The items that the edits ask for."""
    found = {}
    for key, text in edits.items():
        version_id, _, number = str(text).partition("/")
        if key.startswith(f"{ADD}:") and key.endswith(":item") and version_id.isdigit() and number.isdigit():
            programme = programme_of(int(version_id))
            if programme.has_item(int(number)):
                item = programme.item(int(number))
                category = next(one for one in programme.categories if one.key == item.category)
                found[str(text)] = Offered(item, category)
    return found


# ---------------------------------------------------------------- while a rule is edited


def count_clause(trial: Trial, clause: str, actor: Actor) -> tuple[dict[bool | None, int], dict[bool | None, int]]:
    """How many households fulfil a clause as it is, and with what is being typed; in the database.

    Raises NotFound for a clause that is not there, RuleViolation for what cannot be.
    """
    within = DerivedFacts.renovation_id.in_(
        select(Renovation.id).where(files_of(trial.base.key, scope_of(actor))).scalar_subquery()
    )
    start = trial.start
    place = next((at for at, one in enumerate(start.clauses) if one.id == clause), None)
    if place is None:
        raise NotFound("没有这一条，请刷新页面")
    try:
        # what is typed elsewhere, and may be wrong there, is no matter of this clause
        now = changed(start, {key: text for key, text in trial.edits if _concerns(key, place)}).clause(clause)
    except NotPossible as wrong:
        raise RuleViolation(wrong.problems[0].message, clause) from None
    except KeyError:
        raise RuleViolation("这一条不再要求", clause) from None
    was = start.clause(clause)
    return filters.count(was.condition, within), filters.count(now.condition, within)


def _concerns(key: str, place: int) -> bool:
    """Whether a change can make a difference to the clause at a place: its own, or one of the conditions that it names."""
    return key == f"{OUT}:clause.{place}" or key.startswith((f"clause.{place}.", "condition."))
