"""Where on the net and on the map an address is, read from the operator's own GeoIP files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import maxminddb

from calguard import alarm
from calguard.client_ip import Address
from calguard.conf import conf
from calguard.watched import Watched

EARTH_KM = 6371.0

Degrees = tuple[float, float]  # latitude and longitude


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What the files say of an address. None and "": they do not say."""

    asn: int | None = None
    country: str = ""  # ISO 3166-1 alpha-2
    at: Degrees | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One configured file, for the doctor. `built` is None, and `error` said, where it cannot be read."""

    path: Path
    kind: str = ""
    built: datetime | None = None
    error: str = ""


_readers: Watched[Any] = Watched("geo", maxminddb.open_database, (OSError, maxminddb.InvalidDatabaseError))


def place(ip: Address) -> Place:
    """Where an address is; each file adds what it knows, and the first that knows a thing is believed. A file that
    cannot be read is an alarm and says nothing; the one read before stays in use."""
    asn, country, at = None, "", None
    for path in conf.geo_files:
        record = _record(path, ip)
        asn = asn if asn is not None else _asn(record)
        country = country or _country(record)
        at = at or _at(record)
    return Place(asn=asn, country=country, at=at)


def files() -> Iterator[File]:
    """Every configured file, with its kind and age."""
    for path in conf.geo_files:
        try:
            with maxminddb.open_database(path) as reader:
                about = reader.metadata()
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            yield File(path=path, error=f"{type(error).__name__}: {error}")
            continue
        yield File(path=path, kind=about.database_type, built=datetime.fromtimestamp(about.build_epoch, tz=UTC))


def rough(at: Degrees | None) -> tuple[int, int] | None:
    """Whole degrees, some 100 km apart: near enough to tell a journey, too coarse to tell a street."""
    return None if at is None else (round(at[0]), round(at[1]))


def distance_km(one: Degrees, other: Degrees) -> float:
    """As the crow flies, on a sphere (haversine)."""
    (lat_1, lon_1), (lat_2, lon_2) = ((radians(lat), radians(lon)) for lat, lon in (one, other))
    half = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin((lon_2 - lon_1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))


def _record(path: Path, ip: Address) -> Mapping[str, Any]:
    reader = _readers.get(path)
    if reader is None:
        return {}
    try:
        record = reader.get(str(ip))
    except ValueError:  # an IPv6 address, and a file of IPv4 alone
        return {}
    except maxminddb.InvalidDatabaseError as error:
        alarm.raised("geo", error)
        return {}
    return record if isinstance(record, dict) else {}


def _asn(record: Mapping[str, Any]) -> int | None:
    found = record.get("autonomous_system_number")
    return found if isinstance(found, int) and found > 0 else None


def _country(record: Mapping[str, Any]) -> str:
    found = record.get("country")
    code = found.get("iso_code") if isinstance(found, dict) else None
    return code if isinstance(code, str) and len(code) == 2 else ""


def _at(record: Mapping[str, Any]) -> Degrees | None:
    found = record.get("location")
    if not isinstance(found, dict):
        return None
    latitude, longitude = found.get("latitude"), found.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    return float(latitude), float(longitude)
