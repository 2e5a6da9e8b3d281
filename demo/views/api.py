"""The API for programs: events and answers as JSON or iCalendar; whatever is refused, as a problem document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt

from calguard import actors, guard
from calguard.integrations import rest
from demo import guestlist, scheduling, sending, tokens
from demo.forms import AnswerForm, EventForm, starting_values
from demo.models import Event, InboxItem, User
from demo.occurrences import occurrences
from demo.zones import zone

Handler = Callable[..., HttpResponse]
FIELDS = ("title", "notes", "place", "link", "time_zone", "recurrence", "until", "count", "reminder")
NAMES = {"starts_at": "start", "ends_at": "end"}
MOST = 500
LIST_DAYS = 60
WRITES = frozenset({"POST", "PATCH", "DELETE"})


def endpoint(**handlers: Handler) -> Handler:
    """A view with one function per method, for whoever shows a key; no session, hence no CSRF."""

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        handler = handlers.get(request.method or "")
        if handler is None:
            response = rest.failed(405, "method_not_allowed")
            response["Allow"] = ", ".join(handlers)
            return response
        refused = _signed_in(request) or (rest.limited(request) if request.method in WRITES else None)
        if refused is not None:
            return refused
        try:
            return handler(request, *args, **kwargs)
        except scheduling.RefusedError as error:
            return rest.problem(error.decision, stored=False)
        except scheduling.UnusableError as error:
            return rest.invalid([rest.Wrong(field="", code=error.condition, text=str(error))])
        except (OverflowError, UnicodeEncodeError):  # JSON can say times and characters that nothing keeps
            return rest.invalid([rest.Wrong(field="", code="out_of_range", text="A value is out of range.")])
        except Exception as error:
            known = rest.handled(error)
            if known is None:
                raise
            return known

    return cast("Handler", csrf_exempt(view))


def _signed_in(request: HttpRequest) -> HttpResponse | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    token = tokens.find(key.strip(), timezone.now()) if scheme.lower() == "bearer" else None
    if token is None:
        response = rest.failed(401, "not_signed_in", "Send a key from your account page as a Bearer token.")
        response["WWW-Authenticate"] = 'Bearer realm="Almanac"'
        return response
    request.user = token.user
    request.api_token = token  # type: ignore[attr-defined]
    return None


def listing(request: HttpRequest) -> HttpResponse:
    """Events with a time between `from` and `until`, two months from now where nothing is said."""
    user = cast("User", request.user)
    begin = _moment(request.GET.get("from", ""), user) or timezone.now()
    end = min(_moment(request.GET.get("until", ""), user) or begin + timedelta(days=LIST_DAYS), begin + timedelta(366))
    found = occurrences(user.events.filter(cancelled_at=None, starts_at__lt=end), begin, end)
    events = {one.event.pk: cast("Event", one.event) for one in found}
    return JsonResponse({"events": [_shown(event) for event in list(events.values())[:MOST]]})


def create(request: HttpRequest) -> HttpResponse:
    """JSON makes an event; an iTIP message as text/calendar does what its METHOD says."""
    user = cast("User", request.user)
    if request.content_type == "text/calendar":
        kept = scheduling.itip(user, request.body, _source(request))
        return _answered(kept.what, kept.decision, created=kept.created)
    given = _json(request)
    key = uuid4()
    uid = str(given.get("uid") or f"{key}@{settings.MAIL_DOMAIN}")[:255]
    if not uid.isprintable():
        raise ValidationError({"uid": "This is no UID."})
    there = user.events.filter(uid=uid).first()
    if there is not None:  # sent again, such as after a time-out: nothing is made or sent twice
        return rest.failed(409, "exists", event=_url(there))
    event = Event(pk=key, owner=user, uid=uid, changed_at=timezone.now())
    form = _form(given, event, user, {})
    decision = sending.save(event, form.cleaned_data["guests"], _source(request))
    return _answered(event, decision, created=True)


def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    return JsonResponse(_shown(_mine(request, pk)))


def update(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change what is named; everything else stays."""
    event = _mine(request, pk, cancelled_at=None)
    was, source = sending.before(event), _source(request)
    form = _form(_json(request), event, event.owner, _form_values(event))
    decision = sending.save(event, form.cleaned_data["guests"], source, was=was)
    uninvited = sending.uninvite(event, was, source)
    return _answered(event, decision if decision is None or not decision.may_send else uninvited or decision)


def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    comment = str(_json(request).get("comment", ""))[:500] if request.body else ""
    event = _mine(request, pk, cancelled_at=None)
    return _answered(event, sending.cancel(event, _source(request), comment=comment))


def send(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send what was kept back; with `again`, the same once more: to everybody, or to whom is "missing" it."""
    event = _mine(request, pk, cancelled_at=None)
    asked = (_json(request) if request.body else {}).get("again")
    again: sending.Again = "missing" if asked == "missing" else asked is True
    if not event.guests.exists():
        return rest.failed(409, "no_guests", "Nobody is invited to this event.")
    return _answered(event, sending.send(event, _source(request), again=again))


def inbox(request: HttpRequest) -> HttpResponse:
    items = cast("User", request.user).inbox.exclude(state=InboxItem.State.JUNK)[:MOST]
    return JsonResponse({"invitations": [_shown(item) for item in items]})


def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or decline an invitation, with a comment or without."""
    items = cast("User", request.user).inbox.exclude(state=InboxItem.State.JUNK)
    item = get_object_or_404(items, pk=pk)
    form = AnswerForm(cast("dict[str, Any]", _json(request)))
    _valid(form)
    if item.state == InboxItem.State.CANCELLED:
        return rest.failed(409, "cancelled", "The organiser has cancelled this event.")
    decision = sending.answer(item, form.cleaned_data["answer"], _source(request), comment=form.cleaned_data["comment"])
    return _answered(item, decision)


events = endpoint(GET=listing, POST=create)
event = endpoint(GET=show, PATCH=update, DELETE=cancel)
sendings = endpoint(POST=send)
invitations = endpoint(GET=inbox)
invitation = endpoint(POST=answer)


def _answered(what: Event | InboxItem, decision: guard.Decision | None, *, created: bool = False) -> HttpResponse:
    """What was stored, or the problem that keeps its messages back: the event is a draft then (R52)."""
    if decision is not None and not decision.may_send:
        response = rest.problem(decision, stored=True, event=_url(what))
    else:
        body = _shown(what)
        if decision is not None:
            body["accepted"] = {"reference": decision.reference, "system_text_only": decision.system_text_only}
        response = JsonResponse(body, status=201 if created else 200)
    if created:
        response["Location"] = _url(what)
    return response


def _source(request: HttpRequest) -> sending.Source:
    token = request.api_token  # type: ignore[attr-defined]
    return sending.Source(request=request, channel="api", actor=actors.client(token.pk))


def _json(request: HttpRequest) -> Mapping[str, Any]:
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise ValidationError("The body is no JSON.", code="not_json") from error
    if not isinstance(given, dict):
        raise ValidationError("The body is no JSON object.", code="not_json")
    return given


def _form(given: Mapping[str, Any], event: Event, owner: User, before: Mapping[str, Any]) -> EventForm:
    """The page's own form, so that what is right there is right here. Writes into the event."""
    start = starting_values(None, owner)
    values = {"time_zone": owner.time_zone, "recurrence": "none", "start": start["start"], "end": start["end"]}
    values |= dict(before) | {key: value for key, value in given.items() if key in {*FIELDS, "start", "end", "guests"}}
    values = {key: "" if value is None else value for key, value in values.items()}
    for name in ("start", "end"):
        values[name] = _wall(values[name], str(values["time_zone"]))
    guests = values.get("guests", "")
    values["guests"] = "\n".join(map(str, guests)) if isinstance(guests, list) else str(guests)
    form = EventForm(values, instance=event, owner=owner)
    _valid(form)
    return form


def _valid(form: Any) -> None:
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())


def _form_values(event: Event) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in FIELDS}
    return values | starting_values(event, event.owner)


def _wall(value: Any, name: str) -> Any:
    """A time on the clock of the event's zone; one with an offset is moved there. What is no time is the form's."""
    moment = value if isinstance(value, datetime) else _time(value)
    if moment is None:
        return value
    wall = moment.astimezone(zone(name)).replace(tzinfo=None) if moment.tzinfo else moment
    return wall.strftime("%Y-%m-%dT%H:%M")


def _time(value: Any) -> datetime | None:
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(written: str, user: User) -> datetime | None:
    moment = _time(written)
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone(user.time_zone))).astimezone(UTC)


def _mine(request: HttpRequest, pk: UUID, **conditions: Any) -> Event:
    return get_object_or_404(Event.objects.select_related("owner"), pk=pk, owner=request.user, **conditions)


def _url(what: Event | InboxItem) -> str:
    path = f"/api/events/{what.pk}/" if isinstance(what, Event) else f"/api/inbox/{what.pk}/"
    return str(settings.CALGUARD["BASE_URL"]) + path


def _shown(what: Event | InboxItem) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": str(what.pk), "uid": what.uid, "url": _url(what)}
    shown |= {name: getattr(what, name) for name in FIELDS if name != "reminder"}
    shown |= {"start": what.local_start.isoformat(), "end": what.local_end.isoformat()}
    if isinstance(what, InboxItem):
        return shown | {"organiser": what.organiser, "state": what.state, "comment": what.comment}
    rows = guestlist.rows(what, list(what.guests.all()[:MOST]))
    guests = [{"address": row.address, "answer": row.answer, "state": row.state, "text": row.text} for row in rows]
    return shown | {"reminder": what.reminder, "cancelled": what.cancelled_at is not None, "guests": guests}
