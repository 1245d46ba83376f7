"""The edition of a county or city upon its base: whose word counts in which table."""

from typing import Any

from .process import without_idle_papers
from .schema import OverlayData, ProgrammeData


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
        ("condition", "id"),
        ("clause", "id"),
        ("priority", "id"),
        ("fund", "id"),
        ("price", "item"),
        ("acceptance_check", "key"),
        ("recognition", "instrument"),
        ("notice_round", "round"),
        ("stage", "key"),
        ("step", "key"),
        ("actor", "what"),
    ):
        changes[table] = _replaced(getattr(base, table), getattr(overlay, table), name)
    left = base.model_copy(update={"stage": changes["stage"], "step": changes["step"]})
    changes["document"] = _replaced(without_idle_papers(left, base.document), overlay.document, "key")
    for table in ("phase", "quota", "allotment"):
        changes[table] = getattr(overlay, table) or getattr(base, table)
    if overlay.cap_addition is not None:
        addition = overlay.cap_addition
        changes["cap"] = base.cap.model_copy(update={"addition": addition.amount})
    for table in ("deposit", "notice", "payment_notice", "waiting_list", "assessment", "sample_inspection", "warranty"):
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
