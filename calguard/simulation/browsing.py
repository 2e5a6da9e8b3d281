"""The requests that a device makes: a page with a form, the hands that fill it in, and what is posted."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from calguard import client, hands
from calguard.simulation.people import Device, Person

SPOKEN = {"en": "en-GB,en;q=0.9", "de": "de-DE,de;q=0.9,en;q=0.6", "fr": "fr-FR,fr;q=0.9", "es": "es-ES,es;q=0.9"}
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("Macintosh", "macOS"), ("X11", "Linux"))
FORM = "application/x-www-form-urlencoded"


def posted(person: Person | None, device: Device, random: Random, *, at: datetime) -> HttpRequest:
    """What a device sends to invite somebody. `person` is who is signed in: nobody is on a booking page."""
    if device.kind != "web":
        return _request("PUT" if device.kind == "caldav" else "POST", person, device)
    if device.scripted:
        made = _request("POST", person, device)
        client.expect_form(made)
        return made
    shown = at - timedelta(seconds=random.uniform(*device.seconds))
    nonce = _open(person, device, shown)
    made = _request("POST", person, device)
    made.META["CONTENT_TYPE"] = made.content_type = FORM
    made.META |= {"HTTP_ACCEPT": "text/html,application/xhtml+xml", "HTTP_SEC_FETCH_MODE": "navigate"}
    fields = QueryDict(mutable=True)
    fields[client.NONCE], fields[client.HONEYPOT] = nonce, ""
    if device.hands != "none":
        fields[hands.FIELD] = _hands(device, nonce, random)
    made.POST = fields  # type: ignore[assignment]  # a request gets it from its parser, of which there is no need
    client.expect_form(made)
    return made


def signed_in(person: Person, device: Device) -> HttpRequest:
    """A request at sign-up or sign-in, after which the device has its number."""
    made = _request("POST", person, device)
    if device.kind == "web" and not device.scripted:
        client.give_device(made)
        _keep(device, made, HttpResponseRedirect("/"))
    return made


def answered(request: HttpRequest, device: Device) -> None:
    """The device has its answer: the page that the form leads to, and its cookie renewed."""
    if device.kind == "web" and not device.scripted:
        _keep(device, request, HttpResponseRedirect("/events/"), wrote=True)


def _open(person: Person | None, device: Device, at: datetime) -> str:
    """Ask for the page with the form; the nonce in it."""
    page = _request("GET", person, device)
    if person is not None:  # strangers who look at a page are given nothing
        client.give_device(page)
    nonce = client.nonce(client.account_of(page), at=at, request=page)
    _keep(device, page, HttpResponse())
    return nonce


def _keep(device: Device, request: HttpRequest, response: HttpResponse, *, wrote: bool = False) -> None:
    client.set_cookie(request, response, wrote=wrote)
    if client.COOKIE in response.cookies:
        device.cookies[client.COOKIE] = response.cookies[client.COOKIE].value


def _request(method: str, person: Person | None, device: Device) -> HttpRequest:
    made = HttpRequest()
    made.method, made.path = method, "/events/new/"
    made.META = {
        "HTTP_USER_AGENT": device.agent,
        "REMOTE_ADDR": device.network,
        "SERVER_NAME": "almanac.example",
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
    }
    if device.kind == "web":
        made.META["HTTP_ACCEPT_LANGUAGE"] = "" if device.scripted else SPOKEN[device.language]
        made.META |= _hints(device.agent)
    if person is not None:
        made.user = person  # type: ignore[assignment]  # as much of a user as the guard asks for
        if device.kind == "api":
            made.META["HTTP_X_ALMANAC_KEY"] = person.api_key
    session: Any = SimpleNamespace(accessed=person is not None)
    made.session = session
    made.COOKIES = dict(device.cookies)
    return made


def _hints(agent: str) -> dict[str, str]:
    """The client hints that Chromium sends, and no other browser."""
    version = re.search(r"Chrome/(\d+)", agent)
    if version is None:
        return {}
    brand = "Microsoft Edge" if "Edg/" in agent else "Google Chrome"
    system = next((name for mark, name in SYSTEMS if mark in agent), "Windows")
    return {
        "HTTP_SEC_CH_UA": f'"Chromium";v="{version[1]}", "{brand}";v="{version[1]}", "Not:A-Brand";v="24"',
        "HTTP_SEC_CH_UA_PLATFORM": f'"{system}"',
        "HTTP_SEC_CH_UA_MOBILE": "?1" if "Mobile" in agent else "?0",
    }


def _hands(device: Device, nonce: str, random: Random) -> str:
    """What hands.js would have counted."""
    gaps = [max(30, round(random.lognormvariate(5.2, 0.8))) for _ in range(32)]
    keys, presses = {
        "typing": (random.randint(25, 200), random.randint(2, 9)),
        "pasting": (random.randint(3, 30), random.randint(2, 8)),
        "touch": (0, random.randint(4, 15)),
        "keyboard": (random.randint(30, 160), 0),
        "spoken": (0, random.randint(0, 2)),
    }[device.hands]
    fields = random.randint(3, 5)
    counted = {
        "n": hands.tail(nonce),
        "k": keys,
        "p": presses,
        "v": int(device.hands == "pasting"),
        "f": fields,
        "t": keys + presses + fields,
        "d": 0,
        "l": random.randint(1500, 20000),
        "g": gaps[: max(3, min(32, keys + presses))],
        "w": 0,
    }
    return json.dumps(counted)
