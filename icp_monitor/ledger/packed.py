"""Plain JSON values as compressed bytes."""

from __future__ import annotations

import json
import zlib
from typing import Any


def pack(text: str) -> bytes:
    """The text, compressed."""
    return zlib.compress(text.encode())


def unpack(packed: bytes) -> dict[str, Any]:
    """The JSON object that was packed."""
    content: dict[str, Any] = json.loads(zlib.decompress(packed).decode())
    return content
