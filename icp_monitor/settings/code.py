"""Which code computed this? The package's version and a hash of its files, the same on every machine."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import icp_monitor


@cache
def code_version() -> str:
    """The version with the first eight digits of the sources' SHA-256, such as ``0.1.0+3f9a04c1``."""
    return f"{icp_monitor.__version__}+{hash_of_files(Path(icp_monitor.__file__).parent)}"


def hash_of_files(folder: Path) -> str:
    """Eight hexadecimal digits that change with any name or content below ``folder``, compiled files apart."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.parent.name != "__pycache__":
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:8]
