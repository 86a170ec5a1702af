"""What the report says of customers follows from the figures beside it, whatever of them is missing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from icp_monitor.alerts.names import Names
from icp_monitor.reports.document import Document
from icp_monitor.reports.economic_words import (
    allocation_sentence,
    best_sentence,
    drivers_sentence,
    economics_sentence,
    thousands,
    trend_sentence,
)
from icp_monitor.reports.economics import Acquisition, BandTrend, Range, UnitEconomics
from icp_monitor.reports.page import render
from icp_monitor.reports.pictures import pictures_of

DOCUMENT = Document.from_json((Path(__file__).parents[1] / "golden/report/document.json").read_text("utf-8"))
HOSTILE = "<script>window.hacked = 1</script>"


def known() -> UnitEconomics:
    assert DOCUMENT.economics is not None
    return DOCUMENT.economics


def words(document: Document) -> str:
    page = re.sub(r"<style.*?</style>|<svg.*?</svg>", "", render(document), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\N{NO-BREAK SPACE}", " ").split())


def without(economics: UnitEconomics, *metrics: str) -> UnitEconomics:
    """The same without some metrics of every group."""
    parts = {
        name: tuple(
            replace(row, of={metric: value for metric, value in row.of.items() if metric not in metrics})
            for row in getattr(economics, name)
        )
        for name in ("segments", "tiers")
    }
    return replace(economics, **parts)


def test_without_any_source_the_page_says_which_table_to_map() -> None:
    page = words(replace(DOCUMENT, economics=None))
    assert "Map the table subscriptions , or revenue" in page
    assert "What does a new customer cost" not in page


def test_without_costs_nothing_is_said_of_them_but_that_they_are_missing() -> None:
    bare = without(known(), "cac", "payback", "ltv_to_cac", "roi")
    page = words(
        replace(DOCUMENT, economics=replace(bare, unmapped=("costs",), acquisition=None, pnl=(), margin_known=False))
    )
    assert "Nothing is known of costs : what needs it is missing here." in page
    assert "All are revenue: the cost of goods is not known." in page
    assert "What does each segment earn?" not in page
    assert "Do customers with a higher score stay longer?" in page


def test_with_leads_alone_only_their_conversion_is_shown() -> None:
    kept = [metric for metric in known().segments[0].of if "conversion" in metric]
    bare = without(known(), *(metric for metric in known().segments[0].of if metric not in kept))
    alone = replace(
        bare, unmapped=("subscriptions", "costs"), bridges=(), bands=(), trend=None, acquisition=None, pnl=()
    )
    page = words(replace(DOCUMENT, economics=alone))
    assert "How do leads become customers?" in page
    assert "What is a customer worth?" not in page
    assert {"stays", "costs"}.isdisjoint(pictures_of(replace(DOCUMENT, economics=alone), Names({})))


def test_what_a_segment_is_called_cannot_run_in_the_page() -> None:
    spoilt = replace(known(), segments=tuple(replace(row, name=HOSTILE) for row in known().segments))
    assert "<script>" not in render(replace(DOCUMENT, economics=spoilt))


def test_every_figure_of_the_segments_stands_in_the_page() -> None:
    page = words(DOCUMENT)
    for row in known().segments:
        assert f"{row.of['mrr'].value:,.0f}" in page
        assert f"{row.of['cac'].value:,.0f}" in page
        assert f"{row.of['ltv_km'].value:,.0f}" in page


@pytest.mark.parametrize(
    ("trend", "begins"),
    [
        (None, "There are too few"),
        (BandTrend(0.02, 0.30), "Not credibly"),
        (BandTrend(0.05, 0.01), "Yes"),
        (BandTrend(-0.05, 0.01), "No, they leave sooner"),
    ],
)
def test_only_a_credible_rise_is_a_yes(trend: BandTrend | None, begins: str) -> None:
    assert trend_sentence(trend).startswith(begins)


@pytest.mark.parametrize(
    ("robust", "said"), [(True, "rank the tiers alike"), (False, "Ranking not robust"), (None, "is not known")]
)
def test_a_ranking_that_depends_on_the_method_is_called_not_robust(robust: bool | None, said: str) -> None:
    assert said in allocation_sentence(Acquisition("volume", ("direct", "volume"), (), robust))


def test_the_best_customers_are_said_to_differ_only_where_chance_is_ruled_out() -> None:
    best = known().best
    assert best is not None
    assert "is marked as credible" in best_sentence(best)
    by_chance = replace(best, traits=tuple(replace(trait, credible=False) for trait in best.traits))
    assert "by more than chance" in best_sentence(by_chance)
    assert "quarter, as a tenth would be too few" in best_sentence(replace(best, part=4))


def test_the_first_sentence_counts_who_is_left() -> None:
    said = economics_sentence(known(), "USD")
    assert said.startswith("On 31 Jan 2026, 1,013 customers paid 2,831,640 USD a month. Of 876 customers")


def test_drivers_are_named_in_words_and_amounts_in_thousands() -> None:
    assert drivers_sentence({"acquisition": "opportunities"}).startswith("winning by deals begun;")
    assert drivers_sentence({}) == ""
    assert [thousands(value, signed=True) for value in (1_499.0, -1_499.0, 499.0, -499.0)] == ["+1", "−1", "0", "0"]
    assert thousands(None) == "–"


def test_a_segment_that_nobody_left_is_flagged_as_capped() -> None:
    company, first, *rest = known().segments
    nobody_left = replace(first, of={**first.of, "ltv_simple": Range(None, None, None, 124)})
    page = words(replace(DOCUMENT, economics=replace(known(), segments=(company, nobody_left, *rest))))
    assert page.count("nobody left expected is capped") == 1
    assert "nobody left expected is capped" not in words(DOCUMENT)
