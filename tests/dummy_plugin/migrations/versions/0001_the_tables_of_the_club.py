"""The tables of the club"""

import sqlalchemy as sa
from alembic import op

from fetlock.database.types import Key, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dummy_heard",
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_dummy_heard")),
    )
    op.create_table(
        "dummy_member",
        sa.Column("patient_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("owes_fee", sa.Boolean(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_dummy_member_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_dummy_member")),
    )
