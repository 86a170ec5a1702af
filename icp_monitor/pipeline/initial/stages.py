"""What does a stage's name say about the outcome of a deal?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from icp_monitor.config.sources import Outcome
from icp_monitor.errors import ConfigError, Problem
from icp_monitor.pipeline.initial.guess import Guess, Sureness
from icp_monitor.pipeline.initial.sheets import Column

_NO_DECISION = r"no.?decision|abandon|stall|no response|unresponsive|ghost|withdrawn|cancel|expired|lapsed|postponed"
_LOST = r"\blost\b|\bloss\b|\bdead\b|reject|declined|disqualif|verloren|perdu|perdid|\bclosed.no\b"
_WON = r"\bwon\b|\bwin\b|success|\bsigned\b|gewonnen|gagn|ganad|\bbooked\b|\bclosed.yes\b"
_PATTERNS: tuple[tuple[Outcome, re.Pattern[str]], ...] = (
    ("no_decision", re.compile(_NO_DECISION)),
    ("lost", re.compile(_LOST)),
    ("won", re.compile(_WON)),
)
_CLOSED = re.compile(r"close|closing|done|end")


def decides(stage: str) -> Outcome:
    """The outcome that a stage's words stand for; ``open`` where they say nothing of one.

    >>> [decides(stage) for stage in ("Closed Won", "closedlost", "Lost - no decision", "Proposal")]
    ['won', 'lost', 'no_decision', 'open']
    """
    text = re.sub(r"[^a-zà-ÿ]+", " ", re.sub(r"(?i)closed(?=won|lost)", "closed ", stage).lower())
    return next((outcome for outcome, pattern in _PATTERNS if pattern.search(text)), "open")


def sorted_stages(
    column: Column, place: str, won: Iterable[str], lost: Iterable[str]
) -> tuple[Mapping[Outcome, tuple[str, ...]], tuple[Guess, ...]]:
    """The stages of ``column`` by outcome; ``won`` and ``lost`` are names that a person has sorted.

    Raises:
        ConfigError: a named stage doesn't occur, or no stage means that a deal was won, or lost.
    """
    given: dict[str, Outcome] = {**dict.fromkeys(won, "won"), **dict.fromkeys(lost, "lost")}
    _refuse_unknown(column, place, given)
    outcomes = {stage: given.get(stage) or decides(stage) for stage in column.values}
    stages: dict[Outcome, tuple[str, ...]] = {
        outcome: tuple(stage for stage, known in outcomes.items() if known == outcome)
        for outcome in ("open", "won", "lost", "no_decision")
    }
    _refuse_undecided(column, place, stages)
    return stages, tuple(_guesses(stages, given))


def _guesses(stages: Mapping[Outcome, tuple[str, ...]], given: Mapping[str, Outcome]) -> Iterable[Guess]:
    for outcome, names in stages.items():
        if not names:
            continue
        told = set(names) <= set(given)
        doubtful = [name for name in names if outcome == "open" and _CLOSED.search(name.lower())]
        look = f"is {', '.join(doubtful)} really open?" if doubtful else None
        because = (
            "as you said" if told else "their words" if outcome != "open" else "nothing in their words says closed"
        )
        sure: Sureness = "sure" if told else "unsure" if doubtful else "likely"
        yield Guess(f"stages: {outcome}", ", ".join(names), sure, because, look)


def _refuse_unknown(column: Column, place: str, given: Mapping[str, Outcome]) -> None:
    unknown = [stage for stage in given if stage not in column.counts]
    if unknown:
        message = f"the column {column.name} holds no stage of this name"
        raise ConfigError(Problem(place, message, ", ".join(unknown), f"name one of {', '.join(column.values)}"))


def _refuse_undecided(column: Column, place: str, stages: Mapping[Outcome, tuple[str, ...]]) -> None:
    missing = [outcome for outcome, names in stages.items() if outcome in ("won", "lost") and not names]
    if missing:
        message = f"no stage in the column {column.name} says that a deal was {' or '.join(missing)}"
        cure = " ".join(f"--{outcome} STAGE" for outcome in missing)
        raise ConfigError(Problem(place, message, ", ".join(column.values[:12]), f"name it: add {cure}"))
