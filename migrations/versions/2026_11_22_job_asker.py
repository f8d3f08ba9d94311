"""People find the jobs that they asked for."""

from alembic import op

revision = "2026_11_22_job_asker"
down_revision = "2026_11_22_narrowed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("job_asker", "job", ["tenant_id", "asked_by_id", "id"])


def downgrade() -> None:
    op.drop_index("job_asker", "job")
