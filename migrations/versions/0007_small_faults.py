"""Where time and place of a photo come from; a file between two firms ends with what the first one did."""

import sqlalchemy as sa
from alembic import op

from app.stages.acceptance.rules import last_day

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SOURCES = "('file', 'sender')"
ACTIONS = (
    "'submit', 'return', 'forward', 'investigate', 'uphold_objection', 'end_notice', 'send_back', 'reject', 'confirm', "
    "'grant_recheck', 'complete_assessment', 'question_eligibility', 'find_unfit', 'return_assessment', "
    "'approve_plan', 'refuse_plan', 'agree', 'sign_contract', 'replace_firm', 'start', 'change_order', 'complete', "
    "'order_rectification', 'countersign', 'fail_reinspection', 'settle', 'reopen_settlement', 'pay', "
    "'return_payment', 'close', 'withdraw', 'terminate', 'end_terminated'"
)
OF_FILES = {
    "ck_stored_file_taken_source_known": f'"taken_source" IN {SOURCES}',
    "ck_stored_file_position_source_known": f'"position_source" IN {SOURCES}',
    "ck_stored_file_taken_has_source": "(taken_at IS NULL) = (taken_source IS NULL)",
    "ck_stored_file_position_has_source": "(position IS NULL) = (position_source IS NULL)",
}
OF_EVENTS = "ck_renovation_event_action_known"


def upgrade() -> None:
    """What is known so far was read from the files themselves."""
    with op.batch_alter_table("stored_file") as batch_op:
        batch_op.add_column(sa.Column("taken_source", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("position_source", sa.String(length=40), nullable=True))
    op.execute("UPDATE stored_file SET taken_source = 'file' WHERE taken_at IS NOT NULL")
    op.execute("UPDATE stored_file SET position_source = 'file' WHERE position IS NOT NULL")
    with op.batch_alter_table("stored_file") as batch_op:
        for name, condition in OF_FILES.items():
            batch_op.create_check_constraint(op.f(name), sa.text(condition))
    _allow_actions(f"{ACTIONS}, 'wind_up'")
    _date_warranties()


def downgrade() -> None:
    """Back; the days of paid files stay, since nothing asked for them. A file that was wound up keeps the status that it got by it, and its row says that it was completed."""
    op.execute("UPDATE renovation_event SET action = 'complete' WHERE action = 'wind_up'")
    _allow_actions(ACTIONS)
    with op.batch_alter_table("stored_file") as batch_op:
        for name in OF_FILES:
            batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.drop_column("position_source")
        batch_op.drop_column("taken_source")


def _date_warranties() -> None:
    """Paid files are due when their warranty ends, those that ended early at once."""
    files = sa.table(
        "renovation", sa.column("id"), sa.column("status"), sa.column("ending"), sa.column("due_on", sa.Date())
    )
    rounds = sa.table("acceptance", sa.column("renovation_id"), sa.column("state"), sa.column("day", sa.Date()))
    contracts = sa.table("contract", sa.column("renovation_id"), sa.column("ended_at"), sa.column("warranty_months"))
    query = (
        sa.select(files.c.id, files.c.ending, rounds.c.day, contracts.c.warranty_months)
        .join(rounds, (rounds.c.renovation_id == files.c.id) & (rounds.c.state == "countersigned"))
        .join(contracts, (contracts.c.renovation_id == files.c.id) & contracts.c.ended_at.is_(None))
        .where(files.c.status == "paid", files.c.due_on.is_(None))
    )
    connection = op.get_bind()
    for row in connection.execute(query).all():
        due = row.day if row.ending else last_day(row.day, row.warranty_months)
        connection.execute(files.update().where(files.c.id == row.id).values(due_on=due))


def _allow_actions(actions: str) -> None:
    with op.batch_alter_table("renovation_event") as batch_op:
        batch_op.drop_constraint(op.f(OF_EVENTS), type_="check")
        batch_op.create_check_constraint(op.f(OF_EVENTS), sa.text(f'"action" IN ({actions})'))
