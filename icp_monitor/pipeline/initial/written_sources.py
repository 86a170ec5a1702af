"""The text of a first ``sources.yaml``: where the files lie, and what their columns were taken for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os.path import commonpath, relpath
from pathlib import Path

from icp_monitor.config.sources import Outcome
from icp_monitor.pipeline.initial.attributes import Attribute
from icp_monitor.pipeline.initial.history import History
from icp_monitor.pipeline.initial.scalars import text, texts
from icp_monitor.pipeline.initial.sheets import Column
from icp_monitor.pipeline.initial.tables import Table, Tables

_SUREST = "sure"


def sources_text(
    folder: Path,
    tables: Tables,
    stages: Mapping[Outcome, tuple[str, ...]],
    attributes: Sequence[Attribute],
    history: History,
    currency: str,
) -> str:
    """The whole file, as it will stand in ``folder``."""
    root = Path(commonpath([table.sheet.path.resolve().parent for table in tables.known]))
    lines = [
        "# yaml-language-server: $schema=schema/sources.schema.json",
        "",
        "# Where the records come from, and what their columns mean. Never a secret: those stay in the environment.",
        "# On the left the monitor's column, on the right the header in the file.",
        "",
        "sources:",
        "  crm:",
        "    kind: csv",
        f"    folder: {text(relpath(root, folder.resolve()))}  # relative to this folder",
        f"    currency: {currency}  # of amounts whose row names none",
    ]
    if history.extracted_on:
        lines.append(f"    extracted_on: {history.extracted_on}  # an old export; remove it once you export anew")
    lines += ["", "    stages:  # the source's stage names, by what they mean"]
    lines += [f"      {outcome}: {texts(names)}" for outcome, names in stages.items()]
    lines += ["", "    tables:"]
    for table in tables.known:
        lines += [f"      {line}".rstrip() for line in _table(table, root, attributes)]
    return "\n".join(lines) + "\n"


def _table(table: Table, root: Path, attributes: Sequence[Attribute]) -> Iterator[str]:
    sheet = table.sheet
    yield f"{table.name}:"
    yield f"  file: {text(relpath(sheet.path.resolve(), root))}"
    if sheet.delimiter != ",":
        yield f"  delimiter: {text(sheet.delimiter)}"
    if sheet.encoding != "utf-8":
        yield f"  encoding: {sheet.encoding}"
    formats = [item.column.days.formats for _, item in table.ordered if item.column.days is not None]
    if formats:
        yield f"  dates: {texts(dict.fromkeys(written for several in formats for written in several))}"
    yield "  columns:"
    for canonical, match in table.ordered:
        doubt = "" if match.sure == _SUREST else f"  # {match.sure}: {match.because}"
        yield f"    {canonical}: {_column(match.column)}{doubt}"
    if table.name == "accounts":
        yield "    # and the attributes of icp.yaml"
        yield from (f"    {item.id}: {_column(item.column, item.separator)}" for item in attributes)
    yield ""


def _column(column: Column, separator: str | None = None) -> str:
    options = {"separator": separator, "decimal": column.decimal if column.decimal == "," else None}
    given = "".join(f", {name}: {text(value)}" for name, value in options.items() if value is not None)
    return f"{{column: {text(column.name)}{given}}}" if given else text(column.name)
