"""The first of a ranking are read from an index."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_standings"
down_revision = "2026_11_22_user_name"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "standing",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=12), nullable=False),
        sa.Column("among_id", sa.Uuid(), nullable=False),
        sa.Column("who_id", sa.Uuid(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("standing_tenant_id_fk")),
        sa.PrimaryKeyConstraint(
            "tenant_id", "period", "among_id", "who_id", name=op.f("standing_pk")
        ),
    )
    ranked = ["tenant_id", "period", "among_id", "accepted", "who_id"]
    op.create_index("standing_rank", "standing", ranked, unique=False)
    op.create_table(
        "standing_period",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=12), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("standing_period_tenant_id_fk")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "period", name=op.f("standing_period_pk")),
    )
    days = ["tenant_id", "day", "source_id"]
    op.create_index("metric_day_day", "metric_day", days, unique=False)


def downgrade() -> None:
    op.drop_index("metric_day_day", table_name="metric_day")
    op.drop_table("standing_period")
    op.drop_table("standing")
