"""Where photos were taken, where the programme wants to know it of a kind: what lacks it, what is said in its place.

A line's photos of a kind need one with a position (嵊州 2023: before and after with it); a telephone that has none, or an
old person's home without a signal, is answered by a reason that stands on the record beside the photo.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...core import clock
from ...core.errors import RuleViolation
from ...evidence.queries import with_position
from ...lifecycle import Stage
from ...permissions import Actor
from ...programme.queries import programme_of
from ...programme.values import ItemKind
from ...renovation.models import Attachment, Kind, Renovation
from ...renovation.operations import Missing
from ...renovation.progress import note
from ..plan.models import PlanLine
from . import photo_queries, queries
from .rules import ExplainPlace

WITH = "有定位"
WITHOUT = "没有定位"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """The photos of one kind of one line, of which none has a position or a reason."""

    line: PlanLine
    kind: Kind
    photos: tuple[Attachment, ...]


def wanted(renovation: Renovation) -> frozenset[Kind]:
    """The kinds of photo that must have a position under the file's programme; empty = nobody asks."""
    return frozenset(Kind(key) for key in programme_of(renovation.programme_version_id).located_photos)


def names(renovation: Renovation) -> list[str]:
    """What the wanted kinds are called, in the order of the work."""
    kinds = wanted(renovation)
    return [kind.label for kind in Kind if kind in kinds]


def unplaced(renovation: Renovation) -> list[Unplaced]:
    """Line by line the photos of a wanted kind without position or reason; of rectified works those taken since.

    Asks the database nothing where the programme wants no positions.
    """
    kinds = wanted(renovation)
    if not kinds:
        return []
    taken, idle = _taken(renovation, kinds), queries.not_done(renovation)
    placed = _placed(taken)
    return [
        Unplaced(line, kind, tuple(photos))
        for line in queries.lines(renovation)
        if line.root_id not in idle
        for (root, kind), photos in taken.items()
        if root == line.root_id and not any(_is_answered(photo, placed) for photo in photos)
    ]


def _taken(renovation: Renovation, kinds: frozenset[Kind]) -> dict[tuple[int, Kind], list[Attachment]]:
    """(Line, kind) → the photos that count: of the state after a rectification those from since the order."""
    order, named = photo_queries.rectified(renovation)
    found = {}
    for key, photos in photo_queries.line_photos(renovation).items():
        root, kind = key
        if kind not in kinds:
            continue
        again = order is not None and kind is Kind.AFTER and root in named
        since = [photo for photo in photos if not again or (order is not None and photo.added_at >= order.at)]
        if since:
            found[key] = since
    return found


def _placed(taken: Mapping[tuple[int, Kind], list[Attachment]]) -> set[int]:
    return with_position([photo.file_id for photos in taken.values() for photo in photos])


def _is_answered(photo: Attachment, placed: set[int]) -> bool:
    return photo.file_id in placed or photo.unlocated_reason is not None


def missing(renovation: Renovation, before_only: bool = False) -> list[Missing]:
    """What stands in the list before start and completion: photos without a position, and how to switch it on."""
    found = unplaced(renovation)
    return [
        Missing(
            f"{queries.name_of(one.line)}的{one.kind.label}没有定位。请打开手机的定位，允许浏览器使用位置，再拍一张；"
            "实在没有的，写明原因。",
            "construction.photos" if one.line.kind is ItemKind.WORKS else "construction.explain_place",
        )
        for one in found
        if not before_only or one.kind is Kind.BEFORE
    ]


def to_explain(renovation: Renovation) -> list[tuple[Attachment, str]]:
    """The photos that still need a position or a reason, each with the line that it shows."""
    return [(photo, queries.name_of(one.line)) for one in unplaced(renovation) for photo in one.photos]


def explain(renovation: Renovation, command: ExplainPlace, actor: Actor) -> None:
    """Say why photos have no position. Raises RuleViolation for one that has it, or about which it was said."""
    known = {photo.id: photo for photo, _name in to_explain(renovation)}
    for photo_id in command.photos:
        if photo_id not in known:
            raise RuleViolation("有照片已经有定位或写过原因，请刷新页面后重选。", "photos")
    for photo_id in dict.fromkeys(command.photos):
        known[photo_id].unlocated_reason = command.reason
    note(
        renovation,
        Stage.CONSTRUCTION,
        "说明照片没有定位",
        actor,
        command.reason,
        {"photos": sorted(set(command.photos))},
    )


def told(renovation: Renovation) -> dict[int, str]:
    """Photo → what is known of where it was taken, of the kinds of which the programme wants it."""
    kinds = wanted(renovation)
    if not kinds:
        return {}
    taken = {key: photos for key, photos in photo_queries.line_photos(renovation).items() if key[1] in kinds}
    placed = _placed(taken)
    return {photo.id: said for photos in taken.values() for photo, said in _said(photos, placed)}


def _said(photos: list[Attachment], placed: set[int]) -> Iterator[tuple[Attachment, str]]:
    for photo in photos:
        reason = f"：{photo.unlocated_reason}" if photo.unlocated_reason else ""
        yield photo, WITH if photo.file_id in placed else f"{WITHOUT}{reason}"


def choices(renovation: Renovation) -> list[tuple[int, str]]:
    """What the page of the explanation lists: which line, which kind, when it was put on the file."""
    return [
        (photo.id, f"{name}　{photo.kind.label}　{photo.added_at.astimezone(clock.SHANGHAI):%m-%d %H:%M} 上传")
        for photo, name in to_explain(renovation)
    ]
