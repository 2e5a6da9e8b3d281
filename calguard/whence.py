"""From where and with what an attempt was made: read from a request, or from the decision first taken on it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from calguard import client, client_ip, geo, iplists, keyed
from calguard.engine import types
from calguard.engine.types import Verdict, Via
from calguard.facts.types import VISITED, Trail
from calguard.models import Decision

RELAYS = frozenset({"tor", "vpn", "relay", "allow"})  # lists of networks that stand where no person is


@dataclass(frozen=True, kw_only=True, slots=True)
class Whence:
    """What does not change when the same attempt is looked at again. `device` and `prefix` are pseudonyms."""

    client: types.Client = field(default_factory=types.Client)
    device: str = ""
    prefix: str = ""
    ip: str = ""
    lists: frozenset[str] = frozenset()
    via: Via = ""
    place: geo.Place = field(default_factory=geo.Place)
    listings: tuple[types.Listing, ...] = ()


def of_request(request: HttpRequest | None, channel: types.Channel, at: datetime) -> Whence:
    """As a request shows it; nothing where there is none."""
    if request is None:
        return Whence()
    seen = client.facts(request, channel=channel, at=at)
    device, ip = client.device(request), client_ip.of(request)
    if ip is None:
        return Whence(client=seen, device=device)
    lists = iplists.names(ip)
    return Whence(
        client=seen,
        device=device,
        prefix=keyed.pseudonym("prefix", client_ip.prefix(ip))[0],
        ip=str(ip),
        lists=lists,
        via="visitor" if channel in VISITED else _via(lists, registered=seen.registered),
        place=geo.place(ip),
    )


def of_decision(row: Decision, listings: tuple[types.Listing, ...] = ()) -> Whence:
    """As it was when the row was written. What its sender answered a challenge about is not asked again."""
    kept = row.facts if isinstance(row.facts, dict) else {}
    network = kept.get("network") or {}
    asked = answered(row)
    return Whence(
        client=types.Client() if asked else _client(kept.get("client") or {}),
        device=row.device,
        prefix=row.prefix,
        ip=row.ip or "",
        lists=frozenset() if asked else frozenset(network.get("lists") or ()),
        via=row.via,  # type: ignore[arg-type]
        place=geo.Place(asn=row.asn, country=row.country, at=_degrees(row)),
        listings=listings,
    )


def answered(row: Decision) -> bool:
    """Whether its sender was asked for proof, and so gave it where the attempt went on: then or at once."""
    kept = row.facts if isinstance(row.facts, dict) else {}
    return row.verdict == Verdict.CHALLENGE or bool((kept.get("client") or {}).get("automation_cleared"))


def network(whence: Whence, trail: Trail, known_prefix: bool | None, at: datetime) -> types.Network:
    """The facts of the network, with where the account sent from before."""
    roams, here = whence.via in ("direct", "hosting"), geo.rough(whence.place.at)
    travel_km, travel_hours = None, None
    if whence.via == "direct" and here is not None and trail.last is not None:
        travel_km = geo.distance_km(here, (trail.last.latitude, trail.last.longitude))
        travel_hours = max(0.0, (at - trail.last.at).total_seconds() / 3600)
    return types.Network(
        ip=whence.ip,
        lists=whence.lists,
        known_prefix=known_prefix,
        asn=whence.place.asn,
        country=whence.place.country,
        via=whence.via,
        listings=whence.listings,
        prefixes_hour=trail.prefixes_hour + (roams and bool(whence.prefix)),
        asns_hour=trail.asns_hour + (roams and whence.place.asn is not None),
        countries_hour=trail.countries_hour + (whence.via == "direct" and bool(whence.place.country)),
        travel_km=travel_km,
        travel_hours=travel_hours,
        abusers_on_prefix=trail.abusers_on_prefix,
    )


def _via(lists: frozenset[str], *, registered: bool) -> Via:
    if registered:
        return "program"
    if lists & RELAYS:
        return "relay"
    return "hosting" if "hosting" in lists else "direct"


def _client(kept: dict[str, Any]) -> types.Client:
    """The facts of a client as JSON kept them; what a later version does not know is left out."""
    known = {one.name for one in fields(types.Client)}
    given = {name: value for name, value in kept.items() if name in known}
    hands = given.pop("input", None)
    made = types.Client(**given)
    if not isinstance(hands, dict):
        return made
    parts = {one.name for one in fields(types.Input)}
    read: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in hands.items() if name in parts}
    return replace(made, input=types.Input(**read))


def _degrees(row: Decision) -> geo.Degrees | None:
    return None if row.latitude is None or row.longitude is None else (float(row.latitude), float(row.longitude))
