"""Papers of a programme's own are a kind of attachment."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

KNOWN = "ck_attachment_kind_known"
KINDS = (
    *("id_card", "household_register", "hardship_proof", "disability_certificate", "dwelling_proof", "declaration"),
    *("verification", "notice_photo", "letter", "household_letter", "assessment_photo", "assessment_sheet"),
    *("waiver_photo", "plan_review", "plan_signature", "agreement", "contract", "relocation", "before", "hidden"),
    *("during", "after", "handover", "goods_receipt", "supervision", "change_signature", "acceptance_photo"),
    *("acceptance_signature", "invoice", "self_pay_receipt", "settlement_sheet", "warranty_card", "voucher"),
    *("visit_record", "claim_photo", "fix_photo", "other", "filing"),
)


def upgrade() -> None:
    """One kind more."""
    _allow((*KINDS, "own_paper"))


def downgrade() -> None:
    """Back; such papers stay as other papers."""
    op.execute("UPDATE attachment SET kind = 'other' WHERE kind = 'own_paper'")
    _allow(KINDS)


def _allow(kinds: tuple[str, ...]) -> None:
    named = ", ".join(repr(one) for one in kinds)
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.drop_constraint(op.f(KNOWN), type_="check")
        batch_op.create_check_constraint(op.f(KNOWN), sa.text(f'"kind" IN ({named})'))
