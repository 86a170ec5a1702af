"""The pictures are well-formed, say what the tables say, keep their labels apart and survive odd values."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.alerts.wording import Names
from icp_monitor.reports.charts.labels import Box, beside, spread
from icp_monitor.reports.document import Document, Event, Funnel, FunnelPoint, Waterfall
from icp_monitor.reports.pictures import Picture, pictures_of

DOCUMENT = Document.from_json((Path(__file__).parents[1] / "golden/report/document.json").read_text("utf-8"))
NAMES = Names({row.segment: row.name for row in DOCUMENT.scorecard})


def labels(picture: Picture) -> list[str]:
    """The texts of a picture, which must be well-formed XML to have any."""
    return [
        element.text or "" for element in ElementTree.fromstring(picture.svg).iter("{http://www.w3.org/2000/svg}text")
    ]


@pytest.fixture(scope="module")
def pictures() -> dict[str, Picture]:
    return pictures_of(DOCUMENT, NAMES)


def test_every_part_of_the_document_that_can_be_drawn_has_a_picture(pictures: dict[str, Picture]) -> None:
    of_deals = {"curves", "lifts", "funnel", "waterfall-company", "waterfall-fintech-mm", "mix", "trend"}
    assert set(pictures) == of_deals | {"stays", "costs"}


def test_pictures_have_their_numbers_beside_their_marks(pictures: dict[str, Picture]) -> None:
    tier_1 = next(curve for curve in DOCUMENT.curves if (curve.tier, curve.cohort) == ("tier_1", "current"))
    assert any(
        text.startswith(f"Tier 1: {tier_1.points[-1].value:.1%}".replace("%", " %"))
        for text in labels(pictures["curves"])
    )
    assert {"Mid-market fintech", "Small business"} <= set(labels(pictures["funnel"]))
    assert {"Validated", "Won share", "Timing", "Mix", "Now", "32.8 %", "17.3 %"} <= set(
        labels(pictures["waterfall-fintech-mm"])
    )
    assert {"2025Q4", "2026Q2", "17 %", "1", "2"} <= set(labels(pictures["trend"]))
    assert {"Tier 1", "All other customers"} <= set(labels(pictures["lifts"]))


def test_pictures_say_in_words_what_they_show(pictures: dict[str, Picture]) -> None:
    assert "Tier 1 now 24.5 %" in pictures["curves"].alternative
    assert "won share −17.0 points" in pictures["waterfall-fintech-mm"].alternative
    assert "2025Q4 16.9 %" in pictures["trend"].alternative


def test_a_picture_that_is_drawn_again_has_the_same_bytes(pictures: dict[str, Picture]) -> None:
    assert pictures_of(DOCUMENT, NAMES) == pictures


def test_no_two_pictures_of_a_page_share_an_id(pictures: dict[str, Picture]) -> None:
    found = [name for picture in pictures.values() for name in re.findall(r'\bid="([^"]+)"', picture.svg)]
    used = {name for picture in pictures.values() for name in re.findall(r"url\(#([^)]+)\)", picture.svg)}
    assert len(found) == len(set(found))
    assert used <= set(found)


def test_a_quarter_that_is_not_mature_is_drawn_hollow() -> None:
    points = [replace(point, maturity=1.0) for point in DOCUMENT.trend]
    mature = pictures_of(replace(DOCUMENT, trend=tuple(points)), NAMES)["trend"]
    points[-1] = replace(points[-1], maturity=0.5)
    young = pictures_of(replace(DOCUMENT, trend=tuple(points)), NAMES)["trend"]
    assert mature.svg.count("stroke-dasharray") < young.svg.count("stroke-dasharray")


def test_an_event_outside_the_quarters_shown_is_not_marked() -> None:
    events = (Event("2001-01-01", "long ago", "other"), Event("2025-11-15", "in view", "other"))
    shown = labels(pictures_of(replace(DOCUMENT, events=events), NAMES)["trend"])
    assert "2" in shown
    assert "1" not in shown


def test_markup_in_a_name_stays_text() -> None:
    name = "</text><script>alert(1)</script>\"'&"
    point = FunnelPoint("x", name, 40, 0.2, 0.1, 0.3)
    rows = tuple(replace(row, name=name) for row in DOCUMENT.mix)
    drawn = pictures_of(replace(DOCUMENT, funnel=Funnel(0.2, (point,), ()), mix=rows), Names({"smb": name}))
    for picture in drawn.values():
        assert "<script" not in picture.svg
    assert any("<script>" in text for text in labels(drawn["funnel"]))
    assert any("<script>" in text for text in labels(drawn["mix"]))


def test_two_segments_of_the_same_name_keep_a_row_each() -> None:
    rows = tuple(replace(row, name="Same") for row in DOCUMENT.mix)
    assert labels(pictures_of(replace(DOCUMENT, mix=rows), NAMES)["mix"]).count("Same") == len(rows)


def test_values_at_their_limits_can_be_drawn() -> None:
    nothing = Waterfall("company", "The whole company", 0.0, 0.0, 0.0, 0.0, 0.0)
    funnel = Funnel(0.0, (FunnelPoint("smb", "Small business", 1, 0.0, 0.0, 0.0),), ())
    curves = tuple(
        replace(item, points=tuple(replace(at, value=0.0, low=0.0, high=0.0) for at in item.points))
        for item in DOCUMENT.curves
    )
    lifts = tuple(replace(row, low=0.0, high=1e9) for row in DOCUMENT.lifts)
    flat = replace(DOCUMENT, waterfalls=(nothing,), funnel=funnel, curves=curves, lifts=lifts, trend=DOCUMENT.trend[:1])
    for picture in pictures_of(flat, NAMES).values():
        assert "NaN" not in picture.svg
        assert labels(picture)


def test_a_document_without_values_has_no_pictures() -> None:
    bare = replace(DOCUMENT, curves=(), funnel=None, waterfalls=(), lifts=(), mix=(), trend=(), economics=None)
    assert pictures_of(bare, NAMES) == {}


@given(st.lists(st.floats(0, 100), max_size=8), st.floats(0.1, 20))
def test_labels_are_spread_to_the_gap_in_their_order_and_about_their_middle(places: list[float], gap: float) -> None:
    found = spread(places, gap)
    ordered = [found[index] for index in sorted(range(len(places)), key=lambda index: places[index])]
    assert all(upper - lower >= gap * (1 - 1e-9) for lower, upper in pairwise(ordered))
    assert sum(found) == pytest.approx(sum(places), abs=1e-6)


@given(st.lists(st.floats(1, 50), max_size=6))
def test_labels_that_are_apart_already_stay_where_they_are(steps: list[float]) -> None:
    places = list(accumulate(steps))
    assert spread(places, 0.9) == pytest.approx(places)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), max_size=9, unique=True))
def test_labels_beside_points_on_a_loose_grid_cover_neither_each_other_nor_a_point(
    cells: list[tuple[int, int]],
) -> None:
    points = [(20.0 + 90 * x, 30.0 + 60 * y) for x, y in cells]
    frame = Box(0, 0, 700, 320)
    found = beside(points, ["ten chars "] * len(points), frame)
    boxes = [Box(x, y - 7, 60, 14) for x, y in found]
    dots = [Box(x - 4, y - 4, 8, 8) for x, y in points]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in (*boxes[:number], *dots))
