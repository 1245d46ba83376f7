"""Pages of the policy: which version holds, what it says, what differs, loading a folder, and putting a version in force."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from ..core import clock
from ..core.db import db, transaction
from ..core.errors import Conflict, DomainError, NotAllowed, NotFound, RuleViolation
from ..identity.access import current_actor, requires
from ..lifecycle import Stage
from ..permissions import Permission, may
from . import queries, saying, service, upload
from .difference import differences
from .document import document
from .hints import hints
from .models import ProgrammeVersion, VersionState
from .problems import BrokenData
from .reach import unknown_areas

bp = Blueprint("programme", __name__, url_prefix="/programmes")
bp.add_app_template_global(lambda table: saying.table_words(table).heading, "table_heading")
bp.add_app_template_global(saying.label, "field_label")


@bp.get("/")
@requires(Permission.PROGRAMME_READ)
def programmes() -> Any:
    """Every version, newest first, with its state."""
    versions = queries.versions()
    return render_template(
        "programme/programmes.html",
        versions=versions,
        people=queries.names_of(versions),
        where=queries.where(versions),
        today=clock.today(),
        manages=may(current_actor(), Permission.PROGRAMME_MANAGE),
    )


@bp.get("/<int:version_id>")
@requires(Permission.PROGRAMME_READ)
def version(version_id: int) -> Any:
    """What a version says: who is eligible, what is done, what is paid, how long each step takes, what is assumed."""
    return _shown(version_id)


def _shown(version_id: int, refused: DomainError | None = None) -> Any:
    """The page of a version; after a refusal with what it is and what was typed."""
    row = version_of(version_id)
    programme = queries.of(row)
    actor = current_actor()
    manages = may(actor, Permission.PROGRAMME_MANAGE)
    siblings = queries.siblings(row)
    is_loader, in_earnest = row.loaded_by == actor.user_id, current_app.config["ENVIRONMENT"] == "production"
    page = render_template(
        "programme/version.html",
        refused=refused,
        reason=request.form.get("reason", ""),
        version=row,
        programme=programme,
        chapters=document(programme),
        people=queries.names_of([row]),
        phases=programme.phases_on(clock.today()),
        siblings=siblings,
        where=queries.where([row, *siblings]),
        replaced=queries.in_force_from(row) if manages else None,
        publishable=manages and row.state in {VersionState.DRAFT, VersionState.SUPERSEDED},
        others=queries.publishers(row) if manages else [],
        unknown_areas=unknown_areas(row),
        held=service.DRAFT_BY_ITS_DATA if service.is_draft_by_its_data(row) else "",
        needs_another=in_earnest and is_loader,
        alone=is_loader and not in_earnest,
        assesses=not programme.left_out(Stage.ASSESSMENT),
    )
    return page, refused.status if refused else 200


@bp.get("/compare")
@requires(Permission.PROGRAMME_READ)
def compare() -> str:
    """What differs between two versions (`old`, `new`), in policy words."""
    old, new = (version_of(request.args.get(name, 0, type=int)) for name in ("old", "new"))
    chapters = differences(queries.of(old), queries.of(new))
    total = sum(len(chapter.changes) for chapter in chapters)
    return render_template("programme/difference.html", old=old, new=new, chapters=chapters, total=total)


@bp.route("/upload", methods=["GET", "POST"], endpoint="upload")
@requires(Permission.PROGRAMME_MANAGE)
def upload_() -> Any:
    """Load a zipped folder as a draft: checked first, every error shown, nothing stored when there is one."""
    sent = request.files.get("folder")
    said: dict[str, Any] = {"errors": [], "message": "", "unread": [], "filename": sent.filename if sent else ""}
    if request.method == "POST":
        try:
            content = sent.stream.read(upload.MOST_BYTES + 1) if sent else b""
            said["unread"] = upload.not_read(content)
            read = upload.read_zip(content, queries.published_base, with_examples=True)
            with transaction():
                version_id = service.load_draft(read, current_actor()).id
            flash("已检查并载入。草案要发布才生效", "done")
            for told in (*said["unread"], *(f"提示：{hint}" for hint in hints(read))):
                flash(told, "late")
            return redirect(url_for("programme.version", version_id=version_id))
        except BrokenData as broken:
            said["errors"] = broken.errors
        except DomainError as error:
            said["message"] = error.message
    status = 422 if said["errors"] or said["message"] else 200
    return render_template("programme/upload.html", **said, most=upload.MOST_BYTES // 1_000_000), status


@bp.post("/<int:version_id>/publish")
@requires(Permission.PROGRAMME_MANAGE)
def publish(version_id: int) -> Any:
    """Put a version in force; in production by another person than the one who loaded it."""
    try:
        with transaction():
            published = service.publish(version_id, current_actor(), request.form.get("over", type=int))
            said = f"“{published.name}”{published.label} 已发布，自 {published.valid_from} 起生效"
    except (Conflict, NotAllowed) as error:
        return _shown(version_id, error)
    flash(said, "done")
    return redirect(url_for("programme.version", version_id=version_id))


@bp.post("/<int:version_id>/withdraw")
@requires(Permission.PROGRAMME_MANAGE)
def withdraw(version_id: int) -> Any:
    """Put a draft aside, with the reason."""
    try:
        with transaction():
            put_aside = service.withdraw(version_id, request.form.get("reason", ""), current_actor())
            said = f"“{put_aside.name}”{put_aside.label} 已撤回"
    except (Conflict, RuleViolation) as error:
        return _shown(version_id, error)
    flash(said, "done")
    return redirect(url_for("programme.version", version_id=version_id))


def version_of(version_id: int) -> ProgrammeVersion:
    """The row of a version. Raises NotFound."""
    row = db.session.get(ProgrammeVersion, version_id)
    if row is None:
        raise NotFound("没有这个版本的政策，请从列表中选择")
    return row
