"""The tables of the first edition."""

import sqlalchemy as sa
from alembic import op

from app.audit import ddl
from app.stages.settlement import ddl as settlement_ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("chain", "seq", name=op.f("uq_audit_entry_chain_seq")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_actor", ["actor_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_entry_event", ["event", "id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("previous_day", sa.Date(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["previous_day"], ["audit_seal.day"], name=op.f("fk_audit_seal_previous_day_audit_seal")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("previous_day", name=op.f("uq_audit_seal_previous_day")),
    )
    op.create_table(
        "due_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_run")),
        sa.UniqueConstraint("name", "day", name=op.f("uq_due_run_name_day")),
    )
    with op.batch_alter_table("due_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_due_run_day"), ["day"], unique=False)

    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.CheckConstraint("\"kind\" IN ('holiday', 'workday')", name=op.f("ck_holiday_kind_known")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "look_up_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt_index", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_up_attempt")),
    )
    with op.batch_alter_table("look_up_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_look_up_attempt_address", ["address", "at"], unique=False)
        batch_op.create_index("ix_look_up_attempt_receipt", ["receipt_index", "at"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_number_series")),
    )
    op.create_table(
        "region",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("gb_code", sa.String(length=12), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column(
            "path",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(parent_id IS NULL) = (path = '/' || id || '/')", name=op.f("ck_region_root_has_no_parent")
        ),
        sa.CheckConstraint("path LIKE '%/' || id || '/'", name=op.f("ck_region_path_ends_in_id")),
        sa.CheckConstraint(
            "\"level\" IN ('province', 'prefecture', 'county', 'township', 'village')",
            name=op.f("ck_region_level_known"),
        ),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_region_not_its_own_parent")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name=op.f("ck_region_validity_in_order")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["region.id"], name=op.f("fk_region_parent_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("code", name=op.f("uq_region_code")),
        sa.UniqueConstraint("gb_code", name=op.f("uq_region_gb_code")),
        sa.UniqueConstraint("path", name=op.f("uq_region_path")),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_region_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("sender", "key", name=op.f("uq_submission_sender_key")),
    )
    op.create_table(
        "benefit_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_index", sa.String(length=64), nullable=False),
        sa.Column("exclusion_group", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_reason = '')", name=op.f("ck_benefit_claim_release_has_reason")
        ),
        sa.CheckConstraint(
            "\"subject_kind\" IN ('beneficiary', 'household', 'dwelling')",
            name=op.f("ck_benefit_claim_subject_kind_known"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["region.id"], name=op.f("fk_benefit_claim_county_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_claim")),
    )
    with op.batch_alter_table("benefit_claim", schema=None) as batch_op:
        batch_op.create_index("ix_benefit_claim_renovation", ["renovation_id"], unique=False)
        batch_op.create_index(
            "uq_benefit_claim_current",
            ["subject_kind", "subject_index", "exclusion_group", "period"],
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )

    op.create_table(
        "dwelling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("township_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("address_key", sa.String(length=300), nullable=False),
        sa.Column("right", sa.String(length=40), nullable=True),
        sa.Column("owner_consent", sa.Boolean(), nullable=True),
        sa.Column("safe", sa.Boolean(), nullable=True),
        sa.Column("renovatable", sa.Boolean(), nullable=True),
        sa.Column("demolition_planned", sa.Boolean(), nullable=True),
        sa.Column("must_move_out", sa.Boolean(), nullable=True),
        sa.Column("can_stay_elsewhere", sa.Boolean(), nullable=True),
        sa.Column("same_as_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "\"right\" IN ('owned', 'long_term_use', 'public_rental', 'private_rental', 'none')",
            name=op.f("ck_dwelling_right_known"),
        ),
        sa.CheckConstraint("same_as_id IS NULL OR same_as_id <> id", name=op.f("ck_dwelling_not_itself")),
        sa.ForeignKeyConstraint(["same_as_id"], ["dwelling.id"], name=op.f("fk_dwelling_same_as_id_dwelling")),
        sa.ForeignKeyConstraint(["township_id"], ["region.id"], name=op.f("fk_dwelling_township_id_region")),
        sa.ForeignKeyConstraint(["village_id"], ["region.id"], name=op.f("fk_dwelling_village_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dwelling")),
    )
    with op.batch_alter_table("dwelling", schema=None) as batch_op:
        batch_op.create_index("ix_dwelling_key", ["township_id", "address_key"], unique=False)

    op.create_table(
        "fund_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("source_id", sa.String(length=60), nullable=False),
        sa.Column("source_name", sa.String(length=80), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("given_fen", sa.BigInteger(), nullable=False),
        sa.Column("committed_fen", sa.BigInteger(), nullable=False),
        sa.Column("spent_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_fund_account_amount_fen_not_negative")),
        sa.CheckConstraint(
            "committed_fen + given_fen <= amount_fen", name=op.f("ck_fund_account_never_over_committed")
        ),
        sa.CheckConstraint("committed_fen >= 0", name=op.f("ck_fund_account_committed_fen_not_negative")),
        sa.CheckConstraint("given_fen >= 0", name=op.f("ck_fund_account_given_fen_not_negative")),
        sa.CheckConstraint("spent_fen <= committed_fen", name=op.f("ck_fund_account_spent_was_committed")),
        sa.CheckConstraint("spent_fen >= 0", name=op.f("ck_fund_account_spent_fen_not_negative")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_fund_account_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_account")),
        sa.UniqueConstraint(
            "programme_key",
            "source_id",
            "region_id",
            "year",
            name=op.f("uq_fund_account_programme_key_source_id_region_id_year"),
        ),
    )
    with op.batch_alter_table("fund_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fund_account_region_id"), ["region_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("township_id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("programme_name", sa.String(length=200), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("poster", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_notice_period_in_order")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_notice_round_counts")),
        sa.ForeignKeyConstraint(["township_id"], ["region.id"], name=op.f("fk_notice_township_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("token", name=op.f("uq_notice_token")),
        sa.UniqueConstraint(
            "township_id",
            "programme_key",
            "starts_on",
            "round",
            name=op.f("uq_notice_township_id_programme_key_starts_on_round"),
        ),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("is_assessor", sa.Boolean(), nullable=False),
        sa.Column("is_contractor", sa.Boolean(), nullable=False),
        sa.Column("is_supervisor", sa.Boolean(), nullable=False),
        sa.Column("admission", sa.String(length=40), nullable=False),
        sa.Column("rating", sa.String(length=40), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("contact_name", sa.String(length=40), nullable=False),
        sa.Column("contact_phone", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("bank_name", sa.String(length=100), nullable=False),
        sa.Column("bank_account", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "\"admission\" IN ('admitted', 'suspended', 'exited')", name=op.f("ck_organisation_admission_known")
        ),
        sa.CheckConstraint("\"rating\" IN ('a', 'b', 'c', 'd')", name=op.f("ck_organisation_rating_known")),
        sa.CheckConstraint(
            "is_assessor OR is_contractor OR is_supervisor", name=op.f("ck_organisation_does_something")
        ),
        sa.CheckConstraint("length(uscc) = 18", name=op.f("ck_organisation_uscc_length")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_organisation_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("uscc", name=op.f("uq_organisation_uscc")),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_region_id"), ["region_id"], unique=False)

    op.create_table(
        "quota_places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "places >= 0 AND given >= 0 AND taken >= 0", name=op.f("ck_quota_places_counts_not_negative")
        ),
        sa.CheckConstraint("taken + given <= places", name=op.f("ck_quota_places_never_over_committed")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_quota_places_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_places")),
        sa.UniqueConstraint(
            "programme_key", "region_id", "year", name=op.f("uq_quota_places_programme_key_region_id_year")
        ),
    )
    with op.batch_alter_table("quota_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quota_places_region_id"), ["region_id"], unique=False)

    op.create_table(
        "fund_commitment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("committed_fen", sa.BigInteger(), nullable=False),
        sa.Column("spent_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("committed_fen >= 0", name=op.f("ck_fund_commitment_committed_fen_not_negative")),
        sa.CheckConstraint("spent_fen <= committed_fen", name=op.f("ck_fund_commitment_spent_was_committed")),
        sa.CheckConstraint("spent_fen >= 0", name=op.f("ck_fund_commitment_spent_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["fund_account.id"], name=op.f("fk_fund_commitment_account_id_fund_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_commitment")),
        sa.UniqueConstraint("renovation_id", "account_id", name=op.f("uq_fund_commitment_renovation_id_account_id")),
    )
    with op.batch_alter_table("fund_commitment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fund_commitment_account_id"), ["account_id"], unique=False)

    op.create_table(
        "fund_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=True),
        sa.Column("document", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(renovation_id IS NOT NULL) = (move IN ('commit', 'uncommit', 'spend', 'return'))",
            name=op.f("ck_fund_entry_file_is_named"),
        ),
        sa.CheckConstraint(
            "\"move\" IN ('allot', 'reduce', 'give', 'take_back', 'commit', 'uncommit', 'spend', 'return')",
            name=op.f("ck_fund_entry_move_known"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_fund_entry_amount_positive")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_fund_entry_amount_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["fund_account.id"], name=op.f("fk_fund_entry_account_id_fund_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_entry")),
    )
    with op.batch_alter_table("fund_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fund_entry_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_fund_entry_renovation", ["renovation_id"], unique=False)

    op.create_table(
        "organisation_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("admission", sa.String(length=40), nullable=False),
        sa.Column("rating", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=60), nullable=False),
        sa.CheckConstraint(
            "\"admission\" IN ('admitted', 'suspended', 'exited')", name=op.f("ck_organisation_change_admission_known")
        ),
        sa.CheckConstraint("\"rating\" IN ('a', 'b', 'c', 'd')", name=op.f("ck_organisation_change_rating_known")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_change_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_change")),
    )
    with op.batch_alter_table("organisation_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_change_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "place_taken",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quota_id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_reason = '')", name=op.f("ck_place_taken_release_has_reason")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["region.id"], name=op.f("fk_place_taken_county_id_region")),
        sa.ForeignKeyConstraint(["quota_id"], ["quota_places.id"], name=op.f("fk_place_taken_quota_id_quota_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_taken")),
    )
    with op.batch_alter_table("place_taken", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_taken_quota_id"), ["quota_id"], unique=False)
        batch_op.create_index(
            "uq_place_taken_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )

    op.create_table(
        "procurement_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("lot", sa.String(length=60), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("max_households", sa.Integer(), nullable=True),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "\"kind\" IN ('assessor', 'contractor', 'supervisor')", name=op.f("ck_procurement_record_kind_known")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_procurement_record_end_has_reason")
        ),
        sa.CheckConstraint(
            "max_households IS NULL OR max_households > 0", name=op.f("ck_procurement_record_max_households_positive")
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_procurement_record_term_in_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_procurement_record_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_procurement_record_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_record")),
    )
    with op.batch_alter_table("procurement_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_procurement_record_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_procurement_record_region_id"), ["region_id"], unique=False)
        batch_op.create_index(
            "uq_procurement_record_current",
            ["organisation_id", "kind", "region_id", "lot"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "quota_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quota_id", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=40), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "\"move\" IN ('allot', 'reduce', 'give', 'take_back')", name=op.f("ck_quota_entry_move_known")
        ),
        sa.CheckConstraint("places > 0", name=op.f("ck_quota_entry_places_positive")),
        sa.ForeignKeyConstraint(["quota_id"], ["quota_places.id"], name=op.f("fk_quota_entry_quota_id_quota_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_entry")),
    )
    with op.batch_alter_table("quota_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quota_entry_quota_id"), ["quota_id"], unique=False)

    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_no", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role IN ('assessor', 'contractor', 'supervisor')) = (organisation_id IS NOT NULL) AND NOT (organisation_id IS NOT NULL AND region_id IS NOT NULL)",
            name=op.f("ck_user_firm_roles_have_firm"),
        ),
        sa.CheckConstraint(
            "region_id IS NOT NULL OR role = 'admin' OR role IN ('assessor', 'contractor', 'supervisor')",
            name=op.f("ck_user_other_roles_have_region"),
        ),
        sa.CheckConstraint("role <> 'system'", name=op.f("ck_user_system_has_no_account")),
        sa.CheckConstraint(
            "\"role\" IN ('township', 'county', 'federation', 'finance', 'assessor', 'contractor', 'supervisor', 'city', 'auditor', 'admin', 'system')",
            name=op.f("ck_user_role_known"),
        ),
        sa.CheckConstraint("\"state\" IN ('active', 'suspended')", name=op.f("ck_user_state_known")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_user_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_user_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_user_phone_index")),
        sa.UniqueConstraint("staff_no", name=op.f("uq_user_staff_no")),
    )
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_user_region_id"), ["region_id"], unique=False)

    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reach", sa.String(length=40), nullable=False),
        sa.Column("permissions", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(reach = 'chosen') = (permissions <> '')", name=op.f("ck_api_token_chosen_lists_permissions")
        ),
        sa.CheckConstraint("\"kind\" IN ('user', 'integration')", name=op.f("ck_api_token_kind_known")),
        sa.CheckConstraint("\"reach\" IN ('read', 'all', 'chosen')", name=op.f("ck_api_token_reach_known")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_token_prefix")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "identity_probe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_index", sa.String(length=64), nullable=True),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_identity_probe_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_probe")),
    )
    with op.batch_alter_table("identity_probe", schema=None) as batch_op:
        batch_op.create_index("ix_identity_probe_user", ["user_id", "at"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.String(length=1000), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'failed') = (error <> '' AND finished_at IS NOT NULL)", name=op.f("ck_job_failure_is_explained")
        ),
        sa.CheckConstraint("\"state\" IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_job_state_known")),
        sa.CheckConstraint(
            "progress >= 0 AND (total IS NULL OR progress <= total)", name=op.f("ck_job_progress_within_total")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_job_created_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_job_kind_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_created_by"), ["created_by"], unique=False)
        batch_op.create_index("ix_job_state_run_after", ["state", "run_after"], unique=False)

    op.create_table(
        "procurement_price",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procurement_record_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("unit_price_fen >= 0", name=op.f("ck_procurement_price_unit_price_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["procurement_record_id"],
            ["procurement_record.id"],
            name=op.f("fk_procurement_price_procurement_record_id_procurement_record"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_price")),
        sa.UniqueConstraint(
            "procurement_record_id", "item", name=op.f("uq_procurement_price_procurement_record_id_item")
        ),
    )
    op.create_table(
        "programme_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("overlay_key", sa.String(length=80), nullable=False),
        sa.Column("county_code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state = 'draft' OR published_at IS NOT NULL", name=op.f("ck_programme_version_published_when")
        ),
        sa.CheckConstraint(
            "\"state\" IN ('draft', 'published', 'superseded')", name=op.f("ck_programme_version_state_known")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_programme_version_validity_in_order")
        ),
        sa.ForeignKeyConstraint(["loaded_by"], ["user.id"], name=op.f("fk_programme_version_loaded_by_user")),
        sa.ForeignKeyConstraint(["published_by"], ["user.id"], name=op.f("fk_programme_version_published_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_version")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_programme_version_content_hash")),
    )
    with op.batch_alter_table("programme_version", schema=None) as batch_op:
        batch_op.create_index(
            "uq_programme_version_in_force",
            ["programme_key", "county_code", "valid_from"],
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )

    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_index", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "\"outcome\" IN ('refused', 'locked', 'suspended', 'done', 'reset')",
            name=op.f("ck_sign_in_attempt_outcome_known"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_in_attempt_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_attempt_account", ["account_index", "at"], unique=False)
        batch_op.create_index("ix_sign_in_attempt_address", ["address", "at"], unique=False)

    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("view_key", sa.String(length=80), nullable=True),
        sa.Column("thumb_key", sa.String(length=80), nullable=True),
        sa.Column("dhash", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.LargeBinary(), nullable=True),
        sa.Column("uploaded_by", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'image') = (view_key IS NOT NULL AND thumb_key IS NOT NULL AND width IS NOT NULL AND height IS NOT NULL)",
            name=op.f("ck_stored_file_image_is_whole"),
        ),
        sa.CheckConstraint("\"kind\" IN ('image', 'pdf')", name=op.f("ck_stored_file_kind_known")),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_file_size_positive")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["user.id"], name=op.f("fk_stored_file_uploaded_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_dhash"), ["dhash"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_uploaded_by"), ["uploaded_by"], unique=False)

    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_session_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_user_session_key_digest")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "notice_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=40), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("explanation", sa.String(length=300), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_by_name", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("\"day\" IN ('first', 'last')", name=op.f("ck_notice_photo_day_known")),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name=op.f("fk_notice_photo_added_by_user")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_notice_photo_file_id_stored_file")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_photo_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_photo")),
    )
    with op.batch_alter_table("notice_photo", schema=None) as batch_op:
        batch_op.create_index(
            "uq_notice_photo_current",
            ["notice_id", "day"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "uq_notice_photo_file",
            ["file_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "renovation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("programme_key", sa.String(length=80), nullable=False),
        sa.Column("programme_version_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("township_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("applicant_name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("receipt_code", sa.LargeBinary(), nullable=True),
        sa.Column("receipt_index", sa.String(length=64), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_reason", sa.String(length=500), nullable=False),
        sa.Column("ending", sa.String(length=40), nullable=True),
        sa.Column("ending_reason", sa.String(length=500), nullable=False),
        sa.Column("ending_on", sa.Date(), nullable=True),
        sa.Column("total_fen", sa.BigInteger(), nullable=True),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=True),
        sa.Column("self_pay_fen", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(suspended_at IS NULL) = (suspended_reason = '')", name=op.f("ck_renovation_suspension_has_reason")
        ),
        sa.CheckConstraint(
            "\"ending\" IN ('wish', 'death', 'moved', 'demolition', 'institution', 'other')",
            name=op.f("ck_renovation_ending_known"),
        ),
        sa.CheckConstraint(
            "\"status\" IN ('draft', 'submitted', 'reviewed', 'noticed', 'confirmed', 'assessed', 'planned', 'agreed', 'dispatched', 'building', 'completed', 'accepted', 'settled', 'paid', 'closed', 'rejected', 'withdrawn', 'terminated')",
            name=op.f("ck_renovation_status_known"),
        ),
        sa.CheckConstraint("self_pay_fen >= 0", name=op.f("ck_renovation_self_pay_fen_not_negative")),
        sa.CheckConstraint("subsidy_fen >= 0", name=op.f("ck_renovation_subsidy_fen_not_negative")),
        sa.CheckConstraint("total_fen >= 0", name=op.f("ck_renovation_total_fen_not_negative")),
        sa.ForeignKeyConstraint(["county_id"], ["region.id"], name=op.f("fk_renovation_county_id_region")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_renovation_created_by_user")),
        sa.ForeignKeyConstraint(
            ["programme_version_id"],
            ["programme_version.id"],
            name=op.f("fk_renovation_programme_version_id_programme_version"),
        ),
        sa.ForeignKeyConstraint(["township_id"], ["region.id"], name=op.f("fk_renovation_township_id_region")),
        sa.ForeignKeyConstraint(["village_id"], ["region.id"], name=op.f("fk_renovation_village_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renovation")),
        sa.UniqueConstraint("number", name=op.f("uq_renovation_number")),
        sa.UniqueConstraint("receipt_index", name=op.f("uq_renovation_receipt_index")),
    )
    with op.batch_alter_table("renovation", schema=None) as batch_op:
        batch_op.create_index("ix_renovation_county", ["county_id", "id"], unique=False)
        batch_op.create_index("ix_renovation_county_status", ["county_id", "status", "id"], unique=False)
        batch_op.create_index("ix_renovation_township", ["township_id", "id"], unique=False)
        batch_op.create_index("ix_renovation_township_status", ["township_id", "status", "id"], unique=False)

    op.create_table(
        "assessment_appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("time_of_day", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["user.id"], name=op.f("fk_assessment_appointment_made_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_assessment_appointment_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_appointment")),
    )
    with op.batch_alter_table("assessment_appointment", schema=None) as batch_op:
        batch_op.create_index(
            "uq_assessment_appointment_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "assessment_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("programme_version_id", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=120), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("first_qualification", sa.String(length=120), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("second_name", sa.String(length=80), nullable=False),
        sa.Column("second_qualification", sa.String(length=120), nullable=False),
        sa.Column("informant", sa.String(length=80), nullable=False),
        sa.Column("wish", sa.String(length=2000), nullable=False),
        sa.Column("remark", sa.String(length=2000), nullable=False),
        sa.Column("safe", sa.Boolean(), nullable=False),
        sa.Column("renovatable", sa.Boolean(), nullable=False),
        sa.Column("must_move_out", sa.Boolean(), nullable=False),
        sa.Column("recognised", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name=op.f("ck_assessment_visit_end_has_reason")),
        sa.CheckConstraint("first_id <> second_id", name=op.f("ck_assessment_visit_two_different_assessors")),
        sa.ForeignKeyConstraint(["first_id"], ["user.id"], name=op.f("fk_assessment_visit_first_id_user")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assessment_visit_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["programme_version_id"],
            ["programme_version.id"],
            name=op.f("fk_assessment_visit_programme_version_id_programme_version"),
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_assessment_visit_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(["second_id"], ["user.id"], name=op.f("fk_assessment_visit_second_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_visit")),
        sa.UniqueConstraint("renovation_id", "seq", name=op.f("uq_assessment_visit_renovation_id_seq")),
    )
    with op.batch_alter_table("assessment_visit", schema=None) as batch_op:
        batch_op.create_index(
            "uq_assessment_visit_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("procurement_record_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("role IN ('assessor', 'contractor', 'supervisor')", name=op.f("ck_assignment_firm_role")),
        sa.CheckConstraint(
            "\"role\" IN ('township', 'county', 'federation', 'finance', 'assessor', 'contractor', 'supervisor', 'city', 'auditor', 'admin', 'system')",
            name=op.f("ck_assignment_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assignment_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["procurement_record_id"],
            ["procurement_record.id"],
            name=op.f("fk_assignment_procurement_record_id_procurement_record"),
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_assignment_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_organisation", ["organisation_id", "renovation_id"], unique=False)
        batch_op.create_index(
            "uq_assignment_current",
            ["renovation_id", "role"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_by_name", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "\"kind\" IN ('id_card', 'household_register', 'hardship_proof', 'disability_certificate', 'dwelling_proof', 'declaration', 'verification', 'notice_photo', 'letter', 'assessment_photo', 'assessment_sheet', 'waiver_photo', 'plan_signature', 'agreement', 'contract', 'relocation', 'before', 'hidden', 'during', 'after', 'handover', 'goods_receipt', 'supervision', 'change_signature', 'acceptance_photo', 'acceptance_signature', 'invoice', 'self_pay_receipt', 'warranty_card', 'voucher', 'claim_photo', 'fix_photo', 'other')",
            name=op.f("ck_attachment_kind_known"),
        ),
        sa.CheckConstraint(
            "\"stage\" IN ('application', 'assessment', 'plan', 'construction', 'acceptance', 'settlement', 'warranty')",
            name=op.f("ck_attachment_stage_known"),
        ),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name=op.f("fk_attachment_added_by_user")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_attachment_file_id_stored_file")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_attachment_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("ix_attachment_renovation", ["renovation_id", "stage", "kind"], unique=False)
        batch_op.create_index(
            "uq_attachment_file_in_use",
            ["file_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "beneficiary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=False),
        sa.Column("id_index", sa.String(length=64), nullable=False),
        sa.Column("last4_index", sa.String(length=64), nullable=False),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=True),
        sa.Column("hardship", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("living", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("certificate", sa.Boolean(), nullable=True),
        sa.Column("certificate_number", sa.LargeBinary(), nullable=False),
        sa.Column("disability_category", sa.String(length=40), nullable=True),
        sa.Column("disability_grade", sa.Integer(), nullable=True),
        sa.Column("recognised", sa.String(length=40), nullable=True),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("failed_items", sa.Integer(), nullable=True),
        sa.Column("observer", sa.String(length=40), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=True),
        sa.Column("insured", sa.Boolean(), nullable=True),
        sa.Column("hukou_region", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "\"disability_category\" IN ('visual', 'hearing', 'speech', 'limb', 'intellectual', 'mental', 'multiple')",
            name=op.f("ck_beneficiary_disability_category_known"),
        ),
        sa.CheckConstraint(
            "\"recognised\" IN ('full', 'partial', 'complete_loss', 'none')",
            name=op.f("ck_beneficiary_recognised_known"),
        ),
        sa.CheckConstraint(
            "\"relation\" IN ('spouse', 'child', 'child_in_law', 'grandchild', 'parent', 'sibling', 'other')",
            name=op.f("ck_beneficiary_relation_known"),
        ),
        sa.CheckConstraint("\"sex\" IN ('male', 'female')", name=op.f("ck_beneficiary_sex_known")),
        sa.CheckConstraint(
            "disability_grade IS NULL OR disability_grade BETWEEN 1 AND 4", name=op.f("ck_beneficiary_grade_known")
        ),
        sa.CheckConstraint(
            "failed_items IS NULL OR failed_items BETWEEN 0 AND 6", name=op.f("ck_beneficiary_six_indicators")
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_beneficiary_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_beneficiary")),
    )
    with op.batch_alter_table("beneficiary", schema=None) as batch_op:
        batch_op.create_index("ix_beneficiary_id_index", ["id_index"], unique=False)
        batch_op.create_index(
            "uq_beneficiary_person",
            ["renovation_id", "id_index"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "uq_beneficiary_seq",
            ["renovation_id", "seq"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=80), nullable=False),
        sa.Column("author_role", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "\"author_role\" IN ('township', 'county', 'federation', 'finance', 'assessor', 'contractor', 'supervisor', 'city', 'auditor', 'admin', 'system')",
            name=op.f("ck_comment_author_role_known"),
        ),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_comment_author_id_user")),
        sa.ForeignKeyConstraint(["renovation_id"], ["renovation.id"], name=op.f("fk_comment_renovation_id_renovation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_renovation_id"), ["renovation_id"], unique=False)

    op.create_table(
        "correction_slip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_correction_slip_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_correction_slip_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_slip")),
        sa.UniqueConstraint("renovation_id", "seq", name=op.f("uq_correction_slip_renovation_id_seq")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("programme_version_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "\"kind\" IN ('submission', 'review', 'confirmation', 'assessment', 'start')",
            name=op.f("ck_decision_kind_known"),
        ),
        sa.CheckConstraint(
            "\"outcome\" IN ('eligible', 'ineligible', 'unknown')", name=op.f("ck_decision_outcome_known")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_decision_actor_id_user")),
        sa.ForeignKeyConstraint(
            ["programme_version_id"],
            ["programme_version.id"],
            name=op.f("fk_decision_programme_version_id_programme_version"),
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_decision_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index("ix_decision_renovation", ["renovation_id", "kind"], unique=False)

    op.create_table(
        "derived_facts",
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("hardship", sa.String(length=400), nullable=False),
        sa.Column("certificate", sa.Boolean(), nullable=True),
        sa.Column("disability_grade", sa.Integer(), nullable=True),
        sa.Column("disability_category", sa.String(length=40), nullable=True),
        sa.Column("recognised", sa.String(length=40), nullable=True),
        sa.Column("failed_items", sa.Integer(), nullable=True),
        sa.Column("living", sa.String(length=200), nullable=False),
        sa.Column("dwelling_right", sa.String(length=40), nullable=True),
        sa.Column("dwelling_safe", sa.Boolean(), nullable=True),
        sa.Column("dwelling_renovatable", sa.Boolean(), nullable=True),
        sa.Column("demolition_planned", sa.Boolean(), nullable=True),
        sa.Column("must_move_out", sa.Boolean(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "\"disability_category\" IN ('visual', 'hearing', 'speech', 'limb', 'intellectual', 'mental', 'multiple')",
            name=op.f("ck_derived_facts_disability_category_known"),
        ),
        sa.CheckConstraint(
            "\"dwelling_right\" IN ('owned', 'long_term_use', 'public_rental', 'private_rental', 'none')",
            name=op.f("ck_derived_facts_dwelling_right_known"),
        ),
        sa.CheckConstraint(
            "\"recognised\" IN ('full', 'partial', 'complete_loss', 'none')",
            name=op.f("ck_derived_facts_recognised_known"),
        ),
        sa.CheckConstraint(
            "\"verdict\" IN ('eligible', 'ineligible', 'unknown')", name=op.f("ck_derived_facts_verdict_known")
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_derived_facts_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("renovation_id", name=op.f("pk_derived_facts")),
    )
    with op.batch_alter_table("derived_facts", schema=None) as batch_op:
        batch_op.create_index("ix_derived_facts_birth_date", ["birth_date", "renovation_id"], unique=False)
        batch_op.create_index("ix_derived_facts_verdict", ["verdict", "renovation_id"], unique=False)

    op.create_table(
        "dwelling_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("dwelling_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("is_same", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_dwelling_match_actor_id_user")),
        sa.ForeignKeyConstraint(["dwelling_id"], ["dwelling.id"], name=op.f("fk_dwelling_match_dwelling_id_dwelling")),
        sa.ForeignKeyConstraint(["other_id"], ["dwelling.id"], name=op.f("fk_dwelling_match_other_id_dwelling")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_dwelling_match_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dwelling_match")),
        sa.UniqueConstraint("dwelling_id", "other_id", name=op.f("uq_dwelling_match_dwelling_id_other_id")),
    )
    with op.batch_alter_table("dwelling_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dwelling_match_renovation_id"), ["renovation_id"], unique=False)

    op.create_table(
        "earlier_subsidy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("programme", sa.String(length=100), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("subject", sa.String(length=40), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "\"department\" IN ('cdpf', 'civil_affairs', 'housing', 'rural_revitalisation', 'health', 'other')",
            name=op.f("ck_earlier_subsidy_department_known"),
        ),
        sa.CheckConstraint(
            "\"subject\" IN ('person', 'household', 'dwelling')", name=op.f("ck_earlier_subsidy_subject_known")
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_earlier_subsidy_amount_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_earlier_subsidy_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_subsidy")),
    )
    with op.batch_alter_table("earlier_subsidy", schema=None) as batch_op:
        batch_op.create_index("ix_earlier_subsidy_renovation", ["renovation_id"], unique=False)

    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("is_in_place", sa.Boolean(), nullable=False),
        sa.Column("is_in_use", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("paid", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("\"channel\" IN ('home', 'phone')", name=op.f("ck_follow_up_channel_known")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_follow_up_rating_in_range")),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_follow_up_recorded_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_follow_up_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follow_up_renovation_id"), ["renovation_id"], unique=False)

    op.create_table(
        "household",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("dwelling_id", sa.Integer(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("register_number", sa.LargeBinary(), nullable=False),
        sa.Column("register_index", sa.String(length=64), nullable=True),
        sa.Column("consent", sa.String(length=40), nullable=True),
        sa.Column("guardian_name", sa.String(length=40), nullable=False),
        sa.Column("guardian_phone", sa.LargeBinary(), nullable=False),
        sa.Column("guardian_relation", sa.String(length=40), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("earlier", sa.String(length=40), nullable=True),
        sa.CheckConstraint("\"consent\" IN ('self', 'guardian', 'none')", name=op.f("ck_household_consent_known")),
        sa.CheckConstraint("\"earlier\" IN ('none', 'some')", name=op.f("ck_household_earlier_known")),
        sa.CheckConstraint(
            "\"guardian_relation\" IN ('spouse', 'child', 'child_in_law', 'grandchild', 'parent', 'sibling', 'other')",
            name=op.f("ck_household_guardian_relation_known"),
        ),
        sa.ForeignKeyConstraint(["dwelling_id"], ["dwelling.id"], name=op.f("fk_household_dwelling_id_dwelling")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_household_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("renovation_id", name=op.f("uq_household_renovation_id")),
    )
    with op.batch_alter_table("household", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_household_dwelling_id"), ["dwelling_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_household_register_index"), ["register_index"], unique=False)

    op.create_table(
        "household_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("hardship", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("certificate", sa.Boolean(), nullable=True),
        sa.Column("disability_grade", sa.Integer(), nullable=True),
        sa.Column("insured", sa.Boolean(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "\"relation\" IN ('spouse', 'child', 'child_in_law', 'grandchild', 'parent', 'sibling', 'other')",
            name=op.f("ck_household_member_relation_known"),
        ),
        sa.CheckConstraint(
            "disability_grade IS NULL OR disability_grade BETWEEN 1 AND 4", name=op.f("ck_household_member_grade_known")
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_household_member_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_member")),
    )
    with op.batch_alter_table("household_member", schema=None) as batch_op:
        batch_op.create_index("ix_household_member_renovation", ["renovation_id"], unique=False)

    op.create_table(
        "log_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=True),
        sa.Column("written_by_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("workers BETWEEN 1 AND 50", name=op.f("ck_log_entry_workers_sensible")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_log_entry_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(["written_by"], ["user.id"], name=op.f("fk_log_entry_written_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entry")),
    )
    with op.batch_alter_table("log_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_entry_renovation_id"), ["renovation_id"], unique=False)

    op.create_table(
        "notice_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("village", sa.String(length=60), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_as", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "\"ended_as\" IN ('passed', 'withdrawn', 'rejected')", name=op.f("ck_notice_entry_ended_as_known")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name=op.f("ck_notice_entry_end_has_reason")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_entry_notice_id_notice")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_notice_entry_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_entry")),
        sa.UniqueConstraint("notice_id", "seq", name=op.f("uq_notice_entry_notice_id_seq")),
    )
    with op.batch_alter_table("notice_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_entry_renovation_id"), ["renovation_id"], unique=False)
        batch_op.create_index(
            "uq_notice_entry_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("objector", sa.LargeBinary(), nullable=False),
        sa.Column("objector_phone", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=80), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Integer(), nullable=True),
        sa.Column("resolved_by_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(state IN ('dismissed', 'upheld')) = (resolved_at IS NOT NULL)", name=op.f("ck_objection_resolved_when")
        ),
        sa.CheckConstraint(
            "\"channel\" IN ('phone', 'visit', 'letter', 'online', 'other')", name=op.f("ck_objection_channel_known")
        ),
        sa.CheckConstraint(
            "\"state\" IN ('open', 'investigating', 'dismissed', 'upheld')", name=op.f("ck_objection_state_known")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_objection_notice_id_notice")),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_objection_recorded_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_objection_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(["resolved_by"], ["user.id"], name=op.f("fk_objection_resolved_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("renovation_id", "seq", name=op.f("uq_objection_renovation_id_seq")),
    )
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_objection_notice_id"), ["notice_id"], unique=False)

    op.create_table(
        "rejection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(length=40), nullable=False),
        sa.Column("clauses", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("letter", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "\"from_status\" IN ('draft', 'submitted', 'reviewed', 'noticed', 'confirmed', 'assessed', 'planned', 'agreed', 'dispatched', 'building', 'completed', 'accepted', 'settled', 'paid', 'closed', 'rejected', 'withdrawn', 'terminated')",
            name=op.f("ck_rejection_from_status_known"),
        ),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_rejection_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_rejection_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejection")),
    )
    with op.batch_alter_table("rejection", schema=None) as batch_op:
        batch_op.create_index(
            "uq_rejection_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "relocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("arranger", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("contact", sa.String(length=80), nullable=False),
        sa.Column("contact_phone", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("\"arranger\" IN ('household', 'township')", name=op.f("ck_relocation_arranger_known")),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_relocation_days_in_order")),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_relocation_recorded_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_relocation_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relocation")),
    )
    with op.batch_alter_table("relocation", schema=None) as batch_op:
        batch_op.create_index(
            "uq_relocation_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "renovation_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=True),
        sa.Column("from_status", sa.String(length=40), nullable=True),
        sa.Column("to_status", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "\"action\" IN ('submit', 'return', 'forward', 'investigate', 'uphold_objection', 'end_notice', 'send_back', 'reject', 'confirm', 'grant_recheck', 'complete_assessment', 'question_eligibility', 'find_unfit', 'return_assessment', 'approve_plan', 'refuse_plan', 'agree', 'sign_contract', 'replace_firm', 'start', 'change_order', 'complete', 'order_rectification', 'countersign', 'fail_reinspection', 'settle', 'reopen_settlement', 'pay', 'return_payment', 'close', 'withdraw', 'terminate', 'end_terminated')",
            name=op.f("ck_renovation_event_action_known"),
        ),
        sa.CheckConstraint(
            "\"from_status\" IN ('draft', 'submitted', 'reviewed', 'noticed', 'confirmed', 'assessed', 'planned', 'agreed', 'dispatched', 'building', 'completed', 'accepted', 'settled', 'paid', 'closed', 'rejected', 'withdrawn', 'terminated')",
            name=op.f("ck_renovation_event_from_status_known"),
        ),
        sa.CheckConstraint(
            "\"role\" IN ('township', 'county', 'federation', 'finance', 'assessor', 'contractor', 'supervisor', 'city', 'auditor', 'admin', 'system')",
            name=op.f("ck_renovation_event_role_known"),
        ),
        sa.CheckConstraint(
            "\"stage\" IN ('application', 'assessment', 'plan', 'construction', 'acceptance', 'settlement', 'warranty')",
            name=op.f("ck_renovation_event_stage_known"),
        ),
        sa.CheckConstraint(
            "\"to_status\" IN ('draft', 'submitted', 'reviewed', 'noticed', 'confirmed', 'assessed', 'planned', 'agreed', 'dispatched', 'building', 'completed', 'accepted', 'settled', 'paid', 'closed', 'rejected', 'withdrawn', 'terminated')",
            name=op.f("ck_renovation_event_to_status_known"),
        ),
        sa.CheckConstraint(
            "(action IS NULL AND from_status IS NULL AND to_status IS NULL) OR (action IS NOT NULL AND to_status IS NOT NULL)",
            name=op.f("ck_renovation_event_change_is_whole"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_renovation_event_actor_id_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_renovation_event_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renovation_event")),
        sa.UniqueConstraint("renovation_id", "seq", name=op.f("uq_renovation_event_renovation_id_seq")),
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 90", name=op.f("ck_schedule_days_sensible")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_schedule_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schedule_renovation_id"), ["renovation_id"], unique=False)

    op.create_table(
        "seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("\"occasion\" IN ('paid', 'closed')", name=op.f("ck_seal_occasion_known")),
        sa.ForeignKeyConstraint(["renovation_id"], ["renovation.id"], name=op.f("fk_seal_renovation_id_renovation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
    )
    with op.batch_alter_table("seal", schema=None) as batch_op:
        batch_op.create_index(
            "uq_seal_current",
            ["renovation_id", "occasion"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "search_gram",
        sa.Column("gram", sa.String(length=2), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_search_gram_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("gram", "county_id", "renovation_id", name=op.f("pk_search_gram")),
    )
    with op.batch_alter_table("search_gram", schema=None) as batch_op:
        batch_op.create_index("ix_search_gram_renovation", ["renovation_id"], unique=False)

    op.create_table(
        "supervision_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("finding", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("resolution", sa.String(length=1000), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=True),
        sa.Column("written_by_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(finding = 'problem') = (deadline IS NOT NULL)", name=op.f("ck_supervision_visit_problem_has_deadline")
        ),
        sa.CheckConstraint(
            "resolved_on IS NULL OR finding = 'problem'", name=op.f("ck_supervision_visit_only_problems_are_resolved")
        ),
        sa.CheckConstraint("\"finding\" IN ('good', 'problem')", name=op.f("ck_supervision_visit_finding_known")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_supervision_visit_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(["written_by"], ["user.id"], name=op.f("fk_supervision_visit_written_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_visit")),
    )
    with op.batch_alter_table("supervision_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supervision_visit_renovation_id"), ["renovation_id"], unique=False)

    op.create_table(
        "assessment_suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("item_no", sa.Integer(), nullable=False),
        sa.Column("item_name", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("basic", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("rooms", sa.JSON(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("edited_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("kept OR edited_reason <> ''", name=op.f("ck_assessment_suggestion_drop_has_reason")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_assessment_suggestion_has_reason")),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["assessment_visit.id"], name=op.f("fk_assessment_suggestion_visit_id_assessment_visit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_suggestion")),
        sa.UniqueConstraint("visit_id", "item_no", name=op.f("uq_assessment_suggestion_visit_id_item_no")),
    )
    op.create_table(
        "assessor_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(length=80), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_assessor_signature_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_assessor_signature_user_id_user")),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["assessment_visit.id"], name=op.f("fk_assessor_signature_visit_id_assessment_visit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor_signature")),
    )
    with op.batch_alter_table("assessor_signature", schema=None) as batch_op:
        batch_op.create_index(
            "uq_assessor_signature_current",
            ["visit_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("meeting", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_confirmation_by_user")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_confirmation_decision_id_decision")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_confirmation_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_confirmation_decision_id")),
    )
    with op.batch_alter_table("confirmation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confirmation_renovation_id"), ["renovation_id"], unique=False)

    op.create_table(
        "indicator_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["assessment_visit.id"], name=op.f("fk_indicator_result_visit_id_assessment_visit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_result")),
        sa.UniqueConstraint(
            "visit_id", "person", "indicator", name=op.f("uq_indicator_result_visit_id_person_indicator")
        ),
    )
    op.create_table(
        "invoice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("issuer_uscc", sa.String(length=18), nullable=False),
        sa.Column("issuer_name", sa.String(length=100), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name=op.f("ck_invoice_end_has_reason")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_invoice_amount_fen_not_negative")),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_invoice_attachment_id_attachment")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invoice_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["renovation_id"], ["renovation.id"], name=op.f("fk_invoice_renovation_id_renovation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_renovation_id"), ["renovation_id"], unique=False)
        batch_op.create_index(
            "uq_invoice_number",
            ["issuer_uscc", "number"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("change_order", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("programme_version_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=80), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=False),
        sa.Column("self_pay_fen", sa.BigInteger(), nullable=False),
        sa.Column("cap_fen", sa.BigInteger(), nullable=False),
        sa.Column("computed", sa.JSON(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("no_shared_space", sa.Boolean(), nullable=False),
        sa.Column("design_code", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=True),
        sa.Column("drafted_by_name", sa.String(length=80), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_reason", sa.String(length=1000), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_by_name", sa.String(length=80), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approval_note", sa.String(length=1000), nullable=False),
        sa.Column("refused_reason", sa.String(length=1000), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by_name", sa.String(length=80), nullable=False),
        sa.Column("signer", sa.String(length=40), nullable=True),
        sa.Column("signed_self_pay_fen", sa.BigInteger(), nullable=True),
        sa.Column("signature_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state <> 'signed' OR (signed_at IS NOT NULL AND signed_self_pay_fen = self_pay_fen)",
            name=op.f("ck_plan_signed_for_sum"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'signed') OR approved_at IS NOT NULL", name=op.f("ck_plan_approved_before")
        ),
        sa.CheckConstraint("\"signer\" IN ('self', 'guardian', 'family')", name=op.f("ck_plan_signer_known")),
        sa.CheckConstraint(
            "\"state\" IN ('draft', 'submitted', 'approved', 'signed', 'refused', 'superseded')",
            name=op.f("ck_plan_state_known"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR submitted_by IS NULL OR approved_by <> submitted_by", name=op.f("ck_plan_checked")
        ),
        sa.CheckConstraint("cap_fen >= 0", name=op.f("ck_plan_cap_fen_not_negative")),
        sa.CheckConstraint("self_pay_fen >= 0", name=op.f("ck_plan_self_pay_fen_not_negative")),
        sa.CheckConstraint("signed_self_pay_fen >= 0", name=op.f("ck_plan_signed_self_pay_fen_not_negative")),
        sa.CheckConstraint("subsidy_fen + self_pay_fen = total_fen", name=op.f("ck_plan_shares_are_total")),
        sa.CheckConstraint("subsidy_fen <= cap_fen", name=op.f("ck_plan_within_cap")),
        sa.CheckConstraint("subsidy_fen >= 0", name=op.f("ck_plan_subsidy_fen_not_negative")),
        sa.CheckConstraint("total_fen >= 0", name=op.f("ck_plan_total_fen_not_negative")),
        sa.CheckConstraint("version > 0", name=op.f("ck_plan_version_positive")),
        sa.ForeignKeyConstraint(["approved_by"], ["user.id"], name=op.f("fk_plan_approved_by_user")),
        sa.ForeignKeyConstraint(["drafted_by"], ["user.id"], name=op.f("fk_plan_drafted_by_user")),
        sa.ForeignKeyConstraint(
            ["programme_version_id"],
            ["programme_version.id"],
            name=op.f("fk_plan_programme_version_id_programme_version"),
        ),
        sa.ForeignKeyConstraint(["renovation_id"], ["renovation.id"], name=op.f("fk_plan_renovation_id_renovation")),
        sa.ForeignKeyConstraint(["signature_id"], ["attachment.id"], name=op.f("fk_plan_signature_id_attachment")),
        sa.ForeignKeyConstraint(["submitted_by"], ["user.id"], name=op.f("fk_plan_submitted_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("renovation_id", "version", name=op.f("uq_plan_renovation_id_version")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(
            "uq_plan_open",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('draft', 'submitted', 'approved')"),
            postgresql_where=sa.text("state IN ('draft', 'submitted', 'approved')"),
        )
        batch_op.create_index(
            "uq_plan_signed",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'signed'"),
            postgresql_where=sa.text("state = 'signed'"),
        )

    op.create_table(
        "recheck",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("rejection_id", sa.Integer(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("grounds", sa.String(length=2000), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reply", sa.String(length=2000), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=80), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_by_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name=op.f("ck_recheck_decided_when")),
        sa.CheckConstraint("\"state\" IN ('requested', 'granted', 'refused')", name=op.f("ck_recheck_state_known")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_recheck_decided_by_user")),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_recheck_recorded_by_user")),
        sa.ForeignKeyConstraint(["rejection_id"], ["rejection.id"], name=op.f("fk_recheck_rejection_id_rejection")),
        sa.ForeignKeyConstraint(["renovation_id"], ["renovation.id"], name=op.f("fk_recheck_renovation_id_renovation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck")),
    )
    with op.batch_alter_table("recheck", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recheck_renovation_id"), ["renovation_id"], unique=False)
        batch_op.create_index(
            "uq_recheck_requested",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'requested'"),
            postgresql_where=sa.text("state = 'requested'"),
        )

    op.create_table(
        "room_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("room", sa.String(length=40), nullable=False),
        sa.Column("room_name", sa.String(length=40), nullable=False),
        sa.Column("hazards", sa.JSON(), nullable=False),
        sa.Column("measurements", sa.JSON(), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["assessment_visit.id"], name=op.f("fk_room_finding_visit_id_assessment_visit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_finding")),
        sa.UniqueConstraint("visit_id", "room", name=op.f("uq_room_finding_visit_id_room")),
    )
    op.create_table(
        "self_pay_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("computed_fen", sa.BigInteger(), nullable=False),
        sa.Column("signed_fen", sa.BigInteger(), nullable=False),
        sa.Column("signer", sa.String(length=80), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("\"way\" IN ('household', 'contractor')", name=op.f("ck_self_pay_consent_way_known")),
        sa.CheckConstraint("computed_fen >= 0", name=op.f("ck_self_pay_consent_computed_fen_not_negative")),
        sa.CheckConstraint("signed_fen >= 0", name=op.f("ck_self_pay_consent_signed_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_self_pay_consent_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_self_pay_consent_recorded_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_self_pay_consent_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_pay_consent")),
    )
    with op.batch_alter_table("self_pay_consent", schema=None) as batch_op:
        batch_op.create_index(
            "uq_self_pay_consent_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "self_pay_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_self_pay_receipt_amount_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_self_pay_receipt_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_self_pay_receipt_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_self_pay_receipt_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_pay_receipt")),
    )
    with op.batch_alter_table("self_pay_receipt", schema=None) as batch_op:
        batch_op.create_index(
            "uq_self_pay_receipt_current",
            ["renovation_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "supervision_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("conclusion", sa.String(length=2000), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.Integer(), nullable=True),
        sa.Column("filed_by_name", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_supervision_report_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(["filed_by"], ["user.id"], name=op.f("fk_supervision_report_filed_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_supervision_report_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_report")),
    )
    with op.batch_alter_table("supervision_report", schema=None) as batch_op:
        batch_op.create_index(
            "uq_supervision_report_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "verification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("clause", sa.String(length=20), nullable=False),
        sa.Column("body", sa.String(length=60), nullable=False),
        sa.Column("method", sa.String(length=60), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "\"result\" IN ('confirmed', 'denied', 'unclear')", name=op.f("ck_verification_result_known")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_verification_actor_id_user")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_verification_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_verification_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
    )
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.create_index("ix_verification_renovation", ["renovation_id", "clause"], unique=False)

    op.create_table(
        "acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rubble_cleared", sa.Boolean(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("remark", sa.String(length=2000), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=80), nullable=False),
        sa.Column("countersigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("countersigned_by", sa.Integer(), nullable=True),
        sa.Column("countersigned_by_name", sa.String(length=80), nullable=False),
        sa.Column("countersign_note", sa.String(length=2000), nullable=False),
        sa.Column("superseded_reason", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(state = 'countersigned') <= (countersigned_at IS NOT NULL)", name=op.f("ck_acceptance_countersigned_when")
        ),
        sa.CheckConstraint("state <> 'countersigned' OR rubble_cleared", name=op.f("ck_acceptance_rubble_cleared")),
        sa.CheckConstraint(
            "\"state\" IN ('recorded', 'rectifying', 'countersigned', 'superseded')",
            name=op.f("ck_acceptance_state_known"),
        ),
        sa.CheckConstraint(
            "countersigned_by IS NULL OR countersigned_by <> recorded_by", name=op.f("ck_acceptance_two_people")
        ),
        sa.ForeignKeyConstraint(["countersigned_by"], ["user.id"], name=op.f("fk_acceptance_countersigned_by_user")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_acceptance_plan_id_plan")),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_acceptance_recorded_by_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_acceptance_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance")),
        sa.UniqueConstraint("renovation_id", "round", name=op.f("uq_acceptance_renovation_id_round")),
    )
    with op.batch_alter_table("acceptance", schema=None) as batch_op:
        batch_op.create_index(
            "uq_acceptance_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'superseded'"),
            postgresql_where=sa.text("state <> 'superseded'"),
        )

    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("township", sa.String(length=80), nullable=False),
        sa.Column("township_signer", sa.String(length=80), nullable=False),
        sa.Column("household_signer", sa.String(length=80), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=False),
        sa.Column("self_pay_fen", sa.BigInteger(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("self_pay_fen >= 0", name=op.f("ck_agreement_self_pay_fen_not_negative")),
        sa.CheckConstraint("subsidy_fen >= 0", name=op.f("ck_agreement_subsidy_fen_not_negative")),
        sa.CheckConstraint("total_fen >= 0", name=op.f("ck_agreement_total_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_agreement_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_agreement_plan_id_plan")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_agreement_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("number", name=op.f("uq_agreement_number")),
    )
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.create_index(
            "uq_agreement_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_name", sa.String(length=100), nullable=False),
        sa.Column("procurement_lot", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("warranty_months", sa.Integer(), nullable=False),
        sa.Column("household_signer", sa.String(length=80), nullable=False),
        sa.Column("firm_signer", sa.String(length=80), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name=op.f("ck_contract_end_has_reason")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_contract_term_in_order")),
        sa.CheckConstraint("total_fen >= 0", name=op.f("ck_contract_total_fen_not_negative")),
        sa.CheckConstraint("warranty_months > 0", name=op.f("ck_contract_warranty_positive")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_contract_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_contract_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_contract_plan_id_plan")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_contract_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("organisation_id", "number", name=op.f("uq_contract_organisation_id_number")),
    )
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.create_index(
            "uq_contract_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "fact_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(length=60), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("verification_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "\"source\" IN ('application', 'verification', 'objection', 'assessment')",
            name=op.f("ck_fact_change_source_known"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_fact_change_actor_id_user")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_fact_change_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"], ["verification.id"], name=op.f("fk_fact_change_verification_id_verification")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_change")),
    )
    with op.batch_alter_table("fact_change", schema=None) as batch_op:
        batch_op.create_index("ix_fact_change_renovation", ["renovation_id", "fact"], unique=False)

    op.create_table(
        "item_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("item_no", sa.Integer(), nullable=False),
        sa.Column("item_name", sa.String(length=80), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("accepted_by_county", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "accepted_by_county = false OR decision <> 'install'",
            name=op.f("ck_item_decision_only_waivers_are_accepted"),
        ),
        sa.CheckConstraint(
            "\"decision\" IN ('install', 'in_place', 'not_applicable', 'declined')",
            name=op.f("ck_item_decision_decision_known"),
        ),
        sa.ForeignKeyConstraint(["photo_id"], ["attachment.id"], name=op.f("fk_item_decision_photo_id_attachment")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_item_decision_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_decision")),
        sa.UniqueConstraint("plan_id", "item_no", name=op.f("uq_item_decision_plan_id_item_no")),
    )
    with op.batch_alter_table("item_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_decision_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "plan_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("item_no", sa.Integer(), nullable=False),
        sa.Column("item_name", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("basic", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("space", sa.String(length=40), nullable=False),
        sa.Column("space_name", sa.String(length=40), nullable=False),
        sa.Column("specification", sa.String(length=200), nullable=False),
        sa.Column("measured", sa.String(length=200), nullable=False),
        sa.Column("quantity_centi", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_fen", sa.BigInteger(), nullable=True),
        sa.Column("subsidised_fen", sa.BigInteger(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.CheckConstraint("\"kind\" IN ('works', 'goods')", name=op.f("ck_plan_line_kind_known")),
        sa.CheckConstraint("ceiling_fen >= 0", name=op.f("ck_plan_line_ceiling_fen_not_negative")),
        sa.CheckConstraint(
            "ceiling_fen IS NULL OR unit_price_fen <= ceiling_fen", name=op.f("ck_plan_line_within_ceiling")
        ),
        sa.CheckConstraint("quantity_centi > 0", name=op.f("ck_plan_line_quantity_positive")),
        sa.CheckConstraint("subsidised_fen >= 0", name=op.f("ck_plan_line_subsidised_fen_not_negative")),
        sa.CheckConstraint("unit_price_fen >= 0", name=op.f("ck_plan_line_unit_price_fen_not_negative")),
        sa.ForeignKeyConstraint(["origin_id"], ["plan_line.id"], name=op.f("fk_plan_line_origin_id_plan_line")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_line_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_line")),
        sa.UniqueConstraint("plan_id", "seq", name=op.f("uq_plan_line_plan_id_seq")),
    )
    with op.batch_alter_table("plan_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_line_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "accepted_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("acceptance_id", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("measured_centi", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(length=500), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(result = 'rectify') = (deadline IS NOT NULL)", name=op.f("ck_accepted_line_rectify_has_deadline")
        ),
        sa.CheckConstraint(
            "result <> 'accepted' OR measured_centi > 0", name=op.f("ck_accepted_line_accepted_is_measured")
        ),
        sa.CheckConstraint(
            "\"result\" IN ('accepted', 'rectify', 'refused')", name=op.f("ck_accepted_line_result_known")
        ),
        sa.CheckConstraint("measured_centi >= 0", name=op.f("ck_accepted_line_measured_not_negative")),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_accepted_line_acceptance_id_acceptance")
        ),
        sa.ForeignKeyConstraint(["root_id"], ["plan_line.id"], name=op.f("fk_accepted_line_root_id_plan_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accepted_line")),
        sa.UniqueConstraint("acceptance_id", "root_id", name=op.f("uq_accepted_line_acceptance_id_root_id")),
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("reporter", sa.String(length=80), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state <> 'assigned' OR due_on IS NOT NULL", name=op.f("ck_claim_assigned_has_due_day")),
        sa.CheckConstraint(
            "\"state\" IN ('reported', 'assigned', 'fixed', 'verified', 'declined', 'contested')",
            name=op.f("ck_claim_state_known"),
        ),
        sa.ForeignKeyConstraint(["renovation_id"], ["renovation.id"], name=op.f("fk_claim_renovation_id_renovation")),
        sa.ForeignKeyConstraint(["root_id"], ["plan_line.id"], name=op.f("fk_claim_root_id_plan_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("renovation_id", "seq", name=op.f("uq_claim_renovation_id_seq")),
    )
    op.create_table(
        "contract_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=False),
        sa.Column("plan_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("plan_price_fen >= 0", name=op.f("ck_contract_line_plan_price_fen_not_negative")),
        sa.CheckConstraint("unit_price_fen <= plan_price_fen", name=op.f("ck_contract_line_within_plan_price")),
        sa.CheckConstraint("unit_price_fen >= 0", name=op.f("ck_contract_line_unit_price_fen_not_negative")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_contract_line_contract_id_contract")),
        sa.ForeignKeyConstraint(["root_id"], ["plan_line.id"], name=op.f("fk_contract_line_root_id_plan_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_line")),
        sa.UniqueConstraint("contract_id", "root_id", name=op.f("uq_contract_line_contract_id_root_id")),
    )
    op.create_table(
        "firm_replacement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_name", sa.String(length=100), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_firm_replacement_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_firm_replacement_decided_by_user")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_firm_replacement_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_firm_replacement_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm_replacement")),
    )
    with op.batch_alter_table("firm_replacement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_firm_replacement_renovation_id"), ["renovation_id"], unique=False)

    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=False),
        sa.Column("serial", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_handover_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(["root_id"], ["plan_line.id"], name=op.f("fk_handover_root_id_plan_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(
            "uq_handover_current",
            ["renovation_id", "root_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "line_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=False),
        sa.Column("quantity_centi", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("quantity_centi >= 0", name=op.f("ck_line_report_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_line_report_renovation_id_renovation")
        ),
        sa.ForeignKeyConstraint(["reported_by"], ["user.id"], name=op.f("fk_line_report_reported_by_user")),
        sa.ForeignKeyConstraint(["root_id"], ["plan_line.id"], name=op.f("fk_line_report_root_id_plan_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_report")),
    )
    with op.batch_alter_table("line_report", schema=None) as batch_op:
        batch_op.create_index(
            "uq_line_report_current",
            ["renovation_id", "root_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "party_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("acceptance_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "\"role\" IN ('household', 'township', 'village', 'supervisor', 'county', 'federation', 'contractor')",
            name=op.f("ck_party_member_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_party_member_acceptance_id_acceptance")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_party_member_attachment_id_attachment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_member")),
    )
    with op.batch_alter_table("party_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_member_acceptance_id"), ["acceptance_id"], unique=False)

    op.create_table(
        "settlement_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("programme_version_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=80), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("acceptance_id", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("eligible_fen", sa.BigInteger(), nullable=False),
        sa.Column("cap_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=False),
        sa.Column("self_pay_fen", sa.BigInteger(), nullable=False),
        sa.Column("signed_self_pay_fen", sa.BigInteger(), nullable=False),
        sa.Column("borne_fen", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("payees", sa.JSON(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_by", sa.Integer(), nullable=True),
        sa.Column("prepared_by_name", sa.String(length=80), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_by_name", sa.String(length=80), nullable=False),
        sa.Column("superseded_reason", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') <= (approved_at IS NOT NULL)", name=op.f("ck_settlement_sheet_approved_when")
        ),
        sa.CheckConstraint(
            "\"state\" IN ('prepared', 'approved', 'superseded')", name=op.f("ck_settlement_sheet_state_known")
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> prepared_by", name=op.f("ck_settlement_sheet_two_people")
        ),
        sa.CheckConstraint("borne_fen <= self_pay_fen", name=op.f("ck_settlement_sheet_borne_within_share")),
        sa.CheckConstraint("borne_fen >= 0", name=op.f("ck_settlement_sheet_borne_fen_not_negative")),
        sa.CheckConstraint("cap_fen >= 0", name=op.f("ck_settlement_sheet_cap_fen_not_negative")),
        sa.CheckConstraint("eligible_fen >= 0", name=op.f("ck_settlement_sheet_eligible_fen_not_negative")),
        sa.CheckConstraint("self_pay_fen >= 0", name=op.f("ck_settlement_sheet_self_pay_fen_not_negative")),
        sa.CheckConstraint(
            "signed_self_pay_fen >= 0", name=op.f("ck_settlement_sheet_signed_self_pay_fen_not_negative")
        ),
        sa.CheckConstraint("subsidy_fen + self_pay_fen = total_fen", name=op.f("ck_settlement_sheet_shares_are_total")),
        sa.CheckConstraint("subsidy_fen <= cap_fen", name=op.f("ck_settlement_sheet_within_cap")),
        sa.CheckConstraint("subsidy_fen <= eligible_fen", name=op.f("ck_settlement_sheet_within_eligible")),
        sa.CheckConstraint("subsidy_fen >= 0", name=op.f("ck_settlement_sheet_subsidy_fen_not_negative")),
        sa.CheckConstraint("total_fen >= 0", name=op.f("ck_settlement_sheet_total_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_settlement_sheet_acceptance_id_acceptance")
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["user.id"], name=op.f("fk_settlement_sheet_approved_by_user")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_settlement_sheet_plan_id_plan")),
        sa.ForeignKeyConstraint(["prepared_by"], ["user.id"], name=op.f("fk_settlement_sheet_prepared_by_user")),
        sa.ForeignKeyConstraint(
            ["programme_version_id"],
            ["programme_version.id"],
            name=op.f("fk_settlement_sheet_programme_version_id_programme_version"),
        ),
        sa.ForeignKeyConstraint(
            ["renovation_id"], ["renovation.id"], name=op.f("fk_settlement_sheet_renovation_id_renovation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_sheet")),
        sa.UniqueConstraint("renovation_id", "version", name=op.f("uq_settlement_sheet_renovation_id_version")),
    )
    with op.batch_alter_table("settlement_sheet", schema=None) as batch_op:
        batch_op.create_index(
            "uq_settlement_sheet_current",
            ["renovation_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'superseded'"),
            postgresql_where=sa.text("state <> 'superseded'"),
        )

    op.create_table(
        "claim_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=1200), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "\"role\" IN ('township', 'county', 'federation', 'finance', 'assessor', 'contractor', 'supervisor', 'city', 'auditor', 'admin', 'system')",
            name=op.f("ck_claim_event_role_known"),
        ),
        sa.CheckConstraint(
            "\"state\" IN ('reported', 'assigned', 'fixed', 'verified', 'declined', 'contested')",
            name=op.f("ck_claim_event_state_known"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_claim_event_actor_id_user")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_event_claim_id_claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_event")),
    )
    with op.batch_alter_table("claim_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_event_claim_id"), ["claim_id"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("renovation_id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("payee_name", sa.String(length=100), nullable=False),
        sa.Column("payee_account", sa.LargeBinary(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("voucher", sa.String(length=60), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=80), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("returned_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(state = 'returned') = (returned_on IS NOT NULL)", name=op.f("ck_payment_returned_when")),
        sa.CheckConstraint("\"state\" IN ('paid', 'returned')", name=op.f("ck_payment_state_known")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_amount_positive")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_payment_amount_fen_not_negative")),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_payment_attachment_id_attachment")),
        sa.ForeignKeyConstraint(["county_id"], ["region.id"], name=op.f("fk_payment_county_id_region")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_payment_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_payment_recorded_by_user")),
        sa.ForeignKeyConstraint(["renovation_id"], ["renovation.id"], name=op.f("fk_payment_renovation_id_renovation")),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["settlement_sheet.id"], name=op.f("fk_payment_sheet_id_settlement_sheet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_renovation_id"), ["renovation_id"], unique=False)
        batch_op.create_index(
            "uq_payment_once",
            ["sheet_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'paid'"),
            postgresql_where=sa.text("state = 'paid'"),
        )
        batch_op.create_index("uq_payment_voucher", ["county_id", "voucher"], unique=True)

    op.create_table(
        "replaced_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("replacement_id", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=False),
        sa.Column("quantity_centi", sa.Integer(), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint("quantity_centi > 0", name=op.f("ck_replaced_part_quantity_positive")),
        sa.CheckConstraint("unit_price_fen >= 0", name=op.f("ck_replaced_part_unit_price_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["replacement_id"], ["firm_replacement.id"], name=op.f("fk_replaced_part_replacement_id_firm_replacement")
        ),
        sa.ForeignKeyConstraint(["root_id"], ["plan_line.id"], name=op.f("fk_replaced_part_root_id_plan_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replaced_part")),
        sa.UniqueConstraint("replacement_id", "root_id", name=op.f("uq_replaced_part_replacement_id_root_id")),
    )
    for protected in (ddl, settlement_ddl):
        for statement in protected.create(op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for protected in (settlement_ddl, ddl):
        for statement in protected.drop(op.get_bind().dialect.name):
            op.execute(statement)
    op.drop_table("replaced_part")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index("uq_payment_voucher")
        batch_op.drop_index(
            "uq_payment_once", sqlite_where=sa.text("state = 'paid'"), postgresql_where=sa.text("state = 'paid'")
        )
        batch_op.drop_index(batch_op.f("ix_payment_renovation_id"))

    op.drop_table("payment")
    with op.batch_alter_table("claim_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_event_claim_id"))

    op.drop_table("claim_event")
    with op.batch_alter_table("settlement_sheet", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_settlement_sheet_current",
            sqlite_where=sa.text("state <> 'superseded'"),
            postgresql_where=sa.text("state <> 'superseded'"),
        )

    op.drop_table("settlement_sheet")
    with op.batch_alter_table("party_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_party_member_acceptance_id"))

    op.drop_table("party_member")
    with op.batch_alter_table("line_report", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_line_report_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("line_report")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_handover_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("handover")
    with op.batch_alter_table("firm_replacement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_firm_replacement_renovation_id"))

    op.drop_table("firm_replacement")
    op.drop_table("contract_line")
    op.drop_table("claim")
    op.drop_table("accepted_line")
    with op.batch_alter_table("plan_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_line_plan_id"))

    op.drop_table("plan_line")
    with op.batch_alter_table("item_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_decision_plan_id"))

    op.drop_table("item_decision")
    with op.batch_alter_table("fact_change", schema=None) as batch_op:
        batch_op.drop_index("ix_fact_change_renovation")

    op.drop_table("fact_change")
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contract_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("contract")
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_agreement_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("agreement")
    with op.batch_alter_table("acceptance", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_acceptance_current",
            sqlite_where=sa.text("state <> 'superseded'"),
            postgresql_where=sa.text("state <> 'superseded'"),
        )

    op.drop_table("acceptance")
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.drop_index("ix_verification_renovation")

    op.drop_table("verification")
    with op.batch_alter_table("supervision_report", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_supervision_report_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("supervision_report")
    with op.batch_alter_table("self_pay_receipt", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_self_pay_receipt_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("self_pay_receipt")
    with op.batch_alter_table("self_pay_consent", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_self_pay_consent_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("self_pay_consent")
    op.drop_table("room_finding")
    with op.batch_alter_table("recheck", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_recheck_requested",
            sqlite_where=sa.text("state = 'requested'"),
            postgresql_where=sa.text("state = 'requested'"),
        )

    op.drop_table("recheck")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_plan_signed", sqlite_where=sa.text("state = 'signed'"), postgresql_where=sa.text("state = 'signed'")
        )
        batch_op.drop_index(
            "uq_plan_open",
            sqlite_where=sa.text("state IN ('draft', 'submitted', 'approved')"),
            postgresql_where=sa.text("state IN ('draft', 'submitted', 'approved')"),
        )

    op.drop_table("plan")
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_invoice_number", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_invoice_renovation_id"))

    op.drop_table("invoice")
    op.drop_table("indicator_result")
    with op.batch_alter_table("confirmation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_confirmation_renovation_id"))

    op.drop_table("confirmation")
    with op.batch_alter_table("assessor_signature", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assessor_signature_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("assessor_signature")
    op.drop_table("assessment_suggestion")
    with op.batch_alter_table("supervision_visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_supervision_visit_renovation_id"))

    op.drop_table("supervision_visit")
    with op.batch_alter_table("search_gram", schema=None) as batch_op:
        batch_op.drop_index("ix_search_gram_renovation")

    op.drop_table("search_gram")
    with op.batch_alter_table("seal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_seal_current", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )

    op.drop_table("seal")
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schedule_renovation_id"))

    op.drop_table("schedule")
    op.drop_table("renovation_event")
    with op.batch_alter_table("relocation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_relocation_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("relocation")
    with op.batch_alter_table("rejection", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_rejection_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("rejection")
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_objection_notice_id"))

    op.drop_table("objection")
    with op.batch_alter_table("notice_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_notice_entry_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("notice_entry")
    with op.batch_alter_table("log_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_log_entry_renovation_id"))

    op.drop_table("log_entry")
    with op.batch_alter_table("household_member", schema=None) as batch_op:
        batch_op.drop_index("ix_household_member_renovation")

    op.drop_table("household_member")
    with op.batch_alter_table("household", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_household_register_index"))
        batch_op.drop_index(batch_op.f("ix_household_dwelling_id"))

    op.drop_table("household")
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_up_renovation_id"))

    op.drop_table("follow_up")
    with op.batch_alter_table("earlier_subsidy", schema=None) as batch_op:
        batch_op.drop_index("ix_earlier_subsidy_renovation")

    op.drop_table("earlier_subsidy")
    with op.batch_alter_table("dwelling_match", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dwelling_match_renovation_id"))

    op.drop_table("dwelling_match")
    with op.batch_alter_table("derived_facts", schema=None) as batch_op:
        batch_op.drop_index("ix_derived_facts_verdict")
        batch_op.drop_index("ix_derived_facts_birth_date")

    op.drop_table("derived_facts")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index("ix_decision_renovation")

    op.drop_table("decision")
    op.drop_table("correction_slip")
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_renovation_id"))

    op.drop_table("comment")
    with op.batch_alter_table("beneficiary", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_beneficiary_seq", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index(
            "uq_beneficiary_person",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_beneficiary_id_index")

    op.drop_table("beneficiary")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_attachment_file_in_use",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_attachment_renovation")

    op.drop_table("attachment")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignment_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_assignment_organisation")

    op.drop_table("assignment")
    with op.batch_alter_table("assessment_visit", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assessment_visit_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("assessment_visit")
    with op.batch_alter_table("assessment_appointment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assessment_appointment_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("assessment_appointment")
    with op.batch_alter_table("renovation", schema=None) as batch_op:
        batch_op.drop_index("ix_renovation_township_status")
        batch_op.drop_index("ix_renovation_township")
        batch_op.drop_index("ix_renovation_county_status")
        batch_op.drop_index("ix_renovation_county")

    op.drop_table("renovation")
    with op.batch_alter_table("notice_photo", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_notice_photo_file",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_notice_photo_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("notice_photo")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_user_id"))

    op.drop_table("user_session")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_uploaded_by"))
        batch_op.drop_index(batch_op.f("ix_stored_file_sha256"))
        batch_op.drop_index(batch_op.f("ix_stored_file_dhash"))

    op.drop_table("stored_file")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_attempt_address")
        batch_op.drop_index("ix_sign_in_attempt_account")

    op.drop_table("sign_in_attempt")
    with op.batch_alter_table("programme_version", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_programme_version_in_force",
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )

    op.drop_table("programme_version")
    op.drop_table("procurement_price")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_state_run_after")
        batch_op.drop_index(batch_op.f("ix_job_created_by"))

    op.drop_table("job")
    with op.batch_alter_table("identity_probe", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_probe_user")

    op.drop_table("identity_probe")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_user_id"))

    op.drop_table("api_token")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_region_id"))
        batch_op.drop_index(batch_op.f("ix_user_organisation_id"))

    op.drop_table("user")
    with op.batch_alter_table("quota_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quota_entry_quota_id"))

    op.drop_table("quota_entry")
    with op.batch_alter_table("procurement_record", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_procurement_record_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_procurement_record_region_id"))
        batch_op.drop_index(batch_op.f("ix_procurement_record_organisation_id"))

    op.drop_table("procurement_record")
    with op.batch_alter_table("place_taken", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_place_taken_current",
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_place_taken_quota_id"))

    op.drop_table("place_taken")
    with op.batch_alter_table("organisation_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_change_organisation_id"))

    op.drop_table("organisation_change")
    with op.batch_alter_table("fund_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_fund_entry_renovation")
        batch_op.drop_index(batch_op.f("ix_fund_entry_account_id"))

    op.drop_table("fund_entry")
    with op.batch_alter_table("fund_commitment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_commitment_account_id"))

    op.drop_table("fund_commitment")
    with op.batch_alter_table("quota_places", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quota_places_region_id"))

    op.drop_table("quota_places")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_region_id"))

    op.drop_table("organisation")
    op.drop_table("notice")
    with op.batch_alter_table("fund_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_account_region_id"))

    op.drop_table("fund_account")
    with op.batch_alter_table("dwelling", schema=None) as batch_op:
        batch_op.drop_index("ix_dwelling_key")

    op.drop_table("dwelling")
    with op.batch_alter_table("benefit_claim", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_benefit_claim_current",
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )
        batch_op.drop_index("ix_benefit_claim_renovation")

    op.drop_table("benefit_claim")
    op.drop_table("submission")
    op.drop_table("setting")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_region_parent_id"))

    op.drop_table("region")
    op.drop_table("number_series")
    with op.batch_alter_table("look_up_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_look_up_attempt_receipt")
        batch_op.drop_index("ix_look_up_attempt_address")

    op.drop_table("look_up_attempt")
    op.drop_table("holiday")
    with op.batch_alter_table("due_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_due_run_day"))

    op.drop_table("due_run")
    op.drop_table("audit_seal")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_event")
        batch_op.drop_index("ix_audit_entry_at")
        batch_op.drop_index("ix_audit_entry_actor")

    op.drop_table("audit_entry")
