"""The database itself lets no row of a ledger of quotas or money be changed, nor a drawn sample and what was found."""

from alembic import op

from app.core import append_only

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = (
    *("quota_entry", "quota_money_entry", "fund_entry"),
    *("sample_draw", "sample_file", "sample_finding", "sample_remedy"),
)


def upgrade() -> None:
    """Protect them; what they hold stays as it is."""
    dialect = op.get_bind().dialect.name
    for table in TABLES:
        for statement in append_only.create(dialect, table):
            op.execute(statement)


def downgrade() -> None:
    """Only the code refuses again."""
    for statement in append_only.drop(op.get_bind().dialect.name, TABLES):
        op.execute(statement)
