"""Who is on a file, masked, and one person's whole number, once and with a reason (domain §7)."""

from datetime import date

from flask import Response

from ..core.db import transaction
from ..core.identity_numbers import Sex
from ..core.masking import mask_id
from ..identity.access import current_actor, requires
from ..permissions import Permission
from ..renovation import queries as files
from ..stages.application import queries
from ..stages.application import service as intake
from ..stages.application.rules import Reveal
from .exchange import answer, body
from .schemas import Answer


class Beneficiary(Answer):
    """An old person of the household; the number masked."""

    id: int
    seq: int
    name: str
    id_number: str
    sex: Sex
    birth_date: date | None


class Beneficiaries(Answer):
    """Everybody for whom the file is, the applicant first."""

    items: list[Beneficiary]


class Revealed(Answer):
    """One whole number; that it was shown, to whom and why, stands on the file's audit chain."""

    name: str
    id_number: str


@requires(Permission.PERSONAL_REVEAL)
def list_beneficiaries(number: str) -> Response:
    """The beneficiaries of a file with masked numbers: whose number can be asked for."""
    renovation = files.get(number, current_actor())
    items = [
        Beneficiary(
            id=one.id,
            seq=one.seq,
            name=one.name,
            id_number=mask_id(one.id_number),
            sex=one.sex,
            birth_date=one.birth_date,
        )
        for one in queries.beneficiaries(renovation)
    ]
    return answer(Beneficiaries(items=items))


@requires(Permission.PERSONAL_REVEAL)
def reveal(number: str) -> Response:
    """One person's whole ID number, once, with a reason that goes on the audit trail."""
    actor = current_actor()
    files.get(number, actor)  # whoever may not see the file learns nothing of what the command lacks
    command = body(Reveal)
    with transaction():
        person = intake.reveal(files.get(number, actor), command, actor)
        shown = Revealed(name=person.name, id_number=person.id_number)
    return answer(shown)
