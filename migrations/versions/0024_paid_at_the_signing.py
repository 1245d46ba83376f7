"""What the household pays the firm at the signing of the contract, and what it gets back."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLE, IN_FORCE = "signing_payment", sa.text("ended_at IS NULL")


def upgrade() -> None:
    """A table of its own."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_name", sa.String(length=100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("return_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_signing_payment_something_was_paid")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_signing_payment_amount_fen_not_negative")),
        sa.CheckConstraint(
            "(returned_on IS NULL) = (return_id IS NULL)", name=op.f("ck_signing_payment_return_has_paper")
        ),
        sa.CheckConstraint(
            "returned_on IS NULL OR returned_on >= day", name=op.f("ck_signing_payment_returned_after_paid")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_signing_payment_{column}_{table}"))
            for column, table in (
                ("renovation_id", "renovation"),
                ("contract_id", "contract"),
                ("organisation_id", "organisation"),
                ("attachment_id", "attachment"),
                ("return_id", "attachment"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_payment")),
    )
    op.create_index(op.f("ix_signing_payment_renovation_id"), TABLE, ["renovation_id"])
    op.create_index(
        "uq_signing_payment_current",
        TABLE,
        ["contract_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def downgrade() -> None:
    """Back to payments after the acceptance alone."""
    op.drop_table(TABLE)
