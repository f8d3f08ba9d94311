"""Let an invite's row say whether its mail could not be delivered."""

import sqlalchemy as sa
from alembic import op

from models.failed_mail import BACKFILL, removals, statements

revision = "2026_11_23_failed_mail"
down_revision = "2026_11_23_later_jobs"
branch_labels = None
depends_on = None

OPEN = "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL"
INDEXES = {"invite_failed": "", "invite_failed_open": f" AND {OPEN}"}


def upgrade() -> None:
    op.add_column(
        "invite", sa.Column("mail_failed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    for statement in statements(op.get_bind().dialect.name):
        op.execute(sa.text(statement))
    op.execute(sa.text(BACKFILL))
    for name, which in INDEXES.items():
        op.create_index(
            name,
            "invite",
            ["tenant_id", "id"],
            postgresql_where=sa.text(f"mail_failed{which}"),
            sqlite_where=sa.text(f"mail_failed = 1{which}"),
        )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="invite")
    for statement in removals(op.get_bind().dialect.name):
        op.execute(sa.text(statement))
    op.drop_column("invite", "mail_failed")
