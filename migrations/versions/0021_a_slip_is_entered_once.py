"""A slip of a return or a forfeiture is entered once; a deposit that comes in for another one says for which."""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

from app.funds import deposit_ddl

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SLIP = sa.text("move <> 'correct'")
HELD = sa.text("gone_fen < amount_fen")


def upgrade() -> None:
    """Slips that were entered twice before keep their rows, numbered: what was booked is not taken back by itself."""
    dialect = op.get_bind().dialect.name
    _say_again(deposit_ddl.drop_frozen(dialect, "deposit"))
    op.execute(
        "ALTER TABLE deposit ADD COLUMN replaces_id INTEGER"
        " CONSTRAINT fk_deposit_replaces_id_deposit REFERENCES deposit (id)"
    )
    _say_again(deposit_ddl.create_frozen(dialect, "deposit", deposit_ddl.COLUMNS))
    _say_again(deposit_ddl.drop_frozen(dialect, "deposit_entry"))
    _number_doubles()
    _say_again(deposit_ddl.create_frozen(dialect, "deposit_entry", deposit_ddl.COLUMNS))
    op.create_index("uq_deposit_replaces", "deposit", ["replaces_id"], unique=True, **_where(HELD))
    slip = ["deposit_id", "move", "document"]
    op.create_index("uq_deposit_entry_slip", "deposit_entry", slip, unique=True, **_where(SLIP))


def downgrade() -> None:
    """Which deposit came in for which is no longer known."""
    dialect = op.get_bind().dialect.name
    op.drop_index("uq_deposit_entry_slip", "deposit_entry")
    op.drop_index("uq_deposit_replaces", "deposit")
    _say_again(deposit_ddl.drop_frozen(dialect, "deposit"))
    op.execute("ALTER TABLE deposit DROP COLUMN replaces_id")
    _say_again(deposit_ddl.create_frozen(dialect, "deposit", deposit_ddl.FIRST_COLUMNS))


def _where(condition: sa.TextClause) -> dict[str, sa.TextClause]:
    return {"sqlite_where": condition, "postgresql_where": condition}


def _say_again(statements: list[str]) -> None:
    for statement in statements:
        op.execute(statement)


def _number_doubles() -> None:
    """The second entry of a slip becomes `…（重2）`, so that whoever looks sees it, and the index can be made."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.text(
            "SELECT deposit_id, move, document, id FROM deposit_entry WHERE move <> 'correct'"
            " ORDER BY deposit_id, move, document, id"
        )
    ).all()
    for (_, _, document), found in groupby(rows, key=lambda row: tuple(row[:3])):
        for place, row in enumerate(list(found)[1:], start=2):
            told = f"（重{place}）"
            bind.execute(
                sa.text("UPDATE deposit_entry SET document = :document WHERE id = :id"),
                {"document": document[: 60 - len(told)] + told, "id": row.id},
            )
