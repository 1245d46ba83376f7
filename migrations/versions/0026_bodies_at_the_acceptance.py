"""Bodies that a programme names itself sign at the acceptance, beside the parties that every programme knows."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CHECKS = {
    "ck_party_member_party_or_body": "(role IS NULL) = (body <> '')",
    "ck_party_member_body_is_named": "(body <> '') = (body_name <> '') AND (body <> '') = (unit <> '')",
}
COLUMNS = {"body": 60, "body_name": 40, "unit": 120}
OWN = sa.text("body <> ''")


def upgrade() -> None:
    """Who signed so far did so in the name of a known party."""
    with op.batch_alter_table("party_member", schema=None) as batch_op:
        for name, length in COLUMNS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), server_default="", nullable=False))
        batch_op.alter_column("role", existing_type=sa.String(length=40), nullable=True)
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(op.f(name), sa.text(condition))
    with op.batch_alter_table("party_member", schema=None) as batch_op:
        for name, length in COLUMNS.items():
            batch_op.alter_column(name, existing_type=sa.String(length=length), server_default=None)
    op.create_index(
        "uq_party_member_body",
        "party_member",
        ["acceptance_id", "body"],
        unique=True,
        sqlite_where=OWN,
        postgresql_where=OWN,
    )


def downgrade() -> None:
    """The signatures stay among the file's papers; in whose name they are is no longer known."""
    op.drop_index("uq_party_member_body", "party_member")
    op.execute("DELETE FROM party_member WHERE role IS NULL")
    with op.batch_alter_table("party_member", schema=None) as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.alter_column("role", existing_type=sa.String(length=40), nullable=False)
        for name in COLUMNS:
            batch_op.drop_column(name)
