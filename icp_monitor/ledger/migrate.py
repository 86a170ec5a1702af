"""Runs the migrations that are part of the package, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from icp_monitor.ledger.store import Store


def migrate(store: Store, target: str) -> None:
    """Migrate up to a revision, in one transaction: a process killed half-way leaves the schema as it was."""
    config = _config()
    with store.write() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, target)


def migrate_back(store: Store, target: str) -> None:
    """Migrate down to a revision (``base`` for none), in one transaction; what only later revisions hold is lost."""
    config = _config()
    with store.write() as session:
        config.attributes["connection"] = session.connection()
        command.downgrade(config, target)


def known_revisions() -> tuple[str, ...]:
    """Every revision that this code knows, newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
