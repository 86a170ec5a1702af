"""A second opinion on every query: the grammar of soql-parser-js, a Node program that others wrote."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGE = "@jetstreamapp/soql-parser-js@6.3.1"
_CACHE = Path(__file__).parents[3] / ".cache" / "soql-parser-js-6.3.1"
_PROGRAM = Path(__file__).with_name("grammar.mjs")


class GrammarUnavailableError(Exception):
    """There is no Node, or npm can't fetch the grammar."""


class Grammar:
    """A running grammar.

    Raises:
        GrammarUnavailableError: it can't be had on this machine.
    """

    def __init__(self) -> None:
        folder = _installed()
        program = shutil.copy(_PROGRAM, folder)
        node = subprocess.Popen(["node", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._node = node

    def fault(self, query: str) -> str | None:
        """What is wrong with a query."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps(query) + "\n")
        self._node.stdin.flush()
        found: str | None = json.loads(self._node.stdout.readline())
        return found

    def close(self) -> None:
        """Stop the program."""
        self._node.communicate()


def _installed() -> Path:
    if not _CACHE.is_dir():
        for tool in ("node", "npm"):
            if shutil.which(tool) is None:
                raise GrammarUnavailableError(f"there is no {tool}")
        _CACHE.parent.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=_CACHE.parent))
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(fresh), PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            shutil.rmtree(fresh)
            raise GrammarUnavailableError(f"npm can't install {PACKAGE}: {done.stderr.strip()[-200:]}")
        if not _CACHE.is_dir():
            fresh.rename(_CACHE)
    return _CACHE
