"""How one canonical table is mapped from what a source calls its records and columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, StringConstraints, field_validator, model_validator
from pydantic_core import CoreSchema

from icp_monitor.config.faults import refusal
from icp_monitor.config.strict import LARGEST, Identifier, Strict, Text

Letter = Annotated[str, StringConstraints(min_length=1, max_length=1)]
ISO_DATES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
SQL_DATES = (*ISO_DATES, "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f")  # SQLite keeps moments as it was given them


class Column(Strict):
    """One canonical column: the source's column that fills it, or a ``constant`` for every row.

    ``values`` renames what the source says to what the profile says. ``separator`` splits a set.
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


class MappedTable(Strict):
    """One canonical table: ``columns`` maps our names to the source's, ``account_id: Id`` or a mapping with options.

    ``dates`` are the accepted date formats, tried in order (strptime).
    """

    columns: dict[Identifier, Column]
    dates: Annotated[tuple[Text, ...], Field(min_length=1)] = ISO_DATES
    placeholders: tuple[str, ...] = ("", "N/A", "n/a", "NA", "-", "Unknown", "unknown", "NULL", "null")

    @property
    def reads_changes(self) -> bool:
        """Whether a reading brings only the records that changed since the one before."""
        return False

    @field_validator("dates")
    @classmethod
    def _formats_name_a_day(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for written in formats:
            if not _reads_back(written):
                raise refusal("a date format needs year, month and day", "write it like %Y-%m-%d", repr(written))
        return formats


class CsvTable(MappedTable):
    """A table read from one file.

    ``full`` says that the file holds every record, so that a missing key was deleted at the source; write
    ``full: false`` for a file that holds only changes.
    """

    file: Text
    full: bool = True
    delimiter: Letter = ","
    quote: Letter = '"'
    encoding: Text = "utf-8"
    dates: Annotated[tuple[Text, ...], Field(min_length=1)] = ("%Y-%m-%d",)

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, name: str) -> str:
        try:
            "".encode(name)
        except (LookupError, ValueError):
            raise refusal("unknown encoding", "use utf-8, utf-16 or windows-1252") from None
        return name


class SqlTable(MappedTable):
    """A table of a database, or what a ``query`` selects from it.

    Of several queries the first one is read for which the database has all tables and columns. ``modified`` names the
    column that says when a record was last changed; with it only changes are read, each time from ``overlap_minutes``
    before where the last reading ended. Without it every record is read each time.
    ``optional`` leaves the table out where the database doesn't have it.
    """

    table: Text | None = None
    query: Text | Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    modified: Text | None = None
    overlap_minutes: Annotated[int, Field(ge=0)] = 10
    optional: bool = False
    dates: Annotated[tuple[Text, ...], Field(min_length=1)] = SQL_DATES

    @property
    def reads_changes(self) -> bool:
        """Whether a reading brings only the records that changed since the one before."""
        return self.modified is not None

    @property
    def queries(self) -> tuple[str, ...]:
        """The queries in the order in which they are tried; none where a table is read as it is."""
        return self.query if isinstance(self.query, tuple) else () if self.query is None else (self.query,)

    @model_validator(mode="after")
    def _one_origin(self) -> SqlTable:
        if (self.table is None) == (self.query is None):
            raise refusal("a table needs one origin", "give either table or query")
        return self


class ObjectTable(MappedTable):
    """A table read from one kind of object of an API; ``where`` keeps only some (in the API's own language).

    ``optional`` leaves the table out where the service doesn't have such objects.
    """

    object: Text
    where: Text | None = None
    optional: bool = False

    @property
    def reads_changes(self) -> bool:
        """Whether a reading brings only the records that changed since the one before."""
        return True


def _reads_back(date_format: str) -> bool:
    day = datetime(2019, 11, 23, tzinfo=UTC)
    try:
        return datetime.strptime(day.strftime(date_format), date_format).replace(tzinfo=UTC).date() == day.date()
    except ValueError:
        return False
