"""An edition of a programme may hold for a city or for several counties."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEX = "uq_programme_version_in_force"
PUBLISHED = sa.text("state = 'published'")


def _rename(old: str, new: str, length: int) -> None:
    op.drop_index(INDEX, table_name="programme_version")
    with op.batch_alter_table("programme_version") as batch_op:
        batch_op.alter_column(
            old,
            new_column_name=new,
            type_=sa.String(length=length),
            existing_type=sa.String(length=2000 if length == 32 else 32),
            existing_nullable=False,
        )
    op.create_index(
        INDEX,
        "programme_version",
        ["programme_key", new, "valid_from"],
        unique=True,
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )


def upgrade() -> None:
    """The county of an edition becomes the first of its regions."""
    _rename("county_code", "areas", 2000)


def downgrade() -> None:
    """Only while every edition is that of one county: a list has no place in the column of before."""
    several = op.get_bind().scalar(sa.text("SELECT count(*) FROM programme_version WHERE areas LIKE '%,%'"))
    if several:
        raise RuntimeError("editions of several regions cannot be kept in a column for one county")
    _rename("areas", "county_code", 32)
