"""A second opinion: lists, searches and the recycling bin of a HubSpot that others wrote (backlot, from PyPI)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from icp_monitor.sources.hubspot.access import Access
from icp_monitor.sources.hubspot.api import Api
from icp_monitor.sources.hubspot.pages import changed_since, details, found, listed

VERSION = "0.1.0"
HOME = Path(__file__).parents[3] / ".cache" / f"backlot-{VERSION}"
PROGRAM = HOME / "bin" / "backlot"
QUIET = os.environ | {"BACKLOT_TELEMETRY": "0", "DO_NOT_TRACK": "1"}  # noqa: TID251 - what the program itself reads
START = datetime(2026, 1, 1, tzinfo=UTC)
SINCE = START + timedelta(hours=200)

pytestmark = pytest.mark.slow


def _company(number: int) -> dict[str, Any]:
    """One company an hour; three share each moment, and every fifteenth is archived.

    Its search compares moments only as numbers, so that of the last change is written as one.
    """
    at = START + timedelta(hours=number - number % 3)
    moment = f"{at:%Y-%m-%dT%H:%M:%S.000Z}"
    named = {"name": f"Company {number}", "industry": "BANKING" if number % 2 else "INSURANCE"}
    dated = {"createdate": moment, "hs_lastmodifieddate": _milliseconds(at)}
    return {
        "source_type": "hubspot",
        "object_type": "companies",
        "record_id": str(5000 + number),
        "properties": {**named, **dated, "hs_object_id": str(5000 + number)},
        "archived": number % 15 == 0,
        "created": moment,
        "updated": moment,
        "author_email": "ana@acme.example",
        "title": named["name"],
        "content": named["name"],
    }


def _milliseconds(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))


COMPANIES = [_company(number) for number in range(470)]


@pytest.fixture(scope="module")
def program() -> Path:
    """The program, in an environment of its own."""
    if PROGRAM.exists():
        return PROGRAM
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed, which fetches backlot")
    for command in (["venv", "-q", str(HOME)], ["pip", "install", "-q", "-p", str(HOME), f"backlot=={VERSION}"]):
        if subprocess.run([uv, *command], check=False).returncode != 0:
            shutil.rmtree(HOME, ignore_errors=True)
            pytest.skip(f"backlot {VERSION} can't be fetched from PyPI")
    return PROGRAM


@pytest.fixture(scope="module")
def api(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The portal that it serves."""
    folder = tmp_path_factory.mktemp("backlot")
    corpus = folder / "companies.jsonl"
    corpus.write_text("\n".join(map(json.dumps, COMPANIES)))
    data = ["--data-dir", str(folder / "data")]
    subprocess.run([program, "import", str(corpus), *data], check=True, env=QUIET, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    serve = [program, "serve", "--port", port, *data, "--disable-telemetry"]
    with subprocess.Popen(serve, env=QUIET, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(int(port))
            yield Api(Access("backlot", SecretStr("admin-service-token"), f"http://127.0.0.1:{port}/hubspot"))
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _values(pages: Iterator[Any]) -> dict[str, tuple[str, str]]:
    found = [raw for page in pages for raw in page]
    values = {str(raw["id"]): (raw["properties"]["name"], raw["properties"]["industry"]) for raw in found}
    assert len(values) == len(found), "a record came twice"
    return values


def _truth(*, archived: bool, since: datetime = START) -> dict[str, tuple[str, str]]:
    return {
        item["record_id"]: (item["properties"]["name"], item["properties"]["industry"])
        for item in COMPANIES
        if item["archived"] == archived and item["properties"]["hs_lastmodifieddate"] >= _milliseconds(since)
    }


def test_a_list_gives_every_record_once_with_its_values(api: Api) -> None:
    assert _values(listed(api, "companies", ("name", "industry"))) == _truth(archived=False)


def test_the_recycling_bin_is_listed_by_itself(api: Api) -> None:
    assert _values(listed(api, "companies", ("name", "industry"), archived=True)) == _truth(archived=True)


def test_the_changes_since_a_moment_are_found_once_each_and_read_in_batches(api: Api) -> None:
    pages = (
        page
        for ids in found(api, "companies", [changed_since("companies", SINCE)])
        for page in details(api, "companies", ids, ("name", "industry"))
    )
    values = _values(pages)
    assert values == _truth(archived=False, since=SINCE)
    assert len(values) > 200
