"""From where the next reading of each table goes on; kept with the load that read so far."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("loads", sa.Column("watermarks", sa.JSON(), nullable=True, server_default="{}"))


def downgrade() -> None:
    op.drop_column("loads", "watermarks")
