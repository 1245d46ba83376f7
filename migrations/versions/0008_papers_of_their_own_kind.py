"""Signed settlement sheets, visit records and letters to the household are kinds of paper of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KNOWN = "ck_attachment_kind_known"
KINDS = (
    "'id_card', 'household_register', 'hardship_proof', 'disability_certificate', 'dwelling_proof', 'declaration', "
    "'verification', 'notice_photo', 'letter', 'assessment_photo', 'assessment_sheet', 'waiver_photo', "
    "'plan_signature', 'agreement', 'contract', 'relocation', 'before', 'hidden', 'during', 'after', 'handover', "
    "'goods_receipt', 'supervision', 'change_signature', 'acceptance_photo', 'acceptance_signature', 'invoice', "
    "'self_pay_receipt', 'warranty_card', 'voucher', 'claim_photo', 'fix_photo', 'other'"
)
OF_PAPERS = {
    "settlement_sheet": ("settlement_sheet", "other"),
    "visit_record": ("visit_record", "other"),
    "correction_slip": ("household_letter", "letter"),
    "confirmation_letter": ("household_letter", "letter"),
    "rejection_letter": ("household_letter", "letter"),
}
"""Paper → as what its signed copy comes back now, and as what it did."""

attachment = sa.table(
    "attachment", sa.column("renovation_id"), sa.column("kind", sa.String), sa.column("subject", sa.String)
)
issued = sa.table("issued_paper", sa.column("kind", sa.String), sa.column("code", sa.String))
seal = sa.table("seal", sa.column("renovation_id"))


def upgrade() -> None:
    """Copies that came back before get their kind too, save on sealed files: a seal bears the kind of every paper."""
    _allow(KINDS + ", 'household_letter', 'settlement_sheet', 'visit_record'")
    connection = op.get_bind()
    for paper, (kind, earlier) in OF_PAPERS.items():
        codes = sa.select(sa.literal("paper:") + issued.c.code).where(issued.c.kind == paper)
        of_it = sa.or_(attachment.c.subject == f"paper:{paper}", attachment.c.subject.in_(codes))
        unsealed = attachment.c.renovation_id.not_in(sa.select(seal.c.renovation_id))
        connection.execute(attachment.update().where(attachment.c.kind == earlier, of_it, unsealed).values(kind=kind))


def downgrade() -> None:
    """Back to the kinds that there were."""
    connection = op.get_bind()
    for kind, earlier in dict(OF_PAPERS.values()).items():
        connection.execute(attachment.update().where(attachment.c.kind == kind).values(kind=earlier))
    _allow(KINDS)


def _allow(kinds: str) -> None:
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.drop_constraint(op.f(KNOWN), type_="check")
        batch_op.create_check_constraint(op.f(KNOWN), sa.text(f'"kind" IN ({kinds})'))
