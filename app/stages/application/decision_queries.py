"""Reads of the decisions on an application: slips, confirmation, rejection, rechecks, place and claims."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from ...core.db import db
from ...evidence.models import StoredFile
from ...funds import queries as funds
from ...funds import yuan
from ...funds.claims import BenefitTerms
from ...funds.quota_models import QuotaPlaces
from ...funds.rules import SubjectKind
from ...lifecycle import Status
from ...permissions import FIRM_ROLES, Actor
from ...programme.queries import programme_of
from ...renovation.models import Event, Renovation
from . import notice_queries as notices
from . import queries
from .notice_models import (
    Confirmation,
    CorrectionSlip,
    NoticePhoto,
    Recheck,
    Rejection,
)
from .notice_rules import RecheckState


def slips(renovation: Renovation) -> Sequence[CorrectionSlip]:
    """The correction slips, newest first."""
    return db.session.scalars(
        select(CorrectionSlip).where(CorrectionSlip.renovation_id == renovation.id).order_by(CorrectionSlip.seq.desc())
    ).all()


def confirmation(renovation: Renovation) -> Confirmation | None:
    """The newest confirmation."""
    return db.session.scalars(
        select(Confirmation)
        .where(Confirmation.renovation_id == renovation.id)
        .order_by(Confirmation.id.desc())
        .limit(1)
    ).first()


def basis(renovation: Renovation) -> dict[str, Any]:
    """What a confirmation rests on, as it is frozen with it: no names, photos by the hash of their content."""
    found = notices.entry(renovation)
    photos = db.session.execute(
        select(NoticePhoto.day, NoticePhoto.taken_on, StoredFile.sha256)
        .join(StoredFile, StoredFile.id == NoticePhoto.file_id)
        .where(NoticePhoto.notice_id == (found.notice_id if found else 0), NoticePhoto.ended_at.is_(None))
        .order_by(NoticePhoto.id)
    )
    place = funds.place(renovation.id)
    return {
        "notice": found
        and {
            "id": found.notice_id,
            "from": found.notice.starts_on.isoformat(),
            "to": found.notice.ends_on.isoformat(),
            "places": list(found.notice.places),
        },
        "photos": [
            {"day": day.value, "taken_on": taken_on.isoformat(), "sha256": sha256} for day, taken_on, sha256 in photos
        ],
        "objections": {str(row.seq): row.state.value for row in notices.objections(renovation)},
        "place": place and {"quota": place.quota_id, "year": place.year},
        "claims": sorted(claim.subject_kind.value for claim in funds.claims(renovation.id)),
    }


def rejection(renovation: Renovation) -> Rejection | None:
    """The rejection in force."""
    return db.session.scalar(
        select(Rejection).where(Rejection.renovation_id == renovation.id, Rejection.ended_at.is_(None))
    )


def rejected_by(renovation: Renovation) -> set[int]:
    """Ids of those who rejected the file last: they may not recheck it. Also where another stage rejected."""
    rows = db.session.scalars(
        select(Event.actor_id)
        .where(Event.renovation_id == renovation.id, Event.to_status == Status.REJECTED)
        .order_by(Event.seq.desc())
        .limit(1)
    )
    return {row for row in rows if row is not None}


def rechecks(renovation: Renovation) -> Sequence[Recheck]:
    """Every recheck that was asked for, newest first."""
    return db.session.scalars(
        select(Recheck).where(Recheck.renovation_id == renovation.id).order_by(Recheck.id.desc())
    ).all()


def pending_recheck(renovation: Renovation) -> Recheck | None:
    """The recheck that waits for an answer."""
    return db.session.scalar(
        select(Recheck).where(Recheck.renovation_id == renovation.id, Recheck.state == RecheckState.REQUESTED)
    )


def quota_of(renovation: Renovation, year: int) -> QuotaPlaces | None:
    """The quota from which the file would take its place, with its region."""
    return funds.quota_for(renovation.county_id, renovation.programme_key, year, renovation.township_id)


def by_yuan(renovation: Renovation) -> bool:
    """Whether the file's programme counts no places: none of its quotas names a number of households."""
    return not any(quota.households for quota in programme_of(renovation.programme_version_id).data.quota)


def by_yuan_alone(renovation: Renovation, year: int) -> bool:
    """Whether only a quota of yuan limits how many households are confirmed."""
    return by_yuan(renovation) and yuan.bind_alone(
        renovation.county_id, renovation.programme_key, year, renovation.township_id
    )


def claimed_elsewhere(renovation: Renovation, year: int) -> list[SubjectKind]:
    """Which kinds of the file's subjects already have the benefit under another file (domain S7); no more is told."""
    terms = BenefitTerms.of(programme_of(renovation.programme_version_id).data.benefit, year)
    if terms.by_item:
        return []  # items are claimed with the plan, in which they stand
    kinds = [
        SubjectKind(kind)
        for kind, index in subjects(renovation)
        for group in terms.groups
        if (held := funds.claim_in_the_way(kind, index, group, terms.period, claim_item(renovation), terms.since()))
        is not None
        and held.renovation_id != renovation.id
    ]
    return list(dict.fromkeys(kinds))


def claim_item(renovation: Renovation) -> str:
    """What of the benefit the file claims: its own part where benefits share a cap (`per = "cap"`), else the whole."""
    per = programme_of(renovation.programme_version_id).data.benefit.per
    return f"file:{renovation.id}" if per == "cap" else ""


def subjects(renovation: Renovation) -> list[tuple[str, str]]:
    """The file's subjects of benefit claims, of the kinds that the programme names."""
    wanted = programme_of(renovation.programme_version_id).data.benefit.subjects
    return [(kind, index) for kind, index in queries.subjects(renovation) if kind in wanted]


def clause_choices(renovation: Renovation) -> list[tuple[str, str]]:
    """The failing clauses as choices of a form; the reasons stand beside it."""
    failed = queries.verdict(renovation).failed
    return [(clause.id, f"{clause.id} {clause.title}") for clause in failed]


def panel(renovation: Renovation, actor: Actor) -> dict[str, Any]:
    """What the application's tab shows of review, notice, objections and decisions."""
    found = notices.entry(renovation)
    staff = actor.role not in FIRM_ROLES
    return {
        "entry": found,
        "photos": notices.proof_of(found.notice) if found else {},
        "photos_missing": notices.photos_missing(renovation),
        "objections": notices.objections(renovation) if staff else [],
        "slips": slips(renovation) if staff else [],
        "confirmation": confirmation(renovation),
        "rejection": rejection(renovation) if staff else None,
        "rechecks": rechecks(renovation) if staff else [],
        "place": funds.place(renovation.id),
    }
