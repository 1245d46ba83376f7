"""Where Alembic meets the application: its engine, its tables, and how column types are written into a migration."""

from typing import Any

from alembic import context
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy.types import TypeDecorator, TypeEngine

migrate = current_app.extensions["migrate"]


def render_item(kind: str, item: Any, autogen: Any) -> str | bool:
    """Write the plain type of a column of ours: a migration must not change its meaning when the code does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        plain: TypeEngine[Any] = item.impl_instance if hasattr(item, "impl_instance") else item.impl
        return f"sa.{plain!r}"
    return False


def number_it(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Call the new migration by the next number; make none when nothing changed."""
    (directive,) = directives
    if getattr(context.config.cmd_opts, "autogenerate", False) and directive.upgrade_ops.is_empty():
        directives.clear()
        return
    head = ScriptDirectory.from_config(context.config).get_current_head()
    directive.rev_id = f"{int(head or 0) + 1:04d}"


def run() -> None:
    """Run the migrations in one transaction each, with SQLite's foreign keys off while it rebuilds tables."""
    engine = migrate.db.engine
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")  # has no effect once a transaction has begun
        try:
            context.configure(
                connection=connection,
                target_metadata=migrate.db.metadata,
                render_item=render_item,
                process_revision_directives=number_it,
                transactional_ddl=True,
                transaction_per_migration=True,
                **migrate.configure_args,
            )
            with context.begin_transaction():
                context.run_migrations()
        finally:
            if sqlite:
                connection.rollback()
                raw.execute("PRAGMA foreign_keys=ON")


run()
