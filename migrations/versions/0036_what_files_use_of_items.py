"""What files use of each item, for limits that are counted over the cap's period.

Files that share a cap over a period and are signed already get what their plan in force says, so that a counter that an
edition brings later finds them; those that are settled already had no more than that.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

FILL = """
INSERT INTO benefit_use (renovation_id, item_no, quantity_centi, used_fen)
SELECT plan.renovation_id, plan_line.item_no, sum(plan_line.quantity_centi), sum(plan_line.subsidised_fen)
FROM plan JOIN plan_line ON plan_line.plan_id = plan.id
WHERE plan.state = 'signed' AND plan_line.subsidised_fen > 0 AND EXISTS (
    SELECT 1 FROM benefit_claim
    WHERE benefit_claim.renovation_id = plan.renovation_id AND benefit_claim.released_at IS NULL
    AND benefit_claim.item = 'file:' || plan.renovation_id
)
GROUP BY plan.renovation_id, plan_line.item_no
"""


def upgrade() -> None:
    """The table, filled from the signed plans."""
    op.create_table(
        "benefit_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("item_no", sa.Integer(), nullable=False),
        sa.Column("quantity_centi", sa.Integer(), nullable=False),
        sa.Column("used_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity_centi >= 0", name=op.f("ck_benefit_use_quantity_not_negative")),
        sa.CheckConstraint("used_fen >= 0", name=op.f("ck_benefit_use_used_fen_not_negative")),
        sa.CheckConstraint("(quantity_centi = 0) = (used_fen = 0)", name=op.f("ck_benefit_use_used_or_not")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_use")),
        sa.UniqueConstraint("renovation_id", "item_no", name=op.f("uq_benefit_use_renovation_id_item_no")),
    )
    op.execute(FILL)


def downgrade() -> None:
    """Without it."""
    op.drop_table("benefit_use")
