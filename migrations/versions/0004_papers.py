"""Papers: what was printed, and the scan that came back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issued_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("issued_by_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("pages >= 1 AND size >= 1", name=op.f("ck_issued_paper_something_printed")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_issued_paper_version_counts")),
        sa.ForeignKeyConstraint(["issued_by"], ["user.id"], name=op.f("fk_issued_paper_issued_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_issued_paper_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_paper")),
        sa.UniqueConstraint("code", name=op.f("uq_issued_paper_code")),
        sa.UniqueConstraint("subject", "kind", "content_hash", name=op.f("uq_issued_paper_subject_kind_content_hash")),
        sa.UniqueConstraint("subject", "kind", "version", name=op.f("uq_issued_paper_subject_kind_version")),
    )
    with op.batch_alter_table("issued_paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issued_paper_renovation_id"), ["renovation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issued_paper_sha256"), ["sha256"], unique=False)


def downgrade() -> None:
    op.drop_table("issued_paper")
