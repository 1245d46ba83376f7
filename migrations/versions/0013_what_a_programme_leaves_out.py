"""Desks ask a programme's version in SQL what it leaves out; a contract need not promise a warranty."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WARRANTY = "ck_contract_warranty_positive"
NOT_NEGATIVE = "ck_contract_warranty_not_negative"
STEPS = {"plan_approval": "plan", "supervision": "construction", "countersign": "acceptance"}
"""What could be left out until now, each with its stage."""


def upgrade() -> None:
    """The marks of the versions that are there already are read from their contents."""
    with op.batch_alter_table("programme_version") as batch_op:
        batch_op.add_column(sa.Column("marks", sa.String(length=300), nullable=False, server_default=""))
    with op.batch_alter_table("programme_version") as batch_op:
        batch_op.alter_column("marks", server_default=None)
    _mark()
    with op.batch_alter_table("contract") as batch_op:
        batch_op.drop_constraint(op.f(WARRANTY), type_="check")
        batch_op.create_check_constraint(op.f(NOT_NEGATIVE), sa.text("warranty_months >= 0"))


def downgrade() -> None:
    """A contract without a warranty cannot be told to the tables before: it stands with one month."""
    op.execute("UPDATE contract SET warranty_months = 1 WHERE warranty_months = 0")
    with op.batch_alter_table("contract") as batch_op:
        batch_op.drop_constraint(op.f(NOT_NEGATIVE), type_="check")
        batch_op.create_check_constraint(op.f(WARRANTY), sa.text("warranty_months > 0"))
    with op.batch_alter_table("programme_version") as batch_op:
        batch_op.drop_column("marks")


def _mark() -> None:
    version = sa.table("programme_version", sa.column("id"), sa.column("content"), sa.column("marks"))
    connection = op.get_bind()
    for id_, content in connection.execute(sa.select(version.c.id, version.c.content)).all():
        marks = _marks(json.loads(content))
        if marks:
            connection.execute(sa.update(version).where(version.c.id == id_).values(marks=f"|{'|'.join(marks)}|"))


def _marks(data: dict) -> list[str]:
    gone = {one["key"] for table in ("stage", "step") for one in data.get(table, []) if not one.get("used", True)}
    marks = [key for key in ("assessment", *STEPS) if key in gone or STEPS.get(key) in gone]
    return [*marks, "waiting_list"] if data.get("waiting_list", {}).get("used") else marks
