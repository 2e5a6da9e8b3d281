"""Small GeoIP files in MaxMind's format, as the operator's own would say it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet


def written(path: Path, kind: str, records: Mapping[str, Mapping[str, Any]]) -> str:
    """A file of these networks; returns its path as a setting names it. Numbers are as wide as in real files."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=kind, description={"en": "Made for a test"})
    for network, record in records.items():
        writer.insert_network(IPSet([network]), dict(record))
    writer.to_db_file(str(path))
    return str(path)


def asn_file(path: Path, systems: Mapping[str, int]) -> str:
    """By network: the number of its autonomous system."""
    made = {network: {"autonomous_system_number": number} for network, number in systems.items()}
    return written(path, "GeoLite2-ASN", made)


def city_file(path: Path, places: Mapping[str, tuple[str, float, float]]) -> str:
    """By network: country, latitude and longitude."""
    made = {
        network: {"country": {"iso_code": country}, "location": {"latitude": latitude, "longitude": longitude}}
        for network, (country, latitude, longitude) in places.items()
    }
    return written(path, "GeoLite2-City", made)
