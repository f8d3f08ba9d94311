"""What people did last is read past the rows of any job."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_by_hand"
down_revision = "2026_11_22_job_asker"
branch_labels = None
depends_on = None

BY_HAND = sa.text("job_id IS NULL")


def upgrade() -> None:
    op.create_index(
        "audit_event_by_hand",
        "audit_event",
        ["tenant_id", "id"],
        postgresql_where=BY_HAND,
        sqlite_where=BY_HAND,
    )


def downgrade() -> None:
    op.drop_index("audit_event_by_hand", "audit_event")
