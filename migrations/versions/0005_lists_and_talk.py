"""Saved filters, to-dos, mentions, telephone calls, pinyin."""

import sqlalchemy as sa
from alembic import op

from app.core.text import bigrams, search_grams

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FILES = sa.table("renovation", sa.column("id"), sa.column("county_id"), sa.column("applicant_name"))
GRAMS = sa.table("search_gram", sa.column("gram"), sa.column("county_id"), sa.column("renovation_id"))
BATCH = 5000


def upgrade() -> None:
    _make_tables()
    with op.batch_alter_table("search_gram", schema=None) as batch_op:
        batch_op.alter_column(
            "gram", existing_type=sa.String(length=2), type_=sa.String(length=24), existing_nullable=False
        )

    _find_by_pinyin()


def downgrade() -> None:
    op.execute(GRAMS.delete().where(sa.func.length(GRAMS.c.gram) > 2))
    op.execute(GRAMS.delete().where(GRAMS.c.gram.between("a", "zz")))
    with op.batch_alter_table("search_gram", schema=None) as batch_op:
        batch_op.alter_column(
            "gram", existing_type=sa.String(length=24), type_=sa.String(length=2), existing_nullable=False
        )
    for table in ("phone_call", "mention", "to_do", "saved_filter"):
        op.drop_table(table)


def _find_by_pinyin() -> None:
    """Names that are there already get their pinyin; a file at a time by its id, so that memory stays small."""
    connection, last = op.get_bind(), 0
    while True:
        query = sa.select(FILES).where(FILES.c.id > last, FILES.c.applicant_name != "").order_by(FILES.c.id)
        files = connection.execute(query.limit(BATCH)).all()
        if not files:
            return
        last = files[-1].id
        rows = [
            {"gram": gram, "county_id": file.county_id, "renovation_id": file.id}
            for file in files
            for gram in set(search_grams(file.applicant_name)) - set(bigrams(file.applicant_name))
        ]
        if rows:
            connection.execute(GRAMS.insert(), rows)


def _make_tables() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("owner_name", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("\"audience\" IN ('own', 'role', 'region')", name=op.f("ck_saved_filter_audience_known")),
        sa.CheckConstraint(
            "\"role\" IN ('township', 'county', 'federation', 'finance', 'assessor', 'contractor', 'supervisor', 'city', 'auditor', 'admin', 'system')",
            name=op.f("ck_saved_filter_role_known"),
        ),
        sa.CheckConstraint("region_id IS NULL OR organisation_id IS NULL", name=op.f("ck_saved_filter_one_place")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_saved_filter_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_saved_filter_owner_id_user")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_saved_filter_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
    )
    with op.batch_alter_table("saved_filter", schema=None) as batch_op:
        batch_op.create_index("ix_saved_filter_region", ["region_id", "audience"], unique=False)
        batch_op.create_index(
            "uq_saved_filter_name",
            ["owner_id", "name"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "to_do",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=False),
        sa.Column("assignee_name", sa.String(length=80), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_by", sa.Integer(), nullable=True),
        sa.Column("planned_by_name", sa.String(length=80), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("done_by_name", sa.String(length=80), nullable=False),
        sa.Column("result", sa.String(length=200), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name=op.f("ck_to_do_dropping_has_reason")),
        sa.CheckConstraint(
            "\"kind\" IN ('call', 'visit', 'papers', 'check', 'remind', 'other')", name=op.f("ck_to_do_kind_known")
        ),
        sa.CheckConstraint("done_at IS NULL OR ended_at IS NULL", name=op.f("ck_to_do_done_or_dropped")),
        sa.ForeignKeyConstraint(["assignee_id"], ["user.id"], name=op.f("fk_to_do_assignee_id_user")),
        sa.ForeignKeyConstraint(["done_by"], ["user.id"], name=op.f("fk_to_do_done_by_user")),
        sa.ForeignKeyConstraint(["planned_by"], ["user.id"], name=op.f("fk_to_do_planned_by_user")),
        sa.ForeignKeyConstraint(["renovation_id"], ["renovation.id"], name=op.f("fk_to_do_renovation_id_renovation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_to_do")),
    )
    with op.batch_alter_table("to_do", schema=None) as batch_op:
        batch_op.create_index(
            "ix_to_do_open",
            ["assignee_id", "due_on"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL AND ended_at IS NULL"),
        )
        batch_op.create_index("ix_to_do_renovation", ["renovation_id"], unique=False)

    op.create_table(
        "mention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_mention_comment_id_comment")),
        sa.ForeignKeyConstraint(["renovation_id"], ["renovation.id"], name=op.f("fk_mention_renovation_id_renovation")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mention_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        sa.UniqueConstraint("comment_id", "user_id", name=op.f("uq_mention_comment_id_user_id")),
    )
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.create_index("ix_mention_renovation", ["renovation_id"], unique=False)
        batch_op.create_index(
            "ix_mention_unseen",
            ["user_id", "id"],
            unique=False,
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        )

    op.create_table(
        "phone_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=80), nullable=False),
        sa.Column("author_role", sa.String(length=40), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "\"author_role\" IN ('township', 'county', 'federation', 'finance', 'assessor', 'contractor', 'supervisor', 'city', 'auditor', 'admin', 'system')",
            name=op.f("ck_phone_call_author_role_known"),
        ),
        sa.CheckConstraint(
            "\"called\" IN ('applicant', 'family', 'village', 'firm', 'other')", name=op.f("ck_phone_call_called_known")
        ),
        sa.CheckConstraint(
            "\"result\" IN ('reached', 'again', 'no_answer', 'wrong')", name=op.f("ck_phone_call_result_known")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_phone_call_author_id_user")),
        sa.ForeignKeyConstraint(["follow_up_id"], ["to_do.id"], name=op.f("fk_phone_call_follow_up_id_to_do")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_phone_call_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_call")),
    )
    with op.batch_alter_table("phone_call", schema=None) as batch_op:
        batch_op.create_index("ix_phone_call_renovation", ["renovation_id"], unique=False)
