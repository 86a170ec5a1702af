"""What the drift cost benchmark measures is the weekly suite: stored statistics give the verdicts that deals give."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from benchmarks.drift_cost.company import CURRENT, REFERENCE, VALUES, Company
from benchmarks.drift_cost.mixes import compared
from benchmarks.drift_cost.suite import counted, judged, store, stored, tables_from
from benchmarks.speed.task import ROOT
from icp_monitor.config.loading import load_config

COMPANY = Company(deals=3_000, segments=3, attributes=2, weeks=104)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("drift_cost")
    COMPANY.write(made, COMPANY.profile(load_config(ROOT / "config").icp))
    return made


def test_stored_statistics_give_the_verdicts_that_deals_give(folder: Path) -> None:
    config = load_config(ROOT / "config")
    profile = COMPANY.profile(config.icp)
    direct = tables_from(COMPANY, profile, counted(COMPANY, profile, folder))
    store(direct, folder)
    kept = stored(COMPANY, profile, folder)
    found = judged(config, profile, direct, [-1])
    assert repr(judged(config, profile, kept, [-1])) == repr(found)
    assert {finding.unit.metric for finding in found[0]} == {
        *("win_rate", "acv", "cycle", "score_power", "segment_mix", "attribute_mix", "attribute_power")
    }


def test_every_deal_is_counted_by_each_attribute(folder: Path) -> None:
    profile = COMPANY.profile(load_config(ROOT / "config").icp)
    counts = counted(COMPANY, profile, folder)
    deals = pd.concat([pd.read_parquet(folder / name) for name in (REFERENCE, CURRENT)])
    last = f"value {VALUES - 1}"
    for name in COMPANY.columns:
        created = counts["created_values"].query("attribute == @name").groupby("value")["n"].sum().to_dict()
        assert created == deals[name].replace(last, "other").value_counts().to_dict()
        resolved = counts["resolved_values"].query("attribute == @name")
        assert resolved["n_won"].sum() == (deals["outcome"] == "won").sum()
        assert resolved["n"].sum() == (deals["outcome"] != "open").sum()
    assert counts["deals"]["n"].sum() == len(deals) == 2 * COMPANY.deals


def test_the_mix_of_every_attribute_in_every_segment_is_compared_on_the_deals_own_counts(folder: Path) -> None:
    config = load_config(ROOT / "config")
    found = compared(config, COMPANY.profile(config.icp), folder)
    before, after = (pd.read_parquet(folder / name) for name in (REFERENCE, CURRENT))
    assert set(found) == {(segment, name) for segment in before["segment"].unique() for name in COMPANY.columns}
    for (segment, name), comparison in found.items():
        own = [side[side["segment"] == segment][name].value_counts() for side in (before, after)]
        table = pd.concat(own, axis=1).fillna(0).to_numpy().T
        assert comparison.p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
        assert (comparison.baseline.n, comparison.current.n) == tuple(table.sum(axis=1))
