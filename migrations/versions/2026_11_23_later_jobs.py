"""Let a job begin later than it is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_later_jobs"
down_revision = "2026_11_23_rare_rows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("due_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("job", "due_at")
