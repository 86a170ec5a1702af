"""What was to be reached beside what was, as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.detection.measures import Rate, Share, Z
from benchmarks.detection.results import Results
from benchmarks.detection.scenarios import CHANGES, SHAMS

AT = (0.1, 0.7)
Row = tuple[str, ...]


def verdicts(results: Results) -> str:
    """What was to be reached, what was reached, and whether that is enough, at 0.1 and at 0.7 false alarms a year."""
    rows = [*_changes(results), *_names(results), *_dates(results), *_shams(results), *_budget(results)]
    head = ("", "target at 0.1", "reached", "", "target at 0.7", "reached", "")
    return table(head, rows)


def table(head: Sequence[str], rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def met(value: float, half_width: float, target: float, *, at_most: bool = False) -> str:
    """Met, missed, or missed by less than the figure's own uncertainty."""
    short = value - target if at_most else target - value
    if short <= 1e-9:
        return "met"
    return "missed, within error" if short <= half_width else "missed"


def share(rate: Share) -> str:
    """A share with its 95 % interval."""
    return f"{rate.value:.3f} ± {rate.half_width:.3f}"


def _changes(results: Results) -> Iterator[Row]:
    for key, change in CHANGES.items():
        if change.target is None:
            continue
        rates = [results.changes[key][budget].found for budget in AT]
        yield (f"{change.title}, found within {change.weeks} weeks", *_at_least(change.target.found, rates))


def _names(results: Results) -> Iterator[Row]:
    for key, change in CHANGES.items():
        if change.target is None or change.target.named is None:
            continue
        rates = [results.changes[key][budget].named for budget in AT]
        yield (f"{change.title}: right unit named first", *_at_least(change.target.named, rates))


def _at_least(targets: Sequence[float], rates: Sequence[Share]) -> Iterator[str]:
    for target, rate in zip(targets, rates, strict=True):
        yield from (f"≥ {target}", share(rate), met(rate.value, rate.half_width, target))


def _dates(results: Results) -> Iterator[Row]:
    for key, change in CHANGES.items():
        target = change.target
        if target is None:
            continue
        if target.delay is not None:
            values = [results.changes[key][budget].delay for budget in AT]
            yield _medians(f"{change.title}: median weeks until found", values, target.delay)
        if target.date_error is not None:
            values = [results.changes[key][budget].date_error for budget in AT]
            yield _medians(f"{change.title}: median error of its date, weeks", values, target.date_error)


def _medians(title: str, values: Sequence[float], target: float) -> Row:
    cells: list[str] = []
    for value in values:
        cells += [f"≤ {target:g}", f"{value:g}", met(value, 0.0, target, at_most=True)]
    return (title, *cells)


def _shams(results: Results) -> Iterator[Row]:
    for key, sham in SHAMS.items():
        cells: list[str] = []
        for limit, budget in zip(sham.limits, AT, strict=True):
            rate, usual = results.shams[key][budget], results.null_without[key][budget]
            ratio, error = over_budget(rate, budget) if sham.against_budget else ratio_of(rate, usual)
            low = f"{1 / limit:.1f}–" if sham.against_budget else "≤ "
            verdict = met(ratio, error, limit, at_most=True)
            if sham.against_budget and verdict == "met":
                verdict = met(ratio, error, 1 / limit)
            cells += [f"{low}{limit}", f"{ratio:.2f} ± {error:.2f}", verdict]
        against = "false alarms / budget" if sham.against_budget else "false alarms × no change"
        yield (f"{sham.title}: {against}", *cells)


def ratio_of(rate: Rate, usual: Rate) -> tuple[float, float]:
    """A ratio of two rates, and half the width of its 95 % interval by the delta method."""
    ratio = rate.value / usual.value
    return ratio, Z * ratio * float((1 / max(rate.events, 1) + 1 / max(usual.events, 1)) ** 0.5)


def over_budget(rate: Rate, budget: float) -> tuple[float, float]:
    """A rate over a budget, and half the width of its 95 % interval."""
    return rate.value / budget, rate.half_width / budget


def _budget(results: Results) -> Iterator[Row]:
    for title, part in (("episodes", "episodes"), ("every re-crossing", "recrossings")):
        cells: list[str] = []
        for budget in AT:
            rate: Rate = getattr(results.null[budget], part)
            target = f"{budget * 0.8:.2f}–{budget * 1.25:.2f}" if part == "episodes" else "–"
            verdict = ""
            if part == "episodes":
                verdict = met(rate.value, rate.half_width, 1.25 * budget, at_most=True)
                verdict = met(rate.value, rate.half_width, 0.8 * budget) if verdict == "met" else verdict
            cells += [target, f"{rate.value:.3f} ± {rate.half_width:.3f}", verdict]
        yield (f"no change: false alarms a year, {title}", *cells)
