"""Assessments by the instrument that the programme names; results of other bodies that count."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LEVELS = "('intact', 'mild', 'moderate', 'severe', 'complete')"
LEVEL_KNOWN = "ck_beneficiary_ability_level_known"
SOURCES = "'application', 'verification', 'objection', 'assessment'"
SOURCE_KNOWN = "ck_fact_change_source_known"


def upgrade() -> None:
    """The level of each person; what the instrument made of the answers; whose results were recognised."""
    with op.batch_alter_table("beneficiary") as batch_op:
        batch_op.add_column(sa.Column("ability_level", sa.String(length=40), nullable=True))
    with op.batch_alter_table("beneficiary") as batch_op:
        batch_op.create_check_constraint(op.f(LEVEL_KNOWN), sa.text(f'"ability_level" IN {LEVELS}'))
    _allow_sources(f"{SOURCES}, 'recognition'")
    with op.batch_alter_table("fact_change") as batch_op:
        batch_op.add_column(sa.Column("holds_until", sa.Date(), nullable=True))
    _create_ability_result()
    _create_recognised_result()


def downgrade() -> None:
    """Back; a fact that came from a recognised result says that it was verified."""
    op.drop_table("recognised_result")
    op.drop_table("ability_result")
    op.execute("UPDATE fact_change SET source = 'verification' WHERE source = 'recognition'")
    with op.batch_alter_table("fact_change") as batch_op:
        batch_op.drop_column("holds_until")
    _allow_sources(SOURCES)
    with op.batch_alter_table("beneficiary") as batch_op:
        batch_op.drop_constraint(op.f(LEVEL_KNOWN), type_="check")
        batch_op.drop_column("ability_level")


def _allow_sources(sources: str) -> None:
    with op.batch_alter_table("fact_change") as batch_op:
        batch_op.drop_constraint(op.f(SOURCE_KNOWN), type_="check")
        batch_op.create_check_constraint(op.f(SOURCE_KNOWN), sa.text(f'"source" IN ({sources})'))


def _create_ability_result() -> None:
    op.create_table(
        "ability_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("instrument_title", sa.String(length=120), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("level_name", sa.String(length=80), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("NOT by_hand OR reason <> ''", name=op.f("ck_ability_result_by_hand_has_reason")),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["assessment_visit.id"], name=op.f("fk_ability_result_visit_id_assessment_visit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ability_result")),
        sa.UniqueConstraint("visit_id", "person", name=op.f("uq_ability_result_visit_id_person")),
    )


def _create_recognised_result() -> None:
    op.create_table(
        "recognised_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("programme_version_id", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("instrument_title", sa.String(length=120), nullable=False),
        sa.Column("issuer", sa.String(length=80), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("holds_until", sa.Date(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("level_name", sa.String(length=80), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("holds_until >= assessed_on", name=op.f("ck_recognised_result_holds_from_its_day")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_reason = '')", name=op.f("ck_recognised_result_end_has_reason")
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_recognised_result_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(
            ["programme_version_id"],
            ["programme_version.id"],
            name=op.f("fk_recognised_result_programme_version_id_programme_version"),
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_recognised_result_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_recognised_result_actor_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognised_result")),
    )
    op.create_index(
        "uq_recognised_result_current",
        "recognised_result",
        ["renovation_id", "person"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
