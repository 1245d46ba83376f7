"""What became of a change order is told to the firm that proposed it."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

OCCASIONS = (
    "'correction', 'rejected', 'nothing_left', 'lapsed', 'rechecked', 'notice_end', 'confirmed', 'visit', 'warranty_start', 'payment', "
    "'claim', 'claim_assigned', 'plan_review', 'purchase_code', 'code_redeemed', 'filing_approved', 'filing_returned'"
)


def upgrade() -> None:
    """Nobody was told before."""
    _allow(f"{OCCASIONS}, 'change_order'")


def downgrade() -> None:
    """What firms were told goes."""
    op.execute("DELETE FROM message WHERE occasion = 'change_order'")
    _allow(OCCASIONS)


def _allow(known: str) -> None:
    name = op.f("ck_message_occasion_known")
    with op.batch_alter_table("message") as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.text(f'"occasion" IN ({known})'))
