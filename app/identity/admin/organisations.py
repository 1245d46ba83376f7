"""Pages of firms: list, admit, correct, suspend, rate. For administrators and county bureaus."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for

from ...core import clock
from ...core.db import transaction
from ...core.errors import NotFound, RuleViolation
from ...core.forms import Form
from ...permissions import Actor, Permission, may
from ...places import queries, service
from ...places.models import Organisation
from ...places.rules import (
    AddAdmissionPaper,
    Admission,
    ChangeAdmission,
    OrganisationFacts,
    OrganisationKind,
    RateOrganisation,
    RegisterOrganisation,
)
from ..access import current_actor, requires
from . import bp

_FACTS = tuple(OrganisationFacts.model_fields)


@bp.get("/organisations")
@requires(Permission.ORGANISATION_READ)
def organisations() -> str:
    """All firms, filtered by text, kind and admission; firms are public knowledge, so every county sees them."""
    text = request.args.get("q", "").strip()
    kind = next((one for one in OrganisationKind if one.value == request.args.get("kind")), None)
    state = next((one for one in Admission if one.value == request.args.get("admission")), None)
    after = (request.args.get("after", ""), request.args.get("after_id", 0, type=int))
    found = queries.organisations(kind, state, text, after)
    return render_template(
        "admin/organisations.html",
        may_add=may(current_actor(), Permission.ORGANISATION_MANAGE),
        organisations=found[: queries.PAGE],
        last=found[queries.PAGE - 1] if len(found) > queries.PAGE else None,
        q=text,
        kind=kind,
        admission=state,
        kinds=list(OrganisationKind),
        admissions=list(Admission),
    )


@bp.route("/organisations/new", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE)
def new_organisation() -> Any:
    """Admit a firm."""
    actor, form = current_actor(), Form(RegisterOrganisation)
    made: list[int] = []

    def work(command: RegisterOrganisation) -> None:
        with transaction():
            _check_own(command.paper, actor)
            made.append(service.register_organisation(command, actor).id)

    if form.run(work):
        flash("单位已登记，接着登记它的采购记录", "done")
        return redirect(url_for("admin.organisation", organisation_id=made[0]))
    return render_template("admin/organisation_new.html", form=form), form.status


@bp.get("/organisations/<int:organisation_id>")
@requires(Permission.ORGANISATION_READ)
def organisation(organisation_id: int) -> str:
    """One firm: facts, procurement records, history."""
    found, actor = queries.organisation(organisation_id), current_actor()
    tenders = current_app.extensions["anju_tenders"]
    return render_template(
        "admin/organisation.html",
        organisation=found,
        may_change=service.may_change(found, actor),
        may_add=may(actor, Permission.PROCUREMENT_MANAGE),
        shows_money=may(actor, Permission.MONEY_READ) or may(actor, Permission.ORGANISATION_MANAGE),
        programmes=tenders.names(found),
        is_kept=lambda record: tenders.is_kept_by(record, actor),
        today=clock.today(),
    )


@bp.route("/organisations/<int:organisation_id>/edit", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE)
def edit_organisation(organisation_id: int) -> Any:
    """Correct what is known of a firm."""
    found = _load(organisation_id)
    form = Form(OrganisationFacts, {name: getattr(found, name) for name in _FACTS})
    return _work(form, organisation_id, service.correct_organisation, "admin/organisation_edit.html", "单位信息已保存")


@bp.route("/organisations/<int:organisation_id>/admission", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE)
def change_admission(organisation_id: int) -> Any:
    """Suspend a firm, admit it again, or let it go."""
    found = _load(organisation_id)
    others = [(one, one.label) for one in Admission if one is not found.admission]
    form = Form(ChangeAdmission, choices={"admission": others})
    return _work(form, organisation_id, _change_with_paper, "admin/organisation_admission.html", "准入状态已变更")


def _change_with_paper(organisation: Organisation, command: ChangeAdmission, actor: Actor) -> None:
    _check_own(command.paper, actor)
    service.change_admission(organisation, command, actor)


@bp.route("/organisations/<int:organisation_id>/papers/new", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE)
def add_admission_paper(organisation_id: int) -> Any:
    """Keep a paper of the admission that came later: an undertaking, a licence."""
    _load(organisation_id)
    return _work(
        Form(AddAdmissionPaper), organisation_id, _add_paper, "admin/organisation_paper.html", "准入材料已登记"
    )


def _add_paper(organisation: Organisation, command: AddAdmissionPaper, actor: Actor) -> None:
    _check_own(command.paper, actor)
    service.add_admission_paper(organisation, command, actor)


def _check_own(file_id: int | None, actor: Actor) -> None:
    """Raise RuleViolation unless the upload is the actor's own: anybody's file could be shown through it."""
    if file_id is not None and not current_app.extensions["anju_files"].usable_by(file_id, actor.user_id):
        raise RuleViolation("没有找到这个文件，请重新上传", "paper")


@bp.get("/organisations/<int:organisation_id>/papers/<int:change_id>")
@requires(Permission.ORGANISATION_READ)
def show_admission_paper(organisation_id: int, change_id: int) -> Any:
    """A paper of a firm's admission."""
    change = next((one for one in queries.organisation(organisation_id).changes if one.id == change_id), None)
    if change is None or change.paper_id is None:
        raise NotFound("没有这份准入材料")
    return current_app.extensions["anju_files"].send(change.paper_id)


@bp.route("/organisations/<int:organisation_id>/rating", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE)
def rate_organisation(organisation_id: int) -> Any:
    """Rate a firm."""
    _load(organisation_id)
    form = Form(RateOrganisation)
    return _work(form, organisation_id, service.rate_organisation, "admin/organisation_rating.html", "评级已登记")


def _load(organisation_id: int) -> Organisation:
    found = queries.organisation(organisation_id)
    if not service.may_change(found, current_actor()):
        raise NotFound("该单位由其他地区登记，请联系登记地的民政局修改")
    return found


def _work(form: Form[Any], organisation_id: int, use_case: Any, template: str, done: str) -> Any:
    """Show the form of a use case on a firm, or carry it out and go back to the firm."""
    actor = current_actor()

    def work(command: Any) -> None:
        with transaction():
            use_case(queries.organisation(organisation_id), command, actor)

    if form.run(work):
        flash(done, "done")
        return redirect(url_for("admin.organisation", organisation_id=organisation_id))
    return render_template(template, form=form, organisation=queries.organisation(organisation_id)), form.status
