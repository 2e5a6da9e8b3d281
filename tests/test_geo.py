"""What GeoIP files say of an address, and how far two places are apart."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from calguard import alarm, geo
from tests.support.geo import asn_file, city_file, written

BERLIN, TOKYO = (52.52, 13.41), (35.68, 139.69)


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> tuple[Path, Path]:
    asn, city = tmp_path / "asn.mmdb", tmp_path / "city.mmdb"
    asn_file(asn, {"203.0.113.0/24": 64500, "2001:db8:1::/48": 64501})
    city_file(city, {"203.0.113.0/25": ("DE", *BERLIN), "2001:db8:1::/48": ("JP", *TOKYO)})
    settings.CALGUARD = settings.CALGUARD | {"GEO_FILES": [str(asn), str(city)]}
    return asn, city


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("ip", "place"),
    [
        ("192.0.2.1", geo.Place()),  # in no file
        ("203.0.113.200", geo.Place(asn=64500)),  # in one of them
        ("203.0.113.7", geo.Place(asn=64500, country="DE", at=BERLIN)),
        ("2001:db8:1::1", geo.Place(asn=64501, country="JP", at=TOKYO)),
    ],
)
def test_each_file_adds_what_it_knows(ip: str, place: geo.Place) -> None:
    assert geo.place(ip_address(ip)) == place


def test_without_files_nothing_is_known() -> None:
    assert geo.place(ip_address("203.0.113.7")) == geo.Place()


@pytest.mark.parametrize(
    "record",
    [
        {"country": {"names": {"en": "Somewhere"}}},
        {"country": "DE", "autonomous_system_number": "AS64500"},  # of another maker
        {"country": {"iso_code": "Deutschland"}, "location": {"accuracy_radius": 100}},
        {"location": {"latitude": "north", "longitude": 1.0}},
    ],
)
def test_fields_of_another_meaning_say_nothing(tmp_path: Path, settings: Any, record: dict[str, Any]) -> None:
    path = written(tmp_path / "other.mmdb", "Other", {"203.0.113.0/24": record})
    settings.CALGUARD = settings.CALGUARD | {"GEO_FILES": [path]}
    assert geo.place(ip_address("203.0.113.7")) == geo.Place()


def test_a_damaged_file_is_an_alarm_and_the_last_good_one_stays(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert geo.place(ip_address("203.0.113.7")).country == "DE"
    before = alarm.counts().get("geo", 0)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"not a database")
    damaged.replace(files[1])
    assert geo.place(ip_address("203.0.113.7")).country == "DE"
    assert alarm.counts()["geo"] == before + 1


def test_a_new_file_is_used_without_a_restart(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert geo.place(ip_address("203.0.113.7")).asn == 64500
    asn_file(tmp_path / "new", {"203.0.113.0/24": 64999})
    (tmp_path / "new").replace(files[0])
    assert geo.place(ip_address("203.0.113.7")).asn == 64999


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        (BERLIN, BERLIN, 0),
        (BERLIN, TOKYO, 8918),
        ((0.0, 179.0), (0.0, -179.0), 222),  # over the date line
        ((90.0, 0.0), (-90.0, 0.0), 20015),
    ],
)
def test_distances(one: geo.Degrees, other: geo.Degrees, km: int) -> None:
    assert geo.distance_km(one, other) == pytest.approx(km, abs=5)
    assert geo.distance_km(other, one) == pytest.approx(km, abs=5)


def test_whole_degrees_tell_no_street() -> None:
    assert geo.rough(BERLIN) == geo.rough((53.4, 12.6)) == (53, 13)
    assert geo.rough(None) is None
