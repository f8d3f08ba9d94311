"""Index a partner's sources by name without the deleted ones: so an index alone counts them."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_kept_names"
down_revision = "2026_11_23_failed_mail"
branch_labels = None
depends_on = None

NAME, TABLE, COLUMNS = "source_partner_name", "source", ["tenant_id", "partner_id", "name_key"]


def upgrade() -> None:
    kept = sa.text("deleted_at IS NULL")
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, COLUMNS, postgresql_where=kept, sqlite_where=kept)


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, COLUMNS)
