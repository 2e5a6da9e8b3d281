"""Lists of networks are compiled anew when they say something else, by a task, and what is wrong with them is told."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from calguard import alarm, diagnosis, iplists, network_diagnosis, networks, tasks
from tests.support.geo import asn_file

TOR, RENTED = ip_address("203.0.113.9"), ip_address("2001:db8:5::1")


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """Two lists of three files, which are configured and not compiled."""
    (tmp_path / "tor.txt").write_text("203.0.113.9\n")
    (tmp_path / "rented4.txt").write_text("# data centres\n198.51.100.0/24\n")
    (tmp_path / "rented6.txt").write_text("2001:db8:5::/48\n")
    rented = [str(tmp_path / "rented4.txt"), str(tmp_path / "rented6.txt")]
    settings.CALGUARD = settings.CALGUARD | {
        "IP_LISTS": str(tmp_path / "lists.mmdb"),
        "IP_LIST_FILES": {"tor": str(tmp_path / "tor.txt"), "hosting": rented},
    }
    return tmp_path


def stamp(folder: Path) -> tuple[int, int]:
    found = (folder / "lists.mmdb").stat()
    return found.st_ino, found.st_mtime_ns


def finding() -> diagnosis.Finding:
    (found,) = network_diagnosis.lists()
    return found


def test_the_task_compiles_what_is_configured(folder: Path) -> None:
    tasks.compile_lists()
    assert iplists.names(TOR) == {"tor"}
    assert iplists.names(RENTED) == {"hosting"}
    assert (finding().state, finding().todo) == ("ok", "")


def test_what_says_the_same_is_not_compiled_again(folder: Path) -> None:
    tasks.compile_lists()
    before = stamp(folder)
    (folder / "tor.txt").write_text("203.0.113.9\n")  # written anew, with the same in it
    tasks.compile_lists()
    assert stamp(folder) == before


def test_what_changed_is_compiled_and_followed_without_a_restart(folder: Path) -> None:
    tasks.compile_lists()
    assert iplists.names(TOR) == {"tor"}
    (folder / "tor.txt").write_text("203.0.113.10\n")
    assert finding().state == "warning"
    assert "calguard.compile_lists" in finding().todo
    tasks.compile_lists()
    assert iplists.names(TOR) == frozenset()
    assert finding().state == "ok"


def test_another_list_and_another_name_are_changes(folder: Path, settings: Any) -> None:
    tasks.compile_lists()
    settings.CALGUARD = settings.CALGUARD | {"IP_LIST_FILES": {"vpn": str(folder / "tor.txt")}}
    tasks.compile_lists()
    assert iplists.names(TOR) == {"vpn"}
    assert iplists.names(RENTED) == frozenset()


@pytest.mark.parametrize("wrong", ["203.0.113.9\nnot a network\n", "\xff\xfe"])
def test_a_wrong_line_is_an_alarm_and_the_last_good_file_stays(folder: Path, wrong: str) -> None:
    tasks.compile_lists()
    before, alarms = stamp(folder), alarm.counts().get("iplists.compile", 0)
    (folder / "tor.txt").write_text(wrong, encoding="latin-1")
    tasks.compile_lists()
    assert stamp(folder) == before
    assert iplists.names(TOR) == {"tor"}
    assert alarm.counts()["iplists.compile"] == alarms + 1
    assert finding().state == "error"


def test_a_list_that_is_gone_is_named(folder: Path) -> None:
    tasks.compile_lists()
    (folder / "tor.txt").unlink()
    tasks.compile_lists()
    assert iplists.names(TOR) == {"tor"}
    assert "tor.txt" in finding().said


def test_the_command_compiles_what_is_configured_where_nothing_is_named(folder: Path) -> None:
    call_command("calguard_compile_lists", verbosity=0)
    assert iplists.names(TOR) == {"tor"}


def test_the_command_says_what_it_lacks() -> None:
    with pytest.raises(CommandError, match="IP_LIST_FILES and IP_LISTS"):
        call_command("calguard_compile_lists")


def test_a_file_from_elsewhere_is_compiled_over(folder: Path) -> None:
    asn_file(folder / "lists.mmdb", {"203.0.113.0/24": 1})
    assert networks.made_of(folder / "lists.mmdb") != networks.digest({"tor": [folder / "tor.txt"]})
    tasks.compile_lists()
    assert iplists.names(TOR) == {"tor"}


def test_without_lists_there_is_nothing_to_do() -> None:
    tasks.compile_lists()
    assert finding().state == "ok"


@pytest.mark.parametrize("task", ["calguard.compile_lists", "calguard.test_dnsbl"])
def test_the_clock_knows_the_task(task: str) -> None:
    from celery import current_app

    assert task in {entry["task"] for entry in tasks.BEAT_SCHEDULE.values()}
    assert task in current_app.tasks


@pytest.mark.parametrize(("days", "state"), [(3, "ok"), (90, "warning")])
def test_the_doctor_tells_the_age_of_a_geoip_file(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, days: int, state: str
) -> None:
    born = (timezone.now() - timedelta(days=days)).timestamp()
    with monkeypatch.context() as patched:
        patched.setattr("mmdb_writer.time.time", lambda: born)
        path = asn_file(tmp_path / "asn.mmdb", {"203.0.113.0/24": 1})
    settings.CALGUARD = settings.CALGUARD | {"GEO_FILES": [path]}
    (found,) = network_diagnosis.places()
    assert (found.state, bool(found.todo)) == (state, state != "ok")
    assert "GeoLite2-ASN" in found.said


def test_the_doctor_names_a_geoip_file_that_cannot_be_read(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "asn.mmdb").write_bytes(b"not a database")
    settings.CALGUARD = settings.CALGUARD | {"GEO_FILES": [str(tmp_path / "asn.mmdb")]}
    (found,) = network_diagnosis.places()
    assert found.state == "error"
    assert network_diagnosis.places in diagnosis.LOOKS
