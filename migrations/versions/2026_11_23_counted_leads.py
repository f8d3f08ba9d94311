"""Let indexes of leads tell which are tests: so an index alone counts what lists show."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_counted_leads"
down_revision = "2026_11_23_kept_names"
branch_labels = None
depends_on = None

UNUSUAL = "state <> 'accepted'"
INDEXES = (
    ("lead_source", ["tenant_id", "source_id", "id"], None),
    ("lead_partner", ["tenant_id", "partner_id", "id"], None),
    ("lead_state", ["tenant_id", "state", "id"], UNUSUAL),
    ("lead_source_state", ["tenant_id", "source_id", "state", "id"], UNUSUAL),
    ("lead_partner_state", ["tenant_id", "partner_id", "state", "id"], UNUSUAL),
)


def upgrade() -> None:
    _made_of("is_test")


def downgrade() -> None:
    _made_of()


def _made_of(*more: str) -> None:
    for name, columns, which in INDEXES:
        where = sa.text(which) if which else None
        op.drop_index(name, table_name="lead")
        op.create_index(name, "lead", [*columns, *more], postgresql_where=where, sqlite_where=where)
