"""What goes over the wire: a request, its reply, and the mishaps that a test has planned for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """One request; ``parameters`` are those of the address or of a form."""

    method: str
    host: str
    address: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.address).path

    @property
    def parameters(self) -> dict[str, str]:
        query = parse_qs(urlsplit(self.address).query)
        return {name: values[-1] for name, values in query.items()}

    @property
    def form(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def token(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Reply:
    """One reply; ``cut``: the connection breaks when half of the body is through."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    cut: bool = False


class RefusalError(Exception):
    """A request that Salesforce refuses, in its notation: a list of one error."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        self.reply = Reply(
            status,
            json.dumps([{"message": message, "errorCode": code}]).encode(),
            {"Content-Type": "application/json", **headers},
        )
        super().__init__(f"{code}: {message}")


def as_json(content: Any, status: int = 200) -> Reply:
    """A reply that holds ``content``."""
    return Reply(status, json.dumps(content).encode())


@dataclass
class Mishap:
    """What befalls the next ``times`` requests whose address matches ``path``, after ``after`` more of them went well.

    ``refusal`` is answered instead; ``cut`` breaks the connection midway; ``expire`` ends all sessions first; ``stuck``
    holds the answer back until ``go_on`` is set.
    """

    path: str
    refusal: RefusalError | None = None
    cut: bool = False
    expire: bool = False
    stuck: bool = False
    after: int = 0
    times: int = 1
    reached: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)

    def befalls(self, request: Request) -> bool:
        """Whether this request is the one; counts it."""
        if self.times == 0 or re.search(self.path, request.address) is None:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        self.reached.set()
        return True
