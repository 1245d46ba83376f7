"""Classes of persons that a programme names itself: with each beneficiary and member, and in the derived facts."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = ("beneficiary", "household_member")


def upgrade() -> None:
    """What is empty was never asked."""
    for table in TABLES:
        op.add_column(table, sa.Column("classes", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("derived_facts", sa.Column("classes", sa.String(length=1000), nullable=False, server_default=""))
    with op.batch_alter_table("derived_facts") as batch_op:
        batch_op.alter_column("classes", server_default=None)


def downgrade() -> None:
    """The answers go: the tables before have no place for them."""
    op.execute("ALTER TABLE derived_facts DROP COLUMN classes")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN classes")
