"""Which photos the works still need, which there are, and what was put right after an order."""

from collections.abc import Collection

from ...programme.values import ItemKind
from ...renovation.models import Attachment, Event, Kind, Renovation
from ...renovation.operations import Missing
from ..plan.models import PlanLine
from . import queries
from .rules import PhotoKind


def line_photos(renovation: Renovation) -> dict[tuple[int, Kind], list[Attachment]]:
    """(line identity, kind) → photos in force, oldest first."""
    return photos_by_line(queries.papers(renovation))


def photos_by_line(found: dict[str, list[Attachment]]) -> dict[tuple[int, Kind], list[Attachment]]:
    """Of `papers` those of lines: (line identity, kind) → photos in force, oldest first."""
    photos: dict[tuple[int, Kind], list[Attachment]] = {}
    for subject, attachments in found.items():
        if subject.startswith("line:"):
            for attachment in attachments:
                photos.setdefault((int(subject[5:]), attachment.kind), []).append(attachment)
    return photos


def wanted_photos(line: PlanLine, before_only: bool = False) -> list[PhotoKind]:
    """The kinds of photo that the programme asks of a works line, in the order of the work."""
    kinds = [PhotoKind.BEFORE] if before_only else list(PhotoKind)
    return [kind for kind in kinds if kind.value in line.photos]


def photos_missing(
    renovation: Renovation, before_only: bool = False, of: Collection[int] | None = None
) -> list[Missing]:
    """The photos and receipts that lines still need; `before_only` asks what the start needs, `of` some lines only.

    A line that nobody did (reported as 0.00, or, on a file that ends early, not reported) needs none. Where the file
    ended between two firms, only how the lines stand that the first one had done can still be photographed.
    """
    photos, given, idle = line_photos(renovation), queries.handovers(renovation), queries.not_done(renovation)
    wound_up = queries.is_wound_up(renovation)
    missing = []
    for line in queries.lines(renovation):
        if (not before_only and line.root_id in idle) or (of is not None and line.root_id not in of):
            continue
        if line.kind is ItemKind.WORKS:
            missing += [
                Missing(f"{queries.name_of(line)}还缺“{kind.label}”照片，请拍摄上传。", "construction.photos")
                for kind in (_of_left(line) if wound_up else wanted_photos(line, before_only))
                if (line.root_id, Kind(kind.value)) not in photos
            ]
        elif not before_only and line.root_id not in given:
            missing.append(Missing(f"{queries.name_of(line)}还没有交付签收记录，请登记。", "construction.hand_over"))
    return missing


def _of_left(line: PlanLine) -> list[PhotoKind]:
    """What can still be photographed of a line whose firm has left."""
    return [kind for kind in wanted_photos(line) if kind is PhotoKind.AFTER]


def left_unphotographed(renovation: Renovation) -> list[PlanLine]:
    """The works lines that firms which left had done and of which there is no photo of the state after."""
    photos, done = line_photos(renovation), queries.done_before(renovation)
    return [
        line
        for line in queries.lines(renovation)
        if line.kind is ItemKind.WORKS and line.root_id in done and _of_left(line)
        if (line.root_id, Kind.AFTER) not in photos
    ]


def not_rectified(renovation: Renovation) -> list[Missing]:
    """What shows that the lines of the last order to rectify were put right, and is not there yet.

    Works need a photo of the state after, taken in since the order; goods a new handover. What was photographed
    before the order is what was found wanting.
    """
    order = queries.rectification(renovation)
    if order is None:
        return []
    named, given, retake = _to_rectify(renovation, order), queries.handovers(renovation), to_retake(renovation)
    missing = []
    for line in queries.lines(renovation):
        if line.root_id in retake:
            text = f"{queries.name_of(line)}整改后还没有新拍“改造后”照片，请整改好再拍。"
            missing.append(Missing(text, "construction.photos"))
        elif line.root_id in named and line.kind is ItemKind.GOODS and given[line.root_id].recorded_at < order.at:
            text = f"{queries.name_of(line)}整改后还没有重新登记交付，请登记。"
            missing.append(Missing(text, "construction.hand_over"))
    return missing


def to_retake(renovation: Renovation) -> set[int]:
    """The works lines that are to be rectified and have no photo of the state after from the time since the order."""
    order = queries.rectification(renovation)
    if order is None:
        return set()
    photos, named = line_photos(renovation), _to_rectify(renovation, order)
    return {
        line.root_id
        for line in queries.lines(renovation)
        if line.root_id in named
        and line.kind is ItemKind.WORKS
        and all(photo.added_at < order.at for photo in photos.get((line.root_id, Kind.AFTER), []))
    }


def rectified(renovation: Renovation) -> tuple[Event | None, set[int]]:
    """The last order to rectify and the lines that it names; None and nothing where there was none."""
    order = queries.rectification(renovation)
    return order, _to_rectify(renovation, order) if order is not None else set()


def _to_rectify(renovation: Renovation, order: Event) -> set[int]:
    """The lines that an order names, without those that are given up since."""
    return set(order.details.get(queries.RECTIFY, [])) - queries.not_done(renovation)
