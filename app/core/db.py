"""The database: base class, column types, and the explicit unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, TypeVar, cast

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    Table,
    TypeDecorator,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from .enums import Labelled

E = TypeVar("E", bound=Labelled)

naming = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(TypeDecorator[datetime]):
    """An aware instant, stored in UTC; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse what has no zone; SQLite keeps no zone, so what it stores is UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumType(TypeDecorator[Labelled]):
    """A labelled enumeration, stored by value; its CHECK is added when the column joins its table."""

    impl = String(40)
    cache_ok = True

    def __init__(self, members: type[Labelled]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: Labelled | str | None, dialect: Dialect) -> str | None:
        """Store the value; an unknown one never reaches the database."""
        return None if value is None else self.members(value)._value_

    def process_result_value(self, value: str | None, dialect: Dialect) -> Labelled | None:
        """Give the member back."""
        return None if value is None else self.members(value)


def enum_column(members: type[E], **options: Any) -> Mapped[E]:
    """A column of an enumeration, with its CHECK; `nullable`, `default`, `index` as in mapped_column."""
    return cast("Mapped[E]", mapped_column(EnumType(members), **options))


@event.listens_for(Column, "after_parent_attach")
def _add_checks(column: Column[Any], table: Any) -> None:
    """Enumerations list their values, and amounts of money are never negative, in the database too."""
    if not isinstance(table, Table) or table.metadata is not Base.metadata:
        return  # the tables that a migration writes down name their checks themselves
    if isinstance(column.type, EnumType):
        values = ", ".join(f"'{member.value}'" for member in column.type.members)
        table.append_constraint(CheckConstraint(f'"{column.name}" IN ({values})', name=f"{column.name}_known"))
    elif column.name.endswith("_fen"):
        table.append_constraint(CheckConstraint(f"{column.name} >= 0", name=f"{column.name}_not_negative"))


class Base(DeclarativeBase):
    """Every table's base: BigInteger for money, aware instants, JSON, one naming convention."""

    registry = registry(
        metadata=MetaData(naming_convention=naming),
        type_annotation_map={datetime: Utc, dict[str, Any]: JSON, list[Any]: JSON},
    )


Fen = Annotated[int, mapped_column(BigInteger)]
"""Integer fen; the column's name ends in `_fen` and gets CHECK >= 0."""


class OneEngine(Session):
    """A session that knows its only engine: the library's own looks for it anew at every statement."""

    def get_bind(self, *_what: Any, **_options: Any) -> Engine:
        """The application's engine."""
        return self._engine

    @cached_property
    def _engine(self) -> Engine:
        return db.engine


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"class_": OneEngine})
migrate = Migrate(render_as_batch=True, compare_type=True)

_writing: ContextVar[bool] = ContextVar("writing", default=False)


@contextmanager
def transaction() -> Iterator[None]:
    """One unit of work: everything in it is written, or nothing is.

    On SQLite it takes the write lock at its start (BEGIN IMMEDIATE), because a read that becomes a write fails at
    once when somebody else wrote in between. What was read before is read anew inside. Not for slow work: make
    derivatives and PDFs before.
    """
    if _writing.get():
        raise RuntimeError("units of work do not nest")
    db.session.rollback()
    token = _writing.set(True)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writing.reset(token)


def is_writing() -> bool:
    """True inside `transaction()`."""
    return _writing.get()


def prepare(engine: Engine) -> None:
    """Set the pragmas and the BEGIN of SQLite, and the planner's settings of PostgreSQL, on every connection."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        # the event "begin" would do as well, but then every statement asks for listeners
        engine.dialect.do_begin = _sqlite_begin  # type: ignore[method-assign]
    else:
        event.listen(engine, "connect", _postgresql_connect)


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # pysqlite's own BEGIN comes too late; ours is sent in _sqlite_begin
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "temp_store=MEMORY",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(dbapi_connection: Any) -> None:
    dbapi_connection.execute("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def _postgresql_connect(connection: Any, _record: Any) -> None:
    # jit costs more than it saves on short queries, and generic plans misjudge counties of very different size
    with connection.cursor() as cursor:
        cursor.execute("SET jit=off")
        cursor.execute("SET plan_cache_mode=force_custom_plan")
    connection.commit()
