"""What one table of a programme says of another: numbers that exist, keys that are declared, sums that fit."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..lifecycle import Stage, Step
from ..permissions import GRANTS, Permission, Role
from .areas import within
from .filing_check import check_filing
from .instrument_use import asked_by, check_ability
from .item_schema import PHOTO_KEYS
from .money_check import check_money
from .person_classes import check_named
from .problems import Path, Problem, nearest
from .process import left_out, uploaders
from .process_check import check_process
from .process_schema import DOCUMENTS, Document
from .schema import ProgrammeData
from .values import Decision


def cross_check(data: ProgrammeData) -> Iterator[Problem]:
    """Every fault between tables."""
    for check in _CHECKS:
        yield from check(data)


def _twice(table: str, entries: Iterable[Any], field: str) -> Iterator[Problem]:
    seen: set[Any] = set()
    for index, entry in enumerate(entries):
        value = getattr(entry, field)
        if value in seen:
            yield Problem((table, index, field), f"{field} “{value}”重复", "每项只写一次")
        seen.add(value)


def _unknown(path: Path, value: object, known: Iterable[object], what: str) -> Iterator[Problem]:
    names = [str(k) for k in known]
    if str(value) not in names:
        more = " 等" if len(names) > 12 else ""
        hint = "" if isinstance(value, int) else nearest(str(value), names)
        yield Problem(path, f"没有{what}“{value}”", f"可写 {'、'.join(names[:12])}{more}{hint}")


_UNIQUE = {
    "condition": "id",
    "person_class": "key",
    "priority": "id",
    "category": "key",
    "item": "number",
    "photo_kind": "key",
    "fund": "id",
    "group": "key",
    "rate": "name",
    "limit": "name",
    "composition": "id",
    "price": "item",
    "document": "key",
    "acceptance_party": "key",
    "acceptance_check": "key",
    "notice_round": "round",
    "stage": "key",
    "step": "key",
    "room": "key",
    "hazard": "key",
    "phase": "key",
}


def _duplicates(data: ProgrammeData) -> Iterator[Problem]:
    for table, field in _UNIQUE.items():
        yield from _twice(table, getattr(data, table), field)


def _quotas(data: ProgrammeData) -> Iterator[Problem]:
    """A region stands once for each year; without a year it stands for all of them."""
    seen: dict[str, set[int | None]] = {}
    for index, quota in enumerate(data.quota):
        years = seen.setdefault(quota.region, set())
        if quota.year in years or (years and (quota.year is None or None in years)):
            remedy = "同一地区每年只写一次；写 year 的和不写 year 的不同时用"
            yield Problem(("quota", index, "region"), f"地区“{quota.region}”重复", remedy)
        years.add(quota.year)


def _allotments(data: ProgrammeData) -> Iterator[Problem]:
    """Money goes to the county whose edition it is; where an edition has several regions, each row names its own."""
    regions = data.programme.regions
    for index, allotment in enumerate(data.allotment):
        at: Path = ("allotment", index, "region")
        if regions and not (allotment.region and within(allotment.region, regions)):
            said = f"“{allotment.region}”不在本细则适用的地区内" if allotment.region else "没有写下达到哪个区县"
            yield Problem(at, said, f'写 region = "…"，是 {"、".join(regions)} 之内的区县')


_LOCATABLE = frozenset(PHOTO_KEYS) - {"label"}
"""The photographs that stand on the file by themselves: a label is in the picture of the handover."""


def _items(data: ProgrammeData) -> Iterator[Problem]:
    categories = [category.key for category in data.category]
    rooms = [room.key for room in data.room]
    photos = [kind.key for kind in data.photo_kind]
    for index, kind in enumerate(data.photo_kind):
        if kind.key not in PHOTO_KEYS:
            known = "、".join(f"{key} {said}" for key, said in PHOTO_KEYS.items())
            remedy = f"key 写其中一种：{known}；材料照片写 during，名称写“{kind.name}”"
            yield Problem(("photo_kind", index, "key"), f"施工和交付时不会要“{kind.key}”这种照片", remedy)
        elif kind.located and kind.key not in _LOCATABLE:
            remedy = '删去 located；铭牌和用品一起拍，要定位的写在 key = "handover" 的那一节'
            yield Problem(("photo_kind", index, "located"), f"“{kind.name}”不单独上传，不能要求定位", remedy)
    last = 0
    for index, item in enumerate(data.item):
        at: Path = ("item", index)
        yield from _unknown((*at, "category"), item.category, categories, "类别")
        for space in item.spaces:
            yield from _unknown((*at, "spaces"), space, rooms, "空间")
        for photo in item.photos:
            yield from _unknown((*at, "photos"), photo, photos, "照片种类")
        if item.number < last:
            yield Problem((*at, "number"), f"项目 {item.number} 排在 {last} 之后", "按序号由小到大排列")
        last = max(last, item.number)


def _plan(data: ProgrammeData) -> Iterator[Problem]:
    waivers = [decision.value for decision in Decision if decision is not Decision.INSTALL]
    for waiver in data.plan.waivers:
        yield from _unknown(("plan", "waivers"), waiver, waivers, "处理方式")


def _money(data: ProgrammeData) -> Iterator[Problem]:
    numbers = [item.number for item in data.item]
    funds = [fund.id for fund in data.fund]
    for index, price in enumerate(data.price):
        yield from _unknown(("price", index, "item"), price.item, numbers, "项目")
    for index, allotment in enumerate(data.allotment):
        yield from _unknown(("allotment", index, "fund"), allotment.fund, funds, "资金来源")


def _assessment(data: ProgrammeData) -> Iterator[Problem]:
    numbers = [item.number for item in data.item]
    rooms = [room.key for room in data.room]
    hazards = [hazard.key for hazard in data.hazard]
    indicators = asked_by(data)
    for index, hazard in enumerate(data.hazard):
        yield from _unknown(("hazard", index, "room"), hazard.room, rooms, "空间")
    for index, suggestion in enumerate(data.suggestion):
        at: Path = ("suggestion", index)
        if suggestion.hazard is not None:
            yield from _unknown((*at, "hazard"), suggestion.hazard, hazards, "隐患")
        if suggestion.indicator is not None:
            yield from _unknown((*at, "indicator"), suggestion.indicator, indicators, "指标")
        for place, number in enumerate(suggestion.items):
            yield from _unknown((*at, "items", place), number, numbers, "项目")


def _verification(data: ProgrammeData) -> Iterator[Problem]:
    clauses = list(dict.fromkeys(clause.id for clause in data.clause))
    bodies = [verification.body for verification in data.verification]
    for index, verification in enumerate(data.verification):
        for clause in verification.clauses:
            yield from _unknown(("verification", index, "clauses"), clause, clauses, "条款")
    for index, entry in enumerate(data.clause):
        for body in entry.verified_by:
            yield from _unknown(("clause", index, "verified_by"), body, bodies, "核验单位")


def _documents(data: ProgrammeData) -> Iterator[Problem]:
    """What the product checks stands at its step; what is the programme's own can be uploaded by somebody in time."""
    step_of = {key: step for step, keys in DOCUMENTS.items() for key in keys}
    for index, document in enumerate(data.document):
        at: Path = ("document", index)
        if not document.is_own:
            step = step_of[document.key]
            if step != document.needed_for:
                yield Problem((*at, "needed_for"), f"“{document.key}”由系统在那一步核对，不能改", f'写 "{step}"')
            if document.by:
                yield Problem((*at, "by"), f"“{document.key}”由系统核对，不用谁上传", "删去 by")
        elif hint := nearest(document.key, step_of):
            remedy = (
                f"可写 {'、'.join(DOCUMENTS.get(document.needed_for, step_of))}{hint}；政策自己的材料换一个不相近的代码"
            )
            yield Problem((*at, "key"), f"没有系统会核对的材料“{document.key}”", remedy)
        else:
            yield from _own_paper(data, document, at)


def _own_paper(data: ProgrammeData, document: Document, at: Path) -> Iterator[Problem]:
    """A paper of the programme's own: its stage has come by its step, and who uploads it has the file by then."""
    order = list(Stage)
    step = document.needed_for.stage
    if order.index(document.stage) > order.index(step):
        stages = "、".join(one.value for one in order[: order.index(step) + 1])
        yield Problem(
            (*at, "stage"), f"到了“{document.needed_for.label}”还没有“{document.stage.label}”这个环节", f"可写 {stages}"
        )
        return
    if document.only_if not in ("", "self_pay"):
        remedy = '删去 only_if；方案定了以后才要的，可写 only_if = "self_pay"'
        yield Problem((*at, "only_if"), "政策自己的材料不能按这种情形要", remedy)
    for role in uploaders(data, document):
        since = _since(data, role)
        where = (*at, "by") if document.by else (*at, "stage")
        if since is None:
            yield Problem(
                where,
                f"{role.label}不能上传材料",
                '可写 by = ["township"]，或 county、assessor、contractor、supervisor',
            )
        elif order.index(since) > order.index(step):
            remedy = "by 换一个，或改 needed_for" if document.by else "写上 by，或改 stage、needed_for"
            yield Problem(where, f"到了“{document.needed_for.label}”这一步，档案还没有交给{role.label}", remedy)


def _since(data: ProgrammeData, role: Role) -> Stage | None:
    """The stage from which on a role has the files on which it may upload; None where it never may."""
    if Permission.PAPER_RETURN not in GRANTS[role]:
        return None
    reviews = data.plan_review is not None and data.plan_review.role is role
    if role is Role.SUPERVISOR and not reviews and left_out(data, Step.SUPERVISION):
        return Stage.WARRANTY  # no supervisor ever gets the file
    firms = {Role.ASSESSOR: Stage.ASSESSMENT, Role.CONTRACTOR: Stage.CONSTRUCTION, Role.SUPERVISOR: Stage.CONSTRUCTION}
    return Stage.PLAN if reviews else firms.get(role, Stage.APPLICATION)


_CHECKS: tuple[Callable[[ProgrammeData], Iterator[Problem]], ...] = (
    _duplicates,
    check_named,
    _quotas,
    _allotments,
    _items,
    _plan,
    check_money,
    _money,
    check_process,
    check_filing,
    check_ability,
    _assessment,
    _verification,
    _documents,
)
