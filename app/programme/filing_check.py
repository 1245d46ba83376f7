"""What the filing before the contract asks that nobody could do: photos that no item has, an audit longer than its time."""

from collections.abc import Iterator

from ..permissions import Permission
from .problems import Problem
from .process_schema import FirmFilingTerms
from .schema import ProgrammeData
from .values import ItemKind

BEFORE = "before"
"""The photo of the state before the works."""

WORKING_DAYS, WEEK = 5, 7
"""Of a usual week."""


def check_filing(data: ProgrammeData) -> Iterator[Problem]:
    """Every fault of `[firm_filing]` beside the other tables; nothing where it is not written."""
    terms = data.firm_filing
    if terms is None:
        yield from _audited_by_somebody(data)
        return
    built = [item for item in data.item if item.kind is ItemKind.WORKS]
    if terms.before_photos and not any(BEFORE in item.photos for item in built):
        yield Problem(
            ("firm_filing", "before_photos"),
            "没有一个施工项目要改造前照片，备案时无照片可交",
            "删去 before_photos，或在项目的 photos 里写 before",
        )
    if terms.audit_days is not None and terms.audit_days > _working_days(terms):
        yield Problem(
            ("firm_filing", "audit_days"),
            f"审核可用 {terms.audit_days} 个工作日，而合同要在备案后 {terms.days} 天内签，审核完就过期了",
            f"audit_days 不超过 {_working_days(terms)}，或把 days 写大",
        )


def _working_days(terms: FirmFilingTerms) -> int:
    """How many working days lie in the time from the filing to the contract, in usual weeks; never less than one."""
    return terms.days if terms.day_kind == "working" else max(1, terms.days * WORKING_DAYS // WEEK)


def _audited_by_somebody(data: ProgrammeData) -> Iterator[Problem]:
    for index, actor in enumerate(data.actor):
        if actor.task is Permission.CONSTRUCTION_FILING_AUDIT:
            yield Problem(
                ("actor", index, "task"),
                "没有 [firm_filing]，没有备案可以审核",
                "补写 [firm_filing]，或删去这张 [[actor]]",
            )
