"""Use cases of firms: admission, rating, procurement records. Callers open the unit of work."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ..audit import service as audit
from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, NotAllowed, RuleViolation
from ..permissions import Actor, Permission, could, may
from . import queries
from .models import Organisation, OrganisationChange, ProcurementPrice, ProcurementRecord
from .rules import (
    AddAdmissionPaper,
    AddProcurement,
    Admission,
    ChangeAdmission,
    EndProcurement,
    OrganisationFacts,
    RateOrganisation,
    RegisterOrganisation,
    SetAward,
    parse_uscc,
)

FIRST_YEAR, LONGEST_TERM = 2000, 30
"""A tender that begins earlier, or runs for more years, is a slip of the pen; what is reckoned from its days must exist."""
_FACTS = ("name", "kinds", "contact_name", "contact_phone", "address", "bank_name", "bank_account")


def chain(organisation: Organisation) -> str:
    """The audit chain of a firm."""
    return f"organisation:{organisation.id}"


def register_organisation(command: RegisterOrganisation, actor: Actor) -> Organisation:
    """Admit a firm; it is kept by the actor's region. Raises RuleViolation (code), Conflict (known already)."""
    _check_may(actor)
    try:
        uscc = parse_uscc(command.uscc)
    except ValueError as error:
        raise RuleViolation(str(error), "uscc") from error
    known = db.session.scalars(select(Organisation).where(Organisation.uscc == uscc)).one_or_none()
    if known is not None:
        raise Conflict(f"该代码的单位“{known.name}”已经登记，请直接为它登记采购记录", "uscc")
    organisation = Organisation(
        uscc=uscc, admission=Admission.ADMITTED, region_id=actor.region_id, created_at=clock.now()
    )
    _set_facts(organisation, command)
    db.session.add(organisation)
    try:
        db.session.flush()
    except IntegrityError as error:  # somebody else registered it a moment ago
        raise Conflict("该代码的单位刚刚由他人登记，请刷新后查看", "uscc") from error
    _note_change(organisation, command.reason, actor, command.paper)
    audit.record(chain(organisation), "organisation.registered", actor, {"uscc": uscc, "name": organisation.name})
    return organisation


def correct_organisation(organisation: Organisation, command: OrganisationFacts, actor: Actor) -> None:
    """Correct what is known of a firm; the audit keeps which fields changed, without account and telephone."""
    _check_keeper(organisation, actor)
    before = {name: getattr(organisation, name) for name in _FACTS}
    _set_facts(organisation, command)
    changed = [name for name in _FACTS if getattr(organisation, name) != before[name]]
    if changed:
        audit.record(chain(organisation), "organisation.corrected", actor, {"fields": changed})


def change_admission(organisation: Organisation, command: ChangeAdmission, actor: Actor) -> None:
    """Suspend, admit again or let a firm go, with the reason. Raises Conflict when it is so already."""
    _check_keeper(organisation, actor)
    if organisation.admission == command.admission:
        raise Conflict(f"该单位已经是“{command.admission.label}”状态，请刷新后查看", "admission")
    details = {"from": organisation.admission.value, "to": command.admission.value, "reason": command.reason}
    organisation.admission = command.admission
    _note_change(organisation, command.reason, actor, command.paper)
    audit.record(chain(organisation), "organisation.admission", actor, details)


def add_admission_paper(organisation: Organisation, command: AddAdmissionPaper, actor: Actor) -> None:
    """Keep a paper of the firm's admission that came later; its state stays what it is."""
    _check_keeper(organisation, actor)
    _note_change(organisation, command.reason, actor, command.paper)
    details = {"file": command.paper, "reason": command.reason}
    audit.record(chain(organisation), "organisation.paper", actor, details)


def rate_organisation(organisation: Organisation, command: RateOrganisation, actor: Actor) -> None:
    """Give a firm its rating, with the ground."""
    _check_keeper(organisation, actor)
    organisation.rating = command.rating
    _note_change(organisation, command.reason, actor)
    details = {"rating": command.rating.value, "reason": command.reason}
    audit.record(chain(organisation), "organisation.rated", actor, details)


def add_procurement(organisation: Organisation, command: AddProcurement, actor: Actor) -> ProcurementRecord:
    """Enter a lot that a firm won in a region of the actor's scope, with its price list in fen.

    Whether a programme gives the task to this role is asked by `programme.tendering`, through which pages come. Raises
    NotAllowed (region outside the scope), RuleViolation (dates, kind, items twice), Conflict (lot known).
    """
    _check_may_procure(actor)
    region = queries.region(command.region_id)
    if not region.path.startswith(actor.region_path or "-"):
        raise NotAllowed("只能登记本辖区的采购记录")
    _check_procurement(organisation, command)
    record = ProcurementRecord(
        organisation_id=organisation.id,
        kind=command.kind,
        lot=command.lot.strip(),
        region_id=region.id,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        max_households=command.max_households,
        programme_key=command.programme_key,
        award_fen=command.award,
        paper_id=command.paper,
        created_at=clock.now(),
        prices=[ProcurementPrice(item=p.item, unit=p.unit, unit_price_fen=p.unit_price) for p in command.prices],
    )
    db.session.add(record)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("该单位在本区域已有同一包号的采购记录，请先终止原记录", "lot") from error
    details = {"record": record.id, "lot": record.lot, "region": region.code, "kind": record.kind.value}
    details |= {"programme": record.programme_key} if record.programme_key else {}
    details |= {"award_fen": record.award_fen} if record.award_fen is not None else {}
    audit.record(chain(organisation), "procurement.added", actor, details)
    return record


def _check_procurement(organisation: Organisation, command: AddProcurement) -> None:
    if command.kind not in organisation.kinds:
        raise RuleViolation(f"该单位没有登记“{command.kind.label}”业务，请先修改单位信息", "kind")
    if command.valid_to < command.valid_from:
        raise RuleViolation("截止日期早于起始日期，请核对", "valid_to")
    if command.valid_from.year < FIRST_YEAR:
        raise RuleViolation(f"起始日期早于 {FIRST_YEAR} 年，请核对", "valid_from")
    if command.valid_to.year - command.valid_from.year > LONGEST_TERM:
        raise RuleViolation(f"期限超过 {LONGEST_TERM} 年，请核对截止日期", "valid_to")
    seen: set[int] = set()
    for index, price in enumerate(command.prices):
        if price.item in seen:
            raise RuleViolation(f"项目 {price.item} 的单价填了两次，请删去一条", f"prices-{index}-item")
        seen.add(price.item)


def set_award(record: ProcurementRecord, command: SetAward, actor: Actor) -> None:
    """Add the award amount (fen) to a record that has none; it is never changed. `record` with region and firm loaded.

    Raises NotAllowed (region outside the scope), Conflict (it has one, or has been ended).
    """
    _check_may_procure(actor)
    if not record.region.path.startswith(actor.region_path or "-"):
        raise NotAllowed("只能补登本辖区的采购记录")
    if record.award_fen is not None or record.ended_at is not None:
        why = (
            "已经终止" if record.ended_at is not None else "已有中标金额，登记后不能改；登错的请终止这条记录后重新登记"
        )
        raise Conflict(f"这条采购记录{why}", "award")
    record.award_fen = command.award
    details = {"record": record.id, "lot": record.lot, "award_fen": command.award}
    audit.record(chain(record.organisation), "procurement.award", actor, details)


def end_procurement(record: ProcurementRecord, command: EndProcurement, actor: Actor) -> None:
    """End a record before its term; what was dispatched under it stays. `record` with region and firm loaded."""
    _check_may_procure(actor)
    if not record.region.path.startswith(actor.region_path or "-"):
        raise NotAllowed("只能终止本辖区的采购记录")
    if record.ended_at is not None:
        raise Conflict("这条采购记录已经终止，请刷新后查看")
    record.ended_at, record.end_reason = clock.now(), command.reason
    details = {"record": record.id, "lot": record.lot, "reason": command.reason}
    audit.record(chain(record.organisation), "procurement.ended", actor, details)


def may_change(organisation: Organisation, actor: Actor) -> bool:
    """True when the actor keeps the firm: its region is in the actor's scope. `organisation` with region loaded."""
    if not may(actor, Permission.ORGANISATION_MANAGE):
        return False
    kept_in = organisation.region.path if organisation.region else "/"
    return bool(actor.region_path) and kept_in.startswith(actor.region_path)


def _check_may(actor: Actor) -> None:
    if not may(actor, Permission.ORGANISATION_MANAGE):
        raise NotAllowed("您没有管理单位的权限，请联系县级民政局或管理员")


def _check_may_procure(actor: Actor) -> None:
    if not could(actor, Permission.PROCUREMENT_MANAGE):
        raise NotAllowed("您的岗位不能登记采购，请联系县级民政局或管理员")


def _check_keeper(organisation: Organisation, actor: Actor) -> None:
    if not may_change(organisation, actor):
        raise NotAllowed("该单位由其他地区登记，请联系登记地的民政局修改")


def _set_facts(organisation: Organisation, command: OrganisationFacts) -> None:
    for name in _FACTS:
        value = getattr(command, name)
        setattr(organisation, name, value.strip() if isinstance(value, str) else value)
    organisation.kinds = command.kinds


def _note_change(organisation: Organisation, reason: str, actor: Actor, paper: int | None = None) -> None:
    db.session.add(
        OrganisationChange(
            organisation_id=organisation.id,
            admission=organisation.admission,
            rating=organisation.rating,
            reason=reason,
            paper_id=paper,
            at=clock.now(),
            actor_id=actor.user_id,
            actor_name=actor.name,
        )
    )
