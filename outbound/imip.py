"""Builds the mail that carries an iTIP message (RFC 6047), in exactly the tree of CC/R 18003 A.1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import get_language_bidi, gettext, gettext_lazy

from outbound.headers import POLICY, mailbox, put
from outbound.objects import Described, Unbuildable, cancellation, described, method_of, with_method
from outbound.plain import Unaddressable, as_html, display_name, one_line, paragraphs

__all__ = ["METHODS", "Invitation", "Unbuildable", "build", "cancellation", "rendered", "with_method"]

SUBJECT = 250  # a longer title is cut in the subject only; the body and the calendar have all of it
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
FROM = re.compile(r"(?:(?P<name>[^<>\x00-\x1f]*)<)?(?P<address>[^<>\s]+)(?(name)>)")
MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,120}@[A-Za-z0-9.-]{1,250}>")
ANYBODY, ANY_ID = "guest@calguard.invalid", "<any@calguard.invalid>"  # in what is made once for many
OURS = {
    "bcc", "cc", "content-disposition", "content-transfer-encoding", "content-type", "date", "from", "message-id",
    "mime-version", "reply-to", "sender", "subject", "to",
}  # fmt: skip

FILES = {"REQUEST": "invite.ics", "CANCEL": "cancel.ics", "REPLY": "reply.ics"}
METHODS = frozenset(FILES)  # what mail can be made for
SUBJECTS = {
    "REQUEST": gettext_lazy("Invitation: %(title)s"),
    "CANCEL": gettext_lazy("Cancelled: %(title)s"),
    "REPLY": gettext_lazy("Reply: %(title)s"),
    "ACCEPTED": gettext_lazy("Accepted: %(title)s"),
    "DECLINED": gettext_lazy("Declined: %(title)s"),
    "TENTATIVE": gettext_lazy("Tentative: %(title)s"),
}
HEADINGS = {
    "REQUEST": gettext_lazy("%(who)s invites you."),
    "CANCEL": gettext_lazy("%(who)s has cancelled this event."),
    "REPLY": gettext_lazy("%(who)s has answered your invitation."),
    "ACCEPTED": gettext_lazy("%(who)s has accepted your invitation."),
    "DECLINED": gettext_lazy("%(who)s has declined your invitation."),
    "TENTATIVE": gettext_lazy("%(who)s may come."),
}


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """One mail to one guest, or, for a REPLY, to the organiser; then `organizer_*` are the one who answers."""

    calendar: bytes  # with its METHOD, see `with_method`
    method: str
    organizer_address: str
    organizer_name: str = ""
    from_email: str  # the service's own address; "Name <address>" also names the service
    from_name: str = ""  # the service's name
    recipient: str
    message_id: str  # with angle brackets
    date: datetime  # aware
    summary: str = ""  # default: the calendar's
    texts: Sequence[str] = ()  # plain lines (when, where, notes) in the guest's language; default: from the calendar
    language: str = ""  # default: the active one
    system_text: bool = False  # nothing the sender worded: no name, no title, no notes (R63)
    extra_headers: Mapping[str, str] = field(default_factory=dict)


def build(invitation: Invitation) -> EmailMessage:
    """The mail: mixed(alternative(plain, html), text/calendar, application/ics), both calendars the same octets.

    Raises Unbuildable, with a plain reason, where no correct mail can be made.
    """
    method = invitation.method.upper()
    if method not in FILES:
        raise Unbuildable(f"no mail is made for METHOD {method or 'none'}")
    if method_of(invitation.calendar) != method:
        raise Unbuildable(f"the calendar object is not a {method}")
    with translation.override(invitation.language) if invitation.language else nullcontext():
        event = _event(invitation)
        mail = EmailMessage(policy=POLICY)
        _head(mail, invitation, _subject(method, event))
        body = MIMEPart(policy=POLICY)
        lines = _lines(invitation, method, event)
        body.set_content(_plain(lines), cte="quoted-printable")
        body.add_alternative(_html(lines), subtype="html", cte="quoted-printable")
    mail.make_mixed()
    for part in (body, _calendar_part(invitation.calendar, method), _file_part(invitation.calendar, method)):
        mail.attach(part)  # type: ignore[arg-type]  # typeshed asks for a whole message
    return mail


def rendered(invitation: Invitation) -> bytes:
    """`build` as the octets that leave. Guests of one event get the same but for To and Message-ID, and workers write
    to one after the other: the rest is made once."""
    try:
        to = mailbox("To", "", invitation.recipient)
    except Unaddressable as error:
        raise Unbuildable(str(error)) from error
    if not MESSAGE_ID.fullmatch(invitation.message_id) or not to.isascii():
        return build(invitation).as_bytes()
    shared = replace(invitation, recipient=ANYBODY, message_id=ANY_ID, texts=tuple(invitation.texts), extra_headers={})
    named = tuple(getattr(shared, one.name) for one in fields(shared) if one.name != "extra_headers")
    before, between, after = _around(named, tuple(invitation.extra_headers.items()), translation.get_language())
    return b"".join((before, to.encode(), between, invitation.message_id.encode(), after))


@lru_cache(maxsize=1)
def _around(
    named: tuple[Any, ...], headers: tuple[tuple[str, str], ...], language: str | None
) -> tuple[bytes, bytes, bytes]:
    """What stands before, between and after the guest's address and the Message-ID."""
    names = [one.name for one in fields(Invitation) if one.name != "extra_headers"]
    told = dict(zip(names, named, strict=True))
    octets = build(Invitation(**told, extra_headers=dict(headers))).as_bytes()
    before, to, rest = octets.partition(f"\r\nTo: {ANYBODY}\r\n".encode())
    between, message_id, after = rest.partition(f"\r\nMessage-ID: {ANY_ID}\r\n".encode())
    if not to or not message_id:
        raise RuntimeError("a mail of ours without To or Message-ID")
    return before + b"\r\nTo: ", b"\r\n" + between + b"\r\nMessage-ID: ", b"\r\n" + after


def _head(mail: EmailMessage, invitation: Invitation, subject: str) -> None:
    service_name, service_address = _service(invitation.from_email)
    service = display_name(invitation.from_name or service_name) or service_address.rpartition("@")[2]
    name = "" if invitation.system_text else display_name(invitation.organizer_name)
    shown = gettext("%(name)s via %(service)s") % {"name": name, "service": service} if name else service
    if not MESSAGE_ID.fullmatch(invitation.message_id):
        raise Unbuildable("the Message-ID is malformed")
    try:
        mail.set_raw("From", mailbox("From", shown, service_address))
        mail.set_raw("Reply-To", mailbox("Reply-To", name, invitation.organizer_address))
        mail.set_raw("To", mailbox("To", "", invitation.recipient))
    except Unaddressable as error:
        raise Unbuildable(str(error)) from error
    put(mail, "Subject", subject)
    mail.set_raw("Date", format_datetime(invitation.date))
    mail.set_raw("Message-ID", invitation.message_id)
    mail.set_raw("MIME-Version", "1.0")
    for header, value in invitation.extra_headers.items():
        if not HEADER_NAME.fullmatch(header) or header.lower() in OURS or header in mail:
            raise Unbuildable(f"the header {header!r} cannot be added")
        if not value.isascii() or not value.isprintable() or len(header) + len(value) > 990:
            raise Unbuildable(f"the header {header} is not one line of ASCII")
        mail.set_raw(header, value)


def _service(from_email: str) -> tuple[str, str]:
    """Name and address of "Name <address>" or "address"."""
    found = FROM.fullmatch(from_email)
    if not found:
        raise Unbuildable("the service's own address is malformed")
    return (found["name"] or "").strip(' "'), found["address"]


def _event(invitation: Invitation) -> Described:
    event = described(invitation.calendar)
    if invitation.system_text:
        return Described(start=event.start, end=event.end, answer=event.answer)
    return replace(event, summary=invitation.summary) if invitation.summary else event


def _subject(method: str, event: Described) -> str:
    title = one_line(event.summary, SUBJECT) or gettext("an event")
    return str(SUBJECTS[_kind(method, event)]) % {"title": title}


def _kind(method: str, event: Described) -> str:
    return event.answer if method == "REPLY" and event.answer in SUBJECTS else method


def _lines(invitation: Invitation, method: str, event: Described) -> list[str]:
    """Heading, title, what, and who sent it; the title and the notes in full (A.1)."""
    address = one_line(invitation.organizer_address, 320)
    name = "" if invitation.system_text else one_line(invitation.organizer_name, 200)
    who = f"{name} ({address})" if name else address
    lines = [str(HEADINGS[_kind(method, event)]) % {"who": who}]
    if event.summary:
        lines.append(paragraphs(event.summary))
    if invitation.texts and not invitation.system_text:
        lines += [paragraphs(text) for text in invitation.texts]
    else:
        lines += _facts(event)
    if not invitation.system_text:
        lines.append(gettext("Your reply goes to %(address)s.") % {"address": address})
    return [line for line in lines if line]


def _facts(event: Described) -> list[str]:
    lines = []
    if event.start is not None:
        times = _time(event.start) + (f" – {_time(event.end)}" if event.end is not None else "")
        lines.append(gettext("When: %(times)s") % {"times": times})
    if event.where:
        lines.append(gettext("Where: %(place)s") % {"place": paragraphs(event.where)})
    if event.notes:
        lines.append(paragraphs(event.notes))
    return lines


def _time(moment: datetime | date) -> str:
    if not isinstance(moment, datetime):
        return str(date_format(moment, "DATE_FORMAT"))
    zone = f" {moment.tzname()}" if moment.tzinfo else ""
    return str(date_format(moment, "DATETIME_FORMAT")) + zone


def _plain(lines: Sequence[str]) -> str:
    return "\n\n".join(lines) + "\n"


def _html(lines: Sequence[str]) -> str:
    """One page of text: no image, style sheet or link; a mail program may underline what looks like an address."""
    language, side = translation.get_language() or "en", "rtl" if get_language_bidi() else "ltr"
    body = "\n".join(f'<p dir="auto">{as_html(line)}</p>' for line in lines)
    head = f'<html lang="{language}" dir="{side}"><head><meta charset="utf-8"></head>'
    return f"<!DOCTYPE html>\n{head}<body>\n{body}\n</body></html>\n"


def _calendar_part(calendar: bytes, method: str) -> MIMEPart:
    """Without a Content-Disposition, so that mail programs show the invitation. Base64 keeps every octet."""
    part = MIMEPart(policy=POLICY)
    part.set_content(calendar, maintype="text", subtype="calendar", cte="base64")
    del part["Content-Type"]
    part.set_raw("Content-Type", f"text/calendar; method={method}; charset=utf-8")  # unquoted: some readers compare
    return part


def _file_part(calendar: bytes, method: str) -> MIMEPart:
    part = MIMEPart(policy=POLICY)
    name = FILES[method]
    part.set_content(
        calendar, "application", "ics", cte="base64", disposition="attachment", filename=name, params={"name": name}
    )
    return part
