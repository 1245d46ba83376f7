"""Triggers that let the database itself refuse to change or remove what the audit has written.

Used by the tables' creation and by the migration: `create("sqlite")`, `drop("postgresql")`.
"""

PROTECTED = {"audit_entry": ("UPDATE", "DELETE"), "audit_seal": ("UPDATE", "DELETE"), "audit_head": ("DELETE",)}
"""What is refused on which table; a head moves with every entry, so it may be updated."""

_KEYS = {
    "audit_entry": "id = NEW.id OR (chain = NEW.chain AND seq = NEW.seq)",
    "audit_seal": "day = NEW.day",
    "audit_head": None,
}

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"

_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = 'the audit is append-only: ' || TG_OP || ' on ' || TG_TABLE_NAME || ' is refused';
END
$$
"""


def create(dialect: str, table: str | None = None) -> list[str]:
    """The statements that protect one table, or all of them."""
    make = _sqlite if dialect == "sqlite" else _postgresql
    return [statement for name in _tables(table) for statement in make(name)]


def drop(dialect: str, table: str | None = None) -> list[str]:
    """The statements that take the protection away, for the migration downwards."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for table in _tables(table) for name in _sqlite_names(table)]
    statements = [
        f"DROP TRIGGER IF EXISTS {name}_append_only ON {name}; DROP TRIGGER IF EXISTS {name}_no_truncate ON {name}"
        for name in _tables(table)
    ]
    return statements if table else [*statements, "DROP FUNCTION IF EXISTS audit_append_only()"]


def _tables(table: str | None) -> list[str]:
    return [table] if table else list(PROTECTED)


def _sqlite_names(table: str) -> list[str]:
    names = [f"{table}_no_{operation.lower()}" for operation in PROTECTED[table]]
    return [*names, f"{table}_no_replace"] if _KEYS[table] else names


def _sqlite(table: str) -> list[str]:
    statements = [
        f"CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table} {_REFUSE}"
        for operation in PROTECTED[table]
    ]
    if _KEYS[table]:
        # INSERT OR REPLACE removes the old row without asking the triggers for DELETE
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {_KEYS[table]})"  # noqa: S608 — our own constants
        statements.append(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} {_REFUSE}")
    return statements


def _postgresql(table: str) -> list[str]:
    operations = " OR ".join(PROTECTED[table])
    refuse = "EXECUTE FUNCTION audit_append_only()"
    return [
        _FUNCTION,
        f"CREATE TRIGGER {table}_append_only BEFORE {operations} ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]
