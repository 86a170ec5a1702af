"""Messages as files: for a first look, for companies without Slack, and for tests."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote

from icp_monitor.alerts.message import Message, Sent
from icp_monitor.delivery.payload import payload, texts

ANY_DAY = "[0-9]" * 4 + "-" + "[0-9]" * 2 + "-" + "[0-9]" * 2


@dataclass(frozen=True)
class Outbox:
    """A folder of messages: ``<day>-<key>.json`` is exactly what Slack would be sent, ``.txt`` is for reading."""

    folder: Path
    day: date

    def deliver(self, message: Message, attempted_at: datetime | None = None) -> Sent:  # noqa: ARG002
        """Write both files; a message that an earlier day began to write is written over, not added."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{quote(message.key, safe='')}.json"
        earlier = next(self.folder.glob(f"{ANY_DAY}-{name}"), None)
        path = earlier or self.folder / f"{self.day.isoformat()}-{name}"
        _write(path.with_name(f"{path.stem}.txt"), _readable(message))
        _write(path, json.dumps(payload(message), indent=2, ensure_ascii=False) + "\n")
        return Sent(reference=str(path))


def _readable(message: Message) -> str:
    lines = [f"To {message.channel}", "", message.text]
    shown = [text for block in message.blocks for text in texts(dict(block))]
    return "\n".join([*lines, "", *shown] if shown else lines) + "\n"


def _write(path: Path, text: str) -> None:
    """Replace the file as a whole: a reader, or a power failure, finds the old text or the new one."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=".", encoding="utf-8", delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
