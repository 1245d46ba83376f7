"""Whether a person's household register has the home that is renovated, and the address that it has."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is empty was never asked; the address is encrypted, and empty for everybody so far."""
    with op.batch_alter_table("beneficiary") as batch_op:
        batch_op.add_column(sa.Column("hukou_address", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("hukou_at_dwelling", sa.Boolean(), nullable=True))
    op.add_column("derived_facts", sa.Column("hukou_at_dwelling", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """The answers go: the tables before have no place for them."""
    op.execute("ALTER TABLE derived_facts DROP COLUMN hukou_at_dwelling")
    for column in ("hukou_address", "hukou_at_dwelling"):
        op.execute(f"ALTER TABLE beneficiary DROP COLUMN {column}")
