"""The operator's lists, from text files through the command to a look-up."""

from __future__ import annotations

import sys
from ipaddress import ip_address
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from calguard import alarm, iplists


def write(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.txt"
    path.write_text(text, encoding="utf-8")
    return f"{name}={path}"


@pytest.fixture
def compiled(tmp_path: Path, settings: object) -> Path:
    out = tmp_path / "lists.mmdb"
    hosting = write(tmp_path, "hosting", "# data centres\n198.51.100.0/24\n2001:db8:5::/48 ; rented\n")
    tor = write(tmp_path, "tor", "\ufeff198.51.100.7\n\n203.0.113.9/32\n")
    call_command("calguard_compile_lists", hosting, tor, out=out, verbosity=0)
    settings.CALGUARD = {**settings.CALGUARD, "IP_LISTS": str(out)}  # type: ignore[attr-defined]
    return out


CASES = [
    ("192.0.2.1", set()),
    ("198.51.101.7", set()),
    ("2001:db8:6::1", set()),
    ("198.51.100.8", {"hosting"}),
    ("198.51.100.7", {"hosting", "tor"}),  # a network inside another is on its lists too
    ("203.0.113.9", {"tor"}),
    ("2001:db8:5::1", {"hosting"}),
]


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(("ip", "names"), CASES)
def test_an_address_is_on_the_lists_of_every_network_around_it(ip: str, names: set[str]) -> None:
    assert iplists.names(ip_address(ip)) == names


def test_without_a_file_nobody_is_on_a_list() -> None:
    assert iplists.names(ip_address("203.0.113.9")) == frozenset()


def test_a_new_file_is_used_without_a_restart(compiled: Path, tmp_path: Path) -> None:
    assert iplists.names(ip_address("203.0.113.9")) == {"tor"}
    call_command("calguard_compile_lists", write(tmp_path, "vpn", "203.0.113.0/24"), out=compiled, verbosity=0)
    assert iplists.names(ip_address("203.0.113.9")) == {"vpn"}


def test_a_damaged_or_missing_file_is_an_alarm_and_the_last_good_one_stays(compiled: Path) -> None:
    assert iplists.names(ip_address("203.0.113.9")) == {"tor"}
    before = alarm.counts().get("iplists", 0)
    damaged = compiled.with_name("damaged")
    damaged.write_bytes(b"not a database")
    damaged.replace(compiled)
    assert iplists.names(ip_address("203.0.113.9")) == {"tor"}
    compiled.unlink()
    assert iplists.names(ip_address("203.0.113.9")) == {"tor"}
    assert alarm.counts()["iplists"] == before + 2


@pytest.mark.parametrize(
    ("text", "said"),
    [("198.51.100.0/24\nexample.org\n", "line 2: not a network: 'example.org'"), ("300.0.0.1", "line 1")],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("calguard_compile_lists", write(tmp_path, "tor", text), out=tmp_path / "out.mmdb")
    assert not (tmp_path / "out.mmdb").exists()


@pytest.mark.parametrize("given", ["tor", "=file", "tor=", "Tor=file", "t r=file"])
def test_a_list_needs_a_name_and_a_file(tmp_path: Path, given: str) -> None:
    with pytest.raises(CommandError, match="NAME=FILE"):
        call_command("calguard_compile_lists", given, out=tmp_path / "out.mmdb")


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.txt"):
        call_command("calguard_compile_lists", f"tor={tmp_path}/nowhere.txt", out=tmp_path / "out.mmdb")


def test_without_the_extra_the_line_that_brings_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mmdb_writer", None)
    with pytest.raises(CommandError, match=r"calguard\[lists\]"):
        call_command("calguard_compile_lists", write(tmp_path, "tor", ""), out=tmp_path / "out.mmdb")
