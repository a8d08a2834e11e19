"""The tables of core"""

import sqlalchemy as sa
from alembic import op

from fetlock.database.types import Json, Key, Money, Percent, Quantity, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client",
        sa.Column("account_number", sa.String(length=40), nullable=False),
        sa.Column("account_value", sa.BigInteger(), nullable=True),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("region", sa.String(length=120), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("preferred_channel", sa.String(length=10), nullable=False),
        sa.Column("sms_opt_out", sa.Boolean(), nullable=False),
        sa.Column("email_opt_out", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("account_number", name=op.f("uq_client_account_number")),
    )
    op.create_index(op.f("ix_client_account_value"), "client", ["account_value"], unique=False)
    op.create_index("ix_client_names", "client", ["last_name", "first_name"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "plugin_installed",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("version", sa.String(length=30), nullable=False),
        sa.Column("table_prefix", sa.String(length=40), nullable=False),
        sa.Column("tables", Json, nullable=False),
        sa.Column("exported_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_plugin_installed")),
    )
    op.create_table(
        "role",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("user_name_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_address_at", "sign_in_attempt", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempt_user_at", "sign_in_attempt", ["user_name_hash", "at"], unique=False)
    op.create_table(
        "staff",
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("suffix", sa.String(length=40), nullable=False),
        sa.Column("initials", sa.String(length=6), nullable=False),
        sa.Column("user_name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("staff_group", sa.String(length=60), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("user_name", name=op.f("uq_staff_user_name")),
    )
    op.create_table(
        "tax_rate",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("percent", Percent(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
        sa.UniqueConstraint("name", name=op.f("uq_tax_rate_name")),
    )
    op.create_table(
        "worker_heartbeat",
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker_heartbeat")),
    )
    op.create_table(
        "client_email",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_email_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_email")),
    )
    op.create_index(op.f("ix_client_email_address"), "client_email", ["address"], unique=False)
    op.create_index(op.f("ix_client_email_client_id"), "client_email", ["client_id"], unique=False)
    op.create_table(
        "client_phone",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digits", sa.String(length=24), nullable=False),
        sa.Column("entered", sa.String(length=40), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_phone_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_phone")),
    )
    op.create_index(op.f("ix_client_phone_client_id"), "client_phone", ["client_id"], unique=False)
    op.create_index(op.f("ix_client_phone_digits"), "client_phone", ["digits"], unique=False)
    op.create_table(
        "patient",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("species", sa.String(length=60), nullable=False),
        sa.Column("breed", sa.String(length=120), nullable=False),
        sa.Column("sex", sa.String(length=4), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_estimated", sa.Boolean(), nullable=False),
        sa.Column("colour", sa.String(length=80), nullable=False),
        sa.Column("microchip", sa.String(length=40), nullable=False),
        sa.Column("deceased_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_patient_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("code", name=op.f("uq_patient_code")),
    )
    op.create_index(op.f("ix_patient_client_id"), "patient", ["client_id"], unique=False)
    op.create_index(op.f("ix_patient_microchip"), "patient", ["microchip"], unique=False)
    op.create_index("ix_patient_name", "patient", ["name"], unique=False)
    op.create_table(
        "product",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("unit_decimals", sa.Integer(), nullable=False),
        sa.Column("tax_rate_id", Key, nullable=True),
        sa.Column("excluded_from_percentage_discount", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.CheckConstraint("unit_decimals BETWEEN 0 AND 4", name=op.f("ck_product_unit_decimals")),
        sa.ForeignKeyConstraint(["tax_rate_id"], ["tax_rate.id"], name=op.f("fk_product_tax_rate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("code", name=op.f("uq_product_code")),
    )
    op.create_index("ix_product_name", "product", ["name"], unique=False)
    op.create_table(
        "role_permission",
        sa.Column("role_id", Key, nullable=False),
        sa.Column("permission", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_role_permission_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_id", "permission", name=op.f("pk_role_permission")),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", Key, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sign_in_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_staff_id"), "sign_in", ["staff_id"], unique=False)
    op.create_table(
        "site",
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("region", sa.String(length=120), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("invoice_prefix", sa.String(length=10), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("discounts_stack", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("plugins", Json, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_site_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("slug", name=op.f("uq_site_slug")),
    )
    op.create_table(
        "ask",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=True),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", Key, nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_ask_asked_by")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_ask_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask")),
        sa.UniqueConstraint("key", name=op.f("uq_ask_key")),
    )
    op.create_index("ix_ask_state", "ask", ["state", "id"], unique=False)
    op.create_index(op.f("ix_ask_subject"), "ask", ["subject"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("site_id", Key, nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_audit_entry_site_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_entry_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_action"), "audit_entry", ["action"], unique=False)
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)
    op.create_table(
        "entitlement",
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("source_key", sa.String(length=200), nullable=False),
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("included", Quantity(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("usable_from", sa.Date(), nullable=False),
        sa.Column("chain", sa.String(length=200), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.CheckConstraint("included >= 0", name=op.f("ck_entitlement_included_not_negative")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_entitlement_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement")),
        sa.UniqueConstraint("plugin", "source_key", name=op.f("uq_entitlement_plugin_source_key")),
    )
    op.create_index("ix_entitlement_patient", "entitlement", ["patient_id", "valid_to"], unique=False)
    op.create_table(
        "event",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("aggregate", sa.String(length=120), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("site_id", Key, nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_event_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("aggregate", "sequence", name=op.f("uq_event_aggregate_sequence")),
        sa.UniqueConstraint("key", name=op.f("uq_event_key")),
    )
    op.create_table(
        "import_run",
        sa.Column("site_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("encoding", sa.String(length=40), nullable=False),
        sa.Column("mapping", Json, nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("report", Json, nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", Key, nullable=True),
        sa.Column("beat_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_import_run_created_by")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_import_run_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_site", "import_run", ["site_id", "created_at"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("site_id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("list_total", Money(), nullable=False),
        sa.Column("savings", Money(), nullable=False),
        sa.Column("discount", Money(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("net", Money(), nullable=False),
        sa.Column("tax", Money(), nullable=False),
        sa.Column("gross", Money(), nullable=False),
        sa.Column("paid", Money(), nullable=False),
        sa.Column("priced_by", Json, nullable=False),
        sa.Column("incomplete", Json, nullable=False),
        sa.Column("must_reprice", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", Key, nullable=True),
        sa.Column("first_closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_invoice_client_id")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_invoice_created_by")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_invoice_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("site_id", "number", name=op.f("uq_invoice_site_id_number")),
    )
    op.create_index("ix_invoice_client", "invoice", ["client_id"], unique=False)
    op.create_index(op.f("ix_invoice_reference"), "invoice", ["reference"], unique=False)
    op.create_index("ix_invoice_site_state", "invoice", ["site_id", "state"], unique=False)
    op.create_index(
        "uq_invoice_open_client_site",
        "invoice",
        ["client_id", "site_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "invoice_counter",
        sa.Column("site_id", Key, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_invoice_counter_site_id")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_invoice_counter")),
    )
    op.create_table(
        "job_state",
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("next_run_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("last_run_at", UtcDateTime(), nullable=True),
        sa.Column("last_problem", sa.String(length=300), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_job_state_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_state")),
        sa.UniqueConstraint("plugin", "job", "site_id", name=op.f("uq_job_state_plugin_job_site_id")),
    )
    op.create_index(op.f("ix_job_state_next_run_at"), "job_state", ["next_run_at"], unique=False)
    op.create_table(
        "message",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("patient_id", Key, nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", Key, nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_message_client_id")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_message_created_by")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_message_patient_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_message_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("key", name=op.f("uq_message_key")),
    )
    op.create_index(op.f("ix_message_client_id"), "message", ["client_id"], unique=False)
    op.create_index("ix_message_due", "message", ["state", "next_attempt_at"], unique=False)
    op.create_index("ix_message_site_state", "message", ["site_id", "state"], unique=False)
    op.create_table(
        "patient_alert",
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("severe", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_alert_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_alert")),
    )
    op.create_index(op.f("ix_patient_alert_patient_id"), "patient_alert", ["patient_id"], unique=False)
    op.create_table(
        "patient_alias",
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_alias_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_alias")),
        sa.UniqueConstraint("code", name=op.f("uq_patient_alias_code")),
    )
    op.create_index(op.f("ix_patient_alias_patient_id"), "patient_alias", ["patient_id"], unique=False)
    op.create_table(
        "patient_photo",
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_photo_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_patient_photo")),
    )
    op.create_table(
        "patient_weight",
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("measured_at", UtcDateTime(), nullable=False),
        sa.Column("kilograms", Quantity(), nullable=False),
        sa.Column("entered_unit", sa.String(length=2), nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_weight_patient_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_patient_weight_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_weight")),
    )
    op.create_index(
        "ix_patient_weight_patient_at", "patient_weight", ["patient_id", "measured_at"], unique=False
    )
    op.create_table(
        "plugin_setting",
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("site_id", Key, nullable=True),
        sa.Column("values", Json, nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("secrets_set", Json, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_plugin_setting_site_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["staff.id"], name=op.f("fk_plugin_setting_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_setting")),
    )
    op.create_index(
        "uq_plugin_setting_organisation",
        "plugin_setting",
        ["plugin"],
        unique=True,
        sqlite_where=sa.text("site_id IS NULL"),
        postgresql_where=sa.text("site_id IS NULL"),
    )
    op.create_index("uq_plugin_setting_site", "plugin_setting", ["plugin", "site_id"], unique=True)
    op.create_table(
        "product_price",
        sa.Column("product_id", Key, nullable=False),
        sa.Column("site_id", Key, nullable=True),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_product_price_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_price_product_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_product_price_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_price")),
    )
    op.create_index(
        "uq_product_price_organisation",
        "product_price",
        ["product_id"],
        unique=True,
        sqlite_where=sa.text("site_id IS NULL"),
        postgresql_where=sa.text("site_id IS NULL"),
    )
    op.create_index("uq_product_price_site", "product_price", ["product_id", "site_id"], unique=True)
    op.create_table(
        "search_term",
        sa.Column(
            "term",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("client_id", Key, nullable=True),
        sa.Column("patient_id", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_search_term_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_search_term_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_term")),
    )
    op.create_index(op.f("ix_search_term_client_id"), "search_term", ["client_id"], unique=False)
    op.create_index(op.f("ix_search_term_patient_id"), "search_term", ["patient_id"], unique=False)
    op.create_index("ix_search_term_term", "search_term", ["term", "patient_id", "client_id"], unique=False)
    op.create_table(
        "staff_role",
        sa.Column("staff_id", Key, nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("role_id", Key, nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_staff_role_role_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_staff_role_site_id")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_role_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "site_id", "role_id", name=op.f("pk_staff_role")),
    )
    op.create_table(
        "event_pending",
        sa.Column("event_id", Key, nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("aggregate", sa.String(length=120), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_pending_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_pending")),
    )
    op.create_index(
        "ix_event_pending_plugin", "event_pending", ["plugin", "aggregate", "event_id"], unique=False
    )
    op.create_table(
        "invoice_history",
        sa.Column("invoice_id", Key, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("snapshot", Json, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_history_invoice_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_invoice_history_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_history")),
    )
    op.create_index("ix_invoice_history_invoice", "invoice_history", ["invoice_id", "revision"], unique=False)
    op.create_table(
        "invoice_line",
        sa.Column("invoice_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("product_id", Key, nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("unit_price", Money(), nullable=False),
        sa.Column("list_amount", Money(), nullable=False),
        sa.Column("covered_quantity", Quantity(), nullable=False),
        sa.Column("savings", Money(), nullable=False),
        sa.Column("discount", Money(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("net", Money(), nullable=False),
        sa.Column("tax_percent", Percent(), nullable=False),
        sa.Column("tax", Money(), nullable=False),
        sa.Column("gross", Money(), nullable=False),
        sa.Column("price_digest", sa.String(length=24), nullable=False),
        sa.Column("provider_id", Key, nullable=True),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("preferred_entitlement_id", Key, nullable=True),
        sa.Column("returns_line_id", Key, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", Key, nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["staff.id"], name=op.f("fk_invoice_line_changed_by")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_invoice_line_patient_id")),
        sa.ForeignKeyConstraint(
            ["preferred_entitlement_id"],
            ["entitlement.id"],
            name=op.f("fk_invoice_line_preferred_entitlement_id"),
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_invoice_line_product_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["staff.id"], name=op.f("fk_invoice_line_provider_id")),
        sa.ForeignKeyConstraint(
            ["returns_line_id"], ["invoice_line.id"], name=op.f("fk_invoice_line_returns_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
    )
    op.create_index("ix_invoice_line_invoice", "invoice_line", ["invoice_id", "position"], unique=False)
    op.create_index(op.f("ix_invoice_line_patient_id"), "invoice_line", ["patient_id"], unique=False)
    op.create_index(
        op.f("ix_invoice_line_returns_line_id"), "invoice_line", ["returns_line_id"], unique=False
    )
    op.create_table(
        "invoice_payer",
        sa.Column("invoice_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("payer", sa.String(length=200), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_payer_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", "position", name=op.f("pk_invoice_payer")),
    )
    op.create_table(
        "payment",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", Key, nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("taken_by", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_payment_invoice_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_payment_site_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["staff.id"], name=op.f("fk_payment_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_key")),
    )
    op.create_index(op.f("ix_payment_invoice_id"), "payment", ["invoice_id"], unique=False)
    op.create_table(
        "entitlement_entry",
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("effect", Quantity(), nullable=False),
        sa.Column("invoice_id", Key, nullable=True),
        sa.Column("invoice_line_id", Key, nullable=True),
        sa.Column("invoice_revision", sa.Integer(), nullable=True),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlement.id"], name=op.f("fk_entitlement_entry_entitlement_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_entitlement_entry_invoice_id")),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"], ["invoice_line.id"], name=op.f("fk_entitlement_entry_invoice_line_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_entitlement_entry_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement_entry")),
        sa.UniqueConstraint("uuid", name=op.f("uq_entitlement_entry_uuid")),
    )
    op.create_index("ix_entitlement_entry_entitlement", "entitlement_entry", ["entitlement_id"], unique=False)
    op.create_index("ix_entitlement_entry_invoice", "entitlement_entry", ["invoice_id"], unique=False)
    op.create_table(
        "invoice_line_coverage",
        sa.Column("line_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entitlement_id", Key, nullable=False),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("explanation", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlement.id"], name=op.f("fk_invoice_line_coverage_entitlement_id")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["invoice_line.id"], name=op.f("fk_invoice_line_coverage_line_id")
        ),
        sa.PrimaryKeyConstraint("line_id", "position", name=op.f("pk_invoice_line_coverage")),
    )
    op.create_index(
        op.f("ix_invoice_line_coverage_entitlement_id"),
        "invoice_line_coverage",
        ["entitlement_id"],
        unique=False,
    )
    op.create_table(
        "invoice_line_step",
        sa.Column("line_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("plugin_version", sa.String(length=30), nullable=False),
        sa.Column("reason_code", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=500), nullable=False),
        sa.Column("quantity", Quantity(), nullable=True),
        sa.Column("before", Money(), nullable=False),
        sa.Column("after", Money(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["invoice_line.id"], name=op.f("fk_invoice_line_step_line_id")),
        sa.PrimaryKeyConstraint("line_id", "position", name=op.f("pk_invoice_line_step")),
    )
    op.create_table(
        "outbox",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("site_id", Key, nullable=True),
        sa.Column("aggregate", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("invoice_id", Key, nullable=True),
        sa.Column("invoice_line_id", Key, nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("receiver", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempts_before", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_outbox_invoice_id")),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"], ["invoice_line.id"], name=op.f("fk_outbox_invoice_line_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_outbox_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index("ix_outbox_aggregate", "outbox", ["plugin", "aggregate", "id"], unique=False)
    op.create_index("ix_outbox_due", "outbox", ["state", "next_attempt_at"], unique=False)
    op.create_index(op.f("ix_outbox_invoice_id"), "outbox", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_outbox_invoice_line_id"), "outbox", ["invoice_line_id"], unique=False)
    op.create_index("ix_outbox_site_state", "outbox", ["site_id", "state"], unique=False)
    op.create_table(
        "treatment_item",
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("product_id", Key, nullable=False),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("provider_id", Key, nullable=True),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("billable", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("invoice_line_id", Key, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", Key, nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_treatment_item_created_by")),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"], ["invoice_line.id"], name=op.f("fk_treatment_item_invoice_line_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_treatment_item_patient_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_treatment_item_product_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["staff.id"], name=op.f("fk_treatment_item_provider_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_treatment_item_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_item")),
    )
    op.create_index(
        op.f("ix_treatment_item_invoice_line_id"), "treatment_item", ["invoice_line_id"], unique=False
    )
    op.create_index(
        "ix_treatment_item_patient_day", "treatment_item", ["patient_id", "service_date"], unique=False
    )
    op.create_index(op.f("ix_treatment_item_site_id"), "treatment_item", ["site_id"], unique=False)
    op.create_table(
        "outbox_attempt",
        sa.Column("outbox_id", Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_attempt_outbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_attempt")),
    )
    op.create_index(op.f("ix_outbox_attempt_outbox_id"), "outbox_attempt", ["outbox_id"], unique=False)
    op.create_index("uq_staff_user_name_lower", "staff", [sa.literal_column("lower(user_name)")], unique=True)
    op.create_index("uq_patient_code_upper", "patient", [sa.literal_column("upper(code)")], unique=True)
    op.create_index(
        "uq_patient_alias_code_upper", "patient_alias", [sa.literal_column("upper(code)")], unique=True
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER entitlement_entry_no_update BEFORE UPDATE ON entitlement_entry "
            "BEGIN SELECT RAISE(ABORT, 'entitlement_entry is append-only'); END"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER entitlement_entry_no_delete BEFORE DELETE ON entitlement_entry "
            "BEGIN SELECT RAISE(ABORT, 'entitlement_entry is append-only'); END"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION entitlement_entry_refuse() RETURNS trigger LANGUAGE "
            "plpgsql AS $$ BEGIN RAISE EXCEPTION 'entitlement_entry is append-only'; END $$"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER entitlement_entry_append_only BEFORE UPDATE OR DELETE ON "
            "entitlement_entry FOR EACH ROW EXECUTE FUNCTION entitlement_entry_refuse()"
        )
