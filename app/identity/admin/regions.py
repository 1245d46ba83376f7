"""Pages of the region tree: browse, add, end, import, export. For administrators."""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from ...core.db import transaction
from ...core.errors import DomainError, NotFound
from ...core.forms import Form
from ...permissions import Actor, Permission
from ...places import queries
from ...places import regions as tree
from ...places.models import Region
from ...places.region_file import COLUMNS, decode
from ...places.rules import AddRegion, EndRegion, ImportRegions, Level
from ..access import current_actor, requires
from . import bp


@bp.get("/regions")
@requires(Permission.REGION_MANAGE)
def regions() -> str:
    """One node with what is directly below it; without a node the top of the actor's scope."""
    actor = current_actor()
    node_id = request.args.get("node", type=int) or actor.region_id
    node = _load(node_id, actor) if node_id else None
    return render_template(
        "admin/regions.html",
        node=node,
        lineage=queries.lineage(node) if node else [],
        children=queries.children(node.id if node else None),
        is_leaf=node is not None and node.level is Level.VILLAGE,
    )


@bp.route("/regions/new", methods=["GET", "POST"])
@requires(Permission.REGION_MANAGE)
def new_region() -> Any:
    """Add one node below another."""
    actor = current_actor()
    parent_id = request.args.get("parent", type=int)
    parent = _load(parent_id, actor) if parent_id else None
    below = [(level, level.label) for level in Level if parent is None or level.depth > parent.level.depth]
    form = Form(AddRegion, {"parent_code": parent.code if parent else "", "level": below[0][0]}, {"level": below})
    made: list[int] = []

    def work(command: AddRegion) -> None:
        with transaction():
            made.append(tree.add_region(command, actor).id)

    if form.run(work):
        flash("区划已添加", "done")
        return redirect(url_for("admin.regions", node=parent_id or made[0]))
    return render_template("admin/region_new.html", form=form, parent_id=parent_id), form.status


@bp.route("/regions/<int:region_id>/end", methods=["GET", "POST"])
@requires(Permission.REGION_MANAGE)
def end_region(region_id: int) -> Any:
    """Let a node cease on a day."""
    actor, form = current_actor(), Form(EndRegion)
    _load(region_id, actor)

    def work(command: EndRegion) -> None:
        with transaction():
            tree.end_region(queries.region(region_id), command, actor)

    if form.run(work):
        flash("停用日期已登记", "done")
        return redirect(url_for("admin.regions", node=region_id))
    return render_template("admin/region_end.html", form=form, node=queries.region(region_id)), form.status


@bp.route("/regions/import", methods=["GET", "POST"])
@requires(Permission.REGION_MANAGE)
def import_regions() -> Any:
    """Import the tree from a CSV file or pasted text, everything or nothing, with every wrong line."""
    actor, form = current_actor(), Form(ImportRegions)
    outcome: list[tree.Outcome] = []

    def work(content: str) -> None:
        with transaction():
            outcome.append(tree.import_regions(content, actor))

    upload = request.files.get("file")
    if upload is not None and upload.filename:
        try:
            work(decode(upload.read()))
        except DomainError as error:
            form.refuse(error)
    else:
        form.run(lambda command: work(command.text))
    if outcome:
        done = outcome[0]
        flash(f"导入完成：新增 {done.added}，修改 {done.changed}，未变 {done.unchanged}", "done")
        return redirect(url_for("admin.regions"))
    return render_template("admin/regions_import.html", form=form, columns=COLUMNS, levels=list(Level)), form.status


@bp.get("/regions/export")
@requires(Permission.REGION_MANAGE)
def export_regions() -> Response:
    """The tree, or the subtree of a node, as CSV with the mark by which Excel knows UTF-8."""
    actor = current_actor()
    node_id = request.args.get("node", type=int)
    path = _load(node_id, actor).path if node_id else actor.region_path
    content = "\ufeff" + tree.export_regions(path or "-")
    headers = {"Content-Disposition": "attachment; filename=regions.csv"}
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


def _load(region_id: int, actor: Actor) -> Region:
    node = queries.region(region_id)
    if not node.path.startswith(actor.region_path or "-"):
        raise NotFound("没有这个区划，或不在您的管理范围内")
    return node
