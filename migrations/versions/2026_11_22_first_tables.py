"""First tables."""

import sqlalchemy as sa
from alembic import op

from models.base import Moment
from models.search import fts_statements

revision = "2026_11_22_first_tables"
down_revision = None
branch_labels = None
depends_on = None

#: Columns that lists search by any part of them.
SEARCHED = (
    ("invite", "email_key"),
    ("partner", "name_key"),
    ("source", "name_key"),
    ("user", "search_key"),
)


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "email_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("sign_in_attempt_pk")),
    )
    op.create_index("sign_in_attempt_address", "sign_in_attempt", ["address", "at"], unique=False)
    op.create_index("sign_in_attempt_email", "sign_in_attempt", ["email_key", "at"], unique=False)
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("invite_days", sa.SmallInteger(), nullable=True),
        sa.Column("idle_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tenant_pk")),
        sa.UniqueConstraint("code", name=op.f("tenant_code_unique")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "email_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "search_key",
            sa.String(length=400).with_variant(sa.String(length=400, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("password_changed_at", Moment(), nullable=False),
        sa.Column(
            "theme",
            sa.Enum(
                "system",
                "light",
                "dark",
                name="theme",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("suspended_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("user_pk")),
        sa.UniqueConstraint("email_key", name=op.f("user_email_key_unique")),
    )
    op.create_table(
        "account_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("to_email", sa.String(length=254), nullable=False),
        sa.Column("to_name", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("next_try_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", Moment(), nullable=True),
        sa.Column("handed_over_at", Moment(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("filed_as", sa.String(length=120), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("account_letter_user_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("account_letter_pk")),
    )
    op.create_index(
        "account_letter_due",
        "account_letter",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_index("account_letter_to", "account_letter", ["to_email", "queued_at"], unique=False)
    op.create_table(
        "partner",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "paused",
                "archived",
                name="partnerstatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("account_manager_id", sa.Uuid(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("show_returned", sa.Boolean(), nullable=False),
        sa.Column("deduct_returned", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_manager_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("partner_tenant_id_account_manager_id_fk"),
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("partner_tenant_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("partner_pk")),
    )
    op.create_index(
        "partner_account_manager",
        "partner",
        ["tenant_id", "account_manager_id", "id"],
        unique=False,
    )
    op.create_index("partner_name_unique", "partner", ["tenant_id", "name_key"], unique=True)
    op.create_index(
        "partner_status_name", "partner", ["tenant_id", "status", "name_key"], unique=False
    )
    op.create_index("partner_status_newest", "partner", ["tenant_id", "status", "id"], unique=False)
    op.create_table(
        "letter",
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("to_email", sa.String(length=254), nullable=False),
        sa.Column("to_name", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("next_try_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", Moment(), nullable=True),
        sa.Column("handed_over_at", Moment(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("filed_as", sa.String(length=120), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("letter_tenant_id_partner_id_fk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("letter_tenant_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("letter_pk")),
    )
    op.create_index(
        "letter_due",
        "letter",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_index(
        "letter_failed",
        "letter",
        ["tenant_id", "failed_at"],
        unique=False,
        postgresql_where=sa.text("failed_at IS NOT NULL"),
        sqlite_where=sa.text("failed_at IS NOT NULL"),
    )
    op.create_index("letter_to", "letter", ["to_email", "queued_at"], unique=False)
    op.create_table(
        "membership",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "customer_support",
                "sales",
                "data_validation",
                "partner_admin",
                "partner_user",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.Column("last_active_at", Moment(), nullable=True),
        sa.Column("invited_by_id", sa.Uuid(), nullable=True),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(partner_id IS NULL) = (role NOT IN ('partner_admin', 'partner_user'))",
            name=op.f("membership_role_fits_place"),
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["user.id"], name=op.f("membership_invited_by_id_fk")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("membership_tenant_id_partner_id_fk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("membership_tenant_id_fk")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("membership_user_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("membership_pk")),
    )
    op.create_index(
        "membership_one_per_partner",
        "membership",
        ["tenant_id", "partner_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL AND partner_id IS NOT NULL"),
        sqlite_where=sa.text("removed_at IS NULL AND partner_id IS NOT NULL"),
    )
    op.create_index(
        "membership_one_per_staff",
        "membership",
        ["tenant_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL AND partner_id IS NULL"),
        sqlite_where=sa.text("removed_at IS NULL AND partner_id IS NULL"),
    )
    op.create_index(
        "membership_partner", "membership", ["tenant_id", "partner_id", "id"], unique=False
    )
    op.create_index("membership_role", "membership", ["tenant_id", "role", "id"], unique=False)
    op.create_index("membership_user", "membership", ["user_id"], unique=False)
    op.create_table(
        "partner_tag",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("partner_tag_tenant_id_partner_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("partner_tag_tenant_id_fk")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("partner_tag_pk")),
    )
    op.create_index(
        "partner_tag_of", "partner_tag", ["tenant_id", "tag", "partner_id"], unique=False
    )
    op.create_index(
        "partner_tag_once", "partner_tag", ["tenant_id", "partner_id", "tag"], unique=True
    )
    op.create_table(
        "password_reset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["account_letter.id"], name=op.f("password_reset_letter_id_fk")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("password_reset_user_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("password_reset_pk")),
    )
    op.create_index(op.f("password_reset_letter_id"), "password_reset", ["letter_id"], unique=False)
    op.create_index("password_reset_token_unique", "password_reset", ["token_hash"], unique=True)
    op.create_index(
        "password_reset_user", "password_reset", ["user_id", "created_at"], unique=False
    )
    op.create_table(
        "source",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("vertical", sa.String(length=80), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "test",
                "live",
                "paused",
                name="sourcestatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("source_tenant_id_partner_id_fk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("source_tenant_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("source_pk")),
    )
    op.create_index(
        "source_name_unique",
        "source",
        ["tenant_id", "name_key"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("source_partner", "source", ["tenant_id", "partner_id", "id"], unique=False)
    op.create_index(
        "source_partner_name", "source", ["tenant_id", "partner_id", "name_key"], unique=False
    )
    op.create_index("source_status", "source", ["tenant_id", "status", "id"], unique=False)
    op.create_index("source_vertical", "source", ["tenant_id", "vertical", "id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("began_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "credit",
            sa.Enum(
                "leave",
                "all",
                "since",
                name="credit",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("credit_since", sa.Date(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "began_by_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("assignment_tenant_id_began_by_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ended_by_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("assignment_tenant_id_ended_by_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("assignment_tenant_id_partner_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "source_id"],
            ["source.tenant_id", "source.id"],
            name=op.f("assignment_tenant_id_source_id_fk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("assignment_tenant_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("assignment_pk")),
    )
    op.create_index(
        "assignment_one_open",
        "assignment",
        ["tenant_id", "source_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "assignment_partner", "assignment", ["tenant_id", "partner_id", "id"], unique=False
    )
    op.create_index(
        "assignment_source", "assignment", ["tenant_id", "source_id", "id"], unique=False
    )
    op.create_table(
        "audit_event",
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("actor_email", sa.String(length=254), nullable=False),
        sa.Column("actor_is_staff", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("object_public_id", sa.String(length=60), nullable=False),
        sa.Column("object_name", sa.String(length=254), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("deed_id", sa.Uuid(), nullable=True),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "actor_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("audit_event_tenant_id_actor_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("audit_event_tenant_id_partner_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("audit_event_tenant_id_fk")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("audit_event_pk")),
    )
    op.create_index(
        "audit_event_actor", "audit_event", ["tenant_id", "actor_id", "id"], unique=False
    )
    op.create_index("audit_event_deed", "audit_event", ["tenant_id", "deed_id"], unique=False)
    op.create_index("audit_event_kind", "audit_event", ["tenant_id", "kind", "id"], unique=False)
    op.create_index(
        "audit_event_object", "audit_event", ["tenant_id", "object_id", "id"], unique=False
    )
    op.create_index(
        "audit_event_partner", "audit_event", ["tenant_id", "partner_id", "id"], unique=False
    )
    op.create_index(
        "audit_event_undoes_unique", "audit_event", ["tenant_id", "undoes_id"], unique=True
    )
    op.create_table(
        "invite",
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "email_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "customer_support",
                "sales",
                "data_validation",
                "partner_admin",
                "partner_user",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("sent_by_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("times_sent", sa.Integer(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("accepted_by_id", sa.Uuid(), nullable=True),
        sa.Column("declined_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("replaced_at", Moment(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(partner_id IS NULL) = (role NOT IN ('partner_admin', 'partner_user'))",
            name=op.f("invite_role_fits_place"),
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"], ["user.id"], name=op.f("invite_accepted_by_id_fk")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "letter_id"],
            ["letter.tenant_id", "letter.id"],
            name=op.f("invite_tenant_id_letter_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("invite_tenant_id_partner_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sent_by_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("invite_tenant_id_sent_by_id_fk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("invite_tenant_id_fk")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("invite_pk")),
    )
    op.create_index("invite_letter", "invite", ["tenant_id", "letter_id"], unique=False)
    op.create_index(
        "invite_one_open_per_partner",
        "invite",
        ["tenant_id", "partner_id", "email_key"],
        unique=True,
        postgresql_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL AND partner_id IS NOT NULL"
        ),
        sqlite_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL AND partner_id IS NOT NULL"
        ),
    )
    op.create_index(
        "invite_one_open_per_staff",
        "invite",
        ["tenant_id", "email_key"],
        unique=True,
        postgresql_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL AND partner_id IS NULL"
        ),
        sqlite_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL AND partner_id IS NULL"
        ),
    )
    op.create_index(
        "invite_open",
        "invite",
        ["tenant_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL"
        ),
        sqlite_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL"
        ),
    )
    op.create_index("invite_partner", "invite", ["tenant_id", "partner_id", "id"], unique=False)
    op.create_index("invite_sender", "invite", ["tenant_id", "sent_by_id", "id"], unique=False)
    op.create_index("invite_token_unique", "invite", ["tenant_id", "token_hash"], unique=True)
    op.create_table(
        "login_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=True),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("preview_partner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "preview_role",
            sa.Enum(
                "admin",
                "customer_support",
                "sales",
                "data_validation",
                "partner_admin",
                "partner_user",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("last_seen_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("login_session_tenant_id_membership_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "preview_partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("login_session_tenant_id_preview_partner_id_fk"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("login_session_user_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("login_session_pk")),
    )
    op.create_index("login_session_key_unique", "login_session", ["key_hash"], unique=True)
    op.create_index("login_session_user", "login_session", ["user_id", "id"], unique=False)
    if is_postgresql:
        finish_on_postgresql()
    else:
        finish_on_sqlite()


def finish_on_postgresql() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    # The one reference that goes in a circle; SQLite takes it with the table.
    op.create_foreign_key(
        "partner_tenant_id_account_manager_id_fk",
        "partner",
        "membership",
        ["tenant_id", "account_manager_id"],
        ["tenant_id", "id"],
    )
    for table, column in SEARCHED:
        op.create_index(
            f"{table}_{column}_trigram",
            table,
            [column],
            postgresql_using="gin",
            postgresql_ops={column: "gin_trgm_ops"},
        )


def finish_on_sqlite() -> None:
    for table, column in SEARCHED:
        for statement in fts_statements(table, column):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("partner_tenant_id_account_manager_id_fk", "partner")
    else:
        for table, _column in SEARCHED:
            op.drop_table(f"{table}_search")
    op.drop_index("login_session_user", table_name="login_session")
    op.drop_index("login_session_key_unique", table_name="login_session")
    op.drop_table("login_session")
    op.drop_index("invite_token_unique", table_name="invite")
    op.drop_index("invite_sender", table_name="invite")
    op.drop_index("invite_partner", table_name="invite")
    op.drop_index(
        "invite_open",
        table_name="invite",
        postgresql_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL"
        ),
        sqlite_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL"
        ),
    )
    op.drop_index(
        "invite_one_open_per_staff",
        table_name="invite",
        postgresql_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL AND partner_id IS NULL"
        ),
        sqlite_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL AND partner_id IS NULL"
        ),
    )
    op.drop_index(
        "invite_one_open_per_partner",
        table_name="invite",
        postgresql_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL AND partner_id IS NOT NULL"
        ),
        sqlite_where=sa.text(
            "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL AND partner_id IS NOT NULL"
        ),
    )
    op.drop_index("invite_letter", table_name="invite")
    op.drop_table("invite")
    op.drop_index("audit_event_undoes_unique", table_name="audit_event")
    op.drop_index("audit_event_partner", table_name="audit_event")
    op.drop_index("audit_event_object", table_name="audit_event")
    op.drop_index("audit_event_kind", table_name="audit_event")
    op.drop_index("audit_event_deed", table_name="audit_event")
    op.drop_index("audit_event_actor", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_index("assignment_source", table_name="assignment")
    op.drop_index("assignment_partner", table_name="assignment")
    op.drop_index(
        "assignment_one_open",
        table_name="assignment",
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("assignment")
    op.drop_index("source_vertical", table_name="source")
    op.drop_index("source_status", table_name="source")
    op.drop_index("source_partner_name", table_name="source")
    op.drop_index("source_partner", table_name="source")
    op.drop_index(
        "source_name_unique",
        table_name="source",
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_table("source")
    op.drop_index("password_reset_user", table_name="password_reset")
    op.drop_index("password_reset_token_unique", table_name="password_reset")
    op.drop_index(op.f("password_reset_letter_id"), table_name="password_reset")
    op.drop_table("password_reset")
    op.drop_index("partner_tag_once", table_name="partner_tag")
    op.drop_index("partner_tag_of", table_name="partner_tag")
    op.drop_table("partner_tag")
    op.drop_index("membership_user", table_name="membership")
    op.drop_index("membership_role", table_name="membership")
    op.drop_index("membership_partner", table_name="membership")
    op.drop_index(
        "membership_one_per_staff",
        table_name="membership",
        postgresql_where=sa.text("removed_at IS NULL AND partner_id IS NULL"),
        sqlite_where=sa.text("removed_at IS NULL AND partner_id IS NULL"),
    )
    op.drop_index(
        "membership_one_per_partner",
        table_name="membership",
        postgresql_where=sa.text("removed_at IS NULL AND partner_id IS NOT NULL"),
        sqlite_where=sa.text("removed_at IS NULL AND partner_id IS NOT NULL"),
    )
    op.drop_table("membership")
    op.drop_index("letter_to", table_name="letter")
    op.drop_index(
        "letter_failed",
        table_name="letter",
        postgresql_where=sa.text("failed_at IS NOT NULL"),
        sqlite_where=sa.text("failed_at IS NOT NULL"),
    )
    op.drop_index(
        "letter_due",
        table_name="letter",
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.drop_table("letter")
    op.drop_index("partner_status_newest", table_name="partner")
    op.drop_index("partner_status_name", table_name="partner")
    op.drop_index("partner_name_unique", table_name="partner")
    op.drop_index("partner_account_manager", table_name="partner")
    op.drop_table("partner")
    op.drop_index("account_letter_to", table_name="account_letter")
    op.drop_index(
        "account_letter_due",
        table_name="account_letter",
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.drop_table("account_letter")
    op.drop_table("user")
    op.drop_table("tenant")
    op.drop_index("sign_in_attempt_email", table_name="sign_in_attempt")
    op.drop_index("sign_in_attempt_address", table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
