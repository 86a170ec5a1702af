"""Where labels go so that they don't cover each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CHARACTER = 6.0  # mean width, in pixels, of a character at the size of chart labels
LINE = 14
GAP = 8
LONGEST = 30


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; ``y`` grows downwards."""

    left: float
    top: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any point."""
        apart_x = self.left + self.width <= other.left or other.left + other.width <= self.left
        apart_y = self.top + self.height <= other.top or other.top + other.height <= self.top
        return not (apart_x or apart_y)


def spread(places: Sequence[float], gap: float) -> list[float]:
    """The places, moved as little as needed so that neighbours are at least ``gap`` apart; their order stays.

    >>> spread([10, 11, 30], 4)
    [8.5, 12.5, 30.0]
    """
    groups: list[tuple[list[int], float]] = []
    for index in sorted(range(len(places)), key=lambda index: places[index]):
        group, centre = [index], float(places[index])
        while groups and centre - groups[-1][1] < gap * (len(group) + len(groups[-1][0])) / 2:
            before, centre_before = groups.pop()
            centre = (centre * len(group) + centre_before * len(before)) / (len(group) + len(before))
            group = [*before, *group]
        groups.append((group, centre))
    found = [0.0] * len(places)
    for group, centre in groups:
        for rank, index in enumerate(group):
            found[index] = centre + gap * (rank - (len(group) - 1) / 2)
    return found


def beside(points: Sequence[tuple[float, float]], texts: Sequence[str], within: Box) -> list[tuple[float, float]]:
    """The left middle of each text, in pixels: next to its point, in the first place that is free and ``within``."""
    taken = [Box(x - GAP / 2, y - GAP / 2, GAP, GAP) for x, y in points]
    found = []
    for (x, y), text in zip(points, texts, strict=True):
        width = CHARACTER * len(text)
        free = [box for box in _candidates(x, y, width) if _inside(box, within)]
        box = min(free or _candidates(x, y, width), key=lambda box: sum(box.overlaps(other) for other in taken))
        taken.append(box)
        found.append((box.left, box.top + LINE / 2))
    return found


def _candidates(x: float, y: float, width: float) -> list[Box]:
    right, left, middle = x + GAP, x - GAP - width, x - width / 2
    level, above, below = y - LINE / 2, y - LINE - GAP, y + GAP
    spots = [(right, level), (right, above), (right, below), (left, level), (left, above), (left, below)]
    spots += [(middle, above), (middle, below), (right, above - LINE), (right, below + LINE)]
    return [Box(spot[0], spot[1], width, LINE) for spot in spots]


def _inside(box: Box, frame: Box) -> bool:
    across = frame.left <= box.left and box.left + box.width <= frame.left + frame.width
    return across and frame.top <= box.top and box.top + box.height <= frame.top + frame.height
