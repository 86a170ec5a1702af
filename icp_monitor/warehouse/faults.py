"""What a user can do when a store fails: its message, in one line, with the cure."""

from __future__ import annotations

from icp_monitor.errors import Problem, StorageError

# The first fragment that occurs in the message, in lower case, decides.
CURES = (
    (("no space left", "disk is full", "disk quota", "too large"), "free some space, or move it to a larger disk"),
    (
        ("permission denied", "read-only", "readonly", "no schema has been"),
        "give this account the right to write there",
    ),
    (("conversion", "could not convert"), "give the column whose type has changed a new name"),
    (
        ("magic bytes", "footer", "parquet file", "not a database", "malformed"),
        "delete the file, and run its day again",
    ),
    (("out of memory",), "raise memory_limit in the URL (file:…?memory_limit=2GB)"),
    (("authentication failed", "no password supplied"), "check user and password in the URL"),
    (('database "', 'role "'), "create it, or correct the URL"),
    (("connection", "resolve host", "timeout"), "check that the server runs, and that the URL names it"),
    (("no such file", "not a directory", "file exists", "unable to open"), "create the folder, or correct the URL"),
    (("locked",), "wait for the other process to finish, and try again"),
)
ELSE = "see the message; the store's own log may say more"


def storage_error(place: str, message: str) -> StorageError:
    """The error for a failure of ``place``, from the first line of the engine's ``message``.

    >>> print(storage_error("file:/data", "IO Error: No space left on device"))
    file:/data: IO Error: No space left on device. Cure: free some space, or move it to a larger disk
    """
    first_line = message.strip().splitlines()[0].rstrip(".")
    folded = first_line.casefold()
    found = (cure for fragments, cure in CURES if any(fragment in folded for fragment in fragments))
    return StorageError(Problem(place, first_line, cure=next(found, ELSE)))
