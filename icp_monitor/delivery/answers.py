"""What does Slack's answer to a post mean: sent, certainly not sent, or nobody knows?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from icp_monitor.alerts.message import Sent

# Slack's reference says of these that a part of the operation may have succeeded.
HALF_DONE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
A_CODE = re.compile(r"[a-z][a-z0-9_]*")
NEW_TOKEN = "set ICP_SLACK_TOKEN to the bot token of an app installed in this workspace"
CURES = {
    "not_authed": NEW_TOKEN,
    "invalid_auth": NEW_TOKEN,
    "account_inactive": NEW_TOKEN,
    "token_revoked": NEW_TOKEN,
    "token_expired": NEW_TOKEN,
    "missing_scope": "give the Slack app the scope chat:write and install it again",
    "channel_not_found": "create the channel and invite the app, or name another under alerting.channels",
    "not_in_channel": "invite the app to the channel",
    "is_archived": "unarchive the channel, or name another under alerting.channels",
    "ratelimited": "none needed: the next run tries again",
}


@dataclass(frozen=True)
class Refused:
    """Certainly not sent."""

    reason: str
    cure: str


@dataclass(frozen=True)
class Doubtful:
    """It may have been sent. ``settled``: Slack has answered, so a message that isn't there now won't appear later."""

    reason: str
    settled: bool


def answer_to(post: Callable[[], SlackResponse]) -> Sent | Refused | Doubtful:
    """Post, and say what came of it; errors become values, since slack_sdk's carry the token in their attributes."""
    try:
        response = post()
        return sent(response["channel"], response["ts"])
    except SlackApiError as error:
        return _meaning(error)
    except URLError as error:  # urllib wraps only what fails up to sending the request; reading fails unwrapped
        return Refused(f"Slack can't be reached ({error.reason})", "check network, proxy and ICP_SLACK_BASE_URL")
    except (OSError, HTTPException) as error:
        return Doubtful(f"the connection to Slack broke before its answer ({type(error).__name__})", settled=False)


def sent(channel: str, timestamp: str) -> Sent:
    """The message that Slack keeps under this timestamp."""
    return Sent(reference=f"{channel}/{timestamp}", thread_ts=timestamp)


def code_of(error: SlackApiError) -> str:
    """Slack's word for what went wrong, or the HTTP status where it gave none."""
    code = str(error.response.get("error", ""))
    return code if A_CODE.fullmatch(code) else f"HTTP {error.response.status_code}"


def _meaning(error: SlackApiError) -> Refused | Doubtful:
    code, status = code_of(error), error.response.status_code
    understood = status < 500 and A_CODE.fullmatch(code) and code not in HALF_DONE
    if not understood and not 400 <= status < 500:
        return Doubtful(f"Slack failed ({code})", settled=True)
    detail = "; ".join(error.response.get("errors") or ())
    return Refused(f"Slack refused it ({code}{': ' + detail if detail else ''})", CURES.get(code, "see Slack's error"))
