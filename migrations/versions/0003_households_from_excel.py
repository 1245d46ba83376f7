"""Households from Excel."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intake_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(length=500), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("report_key", sa.String(length=80), nullable=False),
        sa.Column("marked_key", sa.String(length=80), nullable=False),
        sa.Column("first_number", sa.String(length=40), nullable=False),
        sa.Column("last_number", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_by_name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'done') = (applied_at IS NOT NULL)", name=op.f("ck_intake_import_done_has_time")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_intake_import_size_positive")),
        sa.CheckConstraint(
            "\"state\" IN ('checking', 'ready', 'refused', 'applying', 'done', 'cancelled')",
            name=op.f("ck_intake_import_state_known"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_intake_import_created_by_user")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_intake_import_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_import")),
    )
    with op.batch_alter_table("intake_import", schema=None) as batch_op:
        batch_op.create_index("ix_intake_import_created_by", ["created_by", "id"], unique=False)
        batch_op.create_index("ix_intake_import_region", ["region_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_import_sha256"), ["sha256"], unique=False)


def downgrade() -> None:
    op.drop_table("intake_import")
