"""Households buy with a code: the codes, the attempts to enter one, and what people are told of them."""

import sqlalchemy as sa
from alembic import op

from app.stages.construction import code_ddl

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

LIVE = sa.text("ended_at IS NULL")
KNOWN = "ck_message_occasion_known"
OCCASIONS = (
    "'correction', 'rejected', 'nothing_left', 'lapsed', 'rechecked', 'notice_end', 'confirmed', 'visit', "
    "'warranty_start', 'payment', 'claim', 'claim_assigned', 'plan_review'"
)
OURS = "'purchase_code', 'code_redeemed'"


def upgrade() -> None:
    """Nobody had a code before."""
    op.create_table(
        "purchase_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("code_index", sa.String(length=64), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("redeemed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_purchase_code_end_is_told")),
        sa.CheckConstraint(
            "(outcome IS NOT NULL AND outcome = 'redeemed') = (organisation_id IS NOT NULL)",
            name=op.f("ck_purchase_code_redeemed_by_firm"),
        ),
        sa.CheckConstraint("valid_to >= issued_on", name=op.f("ck_purchase_code_days_in_order")),
        sa.CheckConstraint(
            "\"outcome\" IN ('redeemed', 'expired', 'replaced', 'file_ended')",
            name=op.f("ck_purchase_code_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_purchase_code_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_purchase_code_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["issued_by"], ["user.id"], name=op.f("fk_purchase_code_issued_by_user")),
        sa.ForeignKeyConstraint(["redeemed_by"], ["user.id"], name=op.f("fk_purchase_code_redeemed_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_code")),
        sa.UniqueConstraint("code_index", name=op.f("uq_purchase_code_code_index")),
    )
    op.create_index("ix_purchase_code_renovation", "purchase_code", ["renovation_id"])
    op.create_index(
        "uq_purchase_code_live",
        "purchase_code",
        ["renovation_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "code_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_code_attempt_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_attempt")),
    )
    op.create_index("ix_code_attempt_user", "code_attempt", ["user_id", "at"])
    _allow(f"{OCCASIONS}, {OURS}")
    for statement in code_ddl.create(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """What people were told of codes goes with them: the tables before have no word for it."""
    op.execute(f"DELETE FROM message WHERE occasion IN ({OURS})")  # noqa: S608 — our own words
    _allow(OCCASIONS)
    op.drop_table("code_attempt")
    op.drop_table("purchase_code")
    for statement in code_ddl.drop(op.get_bind().dialect.name):
        op.execute(statement)


def _allow(occasions: str) -> None:
    with op.batch_alter_table("message") as batch_op:
        batch_op.drop_constraint(op.f(KNOWN), type_="check")
        batch_op.create_check_constraint(op.f(KNOWN), sa.text(f'"occasion" IN ({occasions})'))
