"""Where the records come from and what their columns mean (``sources.yaml``). Never a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, StringConstraints, field_validator, model_validator
from pydantic_core import CoreSchema

from icp_monitor.config.faults import Fault, Path, refusal
from icp_monitor.config.strict import LARGEST, Currency, Day, File, Identifier, Slug, Strict, Text
from icp_monitor.config.suggestions import did_you_mean

TableName = Literal["accounts", "opportunities", "stage_events", "win_loss"]
Outcome = Literal["open", "won", "lost", "no_decision"]
Origin = Literal["rep", "buyer", "analyst"]
Letter = Annotated[str, StringConstraints(min_length=1, max_length=1)]

CANONICAL_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "accounts": ("account_id", "name", "parent_id", "created_on"),  # and the profile's attributes
    "opportunities": (
        *("opportunity_id", "account_id", "owner_id", "type", "channel", "product", "stage"),
        *("amount", "one_off", "term_months", "currency", "created_on", "closed_on"),
    ),
    "stage_events": ("opportunity_id", "stage", "entered_on"),
    "win_loss": ("opportunity_id", "origin", "outcome", "reason", "competitor", "recorded_on"),
}
REQUIRED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "accounts": ("account_id",),
    "opportunities": ("opportunity_id", "account_id", "stage", "created_on"),
    "stage_events": ("opportunity_id", "stage", "entered_on"),
    "win_loss": ("opportunity_id",),
}


class Column(Strict):
    """One canonical column: the file's column that fills it, or a ``constant`` for every row.

    ``values`` renames what the file says to what the profile says. ``separator`` splits a set.
    ``decimal`` is the decimal mark of a number. ``divide_by`` brings a unit to whole currency or people.
    ``known`` lists every value that there should be; others are reported, with the nearest known one.
    """

    column: Text | None = None
    constant: Text | None = None
    values: dict[str, str] = Field(default={})
    separator: Text = ";"
    decimal: Literal[".", ","] = "."
    divide_by: Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False)] = 1
    known: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        if (self.column is None) == (self.constant is None):
            raise refusal("a mapped column needs one origin", "give either column or constant")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler(schema)]}


class CsvTable(Strict):
    """One canonical table read from one file.

    ``columns`` maps canonical names to the file's columns: ``account_id: Account ID`` or a mapping with options.
    ``full`` says that the file holds every record, so that a missing key was deleted at the source; write
    ``full: false`` for a file that holds only changes.
    ``dates`` are the accepted date formats, tried in order (strptime).
    """

    file: Text
    columns: dict[Identifier, Column]
    full: bool = True
    delimiter: Letter = ","
    quote: Letter = '"'
    encoding: Text = "utf-8"
    dates: Annotated[tuple[Text, ...], Field(min_length=1)] = ("%Y-%m-%d",)
    placeholders: tuple[str, ...] = ("", "N/A", "n/a", "NA", "-", "Unknown", "unknown", "NULL", "null")

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, name: str) -> str:
        try:
            "".encode(name)
        except (LookupError, ValueError):
            raise refusal("unknown encoding", "use utf-8, utf-16 or windows-1252") from None
        return name

    @field_validator("dates")
    @classmethod
    def _formats_name_a_day(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for written in formats:
            if not _reads_back(written):
                raise refusal("a date format needs year, month and day", "write it like %Y-%m-%d", repr(written))
        return formats


class CsvSource(Strict):
    """CSV files in one folder, mapped to canonical tables.

    ``folder`` is taken relative to the configuration's folder. ``extracted_on`` is the day on which an old
    export was made: nothing is known from that day on. Without it an extract speaks up to the day it is pulled.
    ``stages`` sorts the source's stage names by outcome.
    """

    kind: Literal["csv"]
    folder: Text
    extracted_on: Day | None = None
    currency: Currency | None = None
    stages: dict[Outcome, tuple[Text, ...]] = Field(default={})
    tables: dict[TableName, CsvTable]


class SourcesConfig(File):
    """The whole of ``sources.yaml``: one entry a source; each canonical table has one source."""

    sources: Annotated[dict[Slug, CsvSource], Field(min_length=1)]

    @classmethod
    def disagreements(cls, values: Mapping[str, Any]) -> Iterator[Fault]:
        """Tables without a source or with two, columns that no table has, stages that can't be told apart."""
        sources = _groups((), values, "sources")
        tables = [entry for path, source in sources for entry in _groups(path, source, "tables")]
        yield from _misplaced_tables(tables)
        for path, table in tables:
            yield from _misnamed_columns(path, table)
        for path, source in sources:
            yield from _unclear_stages(path, source)


def _reads_back(date_format: str) -> bool:
    day = datetime(2019, 11, 23, tzinfo=UTC)
    try:
        return datetime.strptime(day.strftime(date_format), date_format).replace(tzinfo=UTC).date() == day.date()
    except ValueError:
        return False


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
    for column in columns if name != "accounts" else ():
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
