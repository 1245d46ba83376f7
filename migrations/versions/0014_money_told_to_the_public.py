"""Money held back is known by its day, paid subsidies are told on a notice, what was found at drawn files is kept."""

import json
from calendar import monthrange
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is held back already gets its day from the acceptance and the programme's months."""
    op.create_table(
        "retention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_retention_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["settlement_sheet.id"], name=op.f("fk_retention_sheet_id_settlement_sheet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention")),
        sa.UniqueConstraint("sheet_id", name=op.f("uq_retention_sheet_id")),
    )
    with op.batch_alter_table("retention") as batch_op:
        batch_op.create_index(op.f("ix_retention_renovation_id"), ["renovation_id"], unique=False)
    _hold_back()
    _create_notices()
    _create_findings()


def downgrade() -> None:
    """The desks before did not ask for it."""
    op.drop_table("sample_remedy")
    op.drop_table("sample_finding")
    op.drop_table("payment_notice_entry")
    op.drop_table("payment_notice")
    op.drop_table("retention")


def _create_notices() -> None:
    op.create_table(
        "payment_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("township_id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("programme_name", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("poster", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_payment_notice_period_in_order")),
        sa.ForeignKeyConstraint(["township_id"], ["region.id"], name=op.f("fk_payment_notice_township_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_notice")),
        sa.UniqueConstraint(
            "township_id",
            "programme_key",
            "starts_on",
            name=op.f("uq_payment_notice_township_id_programme_key_starts_on"),
        ),
    )
    op.create_table(
        "payment_notice_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("village", sa.String(length=60), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_payment_notice_entry_amount_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["payment_notice.id"], name=op.f("fk_payment_notice_entry_notice_id_payment_notice")
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_payment_notice_entry_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_notice_entry")),
        sa.UniqueConstraint("notice_id", "seq", name=op.f("uq_payment_notice_entry_notice_id_seq")),
    )
    with op.batch_alter_table("payment_notice_entry") as batch_op:
        batch_op.create_index(op.f("ix_payment_notice_entry_renovation_id"), ["renovation_id"], unique=False)
        batch_op.create_index(
            "uq_payment_notice_entry_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def _create_findings() -> None:
    op.create_table(
        "sample_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_file_id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("inspectors", sa.String(length=80), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        *_recorded("sample_finding"),
        sa.CheckConstraint("\"result\" IN ('conforms', 'faulty')", name=op.f("ck_sample_finding_result_known")),
        sa.CheckConstraint(
            "(result = 'faulty') = (until IS NOT NULL) AND (result <> 'faulty' OR text <> '')",
            name=op.f("ck_sample_finding_fault_is_told"),
        ),
        sa.ForeignKeyConstraint(
            ["sample_file_id"], ["sample_file.id"], name=op.f("fk_sample_finding_sample_file_id_sample_file")
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_sample_finding_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_finding")),
        sa.UniqueConstraint("sample_file_id", name=op.f("uq_sample_finding_sample_file_id")),
    )
    with op.batch_alter_table("sample_finding") as batch_op:
        batch_op.create_index(op.f("ix_sample_finding_renovation_id"), ["renovation_id"], unique=False)
    op.create_table(
        "sample_remedy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        *_recorded("sample_remedy"),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["sample_finding.id"], name=op.f("fk_sample_remedy_finding_id_sample_finding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_remedy")),
        sa.UniqueConstraint("finding_id", name=op.f("uq_sample_remedy_finding_id")),
    )


def _recorded(table: str) -> tuple[sa.Column | sa.ForeignKeyConstraint, ...]:
    return (
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f(f"fk_{table}_recorded_by_user")),
    )


HELD = sa.text(
    "SELECT settlement_sheet.id AS sheet_id, settlement_sheet.renovation_id, programme_version_id, payees, acceptance.day"
    " FROM settlement_sheet JOIN acceptance ON acceptance.id = settlement_sheet.acceptance_id"
    " WHERE settlement_sheet.state = 'approved'"
).columns(payees=sa.JSON(), day=sa.Date())
WARRANTY = sa.text("SELECT coalesce(max(warranty_months), 0) FROM contract WHERE renovation_id = :file")


def _hold_back() -> None:
    """Row by row, and each programme's content once: a county has hundreds of thousands of sheets, and few hold back."""
    retention = sa.table("retention", sa.column("renovation_id"), sa.column("sheet_id"), sa.column("due_on", sa.Date()))
    connection = op.get_bind()
    months_of = {
        row.id: json.loads(row.content)["money"].get("retention_months")
        for row in connection.execute(sa.text("SELECT id, content FROM programme_version"))
    }
    held = [row for row in connection.execute(HELD) if any(payee.get("retained_fen") for payee in row.payees)]
    for row in held:
        months = months_of[row.programme_version_id]
        if months is None:
            months = connection.execute(WARRANTY, {"file": row.renovation_id}).scalar_one()
        values = {"renovation_id": row.renovation_id, "sheet_id": row.sheet_id, "due_on": _later(row.day, months)}
        connection.execute(sa.insert(retention).values(values))


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
