"""Audit chain, jobs, signals, tasks, tokens and accounts"""

import sqlalchemy as sa
from alembic import op

from fetlock.database.types import Json, Key, Money, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_insurer",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_insurer")),
        sa.UniqueConstraint("key", name=op.f("uq_account_insurer_key")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("older", sa.BigInteger(), nullable=False),
        sa.Column("founded_at", UtcDateTime(), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "account",
        sa.Column("client_id", Key, nullable=True),
        sa.Column("insurer_id", Key, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.CheckConstraint("(client_id IS NULL) <> (insurer_id IS NULL)", name=op.f("ck_account_one_party")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_account_client_id")),
        sa.ForeignKeyConstraint(["insurer_id"], ["account_insurer.id"], name=op.f("fk_account_insurer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("client_id", "currency", name=op.f("uq_account_client_id_currency")),
        sa.UniqueConstraint("insurer_id", "currency", name=op.f("uq_account_insurer_id_currency")),
    )
    op.create_table(
        "audit_check",
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("fault_count", sa.BigInteger(), nullable=False),
        sa.Column("faults", Json, nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_check_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_check")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("staff_id", Key, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_staff_id"), "recovery_code", ["staff_id"], unique=False)
    op.create_table(
        "second_factor",
        sa.Column("staff_id", Key, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_second_factor_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "api_token",
        sa.Column("staff_id", Key, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("shown", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("site_id", Key, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["revoked_by"], ["staff.id"], name=op.f("fk_api_token_revoked_by")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_api_token_site_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_api_token_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_staff_id"), "api_token", ["staff_id"], unique=False)
    op.create_table(
        "idempotent_answer",
        sa.Column("site_id", Key, nullable=True),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("route", sa.String(length=250), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_idempotent_answer_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_answer")),
    )
    op.create_index(op.f("ix_idempotent_answer_made_at"), "idempotent_answer", ["made_at"], unique=False)
    op.create_index("uq_idempotent_answer_key", "idempotent_answer", ["actor", "route", "key"], unique=True)
    op.create_table(
        "integration_trouble",
        sa.Column("site_id", Key, nullable=False),
        sa.Column("service", sa.String(length=130), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("over_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_integration_trouble_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_trouble")),
    )
    op.create_index(
        "ix_integration_trouble_began", "integration_trouble", ["site_id", "began_at"], unique=False
    )
    op.create_index(
        "uq_integration_trouble_open",
        "integration_trouble",
        ["site_id", "service"],
        unique=True,
        sqlite_where=sa.text("over_at IS NULL"),
        postgresql_where=sa.text("over_at IS NULL"),
    )
    op.create_table(
        "job_pause",
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_job_pause_site_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_job_pause_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_pause")),
        sa.UniqueConstraint("plugin", "job", "site_id", name=op.f("uq_job_pause_plugin_job_site_id")),
    )
    op.create_table(
        "job_run",
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("site_id", Key, nullable=True),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_job_run_site_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_job_run_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
    )
    op.create_index("ix_job_run_place", "job_run", ["plugin", "job", "scope", "id"], unique=False)
    op.create_table(
        "job_schedule",
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("site_id", Key, nullable=True),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("next_run_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", Key, nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("cursor", Json, nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("worked_ms", sa.Integer(), nullable=False),
        sa.Column("last_run_at", UtcDateTime(), nullable=True),
        sa.Column("last_ms", sa.Integer(), nullable=True),
        sa.Column("last_problem", sa.String(length=300), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_in_row", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_job_schedule_asked_by")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_job_schedule_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_schedule")),
        sa.UniqueConstraint("plugin", "job", "scope", name=op.f("uq_job_schedule_plugin_job_scope")),
    )
    op.create_index(op.f("ix_job_schedule_next_run_at"), "job_schedule", ["next_run_at"], unique=False)
    op.create_table(
        "plugin_breaker",
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("site_id", Key, nullable=True),
        sa.Column("hook", sa.String(length=60), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("incident", sa.String(length=20), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_plugin_breaker_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_breaker")),
    )
    op.create_index("uq_plugin_breaker_hook", "plugin_breaker", ["site_id", "plugin", "hook"], unique=True)
    op.create_table(
        "signal",
        sa.Column("site_id", Key, nullable=True),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_signal_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
    )
    op.create_index(op.f("ix_signal_at"), "signal", ["at"], unique=False)
    op.create_table(
        "task",
        sa.Column("site_id", Key, nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("role_id", Key, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("cause", sa.String(length=160), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", Key, nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", Key, nullable=True),
        sa.Column("closing_note", sa.String(length=300), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_task_closed_by")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_task_created_by")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_task_role_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_task_site_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_task_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_closed", "task", ["site_id", "closed_at"], unique=False)
    op.create_index(op.f("ix_task_role_id"), "task", ["role_id"], unique=False)
    op.create_index("ix_task_site", "task", ["site_id", "state", "due_on"], unique=False)
    op.create_index("ix_task_staff", "task", ["staff_id", "state"], unique=False)
    op.create_index(
        "uq_task_open_cause",
        "task",
        ["site_id", "plugin", "cause"],
        unique=True,
        sqlite_where=sa.text("state = 'open' AND cause <> ''"),
        postgresql_where=sa.text("state = 'open' AND cause <> ''"),
    )
    op.create_table(
        "audit_link",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", Key, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_link_entry_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_link_entry_id")),
    )
    op.create_table(
        "notice_mail",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("trouble_id", Key, nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_notice_mail_site_id")),
        sa.ForeignKeyConstraint(
            ["trouble_id"], ["integration_trouble.id"], name=op.f("fk_notice_mail_trouble_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_mail_key")),
    )
    op.create_index("ix_notice_mail_due", "notice_mail", ["state", "next_attempt_at"], unique=False)
    op.create_index(op.f("ix_notice_mail_trouble_id"), "notice_mail", ["trouble_id"], unique=False)
    op.create_table(
        "account_entry",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("against", sa.String(length=20), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("invoice_id", Key, nullable=True),
        sa.Column("payment_id", Key, nullable=True),
        sa.Column("partner_id", Key, nullable=True),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_entry_account_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_account_entry_invoice_id")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["account_entry.id"], name=op.f("fk_account_entry_partner_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_account_entry_payment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_account_entry_site_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_account_entry_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_account_entry_key")),
        sa.UniqueConstraint("partner_id", name=op.f("uq_account_entry_partner_id")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_account_entry_payment_id")),
    )
    op.create_index("ix_account_entry_account", "account_entry", ["account_id", "id"], unique=False)
    op.create_index("ix_account_entry_invoice", "account_entry", ["invoice_id"], unique=False)
    op.create_table(
        "account_allocation",
        sa.Column("credit_id", Key, nullable=False),
        sa.Column("debit_id", Key, nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_id"], ["account_entry.id"], name=op.f("fk_account_allocation_credit_id")
        ),
        sa.ForeignKeyConstraint(
            ["debit_id"], ["account_entry.id"], name=op.f("fk_account_allocation_debit_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_account_allocation_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_allocation")),
    )
    op.create_index("ix_account_allocation_credit", "account_allocation", ["credit_id"], unique=False)
    op.create_index("ix_account_allocation_debit", "account_allocation", ["debit_id"], unique=False)
    op.create_index("ix_audit_entry_staff_id", "audit_entry", ["staff_id"], unique=False)
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"], unique=False)
    op.create_index("ix_message_arrived", "message", ["site_id", "channel", "state", "sent_at"], unique=False)
    op.create_index(
        "ix_outbox_arrived", "outbox", ["site_id", "plugin", "topic", "state", "finished_at"], unique=False
    )
    op.create_index("ix_outbox_attempt_started", "outbox_attempt", ["started_at"], unique=False)
    op.add_column("role", sa.Column("second_factor_since", UtcDateTime(), nullable=True))
    op.add_column("sign_in", sa.Column("address", sa.String(length=60), server_default="", nullable=False))
    op.add_column("sign_in", sa.Column("browser", sa.String(length=200), server_default="", nullable=False))
    # a schedule of sites alone; nothing in it is worth moving: each job takes its new place within a minute
    op.execute("DROP TABLE IF EXISTS job_state")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_link_no_update BEFORE UPDATE ON audit_link BEGIN SELECT "
            "RAISE(ABORT, 'audit_link is append-only'); END"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_link_no_delete BEFORE DELETE ON audit_link BEGIN SELECT "
            "RAISE(ABORT, 'audit_link is append-only'); END"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION audit_link_refuse() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RAISE EXCEPTION 'audit_link is append-only'; END $$"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER audit_link_append_only BEFORE UPDATE OR DELETE ON audit_link FOR "
            "EACH ROW EXECUTE FUNCTION audit_link_refuse()"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT "
            "RAISE(ABORT, 'audit_entry is append-only'); END"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT "
            "RAISE(ABORT, 'audit_entry is append-only'); END"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'audit_entry is append-only'; END $$"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry "
            "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER account_entry_no_update BEFORE UPDATE ON account_entry BEGIN "
            "SELECT RAISE(ABORT, 'account_entry is append-only'); END"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER account_entry_no_delete BEFORE DELETE ON account_entry BEGIN "
            "SELECT RAISE(ABORT, 'account_entry is append-only'); END"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION account_entry_refuse() RETURNS trigger LANGUAGE "
            "plpgsql AS $$ BEGIN RAISE EXCEPTION 'account_entry is append-only'; END $$"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER account_entry_append_only BEFORE UPDATE OR DELETE ON "
            "account_entry FOR EACH ROW EXECUTE FUNCTION account_entry_refuse()"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER account_allocation_no_update BEFORE UPDATE ON account_allocation "
            "BEGIN SELECT RAISE(ABORT, 'account_allocation is append-only'); END"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER account_allocation_no_delete BEFORE DELETE ON account_allocation "
            "BEGIN SELECT RAISE(ABORT, 'account_allocation is append-only'); END"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION account_allocation_refuse() RETURNS trigger LANGUAGE "
            "plpgsql AS $$ BEGIN RAISE EXCEPTION 'account_allocation is append-only'; END $$"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER account_allocation_append_only BEFORE UPDATE OR DELETE ON "
            "account_allocation FOR EACH ROW EXECUTE FUNCTION account_allocation_refuse()"
        )
