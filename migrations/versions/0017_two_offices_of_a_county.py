"""A programme is led by one office of the county; accounts of the county belong to one."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KNOWN = sa.text("\"office\" IN ('civil_affairs', 'federation')")
ONLY_COUNTIES = "only_counties_have_offices"
INDEX, MARKS = "ix_programme_version_office", "ix_programme_version_marks"


def _marks(before: int, after: int) -> None:
    """The marks tell of tasks too, and are read without the content that stands before them in the row."""
    with op.batch_alter_table("programme_version") as batch_op:
        batch_op.alter_column(
            "marks", type_=sa.String(length=after), existing_type=sa.String(length=before), existing_nullable=False
        )


def upgrade() -> None:
    """Everything that there is was led by the civil affairs bureau."""
    for table in ("programme_version", "user"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("office", sa.String(), nullable=False, server_default="civil_affairs"))
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("office", server_default=None)
            batch_op.create_check_constraint(op.f(f"ck_{table}_office_known"), KNOWN)
    with op.batch_alter_table("user") as batch_op:
        batch_op.create_check_constraint(
            op.f(f"ck_user_{ONLY_COUNTIES}"), sa.text("role = 'county' OR office = 'civil_affairs'")
        )
    _marks(300, 1000)
    op.create_index(op.f(INDEX), "programme_version", ["office"])
    op.create_index(op.f(MARKS), "programme_version", ["marks"])


def downgrade() -> None:
    """Only while nothing is led by the federation: its files would become everybody's."""
    connection = op.get_bind()
    led = connection.scalar(sa.text("SELECT count(*) FROM programme_version WHERE office <> 'civil_affairs'"))
    if led:
        raise RuntimeError("programmes led by the federation cannot be told to the tables before")
    op.drop_index(op.f(MARKS), table_name="programme_version")
    op.drop_index(op.f(INDEX), table_name="programme_version")
    _marks(1000, 300)
    with op.batch_alter_table("user") as batch_op:
        batch_op.drop_constraint(op.f(f"ck_user_{ONLY_COUNTIES}"), type_="check")
    for table in ("programme_version", "user"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_office_known"), type_="check")
            batch_op.drop_column("office")
