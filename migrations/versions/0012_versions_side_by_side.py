"""Drafts of a programme may be withdrawn; what a what-if would do to each file is kept as its result."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATE = "ck_programme_version_state_known"
PUBLISHED = "ck_programme_version_published_when"
WITHDRAWN = "ck_programme_version_withdrawn_when"
WITHDRAWN_BY = "fk_programme_version_withdrawn_by_user"
OUTCOMES = "('eligible', 'ineligible', 'unknown')"


def upgrade() -> None:
    """A version that was put aside says when, by whom and why."""
    with op.batch_alter_table("programme_version") as batch_op:
        batch_op.drop_constraint(op.f(STATE), type_="check")
        batch_op.drop_constraint(op.f(PUBLISHED), type_="check")
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_reason", sa.String(length=500), nullable=False, server_default=""))
        batch_op.create_foreign_key(op.f(WITHDRAWN_BY), "user", ["withdrawn_by"], ["id"])
        batch_op.create_check_constraint(
            op.f(STATE), sa.text("\"state\" IN ('draft', 'published', 'superseded', 'withdrawn')")
        )
        batch_op.create_check_constraint(
            op.f(PUBLISHED), sa.text("state IN ('draft', 'withdrawn') OR published_at IS NOT NULL")
        )
        batch_op.create_check_constraint(
            op.f(WITHDRAWN),
            sa.text("(state = 'withdrawn') = (withdrawn_at IS NOT NULL AND withdrawn_reason <> '')"),
        )
    with op.batch_alter_table("programme_version") as batch_op:
        batch_op.alter_column("withdrawn_reason", server_default=None)
    _create_simulated_change()


def downgrade() -> None:
    """Withdrawn versions are drafts again, as they were before anybody could withdraw one."""
    op.drop_table("simulated_change")
    op.execute("UPDATE programme_version SET state = 'draft', withdrawn_at = NULL WHERE state = 'withdrawn'")
    with op.batch_alter_table("programme_version") as batch_op:
        for name in (STATE, PUBLISHED, WITHDRAWN):
            batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.drop_constraint(op.f(WITHDRAWN_BY), type_="foreignkey")
        for column in ("withdrawn_reason", "withdrawn_by", "withdrawn_at"):
            batch_op.drop_column(column)
        batch_op.create_check_constraint(op.f(STATE), sa.text("\"state\" IN ('draft', 'published', 'superseded')"))
        batch_op.create_check_constraint(op.f(PUBLISHED), sa.text("state = 'draft' OR published_at IS NOT NULL"))


def _create_simulated_change() -> None:
    op.create_table(
        "simulated_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("effect", sa.String(length=40), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=False),
        sa.Column("after", sa.String(length=40), nullable=False),
        sa.Column("before_fen", sa.BigInteger(), nullable=True),
        sa.Column("after_fen", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_simulated_change_has_reason")),
        sa.CheckConstraint(
            "\"effect\" IN ('gain', 'lose', 'open', 'refused', 'more', 'less')",
            name=op.f("ck_simulated_change_effect_known"),
        ),
        sa.CheckConstraint(f'"before" IN {OUTCOMES}', name=op.f("ck_simulated_change_before_known")),
        sa.CheckConstraint(f'"after" IN {OUTCOMES}', name=op.f("ck_simulated_change_after_known")),
        sa.CheckConstraint("before_fen >= 0", name=op.f("ck_simulated_change_before_fen_not_negative")),
        sa.CheckConstraint("after_fen >= 0", name=op.f("ck_simulated_change_after_fen_not_negative")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_simulated_change_job_id_job")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_simulated_change_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["region.id"], name=op.f("fk_simulated_change_county_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulated_change")),
    )
    with op.batch_alter_table("simulated_change") as batch_op:
        batch_op.create_index("uq_simulated_change_file", ["job_id", "renovation_id"], unique=True)
        batch_op.create_index("ix_simulated_change_list", ["job_id", "effect", "county_id", "id"], unique=False)
