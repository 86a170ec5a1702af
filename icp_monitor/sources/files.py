"""Can a file be read as lines of text, and is it the file that was read last time?"""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TextIO

from icp_monitor.errors import Problem

LONGEST_LINE = 16 * 2**20
_CHUNK = 2**20
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_text(path: Path, encoding: str) -> TextIO:
    """The file as text, line ends kept as they are, a byte order mark dropped."""
    return path.open(encoding=_codec(encoding), newline="")


def file_problems(path: Path, encoding: str) -> Iterator[Problem]:
    """Why the file can't be read as lines of text; nothing if it can.

    Streams, so that neither a large file nor a single huge line fills the memory.
    """
    if not path.is_file():
        yield _missing(path)
    elif path.stat().st_size == 0:
        yield Problem(str(path), "the file is empty", cure="export it again, with its header line")
    elif problem := _text_problem(path, encoding):
        yield problem


def _text_problem(path: Path, encoding: str) -> Problem | None:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(_codec(encoding))(), translate=True)
    line, length, size = 1, 0, 0
    with path.open("rb") as file:
        chunk = b"more"
        while chunk:
            chunk = file.read(_CHUNK)
            size += len(chunk)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return _undecodable(path, encoding, error, line, size)
            first = text.find("\n")
            length += first if first >= 0 else len(text)
            if length > LONGEST_LINE:
                cure = "check the export: line ends are missing, or this is no CSV file"
                return Problem(f"{path}:{line}", f"the line is longer than {LONGEST_LINE >> 20} MB", cure=cure)
            if first >= 0:
                line += text.count("\n")
                length = len(text) - 1 - text.rfind("\n")
    return None


def _undecodable(path: Path, encoding: str, error: UnicodeDecodeError, line: int, size: int) -> Problem:
    """``line`` is where the piece that holds the byte begins; ``size`` is the number of bytes up to its end."""
    good = error.object[: error.start].decode(_codec(encoding))
    line += io.IncrementalNewlineDecoder(None, translate=True).decode(good, final=True).count("\n")
    offset = size - len(error.object) + error.start
    with path.open("rb") as file:
        is_utf16 = file.read(2) in _UTF16_MARKS
    if _codec(encoding) != "utf-8-sig":
        cure = "declare the encoding in which the file was written, or export it as UTF-8"
    else:
        cure = f"declare encoding: {'utf-16' if is_utf16 else 'latin-1 (or windows-1252)'}, or export it as UTF-8"
    value = f"byte 0x{error.object[error.start]:02x} at offset {offset}"
    return Problem(f"{path}:{line}", f"the text is not {encoding}", value, cure)


def _missing(path: Path) -> Problem:
    if not path.parent.is_dir():
        return Problem(str(path.parent), "the folder does not exist", cure="correct folder in sources.yaml")
    names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    close = get_close_matches(path.name, names, n=1, cutoff=0.75)
    cure = f"did you mean {close[0]}?" if close else f"the folder holds {', '.join(names[:10]) or 'no files'}"
    return Problem(str(path), "the file does not exist", cure=cure)


def _codec(encoding: str) -> str:
    """UTF-8 files may begin with a byte order mark; only the codec with ``-sig`` drops it."""
    name = codecs.lookup(encoding).name
    return "utf-8-sig" if name == "utf-8" else name
