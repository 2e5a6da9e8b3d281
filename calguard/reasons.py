"""What people are told about a verdict: the kind of problem in plain words, and what they can do next (R53)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from calguard.engine.reasons import Reason
from calguard.engine.types import Verdict

Lazy = str | Promise

# Never a threshold, a rule's name or blame: the first two teach a spammer, the last insults everybody else.
TEXTS: Mapping[str, Lazy] = {
    Reason.CONTENT_LOOKS_LIKE_SCAM: _("The wording reads like messages that are used to cheat people."),
    Reason.NAMES_ANOTHER_COMPANY: _(
        "The wording speaks in the name of a company or service that this account is not known for."
    ),
    Reason.LINK_NOT_ALLOWED: _("It contains a link to a site that invitations from here may not point to."),
    Reason.LINK_UNSAFE: _(
        "It contains a link whose real destination cannot be seen. Use the full address of the page."
    ),
    Reason.TOO_MANY_GUESTS: _("The guest list is longer than this account may invite to one event."),
    Reason.SENDING_TOO_FAST: _("Invitations are leaving this account faster than people usually send them."),
    Reason.LOOKS_AUTOMATED: _("It was filled in or sent the way programs do it."),
    Reason.ACCOUNT_TOO_NEW: _("The account is new, so more of what it sends is looked at. This ends by itself."),
    Reason.ORGANIZER_NOT_YOURS: _("The organiser's address does not belong to this account. Choose one of your own."),
    Reason.REPEATS_TOO_OFTEN: _("The event or its reminder repeats more often than invitations may."),
    Reason.UNREADABLE_EVENT: _("Parts of the event could not be read. Saving it again in your calendar may repair it."),
    Reason.ATTACHMENT_NOT_ALLOWED: _("An attachment is of a kind that may not be sent with an invitation."),
    Reason.RESUBMITTED_REFUSED_CONTENT: _("Nearly the same event was withheld before and has not been released since."),
    Reason.PART_OF_CAMPAIGN: _("Nearly the same invitation is being sent from several new accounts."),
    Reason.UNUSUAL_SIGN_IN: _("The sign-in before this looked unusual for this account."),
    Reason.NETWORK_NOT_TRUSTED: _(
        "It was sent over a network that hides where people are, such as an anonymising service."
    ),
    Reason.DISPOSABLE_ADDRESS: _("One of the mail addresses comes from a provider of addresses that are thrown away."),
    Reason.METHOD_NOT_SUPPORTED: _("This kind of calendar message cannot be sent from here."),
    Reason.WRONG_ROLE: _("Only the organiser of this event can send this; a guest can answer."),
    Reason.HIDDEN_TEXT: _(
        "It contains characters or text that readers cannot see, or letters made to look like others."
    ),
    Reason.BUDGET_EXHAUSTED: _(
        "This account has invited, or tried to invite, as many people as it may for now. There will be room again."
    ),
    Reason.ACCOUNT_CONTAINED: _(
        "Perhaps somebody else uses your account. We have asked its owner by mail; until then, nothing is sent "
        "to others."
    ),
    Reason.ACCOUNT_RESTRICTED: _("Inviting other people is paused for this account. Everything else works as before."),
    Reason.CHECK_UNAVAILABLE: _("A part of the check could not be made at the moment. It will be made again."),
    Reason.BOOKINGS_WAITING: _(
        "Earlier bookings from here, or for this address, still wait to be looked at. Please wait for them."
    ),
    Reason.ADDRESSES_BOUNCE: _(
        "Many of the addresses invited lately do not exist, or their owners declined. Check the guest list."
    ),
    Reason.REFUSED_REPEATEDLY: _("Several invitations of this account were refused, and a check has confirmed that."),
    Reason.UNUSUAL_DATES: _("The dates of the event are unusual, such as very far away or ending before they begin."),
}
CHECKED: Mapping[str, Lazy] = {  # added where a check is offered, and only there
    Reason.LOOKS_AUTOMATED: _("One short check will tell."),
    Reason.SENDING_TOO_FAST: _("One short check will tell."),
}
MOST_PLACES = 3
NAMES_ITS_PLACE = frozenset({Reason.TOO_MANY_GUESTS, Reason.ORGANIZER_NOT_YOURS, Reason.UNUSUAL_DATES})  # in its words
UNKNOWN: Lazy = _("The invitation needs a closer look.")

FIELDS: Mapping[str, Lazy] = {
    "SUMMARY": _("the title"),
    "DESCRIPTION": _("the notes"),
    "X-ALT-DESC": _("the notes"),
    "STYLED-DESCRIPTION": _("the notes"),
    "COMMENT": _("the comment"),
    "LOCATION": _("the place"),
    "URL": _("the link"),
    "CONFERENCE": _("the meeting link"),
    "ATTACH": _("an attachment"),
    "IMAGE": _("an image"),
    "ATTENDEE": _("the guest list"),
    "ORGANIZER": _("the organiser"),
    "CONTACT": _("the contact"),
    "CATEGORIES": _("the categories"),
    "RRULE": _("the repetition"),
    "RDATE": _("the repetition"),
    "DTSTART": _("the time"),
    "DTEND": _("the time"),
    "VALARM": _("a reminder"),
    "account": _("your account's name"),
}

HEADLINES: Mapping[Verdict, Lazy] = {
    Verdict.ALLOW: _("Your invitations have been accepted"),
    Verdict.OBSERVE: _("Your invitations have been accepted"),
    Verdict.CHALLENGE: _("One short check before this is sent"),
    Verdict.THROTTLE: _("Your invitations will be sent a little later"),
    Verdict.HOLD: _("Your invitations are waiting for a person to look at them"),
    Verdict.DENY: _("Your invitations were not sent"),
}

NEXT_STEPS: Mapping[Verdict, Lazy] = {
    Verdict.ALLOW: _("They are on their way. The event shows how far each one is."),
    Verdict.OBSERVE: _("They are on their way. The event shows how far each one is."),
    Verdict.CHALLENGE: _("Complete the check below and send again. Nothing you wrote is lost."),
    Verdict.THROTTLE: _(
        "Nothing is lost and you need not do anything: they leave by themselves as soon as there is room."
    ),
    Verdict.HOLD: _(
        "Nothing is lost. If all is well they will be sent without further action from you. You can add an explanation."
    ),
    Verdict.DENY: _(
        "Nothing was sent, and nothing you wrote is lost. You can change it and send it again, or ask a person to look."
    ),
}

CHECKING: tuple[Lazy, Lazy] = (  # headline and next step of what is accepted, and not yet on its way
    _("Your invitations have been accepted and are being checked"),
    _("They are sent when that is done. The event shows how far each one is."),
)

OUTCOMES: Mapping[str, Lazy] = {
    "release": _("A person has looked at it and released it."),
    "restore": _("A person has looked at it and lifted what was decided before."),
    "deny": _("A person has looked at it and decided that it is not sent."),
    "restrict": _("A person has looked at it and paused inviting for this account."),
    "suspend": _("A person has looked at it and suspended this account."),
    "suspend_for_good": _("A person has looked at it and closed this account."),
}

PROGRESS: Mapping[str, Lazy] = {
    "sent": _("The invitations have been sent since."),
    "withdrawn": _("This version was replaced or taken back; it is not sent."),
    "expired": _("Its time has passed, so it is not sent any more."),
}


def text(code: str, *fields: str, verdict: Verdict | None = None) -> str:
    """The reason in the reader's language, with the places in the form that it is about, where those are known; in
    words that fit the verdict, where it is given."""
    said = TEXTS.get(code, UNKNOWN)
    where = () if code in NAMES_ITS_PLACE else fields
    places = list(dict.fromkeys(filter(None, map(place, where))))[:MOST_PLACES]
    said = format_lazy("{said} ({places})", said=said, places=", ".join(places)) if places else said
    more = CHECKED.get(code) if verdict is Verdict.CHALLENGE else None
    return str(format_lazy("{said} {more}", said=said, more=more) if more else said)


def texts(codes: Iterable[str], seen: Iterable[tuple[str, str]], *, verdict: Verdict | None = None) -> tuple[str, ...]:
    """The reasons of one verdict, each with where it was seen: pairs of public code and field, strongest first."""
    fields: dict[str, list[str]] = {}
    for code, field in seen:
        fields.setdefault(code, []).append(field)
    return tuple(text(code, *fields.get(code, ()), verdict=verdict) for code in codes)


def place(field: str) -> str:
    """A field in the words of the form, such as "the title" for SUMMARY; "" where people have no word for it."""
    for part in (field.partition(";")[0], field.partition(".")[0]):
        if part in FIELDS:
            return str(FIELDS[part])
    return ""


def headline(verdict: Verdict) -> str:
    """The verdict in one line."""
    return str(HEADLINES[verdict])


def next_step(verdict: Verdict) -> str:
    """What happens now, and what the person can do."""
    return str(NEXT_STEPS[verdict])


def outcome(name: str) -> str:
    """What a reviewer decided, as its owner is told; "" for what does not concern them."""
    return str(OUTCOMES.get(name, ""))


def progress(state: str) -> str:
    """What became of a submission since, where that is worth telling."""
    return str(PROGRESS.get(state, ""))
