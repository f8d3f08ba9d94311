"""Lists and tasks of a large tenant follow an index, whatever they are narrowed to."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_list_orders"
down_revision = "2026_11_22_partitions"
branch_labels = None
depends_on = None

CLOSED = ("accepted", "declined", "revoked", "replaced")
OF_SOURCE = ("tenant_id", "source_id")


def upgrade() -> None:
    op.create_index("credential_creator", "credential", ["tenant_id", "created_by_id", "id"])
    op.create_index("invite_address", "invite", ["tenant_id", "email_key", "id"])
    for state in CLOSED:
        _partial(f"invite_{state}", "invite", ["tenant_id", "id"], f"{state}_at IS NOT NULL")
    _partial("letter_filed", "letter", ["tenant_id", "id"], "filed_as <> ''")
    _partial("source_deleted", "source", ["tenant_id", "id"], "deleted_at IS NOT NULL")
    op.drop_index("submission_rejected", "submission")
    unusual = [*OF_SOURCE, "outcome", "id"]
    _partial("submission_unusual", "submission", unusual, "outcome <> 'accepted'")
    _partial("submission_test", "submission", [*OF_SOURCE, "id"], _test())
    if op.get_bind().dialect.name == "sqlite":  # it asks for the very words of an index
        op.drop_index("lead_test", "lead")
        _partial("lead_test", "lead", ["tenant_id", "id"], "is_test = 1")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("lead_test", "lead")
        _partial("lead_test", "lead", ["tenant_id", "id"], "is_test")
    op.drop_index("submission_test", "submission")
    op.drop_index("submission_unusual", "submission")
    _partial("submission_rejected", "submission", [*OF_SOURCE, "id"], "outcome = 'rejected'")
    op.drop_index("source_deleted", "source")
    op.drop_index("letter_filed", "letter")
    for state in CLOSED:
        op.drop_index(f"invite_{state}", "invite")
    op.drop_index("invite_address", "invite")
    op.drop_index("credential_creator", "credential")


def _test() -> str:
    return "is_test = 1" if op.get_bind().dialect.name == "sqlite" else "is_test"


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
    )
