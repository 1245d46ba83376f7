"""Triggers that let the database itself keep deposits: nothing is changed or removed, and no entry exceeds the counter.

Of a deposit only the counter of what is gone changes. An entry stands on the counter, which stands on what came in:
Σ entries that were not countered ≤ gone ≤ received. Used by the tables' creation and by the migrations.
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
    return [_drop(f"{table}_frozen", table, dialect)]


_COUNTED = (
    "(SELECT coalesce(sum(entry.amount_fen), 0) FROM deposit_entry entry WHERE entry.deposit_id = {id}"
    " AND NOT EXISTS (SELECT 1 FROM deposit_undo undo WHERE undo.entry_id = entry.id))"
)
"""Fen of a deposit that its entries stand for, those left out that were countered."""
_FELL = f"NEW.gone_fen < OLD.gone_fen AND NEW.gone_fen < {_COUNTED.format(id='NEW.id')}"
_GONE = "(SELECT gone_fen FROM deposit WHERE id = NEW.deposit_id)"
_EXCEEDS = f"NEW.amount_fen + {_COUNTED.format(id='NEW.deposit_id')} > {_GONE}"
_COUNTERING = "(SELECT move FROM deposit_entry WHERE id = NEW.entry_id) = 'correct'"
_TWICE = "what countered a deposit is not countered itself"


def create_undo(dialect: str) -> list[str]:
    """What protects `deposit_undo`, and what the tables before it do from then on; once all three are there.

    The counter of a deposit may fall, and no lower than to what the entries that hold stand for.
    """
    kept = " AND ".join(
        f"OLD.{name} {'IS' if dialect == 'sqlite' else 'IS NOT DISTINCT FROM'} NEW.{name}" for name in COLUMNS
    )
    rules = (
        ("deposit_frozen", "UPDATE", "deposit", f"NOT ({kept})", _WORDS),
        ("deposit_backed", "UPDATE", "deposit", _FELL, _MORE),
        ("deposit_entry_backed", "INSERT", "deposit_entry", _EXCEEDS, _MORE),
        ("deposit_undo_fits", "INSERT", "deposit_undo", _COUNTERING, _TWICE),
        ("deposit_undo_frozen", "UPDATE", "deposit_undo", "", _WORDS),
        ("deposit_undo_kept", "DELETE", "deposit_undo", "", _WORDS),
    )
    statements = [*drop_frozen(dialect, "deposit"), _drop("deposit_entry_backed", "deposit_entry", dialect)]
    for rule in rules:
        statements += _rule(dialect, *rule)
    return statements


def drop_undo(dialect: str) -> list[str]:
    """Back to what was before `deposit_undo`, which is to be dropped afterwards."""
    statements = [
        _drop(name, table, dialect)
        for name, table in (
            ("deposit_frozen", "deposit"),
            ("deposit_backed", "deposit"),
            ("deposit_entry_backed", "deposit_entry"),
        )
    ]
    statements += create_frozen(dialect, "deposit", COLUMNS)
    return statements + [one for one in create(dialect, "deposit_entry") if "deposit_entry_backed" in one]


def drop_undo_functions(dialect: str) -> list[str]:
    """What is left to drop once `deposit_undo`, and its triggers with it, is gone."""
    names = (
        *("deposit_frozen", "deposit_backed", "deposit_entry_backed"),
        *("deposit_undo_fits", "deposit_undo_frozen", "deposit_undo_kept"),
    )
    return [] if dialect == "sqlite" else [f"DROP FUNCTION {name}_check()" for name in names]


def _drop(trigger: str, table: str, dialect: str) -> str:
    return f"DROP TRIGGER {trigger}" + ("" if dialect == "sqlite" else f" ON {table}")


def _rule(dialect: str, name: str, act: str, table: str, condition: str, words: str) -> list[str]:
    """A trigger of that name which refuses an act on a table where the condition holds."""
    if dialect == "sqlite":
        when = f"WHEN {condition} " if condition else ""
        return [f"CREATE TRIGGER {name} BEFORE {act} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{words}'); END"]
    refuse = f"RAISE EXCEPTION '{words}';"
    body = f"IF {condition} THEN {refuse} END IF; RETURN NEW;" if condition else refuse
    return [
        _function(f"{name}_check", body),
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}_check()",
    ]


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
