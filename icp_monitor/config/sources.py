"""Where the records come from and what their columns mean (``sources.yaml``). Never a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from icp_monitor.config.canonical import CANONICAL_COLUMNS, REQUIRED_COLUMNS, WITH_ATTRIBUTES, TableName
from icp_monitor.config.faults import Fault, Path, refusal
from icp_monitor.config.mapped import CsvTable, ObjectTable, SqlTable
from icp_monitor.config.presets import preset_names, with_preset
from icp_monitor.config.strict import Currency, Day, File, Slug, Strict, Text, Zone
from icp_monitor.config.suggestions import did_you_mean

Outcome = Literal["open", "won", "lost", "no_decision"]
Origin = Literal["rep", "buyer", "analyst"]
Stages = dict[Outcome, tuple[Text, ...]]


class EarlierStages(Strict):
    """The stage names that were in use ``until`` a day, which is not included."""

    until: Day
    stages: Stages


class Mapped(Strict):
    """What every source says of its records.

    ``extracted_on`` is the day on which an old export was made: nothing is known from that day on. Without it an
    extract speaks up to the day it is pulled. ``stages`` sorts the source's stage names by outcome, and
    ``earlier_stages`` those of the time before they were redefined. ``moments`` is the time zone of moments that are
    written without one; by default they are business time. ``preset`` names a mapping that comes with the monitor, on
    top of which the source's own keys stand.
    """

    preset: Text | None = None
    extracted_on: Day | None = None
    currency: Currency | None = None
    moments: Zone | None = None
    stages: Stages = Field(default={})
    earlier_stages: tuple[EarlierStages, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _on_top_of_its_preset(cls, source: object) -> object:
        return with_preset(source) if isinstance(source, Mapping) else source

    @field_validator("preset")
    @classmethod
    def _preset_exists(cls, name: str | None) -> str | None:
        if name is not None and name not in preset_names():
            cure = did_you_mean(name, preset_names()) or f"choose one of {', '.join(preset_names())}"
            raise refusal("there is no preset of this name", cure)
        return name


class CsvSource(Mapped):
    """CSV files in one folder; ``folder`` is taken relative to the configuration's folder."""

    kind: Literal["csv"]
    folder: Text
    tables: dict[TableName, CsvTable]


class SqlSource(Mapped):
    """Tables of a database; ``connection`` is its name among the connections, ``schema`` where unnamed tables lie."""

    kind: Literal["sql"]
    connection: Slug
    schema_: Annotated[Text | None, Field(alias="schema")] = None
    tables: dict[TableName, SqlTable]


class SalesforceSource(Mapped):
    """Objects of a Salesforce organisation."""

    kind: Literal["salesforce"]
    connection: Slug
    tables: dict[TableName, ObjectTable]


class HubSpotSource(Mapped):
    """Objects of a HubSpot portal."""

    kind: Literal["hubspot"]
    connection: Slug
    tables: dict[TableName, ObjectTable]


Source = CsvSource | SqlSource | SalesforceSource | HubSpotSource


class SourcesConfig(File):
    """The whole of ``sources.yaml``: one entry a source; each canonical table has one source."""

    sources: Annotated[dict[Slug, Annotated[Source, Field(discriminator="kind")]], Field(min_length=1)]

    def maps(self, table: TableName, column: str | None = None) -> bool:
        """Whether any source brings the table, and the column where one is given."""
        mapped = [source.tables[table] for source in self.sources.values() if table in source.tables]
        return any(column is None or column in item.columns for item in mapped)

    @classmethod
    def disagreements(cls, values: Mapping[str, Any]) -> Iterator[Fault]:
        """Tables without a source or with two, columns that no table has, stages that can't be told apart."""
        sources = [(path, with_preset(source)) for path, source in _groups((), values, "sources")]
        tables = [entry for path, source in sources for entry in _groups(path, source, "tables")]
        yield from _misplaced_tables(tables)
        for path, table in tables:
            yield from _misnamed_columns(path, table)
        for path, source in sources:
            yield from _unclear_stages(path, source)


def _groups(path: Path, values: Mapping[str, Any], key: str) -> list[tuple[Path, Mapping[str, Any]]]:
    groups = values.get(key)
    if not isinstance(groups, Mapping):
        return []
    return [((*path, key, name), group) for name, group in groups.items() if isinstance(group, Mapping)]


def _misplaced_tables(tables: list[tuple[Path, Mapping[str, Any]]]) -> Iterator[Fault]:
    names = [path[-1] for path, _ in tables]
    for required in ("accounts", "opportunities"):
        if required not in names:
            yield Fault(("sources",), f"no source maps the table {required}", cure=f"add {required} under tables")
    for position, (path, _) in enumerate(tables):
        if path[-1] in names[:position]:
            yield Fault(path, f"another source maps {path[-1]} too", cure="keep one of them")


def _misnamed_columns(path: Path, table: Mapping[str, Any]) -> Iterator[Fault]:
    name, columns = str(path[-1]), table.get("columns")
    if name not in CANONICAL_COLUMNS or not isinstance(columns, Mapping):
        return
    known = CANONICAL_COLUMNS[name]
    for column in columns if name not in WITH_ATTRIBUTES else ():
        if column not in known:
            cure = did_you_mean(str(column), known) or "remove it"
            yield Fault((*path, "columns", column), f"{name} has no column of this name", repr(column), cure)
    for column in REQUIRED_COLUMNS[name]:
        if column not in columns:
            yield Fault((*path, "columns"), f"{name} needs the column {column}", cure=f"add {column}: and its header")


def _unclear_stages(path: Path, source: Mapping[str, Any]) -> Iterator[Fault]:
    tables, stages = source.get("tables"), source.get("stages", {})
    if not isinstance(stages, Mapping) or not isinstance(tables, Mapping):
        return
    if "opportunities" in tables:
        for outcome in ("won", "lost"):
            if not stages.get(outcome):
                message = f"no stage means that a deal was {outcome}"
                cure = f"add under stages the names that the source uses, like {outcome}: [Closed {outcome}]"
                yield Fault((*path, "stages", outcome), message, cure=cure)
    seen: dict[str, object] = {}
    for outcome, names in stages.items():
        for position, stage in enumerate(names if isinstance(names, tuple) else ()):
            if isinstance(stage, str) and seen.setdefault(stage, outcome) != outcome:
                message = f"the stage is listed under {seen[stage]} too"
                yield Fault((*path, "stages", outcome, position), message, cure="keep it under one outcome")
