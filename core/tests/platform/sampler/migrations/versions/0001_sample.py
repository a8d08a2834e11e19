"""The table of samples."""

import sqlalchemy as sa
from alembic import op

from fetlock.database.types import Key, Money

revision = "sampler_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sampler_sample",
        sa.Column("site_id", Key, nullable=False),
        sa.Column("text", sa.String(length=80), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_sampler_sample_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sampler_sample")),
    )
