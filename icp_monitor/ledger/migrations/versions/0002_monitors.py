"""What weekly monitoring works out once for each version: its frozen baseline and its thresholds."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monitors",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("data_hash", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["icp_versions.version"], name=op.f("fk_monitors_version")),
        sa.PrimaryKeyConstraint("version", "part", name=op.f("pk_monitors")),
    )


def downgrade() -> None:
    op.drop_table("monitors")
