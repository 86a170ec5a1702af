"""The canonical hash changes with the meaning of a configuration and with nothing else."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_monitor.config.document import read_document
from icp_monitor.config.hashing import canonical_hash, canonical_json
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.loading import load_config, load_icp

unhurried = settings(deadline=None)  # other work on the machine must not fail a law
EXAMPLE = Path(__file__).parents[2] / "config"
ICP = load_icp(EXAMPLE / "icp.yaml")
VALUES = read_document(EXAMPLE / "icp.yaml").values


def reordered(value: Any, chance: random.Random) -> Any:
    """The same content: keys in another order, and whole weights written with or without a point."""
    if isinstance(value, dict):
        items = [(key, reordered(item, chance)) for key, item in value.items()]
        chance.shuffle(items)
        return {key: float(item) if key == "weight" and chance.random() < 0.5 else item for key, item in items}
    return [reordered(item, chance) for item in value] if isinstance(value, tuple) else value


def commented(text: str, chance: random.Random) -> str:
    """The text with a comment on top, and on some lines that hold only a key."""
    return "# top\n" + re.sub(r"(?m)^ *[a-z_]+:$", lambda key: key[0] + chance.choice(["", "  # why"]), text)


def dumped(content: Any, style: str | None, **layout: Any) -> str:
    """YAML in which text is written in one style: plain, in quotes, or as a block."""

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_representer(str, lambda self, text: self.represent_scalar("tag:yaml.org,2002:str", text, style=style))
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, **layout)


@settings(deadline=None, max_examples=40)
@given(
    chance=st.randoms(use_true_random=False),
    style=st.sampled_from([None, '"', "'", "|", ">"]),
    flow=st.sampled_from([None, False, True]),
    indent=st.integers(2, 6),
    width=st.sampled_from([40, 100, 10_000]),
)
def test_comments_order_quotes_and_layout_dont_change_the_hash(
    chance: random.Random, style: str | None, flow: bool | None, indent: int, width: int
) -> None:
    content = reordered(VALUES, chance)
    text = dumped(content, style, default_flow_style=flow, indent=indent, width=width, allow_unicode=True)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "icp.yaml"
        file.write_text(commented(text, chance) if flow is False else text, encoding="utf-8")
        assert canonical_hash(load_icp(file)) == canonical_hash(ICP)


names = st.text(min_size=1, max_size=20)
weights = st.floats(0.01, 1e6) | st.integers(1, 5)


@st.composite
def profiles(draw: st.DrawFn) -> IcpConfig:
    """The example with other words, weights, levels and days."""
    content = json.loads(canonical_json(ICP))
    content["metadata"]["name"] = draw(names)
    content["metadata"]["stewards"] = draw(st.dictionaries(st.sampled_from(["sales", "cs", "revops"]), names))
    content["horizon_days"] = draw(st.integers(1, 400))
    content["tier_plays"] = draw(st.dictionaries(st.sampled_from(["tier_1", "tier_2"]), names))
    for attribute in content["attributes"]:
        attribute["weight"] = draw(weights)
    levels = draw(st.dictionaries(st.sampled_from([-0.0, 0.0, 1.0, 2.5]), st.floats(0, 1)))
    content["attributes"][4]["match"]["partial"] = {str(level): share for level, share in levels.items()}
    return IcpConfig.model_validate_json(json.dumps(content))


@unhurried
@given(profiles(), profiles())
def test_two_profiles_have_one_hash_exactly_when_they_are_equal(one: IcpConfig, other: IcpConfig) -> None:
    assert (canonical_hash(one) == canonical_hash(other)) == (one == other)


@unhurried
@given(profiles())
def test_a_profile_is_read_back_from_its_canonical_json_unchanged(icp: IcpConfig) -> None:
    again = IcpConfig.model_validate_json(canonical_json(icp))
    assert again == icp
    assert canonical_json(again) == canonical_json(icp)


CHANGES = {
    "icp.yaml": ("weight: 5", "weight: 4"),
    "monitoring.yaml": ("look_day: monday", "look_day: friday"),
    "sources.yaml": ("folder: data", "folder: other"),
}


@pytest.mark.parametrize(("name", "change"), CHANGES.items(), ids=CHANGES)
def test_the_whole_hash_covers_all_three_files_and_the_icp_hash_only_the_profile(
    tmp_path: Path, name: str, change: tuple[str, str]
) -> None:
    before = load_config(EXAMPLE)
    for file in EXAMPLE.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(text.replace(*change) if file.name == name else text, encoding="utf-8")
    after = load_config(tmp_path)
    assert after.hash != before.hash
    assert (after.icp_hash != before.icp_hash) == (name == "icp.yaml")


def test_the_hash_is_64_hexadecimal_digits_and_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    for file in EXAMPLE.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    one, other = load_config(EXAMPLE), load_config(tmp_path)
    assert one.hash == other.hash
    assert len(one.hash) == 64
    assert set(one.hash) <= set("0123456789abcdef")
