"""Find the first page of a narrowed list by index, in each of its orders."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_narrowed_lists"
down_revision = "2026_11_23_closing"
branch_labels = None
depends_on = None

KEPT = "deleted_at IS NULL"
ASSIGNED = "partner_id IS NOT NULL AND deleted_at IS NULL"
NEW = (
    ("source_status_name", "source", ["tenant_id", "status", "name_key"], KEPT),
    ("source_vertical_name", "source", ["tenant_id", "vertical", "name_key"], KEPT),
    ("source_assigned", "source", ["tenant_id", "id"], ASSIGNED),
    ("source_assigned_name", "source", ["tenant_id", "name_key"], ASSIGNED),
    ("partner_receiving", "partner", ["tenant_id", "id"], "received_30 > 0"),
)
VERTICAL = ("source_vertical", "source", ["tenant_id", "vertical", "id"])


def upgrade() -> None:
    for index in NEW:
        _create(*index)
    op.drop_index("source_vertical", "source")
    _create(*VERTICAL, KEPT)


def downgrade() -> None:
    op.drop_index("source_vertical", "source")
    op.create_index(*VERTICAL)
    for name, table, *_ in reversed(NEW):
        op.drop_index(name, table)


def _create(name: str, table: str, columns: list[str], which: str) -> None:
    where = sa.text(which)
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)
