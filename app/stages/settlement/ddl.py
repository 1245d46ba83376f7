"""Triggers that let the database itself refuse to change an approved sheet or a payment (domain S8).

An approved sheet can only be taken out of force, a payment only be marked as returned by the bank; neither can be
removed. Used by the tables' creation and by the migration.
"""

FROZEN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # table: (from when on a row is frozen, the one step that stays open, the columns that may never change)
    "settlement_sheet": (
        "OLD.state <> 'prepared'",
        "OLD.state = 'approved' AND NEW.state = 'superseded'",
        (
            "renovation_id",
            "version",
            "programme_version_id",
            "rules",
            "plan_id",
            "acceptance_id",
            "total_fen",
            "eligible_fen",
            "cap_fen",
            "subsidy_fen",
            "self_pay_fen",
            "signed_self_pay_fen",
            "borne_fen",
            "lines",
            "sources",
            "payees",
            "prepared_at",
            "prepared_by",
            "prepared_by_name",
            "approved_at",
            "approved_by",
            "approved_by_name",
        ),
    ),
    "payment": (
        "1 = 1",
        "OLD.state = 'paid' AND NEW.state = 'returned'",
        (
            "renovation_id",
            "sheet_id",
            "county_id",
            "organisation_id",
            "payee_name",
            "payee_account",
            "amount_fen",
            "voucher",
            "paid_on",
            "attachment_id",
            "recorded_at",
            "recorded_by",
            "recorded_by_name",
        ),
    ),
}

ADDED: dict[str, tuple[str, ...]] = {"payment": ("part",)}
"""Columns that came later and may never change either; the first migration made the tables without them."""

_FUNCTION = "CREATE OR REPLACE FUNCTION settlement_frozen() RETURNS trigger LANGUAGE plpgsql AS $$"
_WORDS = "what was approved or paid is countered, never changed"


def create(dialect: str, table: str | None = None, added: bool = False) -> list[str]:
    """The statements that protect one table, or both; `added`: the columns that came later as well."""
    make = _sqlite if dialect == "sqlite" else _postgresql
    return [statement for name in ([table] if table else FROZEN) for statement in make(name, added)]


def drop(dialect: str, table: str | None = None) -> list[str]:
    """The statements that take the protection of one table away, or of both with what they share."""
    names = [(name, f"{name}_{what}") for name in ([table] if table else FROZEN) for what in ("frozen", "kept")]
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for _table, name in names]
    triggers = [f"DROP TRIGGER IF EXISTS {name} ON {of}" for of, name in names]
    return triggers if table else [*triggers, "DROP FUNCTION IF EXISTS settlement_frozen()"]


def _is_change(table: str, same: str, added: bool, text: bool = False) -> str:
    """The condition that an update of a frozen row is not the one step that stays open."""
    frozen, step, columns = FROZEN[table]
    columns = (*columns, *ADDED.get(table, ())) if added else columns
    cast = "::text" if text else ""
    kept = " AND ".join(f"OLD.{name}{cast} {same} NEW.{name}{cast}" for name in columns)
    return f"{frozen} AND NOT ({step} AND {kept})"


def _sqlite(table: str, added: bool) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    return [
        f"CREATE TRIGGER {table}_frozen BEFORE UPDATE ON {table} WHEN {_is_change(table, 'IS', added)} {refuse}",
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} WHEN {FROZEN[table][0]} {refuse}",
    ]


def _postgresql(table: str, added: bool) -> list[str]:
    # columns of type json have no equality, so all are compared as text
    change = _is_change(table, "IS NOT DISTINCT FROM", added, text=True)
    call = "EXECUTE FUNCTION settlement_frozen()"
    return [
        f"{_FUNCTION} BEGIN RAISE EXCEPTION '{_WORDS}'; END $$",
        f"CREATE TRIGGER {table}_frozen BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({change}) {call}",
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW WHEN ({FROZEN[table][0]}) {call}",
    ]
