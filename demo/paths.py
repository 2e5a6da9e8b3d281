"""Every way in by which somebody can be notified, and every way out; tests walk them all (R01)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Channel = Literal["web", "api", "caldav", "import", "booking", "share", "reminder"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """One deed that notifies people; `via` is the URL name or the task through which it comes.

    `refused` says what leaves where the guard says no: nothing, or words of CalGuard's alone, as guests who were
    invited must learn that an event is off (R63). `kept` says what stays of it then: the event as a draft in its
    owner's calendar (R52), or nothing, where it was a stranger's wish.
    """

    name: str
    channel: Channel
    via: str
    refused: Literal["nothing", "system_text"] = "nothing"
    kept: Literal["draft", "nothing"] = "draft"


PATHS = (
    Path(name="create", channel="web", via="event-new"),
    Path(name="update", channel="web", via="event-edit"),
    Path(name="cancel", channel="web", via="event-cancel", refused="system_text"),
    Path(name="send", channel="web", via="event-send"),
    Path(name="resend", channel="web", via="event-send"),
    Path(name="answer", channel="web", via="inbox-answer"),
    Path(name="import", channel="import", via="import-preview"),
    Path(name="share", channel="share", via="shares"),
    Path(name="share-here", channel="share", via="shares"),
    Path(name="booking", channel="booking", via="book", kept="nothing"),
    Path(name="reminder", channel="reminder", via="almanac.reminders"),
    Path(name="api-create", channel="api", via="api-events"),
    Path(name="api-itip", channel="api", via="api-events"),
    Path(name="api-update", channel="api", via="api-event"),
    Path(name="api-cancel", channel="api", via="api-event", refused="system_text"),
    Path(name="api-resend", channel="api", via="api-send"),
    Path(name="api-answer", channel="api", via="api-answer"),
    Path(name="caldav-put", channel="caldav", via="dav-entry"),
    Path(name="caldav-update", channel="caldav", via="dav-entry"),
    Path(name="caldav-answer", channel="caldav", via="dav-entry"),
)

# Pages that send mail without a verdict: in our own words, to an address that whoever asks says is their own.
OWN_MAIL = frozenset({"signup", "verify-again", "password-reset"})

# The functions that let something out, by module and name. Only CalGuard calls the first group, once it lets an
# attempt go; the last one mails a note to its own writer.
RELEASED = frozenset(
    {
        "delivery.deliver",
        "sharing.released",
        "reminding.released",
        "booking.submission_changed",
        "webhooks.submission_changed",
    }
)
ASKING = frozenset({"sending.ask", "reminding._ask", "scheduling._refuse"})
"""The functions that ask the guard, and none but these."""
