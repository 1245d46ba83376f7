"""Triggers that let the database itself keep deposits: nothing is changed or removed, and no entry exceeds the counter.

Of a deposit only the counter of what is gone rises. An entry stands on the counter, which stands on what came in:
Σ entries ≤ gone ≤ received. Used by the tables' creation and by the migration.
"""

FIRST_COLUMNS = (
    *("id", "procurement_record_id", "programme_version_id", "form", "amount_fen", "due_fen", "received_on"),
    *("voucher", "guarantee_until", "paper_id", "recorded_at", "recorded_by", "recorded_by_name"),
)
"""The columns that the table had at first: what migrations before `replaces_id` name."""
COLUMNS = (*FIRST_COLUMNS, "replaces_id")
"""The columns of a deposit that may never change."""

TABLES = ("deposit", "deposit_entry")
_WORDS = "deposits are countered, never changed"
_MORE = "more is entered than is gone from the deposit"
_OVER = (
    "NEW.amount_fen + (SELECT coalesce(sum(amount_fen), 0) FROM deposit_entry WHERE deposit_id = NEW.deposit_id)"
    " > (SELECT gone_fen FROM deposit WHERE id = NEW.deposit_id)"
)


def create(dialect: str, table: str, columns: tuple[str, ...] = COLUMNS) -> list[str]:
    """The statements that protect one table; `deposit_entry` after `deposit`."""
    return (_sqlite if dialect == "sqlite" else _postgresql)(table, columns)


def create_frozen(dialect: str, table: str, columns: tuple[str, ...]) -> list[str]:
    """The one statement that keeps the rows of a table as they are; on PostgreSQL its function is there already."""
    return [one for one in create(dialect, table, columns) if one.startswith(f"CREATE TRIGGER {table}_frozen ")]


def drop_frozen(dialect: str, table: str) -> list[str]:
    """What takes that protection away, for a migration that changes the table itself."""
    return [f"DROP TRIGGER {table}_frozen" + ("" if dialect == "sqlite" else f" ON {table}")]


def drop(dialect: str) -> list[str]:
    """What is left to drop once the tables, and their triggers with them, are gone."""
    if dialect == "sqlite":
        return []
    return ["DROP FUNCTION IF EXISTS deposit_frozen()", "DROP FUNCTION IF EXISTS deposit_entry_backed()"]


def _is_change(same: str, columns: tuple[str, ...]) -> str:
    kept = " AND ".join(f"OLD.{name} {same} NEW.{name}" for name in columns)
    return f"NOT (NEW.gone_fen >= OLD.gone_fen AND {kept})"


def _sqlite(table: str, columns: tuple[str, ...]) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    removed = f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {refuse}"
    if table == "deposit":
        changed = f"WHEN {_is_change('IS', columns)}"
        return [f"CREATE TRIGGER deposit_frozen BEFORE UPDATE ON deposit {changed} {refuse}", removed]
    over = f"BEGIN SELECT RAISE(ABORT, '{_MORE}'); END"
    return [
        f"CREATE TRIGGER deposit_entry_frozen BEFORE UPDATE ON deposit_entry {refuse}",
        removed,
        f"CREATE TRIGGER deposit_entry_backed BEFORE INSERT ON deposit_entry WHEN {_OVER} {over}",
    ]


def _postgresql(table: str, columns: tuple[str, ...]) -> list[str]:
    call = "FOR EACH ROW EXECUTE FUNCTION deposit_frozen()"
    removed = f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {call}"
    if table == "deposit":
        same = "IS NOT DISTINCT FROM"
        changed = f"FOR EACH ROW WHEN ({_is_change(same, columns)}) EXECUTE FUNCTION deposit_frozen()"
        return [
            _function("deposit_frozen", f"RAISE EXCEPTION '{_WORDS}';"),
            f"CREATE TRIGGER deposit_frozen BEFORE UPDATE ON deposit {changed}",
            removed,
        ]
    backed = "FOR EACH ROW EXECUTE FUNCTION deposit_entry_backed()"
    body = f"IF {_OVER} THEN RAISE EXCEPTION '{_MORE}'; END IF; RETURN NEW;"
    return [
        _function("deposit_entry_backed", body),
        f"CREATE TRIGGER deposit_entry_frozen BEFORE UPDATE ON deposit_entry {call}",
        removed,
        f"CREATE TRIGGER deposit_entry_backed BEFORE INSERT ON deposit_entry {backed}",
    ]


def _function(name: str, body: str) -> str:
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
