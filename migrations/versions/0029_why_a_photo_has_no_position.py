"""A photo without the position that the programme wants has a reason beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was asked so far."""
    op.add_column("attachment", sa.Column("unlocated_reason", sa.String(length=200), nullable=True))


def downgrade() -> None:
    """The reasons stay on the timeline."""
    op.drop_column("attachment", "unlocated_reason")
