"""A correction of a fact says which beneficiary it is of, where it is not the applicant."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """So far only the applicant's facts were corrected."""
    op.add_column("fact_change", sa.Column("person_index", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Corrections of others go: the table before would take them for the applicant's."""
    op.execute("DELETE FROM fact_change WHERE person_index IS NOT NULL")
    op.execute("ALTER TABLE fact_change DROP COLUMN person_index")
