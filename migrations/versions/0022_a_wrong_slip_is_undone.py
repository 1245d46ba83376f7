"""A return or a forfeiture that was entered by mistake is countered by a row of its own; the right one bears the same slip."""

import sqlalchemy as sa
from alembic import op

from app.funds import deposit_ddl

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SLIP = sa.text("move <> 'correct'")
COLUMNS = ["deposit_id", "move", "document"]


def upgrade() -> None:
    """What was entered so far holds."""
    op.execute(
        "ALTER TABLE deposit_entry ADD COLUMN turn INTEGER DEFAULT '0' NOT NULL"
        " CONSTRAINT ck_deposit_entry_turn_counts CHECK (turn >= 0)"
    )
    op.create_table(
        "deposit_undo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_deposit_undo_has_reason")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["deposit_entry.id"], name=op.f("fk_deposit_undo_entry_id_deposit_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_undo")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_deposit_undo_entry_id")),
    )
    _index([*COLUMNS, "turn"])
    for statement in deposit_ddl.create_undo(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Entries that were countered go: the tables before have no way to say that they hold no more."""
    bind = op.get_bind()
    countered = bind.scalars(sa.text("SELECT entry_id FROM deposit_undo")).all()
    keeps = [one for one in deposit_ddl.create(bind.dialect.name, "deposit_entry") if "deposit_entry_kept" in one]
    for statement in deposit_ddl.drop_undo(bind.dialect.name):
        op.execute(statement)
    op.drop_table("deposit_undo")
    for statement in deposit_ddl.drop_undo_functions(bind.dialect.name):
        op.execute(statement)
    op.execute("DROP TRIGGER deposit_entry_kept" + ("" if bind.dialect.name == "sqlite" else " ON deposit_entry"))
    for entry_id in countered:
        bind.execute(sa.text("DELETE FROM deposit_entry WHERE id = :id"), {"id": entry_id})
    for statement in keeps:
        op.execute(statement)
    _index(COLUMNS)
    op.execute("ALTER TABLE deposit_entry DROP COLUMN turn")


def _index(columns: list[str]) -> None:
    op.drop_index("uq_deposit_entry_slip", "deposit_entry")
    op.create_index(
        "uq_deposit_entry_slip", "deposit_entry", columns, unique=True, sqlite_where=SLIP, postgresql_where=SLIP
    )
