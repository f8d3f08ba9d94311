"""Let PostgreSQL tell how many rows hold what was searched for: it took thousands for a few."""

from alembic import op

revision = "2026_11_23_searched"
down_revision = "2026_11_23_narrowed_lists"
branch_labels = None
depends_on = None

SEARCHED = (
    ("partner", "name_key"),
    ("source", "name_key"),
    ("user", "search_key"),
    ("invite", "email_key"),
)


def upgrade() -> None:
    _sample(1000)


def downgrade() -> None:
    _sample(-1)


def _sample(values: int) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column in SEARCHED:
        op.execute(f'ALTER TABLE "{table}" ALTER {column} SET STATISTICS {values}')
        op.execute(f'ANALYZE "{table}"')
