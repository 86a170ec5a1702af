"""Writes a new configuration: all of it, or nothing; what is there already is never touched."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

from icp_monitor.config.linting import LintReport, lint
from icp_monitor.config.loading import ICP_FILE, MONITORING_FILE, SOURCES_FILE
from icp_monitor.config.schemas import write_schemas
from icp_monitor.errors import ConfigError, Problem

SCHEMAS = "schema"
NAMES = (ICP_FILE, MONITORING_FILE, SOURCES_FILE)


def refuse_existing(folder: Path) -> None:
    """Refuse a folder that holds any of the files already.

    Raises:
        ConfigError: with every one of them.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(Problem(str(folder), "it is a file, not a folder", cure="name another folder"))
    there = [name for name in (*NAMES, SCHEMAS) if (folder / name).exists()]
    if there:
        cure = "name a new folder: nothing is ever overwritten"
        raise ConfigError(Problem(str(folder), f"the folder holds {', '.join(there)} already", cure=cure))


def write_configuration(folder: Path, texts: Mapping[str, str]) -> LintReport:
    """Write the three files and their schemas; returns what a second look says of them.

    Raises:
        ConfigError: some are there already, or the folder can't be written.
    """
    refuse_existing(folder)
    try:
        write_schemas(folder / SCHEMAS)
        for name, text in texts.items():
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        cure = "name a folder that can be written"
        raise ConfigError(Problem(str(folder), "the files can't be written", error.strerror, cure)) from error
    return lint(folder)


def worked_example() -> dict[str, str]:
    """The texts of the example: a checkout keeps it where it is used, an installed package beside itself."""
    with as_file(files("icp_monitor")) as package:
        folders = (package.parent / name for name in ("icp_monitor_example", "config"))
        folder = next(folder for folder in folders if (folder / ICP_FILE).is_file())
        return {name: (folder / name).read_text("utf-8") for name in NAMES}
