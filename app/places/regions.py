"""Use cases of the region tree: import and export, single nodes, the national seed. Callers open the unit of work.

A code that is known already is corrected (name, national code, validity); parent and level never change, because
what was decided under a node must stay there: end the old node and add a new one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select, text, update

from ..audit import service as audit
from ..core.db import db
from ..core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ..permissions import Actor, Permission, may
from . import queries
from .models import Region
from .region_file import MAX_ERRORS, RegionRow, parse, write
from .rules import AddRegion, EndRegion

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, in numbers of nodes."""

    added: int
    changed: int
    unchanged: int


def import_regions(content: str, actor: Actor) -> Outcome:
    """Import the tree from CSV text, everything or nothing. Raises RuleViolations with every wrong line."""
    outcome = plant(parse(content), actor)
    details = {"added": outcome.added, "changed": outcome.changed, "unchanged": outcome.unchanged}
    audit.record("settings", "regions.imported", actor, details)
    return outcome


def seed(rows: Sequence[RegionRow], actor: Actor) -> Outcome:
    """Plant the national table (`national_rows`) or a part of it; known codes are only corrected."""
    outcome = plant(rows, actor)
    audit.record("settings", "regions.seeded", actor, {"added": outcome.added, "changed": outcome.changed})
    return outcome


def add_region(command: AddRegion, actor: Actor) -> Region:
    """Add one node. Raises Conflict when the code is taken, RuleViolations when parent or level do not fit."""
    _check_may(actor)
    if db.session.scalar(select(Region.id).where(Region.code == command.code)) is not None:
        raise Conflict(f"代码“{command.code}”已被使用，请换一个代码", "code")
    plant([RegionRow(0, **command.model_dump())], actor)
    audit.record("settings", "region.added", actor, {"code": command.code, "name": command.name})
    return queries.region_by_code(command.code)


def end_region(region: Region, command: EndRegion, actor: Actor) -> None:
    """Let a node cease on a day; its files and history stay. Raises RuleViolation (before it began)."""
    _check_may(actor)
    if region.valid_from is not None and command.valid_to < region.valid_from:
        raise RuleViolation("停用日期早于启用日期，请核对", "valid_to")
    region.valid_to = command.valid_to
    details = {"code": region.code, "valid_to": command.valid_to.isoformat(), "reason": command.reason}
    audit.record("settings", "region.ended", actor, details)


def export_regions(path: str = "/") -> str:
    """The subtree of `path` as CSV that `import_regions` reads, parents before children."""
    nodes = sorted(queries.subtree(path), key=lambda node: (node.level.depth, node.code))
    codes = {node.id: node.code for node in nodes}
    if nodes and nodes[0].parent_id and nodes[0].parent_id not in codes:
        codes[nodes[0].parent_id] = queries.region(nodes[0].parent_id).code
    return write(
        RegionRow(
            line=0,
            code=node.code,
            name=node.name,
            level=node.level,
            parent_code=codes[node.parent_id] if node.parent_id else "",
            gb_code=node.gb_code or "",
            valid_from=node.valid_from,
            valid_to=node.valid_to,
        )
        for node in nodes
    )


def plant(rows: Sequence[RegionRow], actor: Actor) -> Outcome:
    """Add new nodes and correct known ones, all or none; the audit is the caller's. Raises RuleViolations."""
    _check_may(actor)
    _lock()
    known = _known({row.code for row in rows} | {row.parent_code for row in rows if row.parent_code})
    RuleViolations.raise_if_any(_problems(rows, known)[:MAX_ERRORS])
    changed = [row for row in rows if row.code in known and _differs(row, known[row.code])]
    for row in changed:
        db.session.execute(update(Region).where(Region.code == row.code).values(_values(row)))
    new = sorted((row for row in rows if row.code not in known), key=lambda row: row.level.depth)
    _insert(new, known)
    db.session.expire_all()
    return Outcome(len(new), len(changed), len(rows) - len(new) - len(changed))


def _lock() -> None:
    """One writer of the tree at a time: ids and paths are given out here. SQLite's unit of work locks by itself."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE region IN SHARE ROW EXCLUSIVE MODE"))


def _known(codes: Iterable[str]) -> dict[str, Region]:
    """Nodes by code, asked in portions, because both databases limit the parameters of a query."""
    found: dict[str, Region] = {}
    rest = iter(codes)
    while portion := list(islice(rest, _CHUNK)):
        query = select(Region).where(Region.code.in_(portion)).execution_options(populate_existing=True)
        found |= {node.code: node for node in db.session.scalars(query)}
    return found


def _problems(rows: Sequence[RegionRow], known: dict[str, Region]) -> list[DomainError]:
    problems: list[DomainError] = []
    by_code: dict[str, RegionRow] = {}
    by_gb_code = _holders_of_gb_codes(rows)
    for row in rows:
        if row.code in by_code:
            problems.append(row.refuse(f"代码“{row.code}”与第 {by_code[row.code].line} 行重复", "code"))
        by_code.setdefault(row.code, row)
        if row.gb_code and by_gb_code.setdefault(row.gb_code, row.code) != row.code:
            problems.append(row.refuse(f"国标代码“{row.gb_code}”已用于“{by_gb_code[row.gb_code]}”", "gb_code"))
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            problems.append(row.refuse("停用日期早于启用日期", "valid_to"))
    for row in rows:
        problems += _place_problems(row, by_code, known)
    return problems


def _holders_of_gb_codes(rows: Sequence[RegionRow]) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = iter({row.gb_code for row in rows if row.gb_code})
    while portion := list(islice(rest, _CHUNK)):
        pairs = db.session.execute(select(Region.gb_code, Region.code).where(Region.gb_code.in_(portion)))
        found |= {gb_code: code for gb_code, code in pairs if gb_code}
    return found


def _place_problems(row: RegionRow, by_code: dict[str, RegionRow], known: dict[str, Region]) -> list[DomainError]:
    """Parent and level: the parent exists, stands higher, and neither changes on a known node."""
    parent = by_code.get(row.parent_code) or known.get(row.parent_code)
    if row.parent_code and parent is None:
        return [row.refuse(f"上级代码“{row.parent_code}”在文件和系统中都没有", "parent_code")]
    if parent is not None and parent.level.depth >= row.level.depth:
        return [row.refuse(f"级别“{row.level.label}”不能放在“{parent.level.label}”的“{parent.name}”之下", "level")]
    node = known.get(row.code)
    above = known.get(row.parent_code)
    if node is not None and (node.level != row.level or node.parent_id != (above.id if above else None)):
        return [row.refuse(f"“{node.name}”的上级或级别与系统中不同；区划调整请停用原节点，用新代码新建", "parent_code")]
    return []


def _values(row: RegionRow) -> dict[str, Any]:
    return {"name": row.name, "gb_code": row.gb_code or None, "valid_from": row.valid_from, "valid_to": row.valid_to}


def _differs(row: RegionRow, node: Region) -> bool:
    return any(getattr(node, name) != value for name, value in _values(row).items())


def _insert(rows: Sequence[RegionRow], known: dict[str, Region]) -> None:
    """Insert rows, parents first, with ids and paths given here."""
    places = {code: (node.id, node.path) for code, node in known.items()}
    free = (db.session.scalar(select(func.max(Region.id))) or 0) + 1
    values: list[dict[str, Any]] = []
    for new_id, row in enumerate(rows, start=free):
        parent_id, above = places.get(row.parent_code, (None, "/"))
        places[row.code] = (new_id, f"{above}{new_id}/")
        ids = {"id": new_id, "parent_id": parent_id, "path": f"{above}{new_id}/", "code": row.code, "level": row.level}
        values.append(ids | _values(row))
    if values:
        db.session.execute(insert(Region), values)


def _check_may(actor: Actor) -> None:
    if not may(actor, Permission.REGION_MANAGE):
        raise NotAllowed("您没有管理区划的权限，请联系管理员")
