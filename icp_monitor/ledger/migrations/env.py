"""Run by Alembic: applies the migrations on the connection that ``icp_monitor.ledger.migrate`` hands over."""

from alembic import context

from icp_monitor.ledger.schema import VERSION_TABLE
from icp_monitor.ledger.tables import Row


def apply_migrations() -> None:
    """Run those between the ledger's revision and the one asked for."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Row.metadata,
        version_table=VERSION_TABLE,
    )
    context.run_migrations()


if hasattr(context, "config"):  # it isn't there when anything but Alembic imports this file, as doctest does
    apply_migrations()
