"""Where the records come from and what their columns mean (``sources.yaml``). Never a secret."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from icp_monitor.config.icp import Day
from icp_monitor.config.strict import Identifier, Slug, Strict

TableName = Literal["accounts", "opportunities", "stage_events", "win_loss"]
Outcome = Literal["open", "won", "lost", "no_decision"]
Origin = Literal["rep", "buyer", "analyst"]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Column(Strict):
    """One canonical column: the file's column that fills it, or a ``constant`` for every row.

    ``values`` renames what the file says to what the profile says. ``separator`` splits a set.
    ``decimal`` is the decimal mark of a number. ``divide_by`` brings a unit to whole currency or people.
    """

    column: str | None = None
    constant: str | None = None
    values: dict[str, str] = {}
    separator: str = ";"
    decimal: Literal[".", ","] = "."
    divide_by: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)] = 1

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either column or constant")
        return self


class CsvTable(Strict):
    """One canonical table read from one file.

    ``columns`` maps canonical names to the file's columns: ``account_id: Account ID`` or a mapping with options.
    ``full`` says that the file holds every record, so that a missing key was deleted at the source; write
    ``full: false`` for a file that holds only changes.
    ``dates`` are the accepted date formats, tried in order (strptime). ``required`` rows need these columns.
    """

    file: str
    columns: dict[Identifier, Column]
    full: bool = True
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    quote: Annotated[str, StringConstraints(min_length=1, max_length=1)] = '"'
    encoding: str = "utf-8"
    dates: Annotated[tuple[str, ...], Field(min_length=1)] = ("%Y-%m-%d",)
    placeholders: tuple[str, ...] = ("", "N/A", "n/a", "NA", "-", "Unknown", "unknown", "NULL", "null")

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, columns: object) -> object:
        if not isinstance(columns, dict):
            return columns
        return {name: {"column": item} if isinstance(item, str) else item for name, item in columns.items()}


class CsvSource(Strict):
    """CSV files in one folder, mapped to canonical tables.

    ``folder`` is taken relative to the configuration's folder. ``extracted_on`` is the day on which an old
    export was made: nothing is known from that day on. Without it an extract speaks up to the day it is pulled.
    ``stages`` sorts the source's stage names by outcome.
    """

    kind: Literal["csv"]
    folder: str
    extracted_on: Day | None = None
    currency: Currency | None = None
    stages: dict[Outcome, tuple[str, ...]] = {}
    tables: dict[TableName, CsvTable]


class SourcesConfig(Strict):
    """The whole of ``sources.yaml``: one entry a source; each canonical table has one source."""

    sources: Annotated[dict[Slug, CsvSource], Field(min_length=1)]

    @model_validator(mode="after")
    def _every_table_has_one_source(self) -> SourcesConfig:
        mapped = [table for source in self.sources.values() for table in source.tables]
        for required in ("accounts", "opportunities"):
            if required not in mapped:
                raise ValueError(f"no source maps the table {required}")
        twice = sorted({table for table in mapped if mapped.count(table) > 1})
        if twice:
            raise ValueError(f"more than one source maps {', '.join(twice)}")
        return self
