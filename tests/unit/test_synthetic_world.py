"""Recipes: what they refuse, what they promise, and that the same one grows the same company."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

import pytest

from icp_monitor.errors import ConfigError
from icp_monitor.synthetic.changes import Surge, WinRateShift
from icp_monitor.synthetic.company import generate
from icp_monitor.synthetic.files import write_parquet
from icp_monitor.synthetic.profiles import SEGMENTS
from icp_monitor.synthetic.world import World


def test_a_world_tells_everything_that_is_wrong_with_it_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        World(
            accounts=3,
            scale=0,
            repeat_share=1.5,
            drifts=(WinRateShift("fintech", -0.1, date(2024, 5, 1)),),
            disturbances=(Surge(1.5, date(2030, 1, 1), weeks=4),),
        )
    problems = [str(problem) for problem in refused.value.problems]
    assert len(problems) == 5
    assert problems[0].startswith("accounts is 3")
    assert "fintech-mm" in problems[3]
    assert "outside the history" in problems[4]


def test_a_world_of_a_size_has_so_many_accounts_and_deals() -> None:
    world = World.of_size(1_000, deals_per_account=5, seed=1)
    extract = generate(world).extract
    assert world.expected_deals == pytest.approx(5_000)
    assert extract.accounts.num_rows == 1_000
    assert extract.opportunities.num_rows == pytest.approx(5_000, abs=4 * 5_000**0.5)


def test_the_smallest_world_has_an_account_for_every_segment() -> None:
    company = generate(World(accounts=len(SEGMENTS), scale=0.02))
    assert sorted(company.truth.accounts["segment"].to_pylist()) == sorted(segment.id for segment in SEGMENTS)


def test_a_company_without_deals_yet_is_an_extract_without_rows() -> None:
    company = generate(World(accounts=50, scale=0.05))
    first_day = company.as_of(company.world.history.start)
    assert first_day.opportunities.num_rows == first_day.stage_events.num_rows == first_day.win_loss.num_rows == 0
    assert first_day.accounts.num_rows > 0


def test_another_seed_grows_another_company() -> None:
    one, other = (generate(World(seed=seed, accounts=50, scale=0.05)).extract for seed in (1, 2))
    assert not one.accounts.equals(other.accounts)
    assert not one.opportunities.equals(other.opportunities)


@pytest.mark.slow
def test_a_company_of_a_hundred_thousand_accounts_is_written_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.perf_counter()
    extract = generate(World.of_size(100_000)).extract
    write_parquet(extract, tmp_path)
    seconds = time.perf_counter() - started
    with capsys.disabled():
        sys.stdout.write(f"\n100,000 accounts, {extract.opportunities.num_rows:,} deals: {seconds:.1f} s\n")
    assert sum(file.stat().st_size for file in tmp_path.glob("*.parquet")) > 5_000_000
