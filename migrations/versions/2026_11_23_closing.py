"""Find the old keys that close soon by index: the dashboard and a filter ask for them."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_closing"
down_revision = "2026_11_23_partner_figures"
branch_labels = None
depends_on = None

NAME, TABLE = "credential_closing", "credential"


def upgrade() -> None:
    kept = sa.text("closes_at IS NOT NULL AND revoked_at IS NULL")
    columns = ["tenant_id", "closes_at"]
    op.create_index(NAME, TABLE, columns, postgresql_where=kept, sqlite_where=kept)


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
