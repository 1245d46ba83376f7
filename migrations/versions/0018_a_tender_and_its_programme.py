"""A tender names the programme for which it was won, and the sum of its contract."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CURRENT = "uq_procurement_record_current"
LOT = ["organisation_id", "kind", "region_id", "lot"]
IN_FORCE = {"sqlite_where": sa.text("ended_at IS NULL"), "postgresql_where": sa.text("ended_at IS NULL")}


def upgrade() -> None:
    """What was registered before was for all programmes; what its contract comes to was not asked."""
    with op.batch_alter_table("procurement_record") as batch_op:
        batch_op.drop_index(CURRENT)
        batch_op.add_column(sa.Column("programme_key", sa.String(length=80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("award_fen", sa.BigInteger(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_procurement_record_award_fen_not_negative"), "award_fen >= 0")
    with op.batch_alter_table("procurement_record") as batch_op:
        batch_op.alter_column("programme_key", server_default=None)
        batch_op.create_index(CURRENT, [*LOT, "programme_key"], unique=True, **IN_FORCE)


def downgrade() -> None:
    """Of several records of one lot for different programmes only the first stays in force: they may not be told apart."""
    op.execute(
        "UPDATE procurement_record SET ended_at = created_at, end_reason = '恢复旧版系统：同一包号只留一条'"
        " WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM procurement_record AS other"
        " WHERE other.id < procurement_record.id AND other.ended_at IS NULL"
        " AND other.organisation_id = procurement_record.organisation_id AND other.kind = procurement_record.kind"
        " AND other.region_id = procurement_record.region_id AND other.lot = procurement_record.lot)"
    )
    with op.batch_alter_table("procurement_record") as batch_op:
        batch_op.drop_index(CURRENT)
        batch_op.drop_constraint(op.f("ck_procurement_record_award_fen_not_negative"), type_="check")
        batch_op.drop_column("award_fen")
        batch_op.drop_column("programme_key")
        batch_op.create_index(CURRENT, LOT, unique=True, **IN_FORCE)
