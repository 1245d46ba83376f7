"""A technical review of the plan before its approval, what it says of single lines, its paper and its notices."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Utc

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

IN_FORCE = sa.text("ended_at IS NULL")
ROLES = (
    *("township", "county", "federation", "finance", "assessor", "contractor", "supervisor", "city", "auditor"),
    *("admin", "system"),
)
KINDS = (
    *("id_card", "household_register", "hardship_proof", "disability_certificate", "dwelling_proof", "declaration"),
    *("verification", "notice_photo", "letter", "household_letter", "assessment_photo", "assessment_sheet"),
    *("waiver_photo", "plan_signature", "agreement", "contract", "relocation", "before", "hidden", "during", "after"),
    *("handover", "goods_receipt", "supervision", "change_signature", "acceptance_photo", "acceptance_signature"),
    *("invoice", "self_pay_receipt", "settlement_sheet", "warranty_card", "voucher", "visit_record", "claim_photo"),
    *("fix_photo", "other"),
)
OCCASIONS = (
    *("correction", "rejected", "rechecked", "notice_end", "confirmed", "visit", "warranty_start", "payment"),
    *("claim", "claim_assigned", "nothing_left", "lapsed"),
)


def upgrade() -> None:
    """Two tables; the kind of the signed opinion and the occasion of its notices are known."""
    op.create_table(
        "plan_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("reviewer", sa.String(length=120), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("opinion", sa.String(length=1000), nullable=False),
        sa.Column("reviewed_at", Utc(), nullable=False),
        sa.Column("reviewed_by", sa.Integer(), nullable=False),
        sa.Column("reviewed_by_name", sa.String(length=80), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("ended_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("role IN ('supervisor', 'assessor', 'township')", name=op.f("ck_plan_review_reviewer")),
        sa.CheckConstraint(
            "(role = 'township') = (organisation_id IS NULL)", name=op.f("ck_plan_review_firm_named")
        ),
        sa.CheckConstraint(
            "outcome <> 'returned' OR opinion <> ''", name=op.f("ck_plan_review_returned_with_reason")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_reason = '')", name=op.f("ck_plan_review_end_has_reason")
        ),
        sa.CheckConstraint(_among("role", ROLES), name=op.f("ck_plan_review_role_known")),
        sa.CheckConstraint(_among("outcome", ("passed", "returned")), name=op.f("ck_plan_review_outcome_known")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_plan_review_{column}_{table}"))
            for column, table in (
                ("renovation_id", "renovation"),
                ("plan_id", "plan"),
                ("organisation_id", "organisation"),
                ("reviewed_by", "user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_review")),
    )
    op.create_index("ix_plan_review_renovation", "plan_review", ["renovation_id"])
    op.create_index(
        "uq_plan_review_current",
        "plan_review",
        ["plan_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    op.create_table(
        "plan_review_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_plan_review_remark_says_something")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["plan_review.id"], name=op.f("fk_plan_review_remark_review_id_plan_review")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["plan_line.id"], name=op.f("fk_plan_review_remark_line_id_plan_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_review_remark")),
        sa.UniqueConstraint("review_id", "line_id", name=op.f("uq_plan_review_remark_review_id_line_id")),
    )
    _allow("attachment", "kind", (*KINDS, "plan_review"))
    _allow("message", "occasion", (*OCCASIONS, "plan_review"))


def downgrade() -> None:
    """Back; signed opinions stay as other papers, the notices of a review go with it."""
    op.execute("UPDATE attachment SET kind = 'other' WHERE kind = 'plan_review'")
    op.execute("DELETE FROM message WHERE occasion = 'plan_review'")
    _allow("message", "occasion", OCCASIONS)
    _allow("attachment", "kind", KINDS)
    op.drop_table("plan_review_remark")
    op.drop_index("uq_plan_review_current", table_name="plan_review")
    op.drop_index("ix_plan_review_renovation", table_name="plan_review")
    op.drop_table("plan_review")


def _among(column: str, values: tuple[str, ...]) -> str:
    return f'"{column}" IN ({", ".join(repr(one) for one in values)})'


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    known = f"ck_{table}_{column}_known"
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(known), type_="check")
        batch_op.create_check_constraint(op.f(known), sa.text(_among(column, values)))
