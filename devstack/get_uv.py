"""Puts `uv` into a folder of the project: by pip where Python has it, else with the standard library alone.

Debian's Python comes without pip and venv; then the wheel is taken from PyPI directly and checked by its hash.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import platform
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urljoin

INDEX = "https://pypi.org/pypi/uv/json"
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def install_by_pip(folder: Path) -> None:
    """Let pip do it, so that the user's own index and proxy settings are honoured."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    subprocess.run([*command, "--target", str(folder), "uv"], check=True)


def install_by_hand(folder: Path) -> None:
    """Unpack uv's binary from its wheel into ``folder/bin``."""
    release = json.loads(fetch(INDEX))
    wheel = next(item for item in release["urls"] if wheel_tag() in item["filename"])
    content = fetch(urljoin(INDEX, wheel["url"]))
    if hashlib.sha256(content).hexdigest() != wheel["digests"]["sha256"]:
        raise SystemExit(f"{wheel['filename']} does not have the hash that the index states; try again")
    target = folder / "bin" / "uv"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"uv-{os.getpid()}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part.write_bytes(archive.read(next(name for name in archive.namelist() if name.endswith("/scripts/uv"))))
    part.chmod(0o755)
    part.replace(target)


def wheel_tag() -> str:
    """The part of the wheel's name that says which machine it is for."""
    machine = MACHINES.get(platform.machine().lower(), platform.machine())
    if sys.platform == "darwin":
        return f"macosx_{'11' if machine == 'aarch64' else '10_12'}_{machine.replace('aarch64', 'arm64')}"
    return f"manylinux_2_17_{machine}"


def fetch(url: str) -> bytes:
    """The bytes behind an HTTPS address."""
    with urllib.request.urlopen(url, timeout=60) as response:
        body: bytes = response.read()
    return body


if __name__ == "__main__":
    where = Path(sys.argv[1])
    if importlib.util.find_spec("pip"):
        install_by_pip(where)
    else:
        install_by_hand(where)
