"""Pages of the drawn sample: the draws, one draw with its files, and drawing. Thin: `sampling` decides."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for

from ..core import clock
from ..core.db import transaction
from ..core.forms import Form
from ..identity.access import current_actor, requires
from ..permissions import Permission
from ..programme.queries import programme_of, published_as
from . import sampling
from .sampling_rules import DrawSample

bp = Blueprint("sampling", __name__, url_prefix="/samples")


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.SAMPLE_DRAW)
def draws() -> Any:
    """The draws of the actor's region, and the form for the next one."""
    actor = current_actor()
    choices = sampling.to_draw(actor)
    form = Form(DrawSample, {"programme_key": choices[0][0]} if choices else {}, {"programme_key": choices})
    made: list[int] = []

    def work(command: DrawSample) -> None:
        with transaction():
            made.append(sampling.draw_sample(command, actor).id)

    if form.run(work):
        flash("已抽取，种子和名单已存档", "success")
        return redirect(url_for("sampling.drawn", draw_id=made[0]))
    found = sampling.draws(actor)
    names = {
        one.programme_key: (version.name if (version := published_as(one.programme_key)) else one.programme_key)
        for one in found
    }
    page = render_template("oversight/samples.html", draws=found, names=names, form=form, may_draw=bool(choices))
    return page, form.status


@bp.get("/<int:draw_id>")
@requires(Permission.SAMPLE_DRAW)
def drawn(draw_id: int) -> str:
    """One draw: seed, pool, and the files in the order of the draw."""
    actor = current_actor()
    found, rows = sampling.drawn(draw_id, actor)
    version = published_as(found.programme_key)
    return render_template(
        "oversight/sample.html",
        draw=found,
        rows=rows,
        counts=sampling.counts(rows),
        acts=sampling.next_steps(found, rows, actor),
        today=clock.today(),
        programmes={row.programme_version_id: programme_of(row.programme_version_id) for row in rows},
        name=version.name if version else found.programme_key,
    )
