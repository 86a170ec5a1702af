"""Options that many verbs share, and the settings they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from icp_monitor.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """An ISO date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date, or a usage error."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it like 2026-10-05", param, ctx)


def common(command: Command) -> Command:
    """Add ``--config`` and ``--format``."""
    folder = click.Path(path_type=Path, file_okay=False)
    with_config = click.option("--config", "config_dir", type=folder, help="Folder of the three YAML files.")(command)
    kinds = click.Choice(["text", "json"])
    return click.option("--format", "form", type=kinds, default="text", show_default=True, help="Output.")(with_config)


as_of_option = click.option("--as-of", type=Day(), help="Everything before 00:00 of this day; today by default.")


def settings_of(config_dir: Path | None) -> Settings:
    """The environment's settings, with the folder that the command line names."""
    from icp_monitor.settings import Settings

    settings = Settings.from_environment(os.environ, Path.cwd())  # noqa: TID251 - a process's environment is its input
    return settings if config_dir is None else replace(settings, config_dir=Path.cwd() / config_dir)
