"""Quotas by township and yuan, the waiting list, and the steps as a programme has them."""

import json

import sqlalchemy as sa
from alembic import op

from app.core.db import Utc
from app.stages.application.facts import told

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TOLD: dict[str, sa.types.TypeEngine[object]] = {
    "can_stay_elsewhere": sa.Boolean(),
    "owner_consent": sa.Boolean(),
    "insured": sa.Boolean(),
    "ability_level": sa.String(length=40),
    "consent": sa.String(length=40),
    "hukou_region": sa.String(length=32),
    "residence_region": sa.String(length=32),
    "hukou_stem": sa.String(length=32),
    "residence_stem": sa.String(length=32),
    "household_size": sa.Integer(),
    "members": sa.Integer(),
    "subsidised": sa.Integer(),
}
CODES = ("hardship", "living")
MOVES = "'allot', 'reduce', 'give', 'take_back'"
KINDS = "'beneficiary', 'household', 'dwelling'"
CLAIM_INDEX = "uq_benefit_claim_current"
OPEN = sa.text("released_at IS NULL")
RUNNING = sa.text("released_at IS NULL AND superseded_at IS NULL")
WAITING = sa.text("ended_at IS NULL")
BATCH = 1_000


def upgrade() -> None:
    """Derived facts carry all that a filter asks; quotas in yuan; who waits; periods that roll; drawn samples."""
    _tell_facts()
    _quotas_in_yuan()
    _waiting()
    _claims()
    _samples()
    _assessors()


def downgrade() -> None:
    """Back; claims of single items and rolling periods become claims of the whole benefit for life, or end.

    Visits of one assessor have no place in the edition before: the database refuses to go back while there are any.
    """
    with op.batch_alter_table("assessment_visit") as batch_op:
        batch_op.drop_constraint(op.f("ck_assessment_visit_third_is_another"), type_="check")
        batch_op.drop_constraint(op.f("fk_assessment_visit_third_id_user"), type_="foreignkey")
        for name in ("third_qualification", "third_name", "third_id"):
            batch_op.drop_column(name)
        batch_op.alter_column("second_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("sample_file")
    op.drop_table("sample_draw")
    op.drop_index(CLAIM_INDEX, table_name="benefit_claim")
    op.execute("DELETE FROM benefit_claim WHERE item <> '' OR superseded_at IS NOT NULL")
    with op.batch_alter_table("benefit_claim") as batch_op:
        batch_op.drop_constraint(op.f("ck_benefit_claim_rolling_has_end"), type_="check")
        batch_op.drop_constraint(op.f("ck_benefit_claim_only_rolling_superseded"), type_="check")
        for name in ("item", "free_from", "superseded_at"):
            batch_op.drop_column(name)
    op.execute("UPDATE benefit_claim SET period = 'lifetime' WHERE period = 'rolling'")
    _claim_index(["subject_kind", "subject_index", "exclusion_group", "period"], OPEN)
    op.drop_table("benefit_subject")
    op.drop_table("waiting_place")
    with op.batch_alter_table("place_taken") as batch_op:
        batch_op.drop_constraint(op.f("ck_place_taken_reserved_fen_not_negative"), type_="check")
        batch_op.drop_constraint(op.f("fk_place_taken_money_quota_id_quota_money"), type_="foreignkey")
        batch_op.drop_column("money_quota_id")
        batch_op.drop_column("reserved_fen")
    op.drop_table("quota_money_entry")
    op.drop_table("quota_money")
    with op.batch_alter_table("derived_facts") as batch_op:
        for name in reversed(TOLD):
            batch_op.drop_column(name)


def _tell_facts() -> None:
    """What stood only in the facts' JSON gets columns; codes that somebody looked for and did not find are `|`."""
    with op.batch_alter_table("derived_facts") as batch_op:
        for name, kind in TOLD.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
    table = sa.table(
        "derived_facts",
        sa.column("renovation_id", sa.Integer()),
        sa.column("facts", sa.JSON()),
        *(sa.column(name, kind) for name, kind in TOLD.items()),
        *(sa.column(name, sa.String()) for name in CODES),
    )
    connection, last = op.get_bind(), 0
    values = {name: sa.bindparam(name) for name in (*TOLD, *CODES)}
    update = table.update().where(table.c.renovation_id == sa.bindparam("of")).values(values)
    query = sa.select(table.c.renovation_id, table.c.facts)
    while True:
        rows = connection.execute(
            query.where(table.c.renovation_id > last).order_by(table.c.renovation_id).limit(BATCH)
        ).all()
        if not rows:
            return
        connection.execute(update, [_told(row) for row in rows])
        last = rows[-1].renovation_id


def _told(row: sa.Row[tuple[int, object]]) -> dict[str, object]:
    facts = json.loads(row.facts) if isinstance(row.facts, str) else row.facts
    found = told(facts)
    return {"of": row.renovation_id, **{name: found[name] for name in (*TOLD, *CODES)}}


def _quotas_in_yuan() -> None:
    op.create_table(
        "quota_money",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("given_fen", sa.BigInteger(), nullable=False),
        sa.Column("reserved_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_quota_money_amount_fen_not_negative")),
        sa.CheckConstraint("given_fen >= 0", name=op.f("ck_quota_money_given_fen_not_negative")),
        sa.CheckConstraint("reserved_fen >= 0", name=op.f("ck_quota_money_reserved_fen_not_negative")),
        sa.CheckConstraint("reserved_fen + given_fen <= amount_fen", name=op.f("ck_quota_money_never_over_committed")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_quota_money_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_money")),
        sa.UniqueConstraint(
            "programme_key", "region_id", "year", name=op.f("uq_quota_money_programme_key_region_id_year")
        ),
    )
    op.create_index(op.f("ix_quota_money_region_id"), "quota_money", ["region_id"])
    op.create_table(
        "quota_money_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quota_id", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_quota_money_entry_amount_positive")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_quota_money_entry_amount_fen_not_negative")),
        sa.CheckConstraint(f'"move" IN ({MOVES})', name=op.f("ck_quota_money_entry_move_known")),
        sa.ForeignKeyConstraint(
            ["quota_id"], ["quota_money.id"], name=op.f("fk_quota_money_entry_quota_id_quota_money")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_money_entry")),
    )
    op.create_index(op.f("ix_quota_money_entry_quota_id"), "quota_money_entry", ["quota_id"])
    with op.batch_alter_table("place_taken") as batch_op:
        batch_op.add_column(sa.Column("reserved_fen", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("money_quota_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("place_taken") as batch_op:
        batch_op.alter_column("reserved_fen", existing_type=sa.BigInteger(), server_default=None)
        batch_op.create_check_constraint(op.f("ck_place_taken_reserved_fen_not_negative"), sa.text("reserved_fen >= 0"))
        batch_op.create_foreign_key(
            op.f("fk_place_taken_money_quota_id_quota_money"), "quota_money", ["money_quota_id"], ["id"]
        )


def _waiting() -> None:
    op.create_table(
        "waiting_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("quota_id", sa.Integer(), nullable=False),
        sa.Column("township_id", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("ended_as", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name=op.f("ck_waiting_place_end_has_reason")),
        sa.CheckConstraint("priority >= 0", name=op.f("ck_waiting_place_priority_not_negative")),
        sa.CheckConstraint("\"ended_as\" IN ('placed', 'left', 'moved')", name=op.f("ck_waiting_place_ended_as_known")),
        sa.ForeignKeyConstraint(["quota_id"], ["quota_places.id"], name=op.f("fk_waiting_place_quota_id_quota_places")),
        sa.ForeignKeyConstraint(["township_id"], ["region.id"], name=op.f("fk_waiting_place_township_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_place")),
    )
    op.create_index(
        "uq_waiting_place_current",
        "waiting_place",
        ["renovation_id"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_waiting_place_quota", "waiting_place", ["quota_id", "priority"])


def _claims() -> None:
    op.create_table(
        "benefit_subject",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_index", sa.String(length=64), nullable=False),
        sa.Column("exclusion_group", sa.String(length=60), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.CheckConstraint(f'"subject_kind" IN ({KINDS})', name=op.f("ck_benefit_subject_subject_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_subject")),
        sa.UniqueConstraint(
            "subject_kind",
            "subject_index",
            "exclusion_group",
            name=op.f("uq_benefit_subject_subject_kind_subject_index_exclusion_group"),
        ),
    )
    op.drop_index(CLAIM_INDEX, table_name="benefit_claim")
    with op.batch_alter_table("benefit_claim") as batch_op:
        batch_op.add_column(sa.Column("item", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("free_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("superseded_at", Utc(), nullable=True))
    with op.batch_alter_table("benefit_claim") as batch_op:
        batch_op.alter_column("item", existing_type=sa.String(length=100), server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_benefit_claim_rolling_has_end"), sa.text("(period = 'rolling') = (free_from IS NOT NULL)")
        )
        batch_op.create_check_constraint(
            op.f("ck_benefit_claim_only_rolling_superseded"),
            sa.text("superseded_at IS NULL OR free_from IS NOT NULL"),
        )
    _claim_index(["subject_kind", "subject_index", "exclusion_group", "period", "item"], RUNNING)


def _claim_index(columns: list[str], where: sa.TextClause) -> None:
    op.create_index(CLAIM_INDEX, "benefit_claim", columns, unique=True, sqlite_where=where, postgresql_where=where)


def _samples() -> None:
    op.create_table(
        "sample_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("accepted_from", sa.Date(), nullable=False),
        sa.Column("accepted_until", sa.Date(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("pool", sa.Integer(), nullable=False),
        sa.Column("pool_hash", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("accepted_until >= accepted_from", name=op.f("ck_sample_draw_period_in_order")),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_sample_draw_percent_known")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_sample_draw_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_draw")),
        sa.UniqueConstraint(
            "programme_key",
            "region_id",
            "accepted_from",
            "accepted_until",
            name=op.f("uq_sample_draw_programme_key_region_id_accepted_from_accepted_until"),
        ),
    )
    op.create_table(
        "sample_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["sample_draw.id"], name=op.f("fk_sample_file_draw_id_sample_draw")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_sample_file_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_file")),
        sa.UniqueConstraint("draw_id", "renovation_id", name=op.f("uq_sample_file_draw_id_renovation_id")),
    )
    op.create_index(op.f("ix_sample_file_renovation_id"), "sample_file", ["renovation_id"])


def _assessors() -> None:
    """One, two or three of them."""
    with op.batch_alter_table("assessment_visit") as batch_op:
        batch_op.alter_column("second_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("third_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("third_name", sa.String(length=80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("third_qualification", sa.String(length=120), nullable=False, server_default=""))
    with op.batch_alter_table("assessment_visit") as batch_op:
        batch_op.alter_column("third_name", existing_type=sa.String(length=80), server_default=None)
        batch_op.alter_column("third_qualification", existing_type=sa.String(length=120), server_default=None)
        batch_op.create_foreign_key(op.f("fk_assessment_visit_third_id_user"), "user", ["third_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_assessment_visit_third_is_another"),
            sa.text("third_id IS NULL OR (second_id IS NOT NULL AND third_id <> first_id AND third_id <> second_id)"),
        )
