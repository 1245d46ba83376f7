"""Where personal data are shown or asked for: the reveal of a number, the look for the same person elsewhere (domain §7)."""

from datetime import timedelta

from sqlalchemy import select

from ...audit.service import record
from ...core import clock
from ...core.crypto import blind_index
from ...core.db import db
from ...core.errors import Conflict, RuleViolation
from ...permissions import Actor
from ...renovation.models import Renovation
from . import elsewhere, queries
from .facts import Intake
from .models import Beneficiary, Probe
from .rules import Reveal

PROBES_AN_HOUR = 60
"""How many different people and homes one user may look for in an hour (domain §7)."""


def reveal(renovation: Renovation, command: Reveal, actor: Actor) -> Beneficiary:
    """One person's row, for showing the whole number once; on the file's audit chain with the reason (domain §7)."""
    person = next((row for row in queries.beneficiaries(renovation) if row.id == command.person), None)
    if person is None:
        raise RuleViolation("没有这位受益人，请刷新页面。", "person")
    record(f"renovation:{renovation.number}", "reveal", actor, person=person.seq, reason=command.reason)
    return person


def look_elsewhere(intake: Intake, township_id: int, actor: Actor, number: str = "") -> list[dict[str, str]]:
    """Where the same people or a look-alike home are known, in the limited form; logged and limited (domain §7).

    Raises Conflict beyond the limit. The same look again within the hour tells nothing new and does not count.
    """
    wanted = {f"受益人{person.seq}": person.id_index for person in intake.people if person.id_index}
    address = intake.dwelling.address.strip("* ")
    probes = [*wanted.values()] + ([blind_index("probe.dwelling", f"{township_id}|{address}")] if address else [])
    since = clock.now() - timedelta(hours=1)
    known = set(db.session.scalars(select(Probe.person_index).where(Probe.user_id == actor.user_id, Probe.at > since)))
    new = [index for index in probes if index not in known]
    if len(known) + len(new) > PROBES_AN_HOUR:
        raise Conflict(f"一小时内最多查 {PROBES_AN_HOUR} 人次，请稍后再查；提交申请不受影响。")
    hits = elsewhere.known_elsewhere(wanted, number) + elsewhere.look_alikes(township_id, address, number)
    db.session.add_all(
        Probe(user_id=actor.user_id, at=clock.now(), person_index=index, hits=len(hits)) for index in new
    )
    if new and hits:
        record(f"user:{actor.user_id}", "probe", actor, hits=len(hits))
    db.session.flush()
    return hits
