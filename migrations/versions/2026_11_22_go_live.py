"""Find the sources whose partners ask to go live."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_go_live"
down_revision = "2026_11_22_leads"
branch_labels = None
depends_on = None

ASKED = sa.text("go_live_asked_at IS NOT NULL AND deleted_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "source_asked",
        "source",
        ["tenant_id", "go_live_asked_at"],
        unique=False,
        postgresql_where=ASKED,
        sqlite_where=ASKED,
    )


def downgrade() -> None:
    op.drop_index("source_asked", table_name="source", postgresql_where=ASKED, sqlite_where=ASKED)
