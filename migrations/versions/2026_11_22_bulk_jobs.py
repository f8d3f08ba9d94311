"""Jobs over all rows that match: stopped, undone, and what they left as it was."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_bulk_jobs"
down_revision = "2026_11_22_list_orders"
branch_labels = None
depends_on = None

BY_JOBS = sa.text("job_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("job", sa.Column("cancelled_at", sa.DateTime(timezone=True)))
    op.add_column("job", sa.Column("undo_id", sa.Uuid()))
    op.add_column("audit_event", sa.Column("job_id", sa.Uuid()))
    op.create_index(
        "audit_event_job",
        "audit_event",
        ["tenant_id", "job_id", "id"],
        postgresql_where=BY_JOBS,
        sqlite_where=BY_JOBS,
    )
    op.create_table(
        "job_refusal",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid()),
        sa.Column("object_public_id", sa.String(60), nullable=False),
        sa.Column("object_name", sa.String(254), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("job_refusal_pk")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("job_refusal_tenant_id_fk")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"],
            ["job.tenant_id", "job.id"],
            name=op.f("job_refusal_tenant_id_job_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("job_refusal_tenant_id_partner_id_fk"),
        ),
    )
    op.create_index("job_refusal_of", "job_refusal", ["tenant_id", "job_id", "id"])


def downgrade() -> None:
    op.drop_table("job_refusal")
    op.drop_index("audit_event_job", "audit_event")
    op.drop_column("audit_event", "job_id")
    op.drop_column("job", "undo_id")
    op.drop_column("job", "cancelled_at")
