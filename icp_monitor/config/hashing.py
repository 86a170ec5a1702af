"""One text and one hash for everything that a configuration means, however it was formatted."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel


def canonical_json(model: BaseModel) -> str:
    """The whole content, defaults included, as JSON with sorted keys; the model reads it back unchanged."""
    return canonical_text(_plain(model))


def canonical_hash(*models: BaseModel) -> str:
    """SHA-256 of the canonical JSON, in 64 hexadecimal digits; 16 are enough to show.

    Comments, the order of keys, quotes and 5 against 5.0 don't change it. The order of a list does.
    """
    content = _plain(models[0]) if len(models) == 1 else [_plain(model) for model in models]
    return sha256(canonical_text(content))


def sha256(text: str) -> str:
    """The hash of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical_text(content: object) -> str:
    """Plain JSON values as the one text of equal contents."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(model: BaseModel) -> object:
    return _whole_numbers(model.model_dump(mode="json", by_alias=True))


def _whole_numbers(content: Any) -> Any:
    """Numbers that are equal are written alike: 5.0 as 5, -0.0 as 0."""
    match content:
        case dict():
            return {key: _whole_numbers(value) for key, value in content.items()}
        case list():
            return [_whole_numbers(value) for value in content]
        case float() if content.is_integer():
            return int(content)
    return content
