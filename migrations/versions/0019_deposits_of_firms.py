"""Performance deposits of firms for their tenders, and what became of them."""

import sqlalchemy as sa
from alembic import op

from app.funds import deposit_ddl

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

HELD = sa.text("gone_fen < amount_fen")


def upgrade() -> None:
    """Nobody was asked for one before."""
    _create_deposits()
    _create_entries()
    op.create_index("ix_assignment_procurement_record", "assignment", ["procurement_record_id"])
    dialect = op.get_bind().dialect.name
    for table in deposit_ddl.TABLES:
        for statement in deposit_ddl.create(dialect, table, deposit_ddl.FIRST_COLUMNS):
            op.execute(statement)


def downgrade() -> None:
    """What was deposited has no place in the tables before."""
    op.drop_index("ix_assignment_procurement_record", "assignment")
    op.drop_table("deposit_entry")
    op.drop_table("deposit")
    for statement in deposit_ddl.drop(op.get_bind().dialect.name):
        op.execute(statement)


def _create_deposits() -> None:
    op.create_table(
        "deposit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procurement_record_id", sa.Integer(), nullable=False),
        sa.Column("programme_version_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("gone_fen", sa.BigInteger(), nullable=False),
        sa.Column("due_fen", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("voucher", sa.String(length=60), nullable=False),
        sa.Column("guarantee_until", sa.Date(), nullable=True),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_deposit_amount_positive")),
        sa.CheckConstraint("gone_fen <= amount_fen", name=op.f("ck_deposit_never_more_than_received")),
        sa.CheckConstraint(
            "(form = 'guarantee') = (guarantee_until IS NOT NULL)", name=op.f("ck_deposit_guarantee_has_its_day")
        ),
        sa.CheckConstraint(
            "guarantee_until IS NULL OR guarantee_until >= received_on", name=op.f("ck_deposit_days_in_order")
        ),
        sa.CheckConstraint("\"form\" IN ('transfer', 'guarantee')", name=op.f("ck_deposit_form_known")),
        *(
            sa.CheckConstraint(f"{column} >= 0", name=op.f(f"ck_deposit_{column}_not_negative"))
            for column in ("amount_fen", "gone_fen", "due_fen")
        ),
        sa.ForeignKeyConstraint(
            ["procurement_record_id"],
            ["procurement_record.id"],
            name=op.f("fk_deposit_procurement_record_id_procurement_record"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_version_id"],
            ["programme_version.id"],
            name=op.f("fk_deposit_programme_version_id_programme_version"),
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["stored_file.id"], name=op.f("fk_deposit_paper_id_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit")),
    )
    op.create_index(op.f("ix_deposit_procurement_record_id"), "deposit", ["procurement_record_id"])
    op.create_index(
        "uq_deposit_voucher",
        "deposit",
        ["procurement_record_id", "voucher"],
        unique=True,
        sqlite_where=HELD,
        postgresql_where=HELD,
    )


def _create_entries() -> None:
    op.create_table(
        "deposit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deposit_id", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("document", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_deposit_entry_amount_positive")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_deposit_entry_amount_fen_not_negative")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_deposit_entry_has_reason")),
        sa.CheckConstraint(
            "move = 'correct' OR (paper_id IS NOT NULL AND document <> '')", name=op.f("ck_deposit_entry_has_paper")
        ),
        sa.CheckConstraint("\"move\" IN ('return', 'forfeit', 'correct')", name=op.f("ck_deposit_entry_move_known")),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposit.id"], name=op.f("fk_deposit_entry_deposit_id_deposit")),
        sa.ForeignKeyConstraint(["paper_id"], ["stored_file.id"], name=op.f("fk_deposit_entry_paper_id_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_entry")),
    )
    op.create_index(op.f("ix_deposit_entry_deposit_id"), "deposit_entry", ["deposit_id"])
