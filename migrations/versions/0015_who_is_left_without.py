"""A what-if tells for whom places or yuan would no longer suffice."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

EFFECT = "ck_simulated_change_effect_known"
SHORT = "ck_simulated_change_short_is_marked"
BEFORE = "'gain', 'lose', 'open', 'refused', 'more', 'less'"


def upgrade() -> None:
    """Lists that were made before told nobody so."""
    with op.batch_alter_table("simulated_change") as batch_op:
        batch_op.drop_constraint(op.f(EFFECT), type_="check")
        batch_op.add_column(sa.Column("is_short", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_check_constraint(op.f(EFFECT), sa.text(f"\"effect\" IN ({BEFORE}, 'short')"))
        batch_op.create_check_constraint(op.f(SHORT), sa.text("effect <> 'short' OR is_short"))
    with op.batch_alter_table("simulated_change") as batch_op:
        batch_op.alter_column("is_short", server_default=None)


def downgrade() -> None:
    """Whom nothing else concerned is taken off the lists: the tables before had no word for them."""
    op.execute("DELETE FROM simulated_change WHERE effect = 'short'")
    with op.batch_alter_table("simulated_change") as batch_op:
        batch_op.drop_constraint(op.f(SHORT), type_="check")
        batch_op.drop_constraint(op.f(EFFECT), type_="check")
        batch_op.drop_column("is_short")
        batch_op.create_check_constraint(op.f(EFFECT), sa.text(f'"effect" IN ({BEFORE})'))
