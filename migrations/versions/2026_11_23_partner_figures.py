"""A partner's row says what it brought lately, so that lists can be in that order."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_partner_figures"
down_revision = "2026_11_22_by_hand"
branch_labels = None
depends_on = None

NOT_ARCHIVED = sa.text("status <> 'archived'")
#: As the worker has counted them; what it has not, it adds.
COUNTED = """
SELECT sum({number}) FROM metric_day JOIN standing_period
    ON standing_period.tenant_id = metric_day.tenant_id AND standing_period.period = '30'
    AND metric_day.day BETWEEN standing_period.first AND standing_period.last
WHERE metric_day.tenant_id = partner.tenant_id AND metric_day.partner_id = partner.id
    AND metric_day.source_id = '{every}'
"""
LAST_LEAD = """
SELECT received_at FROM lead
WHERE lead.tenant_id = partner.tenant_id AND lead.partner_id = partner.id AND NOT lead.is_test
ORDER BY lead.id DESC LIMIT 1
"""
BACKFILL = """
UPDATE partner SET received_30 = coalesce(({received}), 0),
    accepted_30 = coalesce(({accepted}), 0), last_lead_at = ({last_lead})
"""


def upgrade() -> None:
    for name in ("received_30", "accepted_30"):
        added = sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        op.add_column("partner", added)
    op.add_column("partner", sa.Column("last_lead_at", sa.DateTime(timezone=True)))
    op.execute(sa.text(_backfill()))
    op.create_index(
        "partner_received",
        "partner",
        ["tenant_id", "received_30", "id"],
        postgresql_where=NOT_ARCHIVED,
        sqlite_where=NOT_ARCHIVED,
    )
    in_status = ["tenant_id", "status", "received_30", "id"]
    op.create_index("partner_status_received", "partner", in_status)


def _backfill() -> str:
    is_sqlite = op.get_bind().dialect.name == "sqlite"  # which keeps identifiers as bare digits
    every = "0" * 32 if is_sqlite else "00000000-0000-0000-0000-000000000000"
    received = COUNTED.format(number="accepted + duplicate + rejected", every=every)
    accepted = COUNTED.format(number="accepted", every=every)
    return BACKFILL.format(received=received, accepted=accepted, last_lead=LAST_LEAD)


def downgrade() -> None:
    op.drop_index("partner_status_received", table_name="partner")
    op.drop_index("partner_received", table_name="partner")
    for name in ("last_lead_at", "accepted_30", "received_30"):
        op.drop_column("partner", name)
