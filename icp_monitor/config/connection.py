"""What it takes to reach a service, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr


@dataclass(frozen=True)
class Connection:
    """A connection by the field names of Airflow; what may be secret is left out of the printed form.

    ``kind`` is Airflow's type of connection, or the scheme of ``url``, which is there where the connection was written
    as one.
    """

    name: str
    kind: str = ""
    host: str | None = None
    port: int | None = None
    login: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    url: SecretStr | None = field(default=None, repr=False)
