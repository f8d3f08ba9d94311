"""Lists of people are read along their names."""

from alembic import op

revision = "2026_11_22_user_name"
down_revision = "2026_11_22_partner_counts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("user_name", "user", ["search_key"])


def downgrade() -> None:
    op.drop_index("user_name", "user")
