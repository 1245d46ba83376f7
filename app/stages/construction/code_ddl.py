"""Triggers that let the database itself keep purchase codes: one that has ended stays so, none is removed or given away.

Used by the table's creation and by the migration: `create("sqlite")`, `drop("postgresql")`.
"""

TABLE = "purchase_code"
KEPT = ("id", "renovation_id", "code_index", "issued_on", "issued_at", "issued_by", "valid_to")
"""What of a code never changes; only its end is written, once."""

_WORDS = "a purchase code ends once and is never changed"


def create(dialect: str) -> list[str]:
    """The statements that protect the table."""
    is_other = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    changed = " OR ".join(f"OLD.{name} {is_other} NEW.{name}" for name in KEPT)
    when = f"WHEN (OLD.ended_at IS NOT NULL OR {changed})"
    frozen, kept = f"CREATE TRIGGER {TABLE}_frozen BEFORE UPDATE", f"CREATE TRIGGER {TABLE}_kept BEFORE DELETE"
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        return [f"{frozen} ON {TABLE} {when} {refuse}", f"{kept} ON {TABLE} {refuse}"]
    body, each = f"BEGIN RAISE EXCEPTION '{_WORDS}'; END", f"ON {TABLE} FOR EACH ROW"
    return [
        f"CREATE OR REPLACE FUNCTION {TABLE}_stays() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"{frozen} {each} {when} EXECUTE FUNCTION {TABLE}_stays()",
        f"{kept} {each} EXECUTE FUNCTION {TABLE}_stays()",
    ]


def drop(dialect: str) -> list[str]:
    """What is left to take away after the table is dropped, with its triggers."""
    return [] if dialect == "sqlite" else [f"DROP FUNCTION IF EXISTS {TABLE}_stays()"]
