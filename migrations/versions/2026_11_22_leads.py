"""Sources receive leads."""

import sqlalchemy as sa
from alembic import op

from models.base import Moment

revision = "2026_11_22_leads"
down_revision = "2026_11_22_first_tables"
branch_labels = None
depends_on = None

#: In words of its own: Alembic adds no column together with its check on SQLite.
FLOW = (
    "ALTER TABLE source ADD COLUMN flow VARCHAR(24) DEFAULT 'normal' NOT NULL"
    " CONSTRAINT source_flow CHECK (flow IN ('normal', 'late', 'silent', 'surging'))"
)


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("idempotency_key_pk")),
    )
    op.create_index("idempotency_key_age", "idempotency_key", ["received_at"], unique=False)
    op.create_index(
        "idempotency_key_unique",
        "idempotency_key",
        ["tenant_id", "source_id", "key_hash"],
        unique=True,
    )
    op.create_table(
        "lead",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "accepted",
                "duplicate",
                "returned",
                name="leadstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("payout_cents", sa.Integer(), nullable=False),
        sa.Column("returned_at", Moment(), nullable=True),
        sa.Column("returned_by_id", sa.Uuid(), nullable=True),
        sa.Column("return_reason", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("lead_pk")),
    )
    op.create_index("lead_email", "lead", ["tenant_id", "email", "id"], unique=False)
    op.create_index("lead_partner", "lead", ["tenant_id", "partner_id", "id"], unique=False)
    op.create_index("lead_phone", "lead", ["tenant_id", "phone", "id"], unique=False)
    op.create_index("lead_source", "lead", ["tenant_id", "source_id", "id"], unique=False)
    op.create_index(
        "lead_state",
        "lead",
        ["tenant_id", "state", "id"],
        unique=False,
        postgresql_where=sa.text("state <> 'accepted'"),
        sqlite_where=sa.text("state <> 'accepted'"),
    )
    op.create_index(
        "lead_test",
        "lead",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("is_test"),
        sqlite_where=sa.text("is_test"),
    )
    op.create_table(
        "metric_change",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("duplicate", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("payout_cents", sa.BigInteger(), nullable=False),
        sa.Column("returned_cents", sa.BigInteger(), nullable=False),
        sa.Column("deducted_cents", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("metric_change_pk")),
    )
    op.create_index("metric_change_seq", "metric_change", ["tenant_id", "seq"], unique=False)
    op.create_table(
        "submission",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "accepted",
                "duplicate",
                "rejected",
                "repeated",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("error", sa.String(length=40), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=True),
        sa.Column("payout_cents", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("submission_pk")),
    )
    op.create_index(
        "submission_partner", "submission", ["tenant_id", "partner_id", "id"], unique=False
    )
    op.create_index(
        "submission_rejected",
        "submission",
        ["tenant_id", "source_id", "id"],
        unique=False,
        postgresql_where=sa.text("outcome = 'rejected'"),
        sqlite_where=sa.text("outcome = 'rejected'"),
    )
    op.create_index("submission_seq", "submission", ["tenant_id", "seq"], unique=False)
    op.create_index(
        "submission_source", "submission", ["tenant_id", "source_id", "id"], unique=False
    )
    op.create_table(
        "call_hour",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("hour", Moment(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("call_hour_tenant_id_fk")),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "source_id",
            "hour",
            "credential_id",
            "partner_id",
            name=op.f("call_hour_pk"),
        ),
    )
    op.create_index("call_hour_hour", "call_hour", ["hour"], unique=False)
    op.create_table(
        "metric_day",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("duplicate", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("payout_cents", sa.BigInteger(), nullable=False),
        sa.Column("returned_cents", sa.BigInteger(), nullable=False),
        sa.Column("deducted_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("metric_day_tenant_id_fk")),
        sa.PrimaryKeyConstraint(
            "tenant_id", "source_id", "partner_id", "day", name=op.f("metric_day_pk")
        ),
    )
    op.create_index(
        "metric_day_partner", "metric_day", ["tenant_id", "partner_id", "day"], unique=False
    )
    op.create_table(
        "metric_mark",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("metric_mark_tenant_id_fk")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("metric_mark_pk")),
    )
    op.create_table(
        "rejection_day",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("rejection_day_tenant_id_fk")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "source_id",
            "partner_id",
            "day",
            "field",
            "message",
            name=op.f("rejection_day_pk"),
        ),
    )
    op.create_index(
        "rejection_day_partner", "rejection_day", ["tenant_id", "partner_id", "day"], unique=False
    )
    op.create_table(
        "credential",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "basic",
                "bearer",
                name="credentialkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("closes_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.Column("last_used_from", sa.String(length=45), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("credential_tenant_id_created_by_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "replaces_id"],
            ["credential.tenant_id", "credential.id"],
            name=op.f("credential_tenant_id_replaces_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "source_id"],
            ["source.tenant_id", "source.id"],
            name=op.f("credential_tenant_id_source_id_fk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("credential_tenant_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("credential_pk")),
    )
    op.create_index("credential_key_unique", "credential", ["tenant_id", "key"], unique=True)
    op.create_index(
        "credential_replaces_unique", "credential", ["tenant_id", "replaces_id"], unique=True
    )
    op.create_index(
        "credential_source", "credential", ["tenant_id", "source_id", "id"], unique=False
    )
    op.create_table(
        "field_mapping",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("published_at", Moment(), nullable=True),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "published_by_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("field_mapping_tenant_id_published_by_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "source_id"],
            ["source.tenant_id", "source.id"],
            name=op.f("field_mapping_tenant_id_source_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("field_mapping_tenant_id_fk")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("field_mapping_pk")),
    )
    op.create_index(
        "field_mapping_number_unique",
        "field_mapping",
        ["tenant_id", "source_id", "number"],
        unique=True,
    )
    op.create_index(
        "field_mapping_one_draft",
        "field_mapping",
        ["tenant_id", "source_id"],
        unique=True,
        postgresql_where=sa.text("published_at IS NULL"),
        sqlite_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "job",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("beat_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "asked_by_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("job_tenant_id_asked_by_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("job_tenant_id_partner_id_fk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("job_tenant_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("job_pk")),
    )
    op.create_index(
        "job_open",
        "job",
        ["queued_at"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL AND failed_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL AND failed_at IS NULL"),
    )
    op.create_index("job_subject", "job", ["tenant_id", "subject_id", "id"], unique=False)
    op.create_table(
        "specification_link",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("specification_link_tenant_id_created_by_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "letter_id"],
            ["letter.tenant_id", "letter.id"],
            name=op.f("specification_link_tenant_id_letter_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "source_id"],
            ["source.tenant_id", "source.id"],
            name=op.f("specification_link_tenant_id_source_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("specification_link_tenant_id_fk")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("specification_link_pk")),
    )
    op.create_index(
        "specification_link_letter", "specification_link", ["tenant_id", "letter_id"], unique=False
    )
    op.create_index(
        "specification_link_source",
        "specification_link",
        ["tenant_id", "source_id", "id"],
        unique=False,
    )
    op.create_index(
        "specification_link_token_unique",
        "specification_link",
        ["tenant_id", "token_hash"],
        unique=True,
    )
    op.add_column(
        "source", sa.Column("payout_cents", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "source",
        sa.Column(
            "duplicate_fields", sa.JSON(), server_default='["email", "phone"]', nullable=False
        ),
    )
    op.add_column(
        "source",
        sa.Column("duplicate_days", sa.SmallInteger(), server_default="30", nullable=False),
    )
    op.add_column(
        "source", sa.Column("rate_limit", sa.Integer(), server_default="600", nullable=False)
    )
    op.add_column("source", sa.Column("mapping_id", sa.Uuid(), nullable=True))
    op.add_column("source", sa.Column("go_live_asked_at", Moment(), nullable=True))
    op.execute(FLOW)
    op.add_column("source", sa.Column("flow_since", Moment(), nullable=True))
    op.create_index(
        "source_flow",
        "source",
        ["tenant_id", "flow"],
        unique=False,
        postgresql_where=sa.text("flow <> 'normal' AND deleted_at IS NULL"),
        sqlite_where=sa.text("flow <> 'normal' AND deleted_at IS NULL"),
    )
    op.add_column(
        "tenant", sa.Column("currency", sa.String(length=3), server_default="USD", nullable=False)
    )
    op.add_column("tenant", sa.Column("submission_days", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("tenant", "submission_days")
    op.drop_column("tenant", "currency")
    op.drop_index(
        "source_flow",
        table_name="source",
        postgresql_where=sa.text("flow <> 'normal' AND deleted_at IS NULL"),
        sqlite_where=sa.text("flow <> 'normal' AND deleted_at IS NULL"),
    )
    op.drop_column("source", "flow_since")
    op.drop_column("source", "flow")
    op.drop_column("source", "go_live_asked_at")
    op.drop_column("source", "mapping_id")
    op.drop_column("source", "rate_limit")
    op.drop_column("source", "duplicate_days")
    op.drop_column("source", "duplicate_fields")
    op.drop_column("source", "payout_cents")
    op.drop_index("specification_link_token_unique", table_name="specification_link")
    op.drop_index("specification_link_source", table_name="specification_link")
    op.drop_index("specification_link_letter", table_name="specification_link")
    op.drop_table("specification_link")
    op.drop_index("job_subject", table_name="job")
    op.drop_index(
        "job_open",
        table_name="job",
        postgresql_where=sa.text("finished_at IS NULL AND failed_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL AND failed_at IS NULL"),
    )
    op.drop_table("job")
    op.drop_index(
        "field_mapping_one_draft",
        table_name="field_mapping",
        postgresql_where=sa.text("published_at IS NULL"),
        sqlite_where=sa.text("published_at IS NULL"),
    )
    op.drop_index("field_mapping_number_unique", table_name="field_mapping")
    op.drop_table("field_mapping")
    op.drop_index("credential_source", table_name="credential")
    op.drop_index("credential_replaces_unique", table_name="credential")
    op.drop_index("credential_key_unique", table_name="credential")
    op.drop_table("credential")
    op.drop_index("rejection_day_partner", table_name="rejection_day")
    op.drop_table("rejection_day")
    op.drop_table("metric_mark")
    op.drop_index("metric_day_partner", table_name="metric_day")
    op.drop_table("metric_day")
    op.drop_index("call_hour_hour", table_name="call_hour")
    op.drop_table("call_hour")
    op.drop_index("submission_source", table_name="submission")
    op.drop_index("submission_seq", table_name="submission")
    op.drop_index(
        "submission_rejected",
        table_name="submission",
        postgresql_where=sa.text("outcome = 'rejected'"),
        sqlite_where=sa.text("outcome = 'rejected'"),
    )
    op.drop_index("submission_partner", table_name="submission")
    op.drop_table("submission")
    op.drop_index("metric_change_seq", table_name="metric_change")
    op.drop_table("metric_change")
    op.drop_index(
        "lead_test",
        table_name="lead",
        postgresql_where=sa.text("is_test"),
        sqlite_where=sa.text("is_test"),
    )
    op.drop_index(
        "lead_state",
        table_name="lead",
        postgresql_where=sa.text("state <> 'accepted'"),
        sqlite_where=sa.text("state <> 'accepted'"),
    )
    op.drop_index("lead_source", table_name="lead")
    op.drop_index("lead_phone", table_name="lead")
    op.drop_index("lead_partner", table_name="lead")
    op.drop_index("lead_email", table_name="lead")
    op.drop_table("lead")
    op.drop_index("idempotency_key_unique", table_name="idempotency_key")
    op.drop_index("idempotency_key_age", table_name="idempotency_key")
    op.drop_table("idempotency_key")
