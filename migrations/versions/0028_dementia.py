"""Whether a person has dementia: encrypted with the person, and without a name in the derived facts."""

import sqlalchemy as sa
from alembic import op


revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLES = ("beneficiary", "household_member")


def upgrade() -> None:
    """What is empty was never asked."""
    for table in TABLES:
        op.add_column(table, sa.Column("dementia", sa.LargeBinary(), nullable=True))
    op.add_column("derived_facts", sa.Column("dementia", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """The answers go: the tables before have no place for them."""
    for table in (*TABLES, "derived_facts"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN dementia")
