"""The tables of care plans"""

import sqlalchemy as sa
from alembic import op

from fetlock.database.types import Json, Key, Percent, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "careplans_lookup",
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("account_key", sa.String(length=200), nullable=False),
        sa.Column("as_of", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_careplans_lookup_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", "account_key", name=op.f("pk_careplans_lookup")),
    )
    op.create_index("ix_careplans_lookup_age", "careplans_lookup", ["account_key", "asked_at"], unique=False)
    op.create_table(
        "careplans_plan",
        sa.Column("account_key", sa.String(length=200), nullable=False),
        sa.Column("vendor_plan_id", sa.String(length=60), nullable=False),
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("template_id", sa.String(length=1000), nullable=False),
        sa.Column("account_number", sa.String(length=1000), nullable=False),
        sa.Column("status", sa.String(length=200), nullable=False),
        sa.Column("status_reason", sa.String(length=1000), nullable=False),
        sa.Column("customer_since", sa.Date(), nullable=False),
        sa.Column("discount_percent", Percent(), nullable=True),
        sa.Column("discount_name", sa.String(length=200), nullable=False),
        sa.Column("benefits", Json, nullable=False),
        sa.Column("billing", Json, nullable=False),
        sa.Column("as_of", UtcDateTime(), nullable=False),
        sa.Column("missing_since", UtcDateTime(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_careplans_plan_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_careplans_plan")),
        sa.UniqueConstraint(
            "account_key", "vendor_plan_id", name=op.f("uq_careplans_plan_account_key_vendor_plan_id")
        ),
    )
    op.create_index("ix_careplans_plan_patient", "careplans_plan", ["patient_id"], unique=False)
    op.create_table(
        "careplans_term",
        sa.Column("plan_id", Key, nullable=False),
        sa.Column("vendor_term_id", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("flagged_early", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["careplans_plan.id"], name=op.f("fk_careplans_term_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_careplans_term")),
        sa.UniqueConstraint(
            "plan_id", "vendor_term_id", name=op.f("uq_careplans_term_plan_id_vendor_term_id")
        ),
    )
    op.create_table(
        "careplans_item",
        sa.Column("term_id", Key, nullable=False),
        sa.Column("vendor_item_id", sa.String(length=60), nullable=False),
        sa.Column("entitlement_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_group", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("vendor_used", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlement.id"], name=op.f("fk_careplans_item_entitlement_id")
        ),
        sa.ForeignKeyConstraint(["term_id"], ["careplans_term.id"], name=op.f("fk_careplans_item_term_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_careplans_item")),
        sa.UniqueConstraint(
            "term_id", "vendor_item_id", name=op.f("uq_careplans_item_term_id_vendor_item_id")
        ),
    )
    op.create_index("ix_careplans_item_entitlement", "careplans_item", ["entitlement_id"], unique=False)
    op.create_table(
        "careplans_code",
        sa.Column("item_id", Key, nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["careplans_item.id"], name=op.f("fk_careplans_code_item_id")),
        sa.PrimaryKeyConstraint("item_id", "code", name=op.f("pk_careplans_code")),
    )
    op.create_index("ix_careplans_code_code", "careplans_code", ["code"], unique=False)
