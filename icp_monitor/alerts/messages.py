"""The messages that people get: a drift alert, a recovery, the weekly digest, a data problem, a failed run.

A message tells of verdicts and checks only: it never sees an account.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from icp_monitor.alerts import wording
from icp_monitor.alerts.blocks import (
    Block,
    bold,
    bullets,
    code,
    context,
    escape,
    header,
    link_buttons,
    paragraph,
    plain,
    verbatim,
)
from icp_monitor.alerts.causes import Cause, root_causes
from icp_monitor.alerts.message import Message
from icp_monitor.alerts.printable import printable, printable_name
from icp_monitor.checks.result import CheckResult
from icp_monitor.config.monitoring import Alerting
from icp_monitor.drift.verdict import Decision, Needs, Severity, Verdict

TITLES = {"critical": "🔴 Critical ICP drift", "watch": "🟡 ICP drift to watch"}
CLOSINGS: dict[Decision, str] = {
    "stable": "🟢 Recovered: {unit} is back within the validated ICP",
    "insufficient_evidence": "⚪ Closed: {unit} has not enough evidence yet to be judged again",
    "data_problem": "🟠 Closed: {unit} can't be judged, its data have a problem",
    "drift": "⚪ Closed: {unit} still drifts",
}
DIGEST = "digest"
TEXT_LIMIT = 700  # escaped at most five times as long, and so below Slack's limit
KEY_LIMIT = 100
PASSWORD = re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*@")


@dataclass(frozen=True)
class Style:
    """What all messages of one run share."""

    names: wording.Names
    alerting: Alerting
    owner: str

    def channel(self, severity: Severity) -> str:
        """Where drifts of this severity are told."""
        channels = self.alerting.channels
        named = channels.critical if severity == "critical" else channels.watch
        return channels.digest if named == DIGEST else named


def drift_alert(cause: Cause, alert_id: str, style: Style) -> Message:
    """One root cause: what changed, why we believe it, what drives it, what it is not, and the question to answer."""
    lead, finding = cause.lead, cause.lead.finding
    title = f"{TITLES[cause.severity]} – {wording.headline(finding, style.names)}"
    metric = wording.metric_name(finding, lead.context.horizon_days)
    changed = f"{wording.movement(lead)}{wording.since(finding)}"
    question = wording.question(finding)
    blocks = (
        header(title),
        paragraph(bold(f"{metric}: "), plain(f"{wording.numbers(finding)}\n{changed}")),
        *bullets("Why we believe it", wording.reasons_to_believe(lead)),
        *bullets("What drives it", wording.drivers(finding), most=6),
        *bullets("What it is not", finding.not_because),
        *bullets("Seen together with it", (_line(item, style) for item in cause.also)),
        paragraph(
            *(bold("Decide: "), plain(f"{question} See "), code(f"icp-monitor explain {alert_id}")),
            *(plain(", then "), code(f"icp-monitor alerts ack {alert_id}")),
        ),
        *_report_button(style),
        context(_provenance(lead, style)),
    )
    text = f"{title}. {metric}: {wording.values(finding)}; {changed}. {question}"
    return Message(key=alert_id, channel=style.channel(cause.severity), text=_plain(text), blocks=blocks)


def recovery(verdict: Verdict, alert_id: str, channel: str, style: Style) -> Message:
    """What became of an alert's unit; sent only after the alert itself, and recovered only when it is stable."""
    title = CLOSINGS[verdict.finding.verdict].format(unit=wording.unit_name(verdict, style.names))
    blocks = (
        header(title),
        paragraph(plain(f"{wording.numbers(verdict.finding)}\n{wording.movement(verdict)}")),
        context(_provenance(verdict, style)),
    )
    return Message(key=f"{alert_id}-recovered", channel=channel, text=_plain(title), blocks=blocks)


def digest(verdicts: Sequence[Verdict], as_of: date, style: Style, decisions: int) -> Message:
    """One message a week that says that somebody looked: the counts, what drifts, and what is still missing."""
    title = f"⚪ Weekly look of {wording.day(as_of)} – {wording.tally(verdicts)}"
    asked = f"{wording.counted(decisions, 'decision')} needed." if decisions else "No decision needed."
    waiting = [item for item in verdicts if item.finding.verdict == "insufficient_evidence"]
    blocks = (
        header(title),
        paragraph(bold(asked)),
        *bullets("Drifts", (_line(cause.lead, style) for cause in root_causes(verdicts))),
        *bullets("Not enough evidence yet", _missing(waiting, style)),
        *_report_button(style),
    )
    text = _plain(f"{title}. {asked}")
    return Message(key=f"digest-{as_of}", channel=style.alerting.channels.digest, text=text, blocks=blocks)


def data_problem(failed: Sequence[CheckResult], paused: int, as_of: date, alert_id: str, style: Style) -> Message:
    """Checks of the data failed: which, and how many verdicts wait for them; goes to the data channel."""
    fields = ", ".join(sorted({f"{check.table_name}.{check.field}".removesuffix(".*") for check in failed}))
    waiting = f"{wording.counted(paused, 'verdict')} paused" if paused else "no verdict waits for it"
    title = f"🟠 Data problem – {waiting} ({printable(fields, 80)})"
    blocks = (
        header(title),
        *bullets("What failed", (check.message for check in failed)),
        *bullets("What would cure it", (check.suggestion for check in failed if check.suggestion)),
        context(f"Data as of {wording.day(as_of)}. This says nothing about customers."),
    )
    return Message(key=alert_id, channel=style.alerting.channels.data, text=_plain(title), blocks=blocks)


def stale_data(reason: str, since: date, alert_id: str, channel: str) -> Message:
    """The sources can't be pulled: since when, and why; what was concluded before stays visible, marked stale."""
    title = f"🟠 Data are stale since {wording.day(since)}: the sources can't be pulled"
    blocks = (
        header(title),
        verbatim(PASSWORD.sub("…@", reason), 1_500),
        paragraph(
            plain("The verdicts of the last run stay visible, marked stale. Once mended: "), code("icp-monitor pull")
        ),
        context("This says nothing about customers."),
    )
    return Message(key=alert_id, channel=channel, text=_plain(title), blocks=blocks)


def failed_run(dag: str, task: str, run: str, error: str, channel: str) -> Message:
    """A pipeline run broke; goes to the people who run it. Passwords in addresses are left out."""
    title = f"⛔ {printable(dag)} failed at {printable(task)}"
    told = PASSWORD.sub("…@", error)
    blocks = (header(title), verbatim(told if told.strip() else "no message", 1_500), context(f"Run {printable(run)}"))
    return Message(key=_key("failed", dag, run, task), channel=channel, text=_plain(f"{title}: {told}"), blocks=blocks)


def _provenance(verdict: Verdict, style: Style) -> str:
    run = verdict.context
    return (
        f"ICP v{run.icp_version}, owner {printable_name(style.owner)} · {_looked_at(verdict)}"
        f" · validated on {wording.days(run.baseline)} · look of {wording.day(run.as_of)} · run {run.run_id}"
    )


def _looked_at(verdict: Verdict) -> str:
    """Which deals the numbers are about."""
    run, finding = verdict.context, verdict.finding
    if run.family.fdr is None and not wording.is_mix(finding):
        return f"deals open or decided {wording.days(finding.window)}"
    maturity = None if wording.is_mix(finding) else finding.current.maturity
    watched = f" ({int(maturity * 100)} % watched for {run.horizon_days} days)" if maturity is not None else ""
    return f"deals created {wording.days(finding.window)}{watched}"


def _missing(waiting: Iterable[Verdict], style: Style) -> Iterator[str]:
    """What undecided units wait for, those that wait for the same in one line."""
    together: dict[str, list[str]] = defaultdict(list)
    for item in sorted(waiting, key=_wait):
        together[wording.missing(item.finding)].append(wording.unit_name(item, style.names))
    for missing, names in together.items():
        others = f" and {len(names) - 2} more" if len(names) > 2 else ""
        yield f"{'; '.join(names[:2])}{others}: {missing}"


def _wait(verdict: Verdict) -> tuple[bool, date, int]:
    """How long a unit has to wait for a verdict: those first that know a day, or need few deals."""
    needs = verdict.finding.needs or Needs()
    known = needs.judged_on or needs.opportunities
    return known is None, needs.judged_on or date.max, needs.opportunities or 0


def _line(verdict: Verdict, style: Style) -> str:
    return f"{wording.unit_name(verdict, style.names)}: {wording.movement(verdict)}{wording.since(verdict.finding)}"


def _report_button(style: Style) -> list[Block]:
    return link_buttons([("Open the report", style.alerting.report_url)])


def _plain(text: str) -> str:
    return escape(printable(text, TEXT_LIMIT))


def _key(*parts: str) -> str:
    """The parts joined, or their digest where that is too long for a key."""
    joined = "-".join(parts)
    return joined if len(joined) <= KEY_LIMIT else f"{parts[0]}-{hashlib.sha256(joined.encode()).hexdigest()[:24]}"
