"""The sample of accepted files that is looked at again: drawn once for a period, with a logged seed."""

from collections.abc import Sequence
from datetime import date
from secrets import token_hex
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from ..audit import service as audit
from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from ..permissions import Actor, Permission, Role, leads, may
from ..places.models import Region
from ..places.queries import region as region_of
from ..places.queries import within
from ..programme import queries as programmes
from ..programme.process_schema import SampleInspection
from ..renovation.models import Renovation
from ..stages.acceptance.models import Acceptance
from ..stages.acceptance.rules import AcceptanceState, SampleResult
from ..stages.acceptance.sample_models import SampleDraw, SampleFile, SampleFinding, SampleRemedy
from .sampling_rules import DrawSample, draw, fingerprint, share

_BY = {"county": Role.COUNTY, "city": Role.CITY}


def draw_sample(command: DrawSample, actor: Actor, seed: str = "") -> SampleDraw:
    """Draw the programme's share of the files accepted in the actor's region and the period; audited with its seed.

    The seed comes from the machine's own chance, so that nobody chooses it; only made-up data gives one.
    Raises NotAllowed (another level draws), RuleViolation (no share in the programme, the period), Conflict (nothing
    was accepted, or it was drawn already).
    """
    region = region_of(actor.region_id or 0)
    terms = _terms(command.programme_key, region, actor)
    if not command.accepted_from <= command.accepted_until < clock.today():
        raise RuleViolation("请写一段已经过去的日期，起始日不晚于截止日。", "accepted_until")
    pool = accepted(command.programme_key, region, command.accepted_from, command.accepted_until)
    if not pool:
        raise Conflict("这段日期里没有验收通过的改造户，没有可抽取的。", "accepted_from")
    seed = seed or token_hex(16)
    made = SampleDraw(
        programme_key=command.programme_key,
        region_id=region.id,
        accepted_from=command.accepted_from,
        accepted_until=command.accepted_until,
        percent=terms.percent,
        pool=len(pool),
        pool_hash=fingerprint(list(pool)),
        seed=seed,
        at=clock.now(),
        actor_id=actor.user_id,
        actor_name=actor.name,
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError as error:
        raise Conflict("这段日期已经抽取过，不能重抽。", "accepted_from") from error
    chosen = draw(list(pool), share(len(pool), terms.percent, terms.minimum), seed)
    db.session.add_all(
        SampleFile(draw_id=made.id, renovation_id=pool[number], place=place) for place, number in enumerate(chosen, 1)
    )
    details = {"seed": seed, "pool": len(pool), "pool_hash": made.pool_hash, "drawn": len(chosen), "draw": made.id}
    audit.record(f"programme:{command.programme_key}", "sample.drawn", actor, details)
    db.session.flush()
    return made


def _terms(programme_key: str, region: Region, actor: Actor) -> SampleInspection:
    programme = programmes.of(programmes.current(programme_key, region.code, clock.today()))
    terms = programme.data.sample_inspection
    if terms is None or not terms.percent:
        raise RuleViolation(f"“{programme.name}”没有规定抽查比例。", "programme_key")
    lead = programme.data.programme.lead
    if not leads(actor, lead):
        raise NotAllowed(f"“{programme.name}”由{lead.label}牵头，抽查由{lead.at_county}抽取。", "programme_key")
    if actor.role is not _BY[terms.by]:
        raise NotAllowed(f"“{programme.name}”的抽查由{_BY[terms.by].label}抽取。", "programme_key")
    return terms


def accepted(programme_key: str, region: Region, first: date, last: date) -> dict[str, int]:
    """The files accepted (countersigned) in a region between two days, both included: id by number."""
    rows = db.session.execute(
        select(Renovation.number, Renovation.id)
        .join(Acceptance, Acceptance.renovation_id == Renovation.id)
        .join(Region, Region.id == Renovation.county_id)
        .where(
            Renovation.programme_key == programme_key,
            within(Region.path, region.path),
            Acceptance.state == AcceptanceState.COUNTERSIGNED,
            Acceptance.day.between(first, last),
        )
        .order_by(Renovation.number)
    )
    return dict(rows.all())


def draws(actor: Actor) -> Sequence[SampleDraw]:
    """The draws of the actor's region and below, newest first, with their regions."""
    return db.session.scalars(
        select(SampleDraw)
        .join(Region, Region.id == SampleDraw.region_id)
        .where(within(Region.path, actor.region_path), programmes.led(SampleDraw.programme_key, actor))
        .options(joinedload(SampleDraw.region))
        .order_by(SampleDraw.id.desc())
    ).all()


def drawn(draw_id: int, actor: Actor) -> tuple[SampleDraw, Sequence[Any]]:
    """A draw within the actor's scope with its files: place, number, applicant, address, status, and what was found.

    Raises NotFound.
    """
    found = next((one for one in draws(actor) if one.id == draw_id), None)
    if found is None:
        raise NotFound("没有这次抽取，或不在您的查看范围内。")
    rows = db.session.execute(
        select(
            SampleFile.place,
            Renovation.number,
            Renovation.applicant_name,
            Renovation.address,
            Renovation.status,
            Renovation.programme_version_id,
            SampleFinding.result,
            SampleFinding.day,
            SampleFinding.text,
            SampleFinding.until,
            SampleRemedy.day.label("put_right"),
        )
        .join(Renovation, Renovation.id == SampleFile.renovation_id)
        .outerjoin(SampleFinding, SampleFinding.sample_file_id == SampleFile.id)
        .outerjoin(SampleRemedy, SampleRemedy.finding_id == SampleFinding.id)
        .where(SampleFile.draw_id == draw_id)
        .order_by(SampleFile.place)
    ).all()
    return found, rows


def next_steps(draw: SampleDraw, rows: Sequence[Any], actor: Actor) -> dict[str, tuple[str, str]]:
    """Number → (operation, words) of what this person can do about the draw's files; {} when nothing."""
    looks = actor.region_id == draw.region_id
    answers = may(actor, Permission.ACCEPTANCE_COUNTERSIGN)
    found = {}
    for row in rows:
        if row.result is None and looks:
            found[row.number] = ("acceptance.record_sample", "登记结果")
        elif row.result is SampleResult.FAULTY and row.put_right is None and answers:
            found[row.number] = ("acceptance.resolve_sample", "登记整改")
    return found


def counts(rows: Sequence[Any]) -> dict[str, int]:
    """How many of a draw's files were looked at, do not conform, wait to be put right, and are still to be looked at."""
    faulty = [row for row in rows if row.result is SampleResult.FAULTY]
    done = sum(1 for row in rows if row.result is not None)
    return {
        "done": done,
        "faulty": len(faulty),
        "open": sum(1 for row in faulty if row.put_right is None),
        "left": len(rows) - done,
    }


def to_draw(actor: Actor) -> list[tuple[str, str]]:
    """(key, name) of the programmes in force whose share the actor's level draws."""
    region = region_of(actor.region_id) if actor.region_id else None
    if region is None:
        return []
    found = []
    for version in programmes.in_force(region.code, clock.today()):
        terms = programmes.of(version).data.sample_inspection
        if terms is not None and terms.percent and actor.role is _BY[terms.by] and leads(actor, version.office):
            found.append((version.programme_key, version.name))
    return found
