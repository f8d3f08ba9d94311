"""Files that staff import, and an answer for each of their rows."""

import sqlalchemy as sa
from alembic import op

from models.base import Moment

revision = "2026_11_22_imports"
down_revision = "2026_11_22_bulk_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_import",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "partners",
                "sources",
                name="importkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("encoding", sa.String(length=20), nullable=False),
        sa.Column("delimiter", sa.String(length=1), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("uploaded_at", Moment(), nullable=True),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("imported_at", Moment(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "by_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("file_import_tenant_id_by_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("file_import_tenant_id_fk")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("file_import_pk")),
    )
    op.create_index("file_import_created", "file_import", ["created_at"], unique=False)
    op.create_index("file_import_kind", "file_import", ["tenant_id", "kind", "id"], unique=False)
    op.create_table(
        "file_piece",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["file_import.tenant_id", "file_import.id"],
            name=op.f("file_piece_tenant_id_import_id_fk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("file_piece_tenant_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("file_piece_pk")),
    )
    op.create_index(
        "file_piece_number", "file_piece", ["tenant_id", "import_id", "number"], unique=True
    )
    op.create_table(
        "import_row",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "created",
                "changed",
                "unchanged",
                "refused",
                name="rowoutcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("is_done", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["file_import.tenant_id", "file_import.id"],
            name=op.f("import_row_tenant_id_import_id_fk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("import_row_tenant_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("import_row_pk")),
    )
    op.create_index(
        "import_row_key", "import_row", ["tenant_id", "import_id", "name_key"], unique=False
    )
    op.create_index(
        "import_row_number", "import_row", ["tenant_id", "import_id", "number"], unique=True
    )
    op.create_index(
        "import_row_object", "import_row", ["tenant_id", "import_id", "object_id"], unique=False
    )
    op.create_index(
        "import_row_outcome",
        "import_row",
        ["tenant_id", "import_id", "outcome", "number"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("import_row_outcome", table_name="import_row")
    op.drop_index("import_row_object", table_name="import_row")
    op.drop_index("import_row_number", table_name="import_row")
    op.drop_index("import_row_key", table_name="import_row")
    op.drop_table("import_row")
    op.drop_index("file_piece_number", table_name="file_piece")
    op.drop_table("file_piece")
    op.drop_index("file_import_kind", table_name="file_import")
    op.drop_index("file_import_created", table_name="file_import")
    op.drop_table("file_import")
