"""Subsidies that are paid to the household, and money that is held back and paid later."""

import sqlalchemy as sa
from alembic import op

from app.stages.settlement import ddl

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PART = "ck_payment_part_known"
NOT_RETURNED = sa.text("state = 'paid'")
HOUSEHOLD = sa.text("state = 'paid' AND organisation_id IS NULL")


def upgrade() -> None:
    """What was paid so far is the subsidy itself, to firms."""
    op.create_table(
        "household_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("bank", sa.String(length=60), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_household_account_{column}_{table}"))
            for column, table in (
                ("renovation_id", "renovation"),
                ("attachment_id", "attachment"),
                ("recorded_by", "user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_account")),
    )
    op.create_index(
        "uq_household_account_current",
        "household_account",
        ["renovation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    _unprotect()
    with op.batch_alter_table("payment") as batch_op:
        batch_op.drop_index("uq_payment_once")
        batch_op.alter_column("organisation_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("part", sa.String(length=40), nullable=False, server_default="main"))
    with op.batch_alter_table("payment") as batch_op:
        batch_op.alter_column("part", existing_type=sa.String(length=40), server_default=None)
        batch_op.create_check_constraint(op.f(PART), sa.text("\"part\" IN ('main', 'retention')"))
    _once("uq_payment_once", ["sheet_id", "organisation_id", "part"], NOT_RETURNED)
    _once("uq_payment_household_once", ["sheet_id", "part"], HOUSEHOLD)
    _protect(added=True)


def downgrade() -> None:
    """Back; refused by the database where a household was paid, or money was held back: nothing of that is lost."""
    _unprotect()
    with op.batch_alter_table("payment") as batch_op:
        batch_op.drop_index("uq_payment_household_once")
        batch_op.drop_index("uq_payment_once")
    _once("uq_payment_once", ["sheet_id", "organisation_id"], NOT_RETURNED)
    with op.batch_alter_table("payment") as batch_op:
        batch_op.drop_constraint(op.f(PART), type_="check")
        batch_op.drop_column("part")
        batch_op.alter_column("organisation_id", existing_type=sa.Integer(), nullable=False)
    _protect(added=False)
    op.drop_index("uq_household_account_current", "household_account")
    op.drop_table("household_account")


def _once(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "payment", columns, unique=True, sqlite_where=where, postgresql_where=where)


def _unprotect() -> None:
    for statement in ddl.drop(op.get_bind().dialect.name, "payment"):
        op.execute(statement)


def _protect(added: bool) -> None:
    for statement in ddl.create(op.get_bind().dialect.name, "payment", added=added):
        op.execute(statement)
