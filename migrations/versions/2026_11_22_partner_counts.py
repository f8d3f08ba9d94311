"""Count a partner's sources and people in its own row."""

import sqlalchemy as sa
from alembic import op

from models.partner_counts import MEMBERS, SOURCES, recount, removals, statements

revision = "2026_11_22_partner_counts"
down_revision = "2026_11_22_go_live"
branch_labels = None
depends_on = None

COLUMNS = ("source_count", "user_count", "admin_count")
LACKING = (("partner_without_source", "source_count"), ("partner_without_admin", "admin_count"))


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for column in COLUMNS:
        added = sa.Column(column, sa.Integer(), server_default="0", nullable=False)
        op.add_column("partner", added)
    for counted in (SOURCES, MEMBERS):
        for statement in statements(counted, dialect):
            op.execute(sa.text(statement))
        op.execute(sa.text(recount(counted)))
    for name, column in LACKING:
        none = sa.text(f"{column} = 0")
        for suffix, of in (("", []), ("_status", ["status"])):
            op.create_index(
                f"{name}{suffix}",
                "partner",
                ["tenant_id", *of, "id"],
                postgresql_where=none,
                sqlite_where=none,
            )
    # The dashboard counts live sources by this index alone, so it holds none that was deleted.
    op.drop_index("source_status", table_name="source")
    _index_status(sa.text("deleted_at IS NULL"))


def _index_status(only: sa.TextClause | None) -> None:
    columns = ["tenant_id", "status", "id"]
    op.create_index("source_status", "source", columns, postgresql_where=only, sqlite_where=only)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.drop_index("source_status", table_name="source")
    _index_status(None)
    for name, _ in LACKING:
        op.drop_index(f"{name}_status", table_name="partner")
        op.drop_index(name, table_name="partner")
    for counted in (MEMBERS, SOURCES):
        for statement in removals(counted, dialect):
            op.execute(sa.text(statement))
    for column in reversed(COLUMNS):
        op.drop_column("partner", column)
