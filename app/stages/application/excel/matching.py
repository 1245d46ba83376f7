"""Each row beside what is on file: new, changed, unchanged, or refused because nobody could tell which file is meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from ....core import clock
from ....core.commands import label_of
from ....core.db import db
from ....core.errors import DomainError, RuleViolations
from ....core.masking import mask_account, mask_id, mask_phone
from ....lifecycle import Status
from ....permissions import Actor
from ....programme.eligibility_schema import NONE_OF_THEM
from ....renovation.models import Renovation
from .. import filling, service
from ..facts import Intake
from ..models import Probe
from ..privacy import PROBES_AN_HOUR
from ..rules import NO_CLASS, Application, contradictions
from .columns import BY_FIELD, ID_NUMBER, SECOND_ID_NUMBER, TOWNSHIP
from .known import Hit
from .rows import Reader, Row, dig, overlay

ID_FIELDS = (ID_NUMBER, SECOND_ID_NUMBER)
_MASKS = {"id_number": mask_id, "phone": mask_phone, "guardian_phone": mask_phone, "register_number": mask_account,
          "certificate_number": mask_account}  # fmt: skip


@dataclass(slots=True)
class Told:
    """How much has been told of people on file elsewhere: limited for each user and hour (domain §7)."""

    actor: Actor
    left: int = PROBES_AN_HOUR
    shown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        since = clock.now() - timedelta(hours=1)
        query = select(func.count()).select_from(Probe).where(Probe.user_id == self.actor.user_id, Probe.at > since)
        self.left = max(PROBES_AN_HOUR - (db.session.scalar(query) or 0), 0)

    def say(self, hit: Hit) -> str:
        """The limited form, or only that there is something once the limit is reached."""
        if hit.person not in self.shown:
            if len(self.shown) >= self.left:
                return "详情已达一小时查看上限，请向县级主管部门核对"
            self.shown.append(hit.person)
        return hit.limited


@dataclass(frozen=True, slots=True)
class Matcher:
    """Tells for each row which open file of the same programme it means."""

    reader: Reader
    programme_key: str
    told: Told

    def file_of(self, row: Row, people: Sequence[str], found: Mapping[str, Sequence[Hit]]) -> Hit | None:
        """The one open file of the applicant that the row may change; refusals and warnings go into the report."""
        own: Hit | None = None
        for place, (index, at) in enumerate(zip(people, ID_FIELDS, strict=False)):
            same = [hit for hit in found.get(index, ()) if hit.is_open and hit.programme_key == self.programme_key]
            for hit in found.get(index, ()):
                if hit not in same:
                    self.reader.warn(row, at, f"此人另有档案：{self._said(hit)}。请核对是否重复享受。")
            if len(same) > 1:
                numbers = "、".join(hit.number for hit in same if self._in_scope(hit)) or f"{len(same)} 份"
                self.reader.refuse(
                    row, at, f"此人已有几份在办档案（{numbers}），不知道是哪一份。请先核对、撤回多余的。"
                )
            elif same and place == 0:
                own = self._own(row, same[0])
            elif same and (own is None or same[0].id != own.id):
                self.reader.refuse(row, at, f"此人已在办：{self._said(same[0])}。请核对，同一人不能登记两次。")
        return own

    def _own(self, row: Row, hit: Hit) -> Hit | None:
        if not self._in_scope(hit):
            self.reader.refuse(
                row, ID_NUMBER, f"此人在别处已有在办档案：{self.told.say(hit)}。请核对，同一人不能登记两次。"
            )
        elif hit.seq != 1:
            self.reader.refuse(
                row, ID_NUMBER, f"此人已是档案 {hit.number} 的第 {hit.seq} 位受益人，不能另外作为申请人登记。"
            )
        elif row.township is not None and hit.township_id != row.township.id:
            self.reader.refuse(row, TOWNSHIP, f"此人的档案 {hit.number} 在另一个乡镇（街道），请核对。")
        else:
            return hit
        return None

    def _in_scope(self, hit: Hit) -> bool:
        return hit.township_id in self.reader.places.townships

    def _said(self, hit: Hit) -> str:
        if self._in_scope(hit):
            return f"档案 {hit.number}，{hit.status.label}"
        return self.told.say(hit)


def merged(
    intake: Intake, row_values: Mapping[str, Any], village_id: int | None, papers: Mapping[str, Any]
) -> dict[str, Any]:
    """The form as the rows have it with what the sheet says over it; what the sheet leaves blank stays."""
    values = filling.initial(intake, papers, masked=False)
    values["history"] = [{name: value for name, value in one.items() if value != ""} for one in values["history"]]
    if village_id is not None:
        values["village"] = village_id
    return overlay(values, row_values)


def changes(
    before: dict[str, Any],
    after: Application,
    row: Row,
    villages: Mapping[int, str],
    classes: Mapping[str, str],
) -> tuple[tuple[str, str, str], ...]:
    """(label, old, new) of every field that the sheet changes; numbers masked. `villages` are names by id, `classes` by code."""
    dumped = after.model_dump(mode="json")
    found = []
    for name in row.values:
        column = BY_FIELD[name]
        old, new = _plain(dig(before, column.path)), _plain(dig(dumped, column.path))
        if old != new:
            found.append((column.title, _words(name, old, classes), _words(name, new, classes)))
    village = before.get("village")
    if row.village is not None and row.village.id != village:
        found.insert(0, (label_of(Application, ["village"]), villages.get(village or 0, ""), row.village.name))
    return tuple(found)


def _plain(value: Any) -> Any:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return tuple(sorted(str(getattr(one, "value", one)) for one in value))
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(getattr(value, "value", value))


def _words(name: str, value: Any, classes: Mapping[str, str]) -> str:
    """A value as people read it."""
    column = BY_FIELD[name]
    if value == "":
        return ""
    if isinstance(value, bool):
        return column.yes_no[0] if value else column.yes_no[1]
    labels = {code: label for label, code in column.labels.items()}
    if column.kind == "classes":
        labels = {**classes, NO_CLASS: NONE_OF_THEM}
    if isinstance(value, tuple):
        return "、".join(labels.get(one) or str(one) for one in value)
    mask = _MASKS.get(str(column.path[-1]))
    return str(mask(value)) if mask else labels.get(value, str(value))


def refusals(renovation: Renovation, hit: Hit, intake: Intake, command: Application) -> list[DomainError]:
    """What would be refused when the file is corrected so; the same as `service.edit_application` asks."""
    if hit.status is not Status.DRAFT:
        return []
    made, problems = filling.fill(command, intake, intake.residence)
    found = [*contradictions(command, clock.today()), *problems]
    if found:
        return found
    try:
        service.keep_corrections(renovation, made)
    except RuleViolations as error:
        return list(error.problems)
    return []
