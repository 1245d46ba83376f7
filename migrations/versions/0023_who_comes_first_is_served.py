"""A file may end because nothing is left for it, or because nobody builds; the household is told so."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NEW = ("nothing_left", "lapsed")
WIDER = (
    ("renovation", "ending", ("wish", "death", "moved", "demolition", "institution"), NEW, ("other",)),
    (
        "message",
        "occasion",
        ("correction", "rejected"),
        NEW,
        ("rechecked", "notice_end", "confirmed", "visit", "warranty_start", "payment", "claim", "claim_assigned"),
    ),
)
"""Table, column, its values before the new ones, these, and those after."""


def upgrade() -> None:
    """Two values more in two lists."""
    for table, column, first, new, last in WIDER:
        _allow(table, column, (*first, *new, *last))


def downgrade() -> None:
    """Files that ended so ended for another reason, which their text tells; the letters about it go."""
    op.execute("UPDATE renovation SET ending = 'other' WHERE ending IN ('nothing_left', 'lapsed')")
    op.execute("DELETE FROM message WHERE occasion IN ('nothing_left', 'lapsed')")
    for table, column, first, _, last in WIDER:
        _allow(table, column, (*first, *last))


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    name, said = op.f(f"ck_{table}_{column}_known"), ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.text(f'"{column}" IN ({said})'))
