"""Programmes with papers of their own, and with classes of persons of their own, are marked: desks and lists ask for it."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

KNOWN = frozenset(
    ("application", "plan_signed", "agreement", "contract", "line_photos", "supervision_report", "acceptance")
    + ("invoice", "own_share_receipt", "warranty_card")
)
OURS = ("own_papers", "person_classes")
VERSION = sa.table("programme_version", sa.column("id"), sa.column("content"), sa.column("marks"))


def upgrade() -> None:
    """The marks of the versions that are there already are read from their contents."""
    connection = op.get_bind()
    for id_, content, marks in connection.execute(sa.select(VERSION.c.id, VERSION.c.content, VERSION.c.marks)).all():
        data = json.loads(content)
        own = any(one["key"] not in KNOWN for one in data.get("document", []))
        more = [mark for mark, has in zip(OURS, (own, data.get("person_class")), strict=True) if has]
        _write(id_, [*_split(marks), *more])


def downgrade() -> None:
    """The marks go; what they tell stands in the contents."""
    for id_, marks in op.get_bind().execute(sa.select(VERSION.c.id, VERSION.c.marks)).all():
        _write(id_, _split(marks))


def _split(marks: str) -> list[str]:
    return [one for one in marks.split("|") if one and one not in OURS]


def _write(id_: int, marks: list[str]) -> None:
    op.get_bind().execute(
        sa.update(VERSION).where(VERSION.c.id == id_).values(marks=f"|{'|'.join(marks)}|" if marks else "")
    )
