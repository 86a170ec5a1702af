"""YAML: words mean what they say, every value knows its line, and a file that can't be read says where and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from icp_monitor.config.document import Document, read_document
from icp_monitor.errors import ConfigError


def read(tmp_path: Path, content: str | bytes) -> Document:
    file = tmp_path / "some.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(file)


def refusal(tmp_path: Path, content: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    return str(caught.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("Y", "Y"),
        ("true", True),
        ("False", False),
        ("2025-02-01", "2025-02-01"),
        ("12:30:45", "12:30:45"),
        ("0o14", "0o14"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("011", 11),
        ("'011'", "011"),
        ("-5", -5),
        ("5.0", 5.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("+.Inf", float("inf")),
        ("-.INF", float("-inf")),
        ("9" * 5000, float("inf")),
        ("~", None),
        ("", None),
        ("nullable", "nullable"),
        ("!!str 522", "522"),
        ("[a, [b]]", ("a", ("b",))),
        ("{a: 1}", {"a": 1}),
    ],
)
def test_a_word_means_what_it_says(tmp_path: Path, written: str, value: object) -> None:
    """YAML 1.1 would read NO as false, 011 as nine, 12:30:45 as 45045 and a date as something else than text."""
    read_value = read(tmp_path, f"key: {written}").values["key"]
    assert read_value == value
    assert type(read_value) is type(value)


def test_every_value_knows_its_line_and_how_it_was_written(tmp_path: Path) -> None:
    document = read(tmp_path, "a:\n  - b: 011\n    c:\n      - x\n# comment\nd: {e: '5'}\n")
    lines = {path: (mark.line, mark.written) for path, mark in document.marks.items()}
    assert lines == {
        (): (1, None),
        ("a",): (1, None),
        ("a", 0): (2, None),
        ("a", 0, "b"): (2, "011"),
        ("a", 0, "c"): (3, None),
        ("a", 0, "c", 0): (4, "'x'"),
        ("d",): (6, None),
        ("d", "e"): (6, "'5'"),
    }


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_byte_order_marks_and_line_ends_make_no_difference(tmp_path: Path, start: str, line_end: str) -> None:
    document = read(tmp_path, start + line_end.join(["a: ü", "b: 2", ""]))
    assert document.values == {"a": "ü", "b": 2}
    assert document.marks["b",].line == 2


def test_a_key_that_is_given_twice_is_a_fault_on_its_second_line(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 1\nb: 2\na: 3\n")
    problems = [str(problem).replace(f"{tmp_path}/", "") for problem in document.problems(document.faults)]
    assert problems == ["some.yaml:3: the key a was already given on line 1. Cure: keep one of them"]


def test_anchors_stand_for_what_they_name_and_merging_keeps_the_own_keys(tmp_path: Path) -> None:
    document = read(tmp_path, "a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: *a\n  y: 3\nd: {<<: [*a, {z: 4}]}\n")
    assert document.values["b"] == {"x": 1, "y": 2}
    assert document.values["c"] == {"x": 1, "y": 3}
    assert document.values["d"] == {"x": 1, "y": 2, "z": 4}
    assert document.faults == ()
    assert document.marks["c", "x"].line == 1


def test_tags_are_refused_without_being_obeyed(tmp_path: Path) -> None:
    document = read(tmp_path, "a: !!python/name:os.system ''\nb: !!int five\n? [1, 2]\n: c\n")
    assert document.values == {"a": None, "b": None}
    assert [(fault.path, fault.message) for fault in document.faults] == [
        (("a",), "the tag python/name:os.system can't be used here"),
        (("b",), "the tag int can't be used here"),
        ((), "a key must be a single word"),
    ]


BILLION = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
UNREADABLE = {
    "nothing": ("", "some.yaml: the file is empty"),
    "only a comment": ("# soon\n", "some.yaml: the file is empty"),
    "a list": ("- a\n- b\n", "some.yaml:1: the file must hold keys and values"),
    "a word": ("\nhello\n", "some.yaml:2: the file must hold keys and values"),
    "Latin-1": ("a: 1\nb: ü\n".encode("latin-1"), "some.yaml:2: the text isn't UTF-8"),
    "UTF-16": ("a: 1\n".encode("utf-16"), "some.yaml:1: the text isn't UTF-8"),
    "a tab": ("a:\n\tb: 1\n", "some.yaml:2: a tab can't be used here"),
    "a NUL": ("a: 1\nb: \0\n", "some.yaml:2: a character can't be printed"),
    "an open quote": ('a: "b\n', "some.yaml:2: a quote isn't closed"),
    "an open bracket": ("a: [b\nc: d\n", "some.yaml:2: a bracket isn't closed, or a comma is missing"),
    "a colon in text": ("a: b: c\n", "some.yaml:1: there is a colon too many, or the indentation is wrong"),
    "no colon": ("a: 1\nb\nc: 2\n", "some.yaml:3: this line lacks a colon"),
    "ragged indentation": ("a:\n   b: 1\n  c: 2\n", "some.yaml:3: the indentation doesn't fit the lines above"),
    "an at sign": ("a: @b\n", "some.yaml:1: the text starts with a character that needs quotes"),
    "an unknown escape": ('a: "\\d"\n', "some.yaml:1: a backslash in double quotes starts an unknown escape"),
    "an anchor from nowhere": ("a: *b\n", "some.yaml:1: no anchor of this name was defined above"),
    "two documents": ("a: 1\n---\nb: 2\n", "some.yaml:2: the file holds a second document"),
    "an anchor in itself": ("a: &a [*a]\n", "some.yaml: the file nests too deeply, or an anchor contains itself"),
    "a merge with itself": ("a: &a {<<: *a}\n", "some.yaml: the file nests too deeply, or an anchor contains itself"),
    "a billion values": (BILLION, "some.yaml: the file nests too deeply, or an anchor contains itself"),
    "a deep well": ("a: " + "[" * 3000 + "]" * 3000, "some.yaml: the file nests too deeply"),
    "a flood": (b"a" * 1_000_001, "some.yaml: the file is too large, got 1000001 bytes"),
}


@pytest.mark.parametrize(("content", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cant_be_read_says_where_why_and_what_to_do(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    message = refusal(tmp_path, content)
    assert message.startswith(said)
    assert "Cure: " in message


def test_a_folder_in_place_of_a_file_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the file can't be read"):
        read_document(tmp_path)
