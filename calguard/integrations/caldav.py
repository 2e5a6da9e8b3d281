"""CalDAV: events judged before they are stored, refusals that clients understand, each guest's state (RFC 6638)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Literal
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from calguard import client, guard
from calguard.conf import conf
from calguard.content import reader
from calguard.content.mail import is_calendar
from calguard.content.people import normalise
from calguard.content.types import Content
from calguard.engine.types import Verdict

LONGEST_BODY = 10_000_000  # octets of one calendar object; RFC 4791 5.2.5 lets a server say what is too much
METHODS = frozenset({"PUT", "POST"})
CARDS = frozenset({"text/vcard", "text/x-vcard"})
FORMS = frozenset(
    {"application/x-www-form-urlencoded", "multipart/form-data", "application/json", "application/xml", "text/xml"}
)
Role = Literal["alone", "organiser", "guest", "foreign"]
_SENDERS = frozenset({"organizer", "sent_by"})
DAV, CALDAV, OURS = "DAV:", "urn:ietf:params:xml:ns:caldav", "urn:calguard:caldav"
for _prefix, _namespace in (("D", DAV), ("C", CALDAV), ("G", OURS)):
    ET.register_namespace(_prefix, _namespace)  # the prefixes that people expect to read

# SCHEDULE-STATUS (RFC 6638 3.2.9): what an organiser's client shows beside each guest. What goes by itself
# is pending, "expected to change"; 5.1 says that nothing more is tried, and lets a client send the same again.
PENDING, SENT, DELIVERED = "1.0", "1.1", "1.2"
UNDELIVERED, REFUSED, UNKNOWN_USER = "5.1", "5.3", "3.7"

_STATUS = {
    "waiting": PENDING,
    "review": PENDING,
    "challenge": PENDING,
    "checking": PENDING,
    "queued": PENDING,
    "delayed": PENDING,
    "paused": PENDING,
    "sent": SENT,
    "delivered": DELIVERED,
    "failed": UNDELIVERED,
    "uncertain": UNDELIVERED,
    "expired": UNDELIVERED,
    "withdrawn": UNDELIVERED,
    "refused": REFUSED,
    "unknown_user": UNKNOWN_USER,
}


def schedule_status(guest_state: Any) -> str:
    """The SCHEDULE-STATUS of one guest from `guard.guest_states`, or from the name of such a state (R07).

    1.0 waits, or is delayed and goes by itself; 1.1 sent, 1.2 in a calendar here, 5.1 did not arrive and is not tried
    again, 5.3 not allowed, 3.7 no such address. Another name is a ValueError.
    """
    state = str(getattr(guest_state, "state", guest_state))
    if state == "failed" and getattr(guest_state, "cause", "") == "no_such_address":
        state = "unknown_user"
    if state not in _STATUS:
        raise ValueError(f"unknown guest state {state!r}; known: {', '.join(sorted(_STATUS))}")
    return _STATUS[state]


def writes_event(request: HttpRequest) -> bool:
    """Whether a request says that it stores a calendar object: text/calendar, or a name ending in .ics."""
    return request.method in METHODS and (
        request.content_type == "text/calendar" or request.path.lower().endswith(".ics")
    )


def may_write_event(request: HttpRequest) -> bool:
    """Whether its body has to be looked at: calendar servers store a calendar whatever its name and type."""
    if writes_event(request):
        return True
    card = request.content_type in CARDS and request.path.lower().endswith(".vcf")
    form = request.method == "POST" and request.content_type in FORMS  # whatever is PUT is stored
    return request.method in METHODS and not form and not card


def is_event(request: HttpRequest, body: bytes) -> bool:
    """Whether the request stores a calendar object, by what it says or by what it carries."""
    return writes_event(request) or (may_write_event(request) and is_calendar(body))


def too_large() -> HttpResponse:
    """The object is larger than what is judged here, and nothing unjudged is stored (RFC 4791 5.3.2.1)."""
    return error(413, f"{{{CALDAV}}}max-resource-size", _("The calendar object is too large."))


def refused(request: HttpRequest, decision: guard.Decision) -> HttpResponse:
    """A refusal as precondition error (RFC 4918 16): clients show the description, programs read the rest."""
    codes = {reason.code for reason in decision.reasons}
    if request.method == "POST":
        condition = "valid-organizer" if codes & {"organizer_not_yours", "wrong_role"} else "valid-scheduling-message"
    else:
        condition = "allowed-organizer-scheduling-object-change"
    said = " ".join([decision.headline + ".", *(reason.text for reason in decision.reasons)])
    response = error(403, f"{{{CALDAV}}}{condition}", said, decision)
    if decision.retry_after:
        response["Retry-After"] = str(decision.retry_after)
    return response


def error(status: int, condition: str, said: str, decision: guard.Decision | None = None) -> HttpResponse:
    root = ET.Element(f"{{{DAV}}}error")
    ET.SubElement(root, condition)
    ET.SubElement(root, f"{{{DAV}}}responsedescription").text = "".join(filter(str.isprintable, said))
    if decision is not None:
        attributes = {"reference": decision.reference}
        if decision.explain_url and urlsplit(decision.explain_url).scheme in {"http", "https"}:
            attributes["href"] = decision.explain_url
        ours = ET.SubElement(root, f"{{{OURS}}}refused", attributes)
        for reason in decision.reasons:
            ET.SubElement(ours, f"{{{OURS}}}reason", {"code": reason.code})
    return HttpResponse(
        ET.tostring(root, encoding="utf-8", xml_declaration=True),
        content_type="application/xml; charset=utf-8",
        status=status,
    )


def judge(
    request: HttpRequest,
    user: Any,
    body: bytes,
    *,
    reference: str = "",
    dispatch: Literal["calguard", "host"] | None = None,
) -> guard.Decision | None:
    """The verdict on one object that a CalDAV client wants stored; None where storing it invites nobody."""
    message = scheduling(reader.read(body), user)
    if message is None:
        return None
    return guard.check(
        user, message, channel="caldav", request=request, reference=reference or request.path, dispatch=dispatch
    )


def scheduling(content: Content, user: Any) -> Content | None:
    """What a server sends when this object is stored (RFC 6638 3.2); stored objects name no METHOD (RFC 4791 4.1).

    An event without guests is a note to oneself. The copy of somebody else's event that a guest keeps only answers it:
    its words are the organiser's, and the answer is judged when it is sent.
    """
    if content.method or "unparseable" in content.problems:
        return content
    if not content.attendees and not content.guest_total:
        return None
    own = {normalise(address) for address in conf.host.facts(conf.host.account(user), user).addresses}
    organizer = content.organizer
    if organizer is not None and organizer.email not in own and own & {guest.email for guest in content.attendees}:
        return None
    cancelled = bool(content.events) and all(event.status == "CANCELLED" for event in content.events)
    return replace(content, method="CANCEL" if cancelled else "REQUEST")


def role(body: bytes, user: Any) -> Role:
    """What the account is to an object that it wants stored (RFC 5546 1.4, RFC 6638 3.1).

    "alone": nobody is invited. "organiser": it invites, and server and judge see to it. "guest": somebody else's event,
    of which the account keeps a copy and may change its own answer. "foreign": somebody else's event, to which the
    account was not invited either, or one sent on behalf of somebody else; to be refused with `refused`, by the verdict
    on the object as it came.
    """
    content = reader.read(body)
    if not content.attendees and not content.guest_total:
        return "alone"
    own = {normalise(address) for address in conf.host.facts(conf.host.account(user), user).addresses}
    others = {address.role for address in content.named if address.role in _SENDERS and address.email not in own}
    if not others:
        return "organiser"
    return "guest" if "organizer" in others and own & {guest.email for guest in content.attendees} else "foreign"


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a PUT or POST view of calendar objects that knows its user: judged first, stored second, then sent."""

    @wraps(view)
    def judged(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if conf.mode == "off" or not may_write_event(request) or not client.account_of(request):
            return view(request, *args, **kwargs)
        if not is_event(request, request.body):
            return view(request, *args, **kwargs)
        if len(request.body) > LONGEST_BODY:
            return too_large()
        decision = judge(request, request.user, request.body)
        if decision is None:
            return view(request, *args, **kwargs)
        if decision.is_refused:
            return refused(request, decision)
        response = view(request, *args, **kwargs)
        settle(decision, response)
        return response

    return judged


def settle(decision: guard.Decision, response: HttpResponse) -> None:
    """What the view stored may go; what it refused may not. A challenge has no page here: its owner gets a link."""
    if not 200 <= response.status_code < 300:
        guard.withdraw(decision)
    elif decision.verdict is not Verdict.DENY:
        guard.confirm(decision)
        if decision.challenge is not None and urlsplit(decision.explain_url).scheme in {"http", "https"}:
            told = f'<{decision.explain_url}>; rel="help"'  # an answer to a PUT has no body to say it in (RFC 8288)
            response["Link"] = ", ".join(filter(None, [response.get("Link", ""), told]))
