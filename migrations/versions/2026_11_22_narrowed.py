"""Find a source's failed calls, and the returned and duplicate leads of each, by index."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_narrowed"
down_revision = "2026_11_22_imports"
branch_labels = None
depends_on = None

STATE, FAILED = "state <> 'accepted'", "error <> ''"
INDEXES = {
    "submission_error": ("submission", ("source_id", "error"), FAILED),
    "lead_source_state": ("lead", ("source_id", "state"), STATE),
    "lead_partner_state": ("lead", ("partner_id", "state"), STATE),
}


def upgrade() -> None:
    for name, (table, columns, where) in INDEXES.items():
        kept = sa.text(where)
        key = ["tenant_id", *columns, "id"]
        op.create_index(name, table, key, postgresql_where=kept, sqlite_where=kept)


def downgrade() -> None:
    for name, (table, *_) in INDEXES.items():
        op.drop_index(name, table)
