"""A whole workbook: read, checked as the form checks, judged, compared with what is on file; then written or not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from ....audit.service import record
from ....core import clock, workdays
from ....core.crypto import blind_index
from ....core.db import db, transaction
from ....core.errors import DomainError, NotAllowed, RuleViolation
from ....core.identity_numbers import parse_id_number, region_warning
from ....documents.excel_in import Workbook
from ....lifecycle import Status
from ....permissions import Actor, Permission, may
from ....programme import eligibility
from ....programme.policy import Programme
from ....programme.queries import closed_to, in_force, of, programme_of
from ....renovation.bulk import NewFile
from ....renovation.models import Renovation
from .. import filling
from ..facts import Intake, facts_of
from ..findings import columns_of
from ..models import Probe
from ..queries import REGISTER, id_index
from ..rules import Application, contradictions
from . import cells, known, layout, matching, rows, writing
from .columns import CLASS_FIELDS, ID_NUMBER, NAME, SECOND_ID_NUMBER, TOWNSHIP
from .known import Hit
from .matching import Matcher, Told
from .places import Place, Places
from .report import Change, Report
from .rows import Reader, Row
from .staging import ChildRows, Chunk, Corrected, Created, Staged

AT_ONCE = 500
"""Rows that are looked up and written together."""

Progress = Callable[[int, int], None]


class Version(NamedTuple):
    """The programme as it is in force for a county."""

    id: int
    programme: Programme
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Source:
    """What is imported, by whom: `details` go on the timeline of every file (ids and codes only)."""

    content: bytes
    name: str
    programme_key: str
    actor: Actor
    details: Mapping[str, Any]


def check(source: Source, staged: Staged, progress: Progress = lambda _done, _total: None) -> Report:
    """Read and judge everything and put it aside; nothing is written but the log of looks elsewhere (domain §7).

    Outside a unit of work. Raises Unreadable for what is no registration sheet, NotAllowed.
    """
    if not may(source.actor, Permission.APPLICATION_EDIT):
        raise NotAllowed("您的岗位不能登记申请，请由乡镇（街道）经办人员导入。")
    report = Report(programme=source.programme_key, file=source.name)
    table = layout.find(Workbook(source.content), report)
    if table is None:
        return report
    check_ = _Check(source, table, report, staged)
    for chunk in _chunks(table.rows()):
        check_.chunk(chunk)
        progress(min(chunk[-1][0], table.sheet.height), table.sheet.height)
    if report.rows == 0:
        report.refuse(layout.nothing(table))
    report.sort()
    if not report.is_right:
        staged.clear()
    _log(check_.told)
    return report


def run(source: Source, write: bool, progress: Progress = lambda _done, _total: None) -> Report:
    """Check and, when nothing is refused, write everything in one unit of work. Raises what `check` and `write` raise."""
    with Staged() as staged:
        report = check(source, staged, progress)
        if write and report.is_right:
            with transaction():
                commit(source, staged, report)
    return report


def commit(source: Source, staged: Staged, report: Report) -> None:
    """Write what was put aside and record it, inside the caller's unit of work."""
    writing.write(staged, source.programme_key, report, source.actor)
    facts = {"programme": source.programme_key, "created": report.created, "changed": len(report.changes)}
    record("imports", "import.written", source.actor, facts | dict(source.details), numbers=list(report.numbers))


def _chunks(found: Iterator[tuple[int, dict[int, Any]]]) -> Iterator[list[tuple[int, dict[int, Any]]]]:
    chunk: list[tuple[int, dict[int, Any]]] = []
    for row in found:
        chunk.append(row)
        if len(chunk) == AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _log(told: Told) -> None:
    """Looks elsewhere are logged and count towards the limit of the hour."""
    if told.shown and told.actor.user_id is not None:
        with transaction():
            db.session.add_all(
                Probe(user_id=told.actor.user_id, at=clock.now(), person_index=index, hits=1) for index in told.shown
            )
            record(f"user:{told.actor.user_id}", "probe", told.actor, hits=len(told.shown))


class _Check:
    """One pass over the sheet."""

    def __init__(self, source: Source, table: layout.Layout, report: Report, staged: Staged) -> None:
        self.source, self.report, self.staged = source, report, staged
        self.places = Places(source.actor)
        self.reader = Reader(table, self.places, report)
        self.told = Told(source.actor)
        self.matcher = Matcher(self.reader, source.programme_key, self.told)
        self.children = ChildRows()
        self._villages = {one.id: one.name for one in self.places.villages}
        self.now, self.today = clock.now(), clock.today()
        self._versions: dict[int, Version | RuleViolation] = {}
        self._people: dict[str, int] = {}
        self._homes: dict[tuple[int, str], int] = {}
        self._registers: dict[str, int] = {}

    def chunk(self, found: Sequence[tuple[int, Mapping[int, Any]]]) -> None:
        """Some hundred rows: one look at who is on file, then row by row."""
        read = [row for number, raw in found if (row := self.reader.read(number, raw)) is not None]
        people = {row.number: self._indexes(row) for row in read}
        chunk = Chunk(people=[index for indexes in people.values() for index in indexes if index])
        on_file = known.hits(chunk.people)
        chunk.known = known.fingerprint(on_file)
        own: list[tuple[Row, Hit]] = []
        for row in read:
            hit = self.matcher.file_of(row, people[row.number], on_file)
            self._name_classes(row, hit)
            if hit is not None:
                own.append((row, hit))
            else:
                self._new(row, chunk)
        self._correct(own, chunk)
        if self.report.is_right:
            self.staged.add(chunk)
        db.session.expunge_all()

    def _indexes(self, row: Row) -> list[str]:
        """The blind indexes of a row's people; the same person twice in the sheet is refused."""
        indexes = []
        for at in (ID_NUMBER, SECOND_ID_NUMBER):
            text = row.values.get(at, "")
            try:
                number = parse_id_number(text, self.today) if text else None
            except ValueError:
                number = None  # the application says what is wrong with it
            index = id_index(number.text) if number else ""
            indexes.append(index)
            if number is None:
                continue
            before = self._people.setdefault(index, row.number)
            if before != row.number:
                self.reader.refuse(row, at, f"与第 {before} 行是同一个人。请核对后删去一处；同住的写在同一行。")
            if (warning := region_warning(number)) != "":
                self.reader.warn(row, at, f"{warning}。")
        return indexes

    def _name_classes(self, row: Row, hit: Hit | None) -> None:
        """Classes of persons by their codes: those of the file's version, else of the one in force for the township."""
        fields = [name for name in CLASS_FIELDS if name in row.values]
        if not fields:
            return
        programme = self._programme_of(row, hit)
        for name in fields:
            words = row.values.pop(name)
            try:
                if programme is not None:
                    row.values[name] = cells.class_codes(words, programme.person_classes)
            except ValueError as error:
                self.reader.refuse(row, name, str(error))

    def _class_names(self, row: Row, hit: Hit) -> Mapping[str, str]:
        programme = self._programme_of(row, hit) if any(name in row.values for name in CLASS_FIELDS) else None
        return programme.person_classes if programme is not None else {}

    def _programme_of(self, row: Row, hit: Hit | None) -> Programme | None:
        """None where another cell is refused already and nothing can be told of this one."""
        if hit is not None:
            return programme_of(db.session.get_one(Renovation, hit.id).programme_version_id)
        version = self._version(row, row.township) if row.township is not None else None
        return version.programme if version is not None else None

    # a household that is not on file ----------------------------------------------------------------------------
    def _new(self, row: Row, chunk: Chunk) -> None:
        values = rows.nested(row.values)
        if row.village is not None:
            values["village"] = row.village.id
        command = self.reader.application(row, values)
        if command is None or row.township is None:
            return
        intake, problems = filling.fill(command, None, row.township.code)
        for problem in (*contradictions(command, self.today), *problems):
            self.reader.blame(row, problem)
        version = self._version(row, row.township)
        if row.refused or version is None:
            return
        self._look_alikes(row, intake)
        made = self._judged(row, intake, version)
        if made is not None:
            self.report.created += 1
            if self.report.is_right:
                chunk.created.append(Created(row.number, self._file(row, intake, version), made))

    def _judged(self, row: Row, intake: Intake, version: Version) -> tuple[list[list[Any]], ...] | None:
        facts = facts_of(intake)
        try:
            verdict = eligibility.evaluate(version.programme, facts, intake.household.applied_on)
        except DomainError as error:
            self.reader.blame(row, error)
            return None
        self.report.verdicts[verdict.outcome.value] += 1
        if not self.report.is_right:
            return ()
        assert row.township is not None  # asked by the caller
        intake.dwelling.created_at, intake.dwelling.township_id = self.now, row.township.id
        return self.children.encode(intake, columns_of(intake, facts, verdict) | {"updated_at": self.now})

    def _file(self, row: Row, intake: Intake, version: Version) -> NewFile:
        assert row.township is not None
        county = self.places.county_of(row.township)
        assert county is not None
        return NewFile(
            series=f"{version.programme.number_prefix}-{county.gb_code}",
            programme_key=version.programme.key,
            programme_version_id=version.id,
            county_id=county.id,
            township_id=row.township.id,
            village_id=row.village.id if row.village else None,
            due_on=version.due_on,
            name=intake.people[0].name,
            address=intake.dwelling.address,
            details={**self.source.details, "row": row.number},
        )

    def _version(self, row: Row, township: Place) -> Version | None:
        """The programme for a township's county; a refusal goes to the row."""
        if township.id not in self._versions:
            self._versions[township.id] = self._look_up(township)
        found = self._versions[township.id]
        if isinstance(found, RuleViolation):
            self.reader.refuse(row, TOWNSHIP, found.message)
            return None
        return found

    def _look_up(self, township: Place) -> Version | RuleViolation:
        county = self.places.county_of(township)
        if county is None:
            return RuleViolation(f"{township.name}不在任何区县下，请联系管理员核对区划。")
        for version in in_force(county.code, self.today):
            if version.programme_key == self.source.programme_key:
                programme = of(version)
                closed = closed_to(programme, county.code)
                if closed:
                    return RuleViolation(closed)
                days = programme.time_limit(Status.DRAFT)
                self.staged.versions[county.code] = version.id
                return Version(version.id, programme, None if days is None else workdays.due(self.today, days))
        return RuleViolation(f"这个项目现在没有在{county.name}实施，请核对。")

    def _look_alikes(self, row: Row, intake: Intake) -> None:
        """The same home or household twice in the sheet: perhaps one household written as two (domain S7)."""
        assert row.township is not None
        home = self._homes.setdefault((row.township.id, intake.dwelling.address_key), row.number)
        if home != row.number:
            self.reader.warn(
                row, "dwelling-address", f"与第 {home} 行的地址相同。同一户的请写在一行，不是同一户的不用改。"
            )
        if intake.household.register_number:
            key = intake.household.register_index or blind_index(REGISTER, intake.household.register_number)
            before = self._registers.setdefault(key, row.number)
            if before != row.number:
                self.reader.warn(row, "register_number", f"与第 {before} 行的户号相同。同一户的请写在一行。")

    # households on file already ---------------------------------------------------------------------------------
    def _correct(self, own: Sequence[tuple[Row, Hit]], chunk: Chunk) -> None:
        intakes = known.intakes([hit.id for _row, hit in own])
        for row, hit in own:
            intake = intakes[hit.id]
            before = filling.initial(intake, {}, masked=False)
            village = row.village.id if row.village else None
            values = matching.merged(intake, row.values, village, {})
            command = self.reader.application(row, values)
            if command is None:
                continue
            changed = matching.changes(before, command, row, self._villages, self._class_names(row, hit))
            if not changed:
                if not row.refused:
                    self.report.unchanged += 1
                continue
            self._changed(row, hit, intake, command, changed, chunk)

    def _changed(
        self,
        row: Row,
        hit: Hit,
        intake: Intake,
        command: Application,
        changed: tuple[tuple[str, str, str], ...],
        chunk: Chunk,
    ) -> None:
        if hit.status is not Status.DRAFT:
            names = "、".join(label for label, _old, _new in changed)
            self.reader.refuse(
                row,
                ID_NUMBER,
                f"档案 {hit.number} 已是“{hit.status.label}”，表格不能修改（{names}与档案不同）。"
                "请删去这一行，或请初审人员退回后再导入。",
            )
            return
        renovation = db.session.get_one(Renovation, hit.id)
        for problem in matching.refusals(renovation, hit, intake, command):
            self.reader.blame(row, problem)
        if row.refused:
            return
        if command.people[0].name != intake.people[0].name:
            self.reader.warn(
                row, NAME, f"档案 {hit.number} 上是“{intake.people[0].name}”，身份证号相同。请核对是不是同一个人。"
            )
        self.report.changes.append(Change(row.number, hit.number, command.people[0].name, changed))
        village = row.village.id if row.village else None
        chunk.corrected.append(Corrected(row.number, hit.number, hit.version, village, row.values))
