"""Loading a programme as a draft, putting it in force, or aside. Callers open the transaction."""

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ..audit.service import record
from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from ..permissions import Actor, Office, Permission, may
from .models import ProgrammeVersion, VersionState, written_areas
from .policy import Programme
from .process import marks
from .queries import edition_of, in_force_from, lock, names_of_areas, of, office_of_key, published_editions
from .validity import Edition, Span, collision

MOST_WORDS = 500
"""Characters of the reason for which a draft is put aside."""

DRAFT_BY_ITS_DATA = (
    '资料里写着 status = "draft"（草案，不受理申请），不能发布。政策正式印发后，把它改成 status = "in_force"'
    '（只在部分区县试行的写 "pilot"，并写 pilot_regions），换一个 version，重新载入再发布。'
)


def is_draft_by_its_data(version: ProgrammeVersion) -> bool:
    """Whether the data say that the policy itself is a draft: it can be read and tried, and takes no household."""
    return of(version).data.programme.status == "draft"


def load_draft(programme: Programme, actor: Actor) -> ProgrammeVersion:
    """Stores an edition as a draft; the same content again changes nothing and gives the version there is.

    A draft that was withdrawn is a draft again. Raises NotAllowed when the actor may not manage programmes, Conflict
    when its days contradict those of a published version.
    """
    _require(actor)
    version = _with_content(programme.content_hash)
    if version is not None:
        return _taken_up(version, actor) if version.state is VersionState.WITHDRAWN else version
    about = programme.data.programme
    span = Span(about.version, about.valid_from, about.valid_to)
    _refuse_clash(programme.key, Edition(about.overlay, programme.areas, span))
    _refuse_other_office(programme.key, about.lead)
    version = ProgrammeVersion(
        programme_key=programme.key,
        overlay_key=about.overlay,
        areas=written_areas(programme.areas),
        name=programme.name,
        label=about.version,
        content_hash=programme.content_hash,
        content=programme.content,
        office=about.lead,
        marks=marks(programme.data),
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


def publish(version_id: int, actor: Actor, over: int | None = None) -> ProgrammeVersion:
    """Puts a version in force from its first day of validity; one in force from the same day is superseded.

    `over` is the version that the person saw would be superseded, 0 for none; None where nobody looks. In production another person than the one who loaded it. Raises NotFound, NotAllowed, and Conflict when its data
    call it a draft, when it is in force already, or when another one was published at the same moment.
    """
    _require(actor)
    version = lock(version_id)
    if version is None:
        raise NotFound("没有这个版本的政策")
    if version.state is VersionState.PUBLISHED:
        raise Conflict(f"“{version.name}”{version.label} 已经发布，无需再次发布")
    if version.state is VersionState.WITHDRAWN:
        raise Conflict(f"“{version.name}”{version.label} 已经撤回，要用请重新载入")
    _require_second_person(version, actor)
    if is_draft_by_its_data(version):
        raise Conflict(DRAFT_BY_ITS_DATA)
    _refuse_clash(version.programme_key, edition_of(version))
    now = in_force_from(version)
    if over is not None and over != (now.id if now else 0):
        which = f"现行的是“{now.label}”" if now else "现在没有同一天起生效的版本"
        raise Conflict(f"打开这一页以后，另有人发布或停用了版本：{which}。请核对后再发布。")
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


def withdraw(version_id: int, reason: str, actor: Actor) -> ProgrammeVersion:
    """Put a draft aside; it stays readable, and loading the same content again takes it up.

    Raises NotFound, NotAllowed, RuleViolation without a reason, Conflict when it is no draft.
    """
    _require(actor)
    version = db.session.get(ProgrammeVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFound("没有这个版本的政策")
    if version.state is not VersionState.DRAFT:
        raise Conflict(f"“{version.name}”{version.label} 是“{version.state.label}”，只有草案可以撤回")
    if not reason.strip():
        raise RuleViolation("请写明撤回的原因", "reason")
    if len(reason.strip()) > MOST_WORDS:
        raise RuleViolation(f"撤回的原因最多 {MOST_WORDS} 个字，现在 {len(reason.strip())} 个，请写短些", "reason")
    version.state, version.withdrawn_reason = VersionState.WITHDRAWN, reason.strip()
    version.withdrawn_at, version.withdrawn_by = clock.now(), actor.user_id
    db.session.flush()
    _record(version, "programme_withdrawn", actor)
    return version


def _taken_up(version: ProgrammeVersion, actor: Actor) -> ProgrammeVersion:
    _refuse_clash(version.programme_key, edition_of(version))
    version.state, version.withdrawn_reason = VersionState.DRAFT, ""
    version.withdrawn_at = version.withdrawn_by = None
    version.loaded_at, version.loaded_by = clock.now(), actor.user_id
    db.session.flush()
    _record(version, "programme_loaded", actor)
    return version


def _refuse_clash(programme_key: str, edition: Edition) -> None:
    """Two versions that both say that they hold on a day in a region would leave it to chance which one decides."""
    other = collision(edition, published_editions(programme_key))
    if other is None:
        return
    if edition.is_same_as(other):
        raise Conflict(
            f"有效期重叠：{edition.span}与已发布的{other.span}有共同的日子。请改 valid_from、valid_to 使两者衔接；"
            f"要整体替代它，把 valid_from 写成 {other.span.first}"
        )
    both = "、".join(names_of_areas(sorted(set(edition.areas) & set(other.areas))))
    raise Conflict(
        f"{both}已有同一级的细则{other.span}，与{edition.span}有共同的日子。请从其中一份的 regions 里去掉重复的地区，"
        "或改 valid_from、valid_to 使两者错开"
    )


def _refuse_other_office(programme_key: str, lead: Office) -> None:
    """Quotas and money are a programme's, of whatever version: they cannot be two offices'."""
    before = office_of_key(programme_key, lead)
    if before is not lead:
        raise Conflict(
            f"这个项目一直由{before.label}牵头，不能改由{lead.label}牵头。请把 lead 改回 {before.value}；"
            "确实换了牵头单位的，换一个 id，作为新的项目载入"
        )


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
            (ProgrammeVersion.areas == version.areas) | (ProgrammeVersion.overlay_key == version.overlay_key),
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
        county=version.areas,
        content_hash=version.content_hash,
    )
