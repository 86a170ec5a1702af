"""Hostile extracts: what people and exports do to a CSV file, and what a loader must make of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Spoil = Callable[[bytes], bytes]
LONG_LINE = 5_000_000


@dataclass(frozen=True)
class Dirt:
    """One way to spoil a clean extract, as ``write_csv`` writes it.

    ``loader_must``: ``accept`` the file as if it were clean, apart from the spoiled value; ``reject_record`` and keep
    all others; or ``refuse_file`` and keep what was stored before. In every case ``because`` says how.
    """

    name: str
    table: Literal["accounts", "opportunities"]
    spoil: Spoil
    loader_must: Literal["accept", "reject_record", "refuse_file"]
    because: str


def with_byte_order_mark(extract: bytes) -> bytes:
    """Begin as Excel's "CSV UTF-8" does."""
    return b"\xef\xbb\xbf" + extract


def with_windows_line_ends(extract: bytes) -> bytes:
    """End lines with CR LF."""
    return extract.replace(b"\n", b"\r\n")


def in_latin_1(extract: bytes) -> bytes:
    """Put an umlaut into the first name, in an encoding that is not UTF-8."""
    return with_field("name", "Müller")(extract).decode().encode("latin-1")


def with_semicolons(extract: bytes) -> bytes:
    """Separate by semicolons, as exports do where the comma is the decimal mark."""
    return extract.replace(b",", b";")


def without_header(extract: bytes) -> bytes:
    """Lose the first line."""
    return extract.split(b"\n", 1)[1]


def without_records(extract: bytes) -> bytes:
    """Keep only the header."""
    return extract.split(b"\n", 1)[0] + b"\n"


def emptied(_extract: bytes) -> bytes:
    """Leave nothing at all, as a failed export does."""
    return b""


def cut_short(extract: bytes) -> bytes:
    """Stop in the middle of the last record, as a full disk does."""
    last = extract.rstrip(b"\n").rindex(b"\n") + 1
    return extract[: last + 10]


def with_repeated_record(extract: bytes) -> bytes:
    """Export the first record twice."""
    return extract + extract.split(b"\n", 2)[1] + b"\n"


def with_contradiction(extract: bytes) -> bytes:
    """Export the first opportunity twice, with different amounts."""
    return extract + with_field("amount", "987654.32")(extract).split(b"\n", 2)[1] + b"\n"


def with_extra_field(extract: bytes) -> bytes:
    """Give the first record one field more than the header names."""
    header, first, rest = extract.split(b"\n", 2)
    return b"\n".join((header, first + b",surplus", rest))


def without_column(name: str) -> Spoil:
    """Leave out a column."""

    def spoil(extract: bytes) -> bytes:
        rows = _rows(extract)
        position = rows[0].index(name)
        return _csv([row[:position] + row[position + 1 :] for row in rows])

    return spoil


def with_field(column: str, value: str) -> Spoil:
    """Put a value into a column of the first record."""

    def spoil(extract: bytes) -> bytes:
        rows = _rows(extract)
        rows[1][rows[0].index(column)] = value
        return _csv(rows)

    return spoil


def _rows(extract: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(extract.decode(), newline="")))


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


DIRT = (
    Dirt(
        "byte_order_mark", "accounts", with_byte_order_mark, "accept", "the mark is no part of the first column's name"
    ),
    Dirt(
        "windows_line_ends", "accounts", with_windows_line_ends, "accept", "the line end is no part of the last field"
    ),
    Dirt("latin_1", "accounts", in_latin_1, "refuse_file", "names the first line that isn't UTF-8, and the setting"),
    Dirt(
        "semicolons",
        "opportunities",
        with_semicolons,
        "refuse_file",
        "names the missing columns and the likely delimiter",
    ),
    Dirt(
        "no_header",
        "opportunities",
        without_header,
        "refuse_file",
        "names the missing columns and shows the first line",
    ),
    Dirt("no_column", "opportunities", without_column("created_on"), "refuse_file", "names the missing column"),
    Dirt("no_records", "opportunities", without_records, "refuse_file", "an outage is not a company without deals"),
    Dirt("empty_file", "opportunities", emptied, "refuse_file", "says that the file is empty"),
    Dirt("cut_short", "opportunities", cut_short, "reject_record", "the last record lacks fields"),
    Dirt("extra_field", "opportunities", with_extra_field, "reject_record", "its fields can't be told apart"),
    Dirt("repeated_record", "opportunities", with_repeated_record, "accept", "the same record twice is one record"),
    Dirt("contradiction", "opportunities", with_contradiction, "reject_record", "which of the two is right is unknown"),
    Dirt("no_key", "opportunities", with_field("opportunity_id", ""), "reject_record", "a record needs its key"),
    Dirt(
        "negative_amount",
        "opportunities",
        with_field("amount", "-5000.00"),
        "reject_record",
        "no deal is worth less than 0",
    ),
    Dirt("huge_amount", "opportunities", with_field("amount", "1e308"), "reject_record", "it doesn't fit into cents"),
    Dirt(
        "infinite_amount", "opportunities", with_field("amount", "inf"), "reject_record", "it isn't a number of cents"
    ),
    Dirt("not_a_number", "opportunities", with_field("amount", "NaN"), "reject_record", "unknown is an empty field"),
    Dirt(
        "decimal_comma",
        "opportunities",
        with_field("amount", "1.234,56"),
        "reject_record",
        "the mapping says decimal point",
    ),
    Dirt(
        "foreign_date",
        "opportunities",
        with_field("created_on", "13/02/2024"),
        "reject_record",
        "the mapping says ISO dates",
    ),
    Dirt(
        "impossible_date",
        "opportunities",
        with_field("created_on", "2023-02-30"),
        "reject_record",
        "there is no such day",
    ),
    Dirt(
        "future_date", "opportunities", with_field("created_on", "2199-01-01"), "reject_record", "it was not known then"
    ),
    Dirt(
        "closed_before_created",
        "opportunities",
        with_field("closed_on", "1999-12-31"),
        "reject_record",
        "time runs forward",
    ),
    Dirt("unknown_stage", "opportunities", with_field("stage", "Limbo"), "reject_record", "no stage map names it"),
    Dirt(
        "formula_name",
        "accounts",
        with_field("name", '=HYPERLINK("http://x.example","pay")'),
        "accept",
        "text stays text",
    ),
    Dirt("script_name", "accounts", with_field("name", "<script>alert(1)</script>"), "accept", "text stays text"),
    Dirt("quoted_newline", "accounts", with_field("name", 'Line one\nline "two"'), "accept", "it is one record"),
    Dirt(
        "nul_byte",
        "accounts",
        with_field("name", "Nul\0byte"),
        "accept",
        "the record is good, but no database stores the name",
    ),
    Dirt(
        "very_long_line",
        "accounts",
        with_field("name", "x" * LONG_LINE),
        "accept",
        "the record is good; no name has 5 MB",
    ),
    Dirt(
        "text_for_number",
        "accounts",
        with_field("employees", "about 500"),
        "accept",
        "the record is good; only the value is lost",
    ),
)
