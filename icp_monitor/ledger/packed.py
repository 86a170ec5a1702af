"""Plain JSON values as compressed bytes, and the hash by which equal content is known."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any


def canonical(content: Mapping[str, Any]) -> str:
    """The one text of equal contents."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def sha256(text: str) -> str:
    """The hash of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def pack(text: str) -> bytes:
    """The text, compressed."""
    return zlib.compress(text.encode())


def unpack(packed: bytes) -> dict[str, Any]:
    """The JSON object that was packed."""
    content: dict[str, Any] = json.loads(zlib.decompress(packed).decode())
    return content
