"""Loading a programme as a draft, and putting it in force. Callers open the transaction."""

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ..audit.service import record
from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, NotAllowed, NotFound
from ..permissions import Actor, Permission, may
from .models import ProgrammeVersion, VersionState
from .policy import Programme


def load_draft(programme: Programme, actor: Actor) -> ProgrammeVersion:
    """Stores an edition as a draft; the same content again changes nothing and gives the version there is.

    Raises NotAllowed when the actor may not manage programmes.
    """
    _require(actor)
    version = _with_content(programme.content_hash)
    if version is not None:
        return version
    about = programme.data.programme
    version = ProgrammeVersion(
        programme_key=programme.key,
        overlay_key=about.overlay,
        county_code=programme.county_code,
        name=programme.name,
        label=about.version,
        content_hash=programme.content_hash,
        content=programme.content,
        state=VersionState.DRAFT,
        valid_from=about.valid_from,
        valid_to=about.valid_to,
        loaded_at=clock.now(),
        loaded_by=actor.user_id,
    )
    db.session.add(version)
    db.session.flush()
    _record(version, "programme_loaded", actor)
    return version


def publish(version_id: int, actor: Actor) -> ProgrammeVersion:
    """Puts a version in force from its first day of validity; one in force from the same day is superseded.

    In production another person than the one who loaded it. Raises NotFound, NotAllowed, and Conflict when it is in
    force already or another one was published at the same moment.
    """
    _require(actor)
    version = db.session.get(ProgrammeVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFound("没有这个版本的政策")
    if version.state is VersionState.PUBLISHED:
        raise Conflict(f"“{version.name}”{version.label} 已经发布，无需再次发布")
    _require_second_person(version, actor)
    _supersede(version, actor)
    version.state = VersionState.PUBLISHED
    version.published_at = clock.now()
    version.published_by = actor.user_id
    try:
        db.session.flush()
    except IntegrityError as race:
        # two editions published at the same moment: the partial unique index lets one through
        raise Conflict("同一生效日的另一个版本刚刚发布，请刷新后确认要用哪一个") from race
    _record(version, "programme_published", actor)
    return version


def _require(actor: Actor) -> None:
    if not may(actor, Permission.PROGRAMME_MANAGE):
        raise NotAllowed("您的岗位不能管理政策，请由市级民政或管理员办理")


def _require_second_person(version: ProgrammeVersion, actor: Actor) -> None:
    if current_app.config.get("ENVIRONMENT") != "production":
        return
    if actor.user_id is None:
        raise NotAllowed("正式环境中不能用命令发布，请另一位管理人员登录后在页面上发布")
    if actor.user_id == version.loaded_by:
        raise NotAllowed("载入和发布须由两人办理，请另一位管理人员发布")


def _supersede(version: ProgrammeVersion, actor: Actor) -> None:
    earlier = db.session.scalars(
        select(ProgrammeVersion)
        .where(
            ProgrammeVersion.state == VersionState.PUBLISHED,
            ProgrammeVersion.programme_key == version.programme_key,
            ProgrammeVersion.county_code == version.county_code,
            ProgrammeVersion.valid_from == version.valid_from,
        )
        .with_for_update()
    )
    for other in earlier:
        other.state = VersionState.SUPERSEDED
        db.session.flush()
        _record(other, "programme_superseded", actor)


def _with_content(content_hash: str) -> ProgrammeVersion | None:
    return db.session.scalars(
        select(ProgrammeVersion).where(ProgrammeVersion.content_hash == content_hash)
    ).one_or_none()


def _record(version: ProgrammeVersion, event: str, actor: Actor) -> None:
    record(
        f"programme:{version.programme_key}",
        event,
        actor,
        version=version.label,
        county=version.county_code,
        content_hash=version.content_hash,
    )
