"""The edition of a county or city upon its base: whose word counts in which table."""

from collections.abc import Iterator
from typing import Any

from .english import head_of
from .local_schema import ADDED_BY, Local, LocalTable
from .problems import Problem
from .process import without_idle_terms
from .schema import OverlayData, ProgrammeData

_WHOLE = (
    "local",
    "deposit",
    "procurement",
    "notice",
    "payment_notice",
    "purchase_code",
    "firm_filing",
    "waiting_list",
    "first_come",
    "assessment",
    "plan_review",
    "sample_inspection",
    "warranty",
)
"""The tables of which there is one: the county's own takes the place of the base's."""


def refusals(base: ProgrammeData, overlay: OverlayData) -> Iterator[Problem]:
    """Whatever of the money an edition writes although its base does not leave it to it (`[local]`)."""
    left = base.local or Local()
    for table in LocalTable:
        if table in overlay.model_fields_set and table not in left.may_set:
            yield from _beside(base, overlay, table) if table in left.may_add else _not_left(base, table)
    if overlay.cap is not None and overlay.cap_addition is not None:
        remedy = "把另加的数并进 [cap] 的 amount，删去 [cap_addition]"
        yield Problem(("cap_addition",), "自己定了补贴标准 [cap]，不能再写 [cap_addition] 另加", remedy)
    for field in ("may_set", "may_add") if overlay.local is not None else ():
        allowed = left.may_set if field == "may_set" else left.named
        for place, table in enumerate(getattr(overlay.local, field)):
            if table not in allowed:
                said = f"“{base.programme.name}”没有把“{table.label}”交给各地，细则也不能再交下去"
                yield Problem(("local", field, place), said, f"删去 {table.value}")


def _not_left(base: ProgrammeData, table: LocalTable) -> Iterator[Problem]:
    said = f"细则不能写 {head_of(table)}：“{base.programme.name}”没有让各地自定{table.label}"
    remedy = f'由它写上 [local] may_set = ["{table.value}"] 并重新载入，细则才能写'
    more = "；只是每户另加一笔的，写 [cap_addition]" if table is LocalTable.CAP else ""
    yield Problem((table.value,), said, remedy + more)


def _beside(base: ProgrammeData, overlay: OverlayData, table: LocalTable) -> Iterator[Problem]:
    """Rows come on top of the base's: none may pass itself off as one of those."""
    name = ADDED_BY[table]
    fixed = {getattr(entry, name) for entry in getattr(base, table)}
    for index, entry in enumerate(getattr(overlay, table)):
        if getattr(entry, name) in fixed:
            said = f"“{getattr(entry, name)}”由“{base.programme.name}”写定，细则只能再加，不能改"
            yield Problem((table.value, index, name), said, f"换一个 {name}；上级的仍然有效")


def _own(base: ProgrammeData, overlay: OverlayData, table: LocalTable) -> Any:
    """What the edition writes instead of the base's table, or on top of it."""
    added = base.local is not None and table in base.local.may_add
    return (*getattr(base, table), *getattr(overlay, table)) if added else getattr(overlay, table)


def merge(base: ProgrammeData, overlay: OverlayData) -> ProgrammeData:
    """The base as the county has it: named entries replace those of the same name, new ones are added at the end."""
    own = overlay.overlay
    about = base.programme.model_copy(
        update={
            "overlay": own.id,
            "name": own.name,
            "version": f"{base.programme.version}/{own.version}",
            "county": own.county,
            "county_name": own.county_name or own.regions_name,
            "regions": own.regions,
            "based_on": base.programme.overlay,
            "valid_from": own.valid_from,
            "valid_to": own.valid_to,
            "summary": own.summary or base.programme.summary,
            "phone": own.phone or base.programme.phone,
            "status": own.status or base.programme.status,
            "pilot_regions": base.programme.pilot_regions if own.pilot_regions is None else own.pilot_regions,
            "assumptions": base.programme.assumptions | own.assumptions,
        }
    )
    changes: dict[str, Any] = {"programme": about}
    for table, name in (
        ("person_class", "key"),
        ("condition", "id"),
        ("clause", "id"),
        ("priority", "id"),
        ("fund", "id"),
        ("price", "item"),
        ("photo_kind", "key"),
        ("acceptance_party", "key"),
        ("acceptance_check", "key"),
        ("recognition", "instrument"),
        ("notice_round", "round"),
        ("stage", "key"),
        ("step", "key"),
        ("actor", "what"),
    ):
        changes[table] = _replaced(getattr(base, table), getattr(overlay, table), name)
    left = without_idle_terms(base.model_copy(update={"stage": changes["stage"], "step": changes["step"]}))
    changes |= {"deposit": left.deposit, "procurement": left.procurement}
    changes["document"] = _replaced(left.document, overlay.document, "key")
    for table in ("phase", "quota", "allotment"):
        changes[table] = getattr(overlay, table) or getattr(base, table)
    changes |= {table.value: _own(base, overlay, table) for table in LocalTable if table in overlay.model_fields_set}
    if overlay.cap_addition is not None:
        addition = overlay.cap_addition
        changes["cap"] = base.cap.model_copy(update={"addition": addition.amount})
    for table in _WHOLE:
        if getattr(overlay, table) is not None:
            changes[table] = getattr(overlay, table)
    if overlay.time_limits is not None:
        days = base.time_limits.days | overlay.time_limits.days
        changes["time_limits"] = base.time_limits.model_copy(update={"days": days})
    return base.model_copy(update=changes)


def _replaced(base: tuple[Any, ...], own: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    """An entry of the county takes the place of the base's of its name; one name may have several, each for its days."""
    by_name: dict[Any, list[Any]] = {}
    for entry in own:
        by_name.setdefault(getattr(entry, name), []).append(entry)
    merged: list[Any] = []
    written: set[Any] = set()
    for entry in base:
        key = getattr(entry, name)
        if key not in by_name:
            merged.append(entry)
        elif key not in written:
            merged.extend(by_name[key])
            written.add(key)
    return (*merged, *(entry for key, entries in by_name.items() if key not in written for entry in entries))
