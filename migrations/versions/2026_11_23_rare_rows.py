"""Index only the rows that are asked for: rare events and tests, and roles of partner people."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_rare_rows"
down_revision = "2026_11_23_searched"
branch_labels = None
depends_on = None

EVENTS = (("audit_event_deed", "deed_id", False), ("audit_event_undoes_unique", "undoes_id", True))
TESTS = (("lead_source_test", "source_id"), ("lead_partner_test", "partner_id"))


def upgrade() -> None:
    for name, column, unique in EVENTS:
        op.drop_index(name, table_name="audit_event")
        rare = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            name,
            "audit_event",
            ["tenant_id", column],
            unique=unique,
            postgresql_where=rare,
            sqlite_where=rare,
        )
    op.drop_index("membership_role", table_name="membership")
    of_partners = sa.text("partner_id IS NOT NULL")
    op.create_index(
        "membership_role",
        "membership",
        ["tenant_id", "role", "id"],
        postgresql_where=of_partners,
        sqlite_where=of_partners,
    )
    if op.get_bind().dialect.name == "sqlite":
        for name, column in TESTS:
            only = sa.text("is_test = 1")
            op.create_index(name, "lead", ["tenant_id", column, "id"], sqlite_where=only)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, _ in TESTS:
            op.drop_index(name, table_name="lead")
    op.drop_index("membership_role", table_name="membership")
    op.create_index("membership_role", "membership", ["tenant_id", "role", "id"])
    for name, column, unique in EVENTS:
        op.drop_index(name, table_name="audit_event")
        op.create_index(name, "audit_event", ["tenant_id", column], unique=unique)
