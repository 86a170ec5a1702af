"""However a configuration is spoilt, it loads or says in plain words what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_monitor.config.document import read_document
from icp_monitor.config.loading import read_file
from icp_monitor.config.schemas import MODELS

EXAMPLE = Path(__file__).parents[2] / "config"
JARGON = re.compile(r"pydantic|https?:|Input should|Field required|Traceback|NoneType|tuple|dict\b", re.IGNORECASE)

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["five", "5", "NO", "2025-13-01", "weight", "country = 'US'", "", "won"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=3),
    max_leaves=4,
)


def listed(value: object) -> Any:
    if isinstance(value, dict):
        return {key: listed(item) for key, item in value.items()}
    return [listed(item) for item in value] if isinstance(value, tuple) else value


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below the top."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in children for place in [(*path, key), *places(item, (*path, key))]]


def spoil(content: Any, place: tuple[Any, ...], how: str, by: object) -> None:
    """Replace, remove or rename what is at ``place``; where an earlier change removed it, do nothing."""
    for key in place[:-1]:
        if not isinstance(content, dict | list) or (isinstance(content, dict) and key not in content):
            return
        if isinstance(content, list) and not (isinstance(key, int) and key < len(content)):
            return
        content = content[key]
    key = place[-1]
    if isinstance(content, dict) and key in content:
        old = content.pop(key)
        if how == "replace":
            content[key] = by
        elif how == "rename":
            content[str(by)[:10]] = old
    elif isinstance(content, list) and isinstance(key, int) and key < len(content):
        content[key : key + 1] = [by] if how == "replace" else []


@pytest.mark.parametrize("name", MODELS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_spoilt_file_loads_or_says_where_what_and_how_to_mend_it(name: str, data: st.DataObject) -> None:
    content = listed(read_document(EXAMPLE / name).values)
    place = st.sampled_from(places(content))
    change = st.tuples(place, st.sampled_from(["replace", "remove", "rename"]), junk)
    for where, how, by in data.draw(st.lists(change, min_size=1, max_size=3)):
        spoil(content, where, how, by)
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        loaded = read_file(file, MODELS[name])
    assert (loaded.content is None) == bool(loaded.problems)
    for problem in loaded.problems:
        assert re.fullmatch(rf"{re.escape(str(file))}(:\d+)?", problem.where)
        assert problem.cure
        assert not JARGON.search(problem.message + problem.cure)
        assert "can't be used as it is written" not in problem.message
