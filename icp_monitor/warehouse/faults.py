"""What a user can do when a store fails: its message, in one line, with the cure."""

from __future__ import annotations

from icp_monitor.errors import Problem, StorageError

CURES = (
    (("No space left", "disk is full", "Disk quota", "too large"), "free some space, or move it to a larger disk"),
    (("ermission denied", "ead-only", "readonly", "no schema has been"), "give this account the right to write there"),
    (("onversion", "Could not convert"), "give the column whose type has changed a new name"),
    (("magic bytes", "ooter", "Parquet", "not a database", "malformed"), "delete the file, and run its day again"),
    (("Out of Memory",), "raise memory_limit in the URL (file:…?memory_limit=2GB)"),
    (("authentication failed", "no password supplied"), "check user and password in the URL"),
    (('database "', 'role "'), "create it, or correct the URL"),
    (("onnection", "resolve host", "timeout"), "check that the server runs, and that the URL names it"),
    (("No such file", "Not a directory", "File exists", "unable to open"), "create the folder, or correct the URL"),
    (("locked",), "wait for the other process to finish, and try again"),
)
ELSE = "see the message; the store's own log may say more"


def storage_error(place: str, message: str) -> StorageError:
    """The error for a failure of ``place``, from the first line of the engine's ``message``.

    >>> print(storage_error("file:/data", "IO Error: No space left on device"))
    file:/data: IO Error: No space left on device. Cure: free some space, or move it to a larger disk
    """
    first_line = message.strip().splitlines()[0].rstrip(".")
    found = (cure for fragments, cure in CURES if any(fragment in first_line for fragment in fragments))
    return StorageError(Problem(place, first_line, cure=next(found, ELSE)))
