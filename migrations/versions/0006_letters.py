"""Letters and messages, and their delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OCCASIONS = (
    "correction", "rejected", "rechecked", "notice_end", "confirmed",
    "visit", "warranty_start", "payment", "claim", "claim_assigned",
)  # fmt: skip


def _known(column: str, *values: str) -> sa.CheckConstraint:
    named = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f'"{column}" IN ({named})', name=op.f(f"ck_message_{column}_known"))


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        _known("occasion", *OCCASIONS),
        _known("audience", "household", "staff"),
        _known("state", "queued", "sent", "read", "failed"),
        sa.CheckConstraint(
            "(audience = 'staff') = (user_id IS NOT NULL)", name=op.f("ck_message_staff_have_accounts")
        ),
        sa.CheckConstraint("(state = 'failed') = (error <> '')", name=op.f("ck_message_failure_is_explained")),
        sa.CheckConstraint(
            "(state IN ('queued', 'failed')) = (sent_at IS NULL)", name=op.f("ck_message_sent_has_time")
        ),
        sa.CheckConstraint("(state = 'read') = (read_at IS NOT NULL)", name=op.f("ck_message_read_has_time")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_message_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_message_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "renovation_id", "event_seq", "way", "recipient",
            name=op.f("uq_message_renovation_id_event_seq_way_recipient"),
        ),
    )
    unread = sa.text("way = 'in_app' AND state = 'sent'")
    op.create_index("ix_message_unread", "message", ["user_id", "id"], sqlite_where=unread, postgresql_where=unread)
    op.create_index("ix_message_user", "message", ["user_id", "id"])
    op.create_index("ix_message_way_state", "message", ["way", "state", "id"])
    op.create_table(
        "contact",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_contact_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_contact")),
    )


def downgrade() -> None:
    op.drop_table("contact")
    op.drop_index("ix_message_way_state", table_name="message")
    op.drop_index("ix_message_user", table_name="message")
    op.drop_index("ix_message_unread", table_name="message")
    op.drop_table("message")
