"""Many files at once: what a job did to each of them."""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row for each household that a job goes through."""
    op.create_table(
        "job_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (finished_at IS NULL)", name=op.f("ck_job_item_finished_when_answered")
        ),
        sa.CheckConstraint("state <> 'failed' OR message <> ''", name=op.f("ck_job_item_failure_is_explained")),
        sa.CheckConstraint("\"state\" IN ('waiting', 'done', 'failed')", name=op.f("ck_job_item_state_known")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_item_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_item")),
        sa.UniqueConstraint("job_id", "subject", name=op.f("uq_job_item_job_id_subject")),
    )
    with op.batch_alter_table("job_item", schema=None) as batch_op:
        batch_op.create_index("ix_job_item_job_id_state", ["job_id", "state"], unique=False)


def downgrade() -> None:
    """Back to jobs that say nothing of their items."""
    with op.batch_alter_table("job_item", schema=None) as batch_op:
        batch_op.drop_index("ix_job_item_job_id_state")
    op.drop_table("job_item")
