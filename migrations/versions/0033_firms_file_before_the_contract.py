"""What a firm files for each household before the contract and is told of the audit; papers of a firm's admission."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('filed', 'approved')")
KINDS = (
    "'id_card', 'household_register', 'hardship_proof', 'disability_certificate', 'dwelling_proof', 'declaration', "
    "'verification', 'notice_photo', 'letter', 'household_letter', 'assessment_photo', 'assessment_sheet', "
    "'waiver_photo', 'plan_review', 'plan_signature', 'agreement', 'contract', 'relocation', 'before', 'hidden', 'during', 'after', "
    "'handover', 'goods_receipt', 'supervision', 'change_signature', 'acceptance_photo', 'acceptance_signature', "
    "'invoice', 'self_pay_receipt', 'settlement_sheet', 'warranty_card', 'voucher', 'visit_record', 'claim_photo', "
    "'fix_photo', 'other'"
)
OCCASIONS = (
    "'correction', 'rejected', 'nothing_left', 'lapsed', 'rechecked', 'notice_end', 'confirmed', 'visit', 'warranty_start', 'payment', "
    "'claim', 'claim_assigned', 'plan_review', 'purchase_code', 'code_redeemed'"
)


def upgrade() -> None:
    """Nobody filed before."""
    _allow("attachment", "kind", f"{KINDS}, 'filing'")
    _allow("message", "occasion", f"{OCCASIONS}, 'filing_approved', 'filing_returned'")
    op.add_column("organisation_change", sa.Column("paper_id", sa.Integer(), nullable=True))
    op.create_table(
        "firm_filing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_name", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("undertaker", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.Integer(), nullable=True),
        sa.Column("filed_by_name", sa.String(length=80), nullable=False),
        sa.Column("contract_by", sa.Date(), nullable=False),
        sa.Column("audit_by", sa.Date(), nullable=True),
        sa.Column("audited_on", sa.Date(), nullable=True),
        sa.Column("audited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("audited_by", sa.Integer(), nullable=True),
        sa.Column("audited_by_name", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_checks(),
        *_keys(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm_filing")),
    )
    op.create_index("ix_firm_filing_renovation", "firm_filing", ["renovation_id"])
    op.create_index("ix_firm_filing_state", "firm_filing", ["state", "renovation_id"])
    op.create_index(
        "uq_firm_filing_live", "firm_filing", ["renovation_id"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )


def _checks() -> list[sa.CheckConstraint]:
    checks = {
        "state_known": "\"state\" IN ('filed', 'approved', 'returned', 'ended')",
        "days_in_order": "contract_by >= filed_on",
        "end_has_day": "(state = 'ended') = (ended_at IS NOT NULL)",
        "says_why": "(state IN ('returned', 'ended')) = (reason <> '')",
        "filed_is_not_audited": "state <> 'filed' OR audited_at IS NULL",
        "audit_has_day": "state NOT IN ('approved', 'returned') OR audited_at IS NOT NULL",
        "audited_by_another": "audited_by IS NULL OR audited_by <> filed_by",
    }
    return [sa.CheckConstraint(rule, name=op.f(f"ck_firm_filing_{name}")) for name, rule in checks.items()]


def _keys() -> list[sa.ForeignKeyConstraint]:
    keys = {
        "renovation_id": "renovation",
        "plan_id": "plan",
        "assignment_id": "assignment",
        "organisation_id": "organisation",
        "filed_by": "user",
        "audited_by": "user",
    }
    return [
        sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_firm_filing_{column}_{table}"))
        for column, table in keys.items()
    ]


def downgrade() -> None:
    """Filings have no table before; their papers stay as what only those read who read such papers, and what firms were told goes."""
    bind = op.get_bind()
    op.drop_table("firm_filing")
    op.execute("ALTER TABLE organisation_change DROP COLUMN paper_id")
    bind.execute(sa.text("UPDATE attachment SET kind = 'verification' WHERE kind = 'filing'"))
    bind.execute(sa.text("DELETE FROM message WHERE occasion IN ('filing_approved', 'filing_returned')"))
    _allow("message", "occasion", OCCASIONS)
    _allow("attachment", "kind", KINDS)


def _allow(table: str, column: str, known: str) -> None:
    name = f"ck_{table}_{column}_known"
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.create_check_constraint(op.f(name), sa.text(f'"{column}" IN ({known})'))
