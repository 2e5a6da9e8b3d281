"""The pages behind an alert's two links, and what the owner of a contained account reads. Reading changes nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from calguard import alarm, client, links, moments
from calguard.conf import conf
from calguard.content.reader import read
from calguard.defanging import line
from calguard.host import Host
from calguard.incidents import answering, ending, opening, telling
from calguard.incidents.models import Incident
from calguard.rates import limited

METHODS = ["GET", "HEAD", "POST"]
SHOWN = 50
SHOWN_TITLE = 120


@never_cache
@require_http_methods(METHODS)
@limited("appeal", methods=("POST",))
def secure(request: HttpRequest, signed: str) -> HttpResponse:
    """End every session of an account, from the link its owner was mailed; once. Opened again, the link takes the word
    that the password is changed, from any device."""
    link = answering.read("secure", signed)
    if link is None:
        return _secure(request, "stale", status=404)
    incident, at = link.incident, timezone.now()
    if incident.state in answering.TAKEN_BACK:
        return _finish(request, link)
    if incident.state == Incident.State.DOUBTED:
        return _secure(request, "doubted", incident=incident, status=410 if request.method == "POST" else 200)
    if link.used:
        return _secure(request, "used", status=410)
    if request.method != "POST":
        return _secure(request, "ask", incident=incident)
    if not answering.secure(link, request, at=at):
        return _secure(request, "used", status=410)
    ended = _end_access(request, incident)
    response = _secure(request, "done" if ended else "failed", incident=incident, status=200 if ended else 503)
    response.set_cookie(
        answering.COOKIE,
        answering.proof(link.incident),
        max_age=links.SECURE_LIFE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _finish(request: HttpRequest, link: answering.Link) -> HttpResponse:
    """The second half of it: the word that a new password is chosen."""
    incident = link.incident
    done = request.method == "POST" and answering.finish(link, request, at=timezone.now())
    incident.refresh_from_db()
    over = {"recovered": "recovered", "returning": "returning", "doubted": "doubted"}.get(incident.state)
    if done or (over and request.method != "POST"):
        return _secure(request, over or "used", incident=incident)
    state = over or ("unchanged" if request.method == "POST" else "secured")
    return _secure(request, state, incident=incident, status=409 if request.method == "POST" else 200)


def _end_access(request: HttpRequest, incident: Incident) -> bool:
    """Whether every session ended; while the host cannot do it, the sweep asks again."""
    if client.account_of(request) == incident.account:
        logout(request)  # before the rows go: a response must not save a session that is no more
    try:
        return ending.finish_access(incident, at=timezone.now())
    except Exception as error:  # noqa: BLE001  the host's adapter may raise anything, and the owner must be told
        alarm.raised("host.end_sessions", error)
        return False


@never_cache
@require_http_methods(METHODS)
@limited("appeal", methods=("POST",))
def contest(request: HttpRequest, signed: str) -> HttpResponse:
    """Object to the account being given back, from the link in the notice of it; once."""
    link = answering.read("contest", signed)
    state, status = "ask", 200
    if link is None:
        state, status = "stale", 404
    elif link.used:
        state, status = "used", 410
    elif request.method == "POST":
        done = answering.contest(link, request, at=timezone.now())
        state, status = ("done", 200) if done else ("used", 410)
        if done:
            _end_access(request, link.incident)
    until = moments.shown(link.incident.due_at, link.incident.account) if link and state == "ask" else ""
    return render(request, "calguard/contest.html", {"state": state, "until": until}, status=status)


@never_cache
@require_http_methods(METHODS)
@limited("appeal", methods=("POST",))
def mine(request: HttpRequest, signed: str) -> HttpResponse:
    """Say that what was held is one's own: from the mailed link and a fresh sign-in, as a thief may have either."""
    link = answering.read("mine", signed)
    if link is None:
        return _mine(request, "stale", status=404)
    if link.used:
        return _mine(request, "used", status=410)
    proved = answering.stepped_up(request, link.incident.account)
    if request.method != "POST":
        return _mine(request, "ask" if proved else "sign_in", incident=link.incident)
    if not proved:
        logout(request)  # an open session proves nothing, and most sign-in pages send away who has one
        return redirect_to_login(request.get_full_path())
    if not answering.claim(link, request, at=timezone.now()):
        return _mine(request, "used", status=410)
    return _mine(request, "done")


@login_required
@never_cache
@require_http_methods(METHODS)
@limited("appeal", methods=("POST",))
def incident(request: HttpRequest) -> HttpResponse:
    """Where the account's last incident stands; and, once it is over, what still waits since, to be discarded. While
    it is not, whoever is signed in may be the thief, and is shown no list."""
    account = client.account_of(request)
    found = opening.latest(account)
    if found is None:
        return render(request, "calguard/incident.html", {"it": None})
    over = found.ended_at is not None
    if request.method == "POST":
        wanted = _uuid(request.POST.get("discard", ""))
        if over and wanted is not None:
            ending.discard(found, wanted, at=timezone.now())
        return redirect("calguard:incident")
    context = {
        "it": found,
        "over": over,
        "state": telling.state_text(found),
        "waiting": _waiting(found) if over else (),
        "told": telling.told(found),
    }
    return render(request, "calguard/incident.html", context)


def _waiting(found: Incident) -> list[dict[str, Any]]:
    rows = ending.since_the_first_sign(found)[:SHOWN]
    zone = moments.zone_of(found.account)
    return [
        {
            "key": row.pk,
            "title": line(read(bytes(row.snapshot)).summary, longest=SHOWN_TITLE) if row.snapshot else "",
            "guests": row.recipients,
            "at": row.created_at,
            "when": moments.on(zone, row.created_at),
            "code": row.decisions.values_list("code", flat=True).first(),
        }
        for row in rows.prefetch_related("decisions")
    ]


def _uuid(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None


def _secure(request: HttpRequest, state: str, *, incident: Incident | None = None, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"state": state}
    if incident is not None:
        context |= {
            "told": telling.told(incident),
            "proved": bool(incident.facts.get("proved")),
            "kept": bool(incident.facts.get("kept")),
            "until": moments.shown(incident.due_at, incident.account),
            "hours": conf.policy.incidents.unproved_hours if conf.policy.incidents.unproved == "wait" else None,
            "reset_url": _reset_url(incident),
        }
    return render(request, "calguard/secure.html", context, status=status)


def _mine(request: HttpRequest, state: str, *, incident: Incident | None = None, status: int = 200) -> HttpResponse:
    told = telling.told(incident) if incident is not None else None
    return render(request, "calguard/mine.html", {"state": state, "told": told}, status=status)


def _reset_url(incident: Incident) -> str:
    """The host's own way may need no proof: whoever has not given any is mailed the link, as everybody else is."""
    try:
        if not incident.facts.get("proved"):
            return Host.reset_url(conf.host, incident.account)
        return conf.host.reset_url(incident.account)
    except Exception as error:  # noqa: BLE001  the host's adapter may raise anything, and the page is needed now
        alarm.raised("host.reset_url", error)
        return ""
