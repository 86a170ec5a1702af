"""The messages that people get: a drift alert, a recovery, the weekly digest, a data problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from icp_monitor.alerts import wording
from icp_monitor.alerts.blocks import TEXT_LIMIT, bullets, context, escape, header, link_buttons, section, shorten
from icp_monitor.alerts.causes import Cause
from icp_monitor.alerts.message import Message
from icp_monitor.checks.result import CheckResult
from icp_monitor.config.monitoring import Alerting
from icp_monitor.drift.verdict import Verdict

ICONS = {"critical": "🔴", "watch": "🟡"}


@dataclass(frozen=True)
class Style:
    """What all messages of one run share."""

    names: wording.Names
    alerting: Alerting
    owner: str


def drift_alert(cause: Cause, alert_id: str, style: Style) -> Message:
    """One root cause: what changed, why we believe it, what drives it, what it is not, and the question to answer."""
    lead, finding = cause.lead, cause.lead.finding
    title = f"{ICONS[cause.severity]} ICP drift: {wording.headline(finding, style.names)}"
    numbers = (
        f"*{escape(wording.metric_name(finding, lead.context.horizon_days))}:* "
        f"{escape(wording.estimate(finding.current, finding))} against "
        f"{escape(wording.estimate(finding.baseline, finding))} validated\n"
        f"{wording.change(finding.effect, lead.context.level)}"
    )
    drivers = [line for line in (wording.parts(finding), *finding.because) if line]
    blocks = [
        header(title),
        section(numbers),
        context(escape(_provenance(lead, style))),
        *bullets("Why we believe it", wording.reasons_to_believe(lead)),
        *bullets("What drives it", drivers),
        *bullets("What it is not", finding.not_because),
        *bullets("Seen together with it", (_line(item, style) for item in cause.also)),
        section(f"*Decide:* is this real, and does the ICP have to change? `icp-monitor explain {alert_id}`"),
        *_report_button(style),
    ]
    channel = style.alerting.channels.critical if cause.severity == "critical" else style.alerting.channels.watch
    text = f"{title}. {wording.metric_name(finding, lead.context.horizon_days)}: {_short_numbers(lead)}"
    return Message(channel=channel, text=_plain(text), blocks=tuple(blocks), key=alert_id)


def recovery(verdict: Verdict, alert_id: str, channel: str, style: Style) -> Message:
    """An alert's unit no longer drifts; sent only after the alert itself."""
    finding = verdict.finding
    unit = f"{style.names.of(finding.unit.segment)}: {wording.metric_name(finding, verdict.context.horizon_days)}"
    title = f"🟢 Recovered: {unit} is back within the validated ICP"
    blocks = (header(title), section(escape(_short_numbers(verdict))), context(escape(_provenance(verdict, style))))
    return Message(channel=channel, text=_plain(title), blocks=blocks, key=f"{alert_id}-recovered")


def digest(verdicts: Sequence[Verdict], as_of: date, style: Style, decisions: int) -> Message:
    """One line a week that says that somebody looked, with the counts and what is still missing."""
    counts = Counter(verdict.finding.verdict for verdict in verdicts)
    summary = ", ".join(f"{counts[kind]} {word}" for kind, word in wording.VERDICTS.items() if counts[kind])
    needed = "no decision needed" if decisions == 0 else f"{decisions} decision{'s' * (decisions > 1)} needed"
    title = f"⚪ Weekly look of {wording.day(as_of)}: {needed}"
    waiting = [item for item in verdicts if item.finding.verdict == "insufficient_evidence"]
    lines = [f"{_name(item, style)}: {wording.needs(item.finding.needs)}" for item in waiting]
    blocks = (
        header(title),
        section(escape(f"{len(verdicts)} checks: {summary or 'none could be made'}")),
        *bullets("Not enough evidence yet", lines),
        *_report_button(style),
    )
    text = _plain(f"{title}. {summary}")
    return Message(channel=style.alerting.channels.digest, text=text, blocks=blocks, key=f"digest-{as_of}")


def data_problem(failed: Sequence[CheckResult], paused: int, as_of: date, alert_id: str, style: Style) -> Message:
    """Checks of the data failed: which, and how many verdicts wait for them; goes to the data channel."""
    fields = ", ".join(sorted({f"{check.table_name}.{check.field}".removesuffix(".*") for check in failed}))
    title = f"🟠 Data problem: {paused} verdict{'s' * (paused != 1)} paused ({fields})"
    blocks = (
        header(title),
        *bullets("What failed", (check.message for check in failed)),
        *bullets("What would cure it", (check.suggestion for check in failed if check.suggestion)),
        context(f"Data as of {wording.day(as_of)}. These are not findings about customers."),
    )
    return Message(channel=style.alerting.channels.data, text=_plain(title), blocks=blocks, key=alert_id)


def failed_run(dag: str, task: str, run: str, error: str, channel: str) -> Message:
    """A pipeline run broke; goes to the people who run it."""
    title = f"⛔ {dag} failed at {task}"
    blocks = (header(title), section(f"```{escape(shorten(error, 1_500))}```"), context(escape(f"Run {run}")))
    return Message(channel=channel, text=_plain(f"{title}: {error}"), blocks=blocks, key=f"failed-{dag}-{run}-{task}")


def _provenance(verdict: Verdict, style: Style) -> str:
    run, finding = verdict.context, verdict.finding
    maturity = finding.current.maturity
    watched = f" · {maturity:.0%} watched for {run.horizon_days} days" if maturity is not None else ""
    return (
        f"ICP v{run.icp_version} (owner {style.owner}) · opportunities created {wording.days(finding.window)}{watched} · "
        f"validated on {wording.days(run.baseline)} · look of {wording.day(run.as_of)}"
    )


def _line(verdict: Verdict, style: Style) -> str:
    return f"{_name(verdict, style)}: {wording.change(verdict.finding.effect, verdict.context.level)}"


def _name(verdict: Verdict, style: Style) -> str:
    finding = verdict.finding
    return f"{style.names.of(finding.unit.segment)}, {wording.metric_name(finding, verdict.context.horizon_days)}"


def _short_numbers(verdict: Verdict) -> str:
    finding = verdict.finding
    values = f"{wording.shown(finding.current.value, finding)} against {wording.shown(finding.baseline.value, finding)}"
    return f"{values}, {wording.change(finding.effect, verdict.context.level)}"


def _report_button(style: Style) -> list[dict[str, object]]:
    return link_buttons([("Open the report", style.alerting.report_url)] if style.alerting.report_url else [])


def _plain(text: str) -> str:
    return shorten(escape(text), TEXT_LIMIT)
