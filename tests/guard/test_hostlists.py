"""The operator's lists of hosts: what is on them is refused at once, in running processes, for everybody."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from calguard import enforcement, hostlists
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.models import Case, Decision
from tests.guard.events import invitation
from tests.guard.test_check import send, to_guests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R38")]


@pytest.fixture
def deny(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "deny.txt"
    path.write_text("# what we were told of\nevil.example\n", encoding="utf-8")
    settings.CALGUARD = {**settings.CALGUARD, "LISTS": {"deny_domains": str(path)}}
    return path


def linking(url: str, uid: str = "1@x") -> bytes:
    return invitation(description=f"The agenda is at {url}", uid=uid)


def test_innocent_links_stay_innocent(person: Any, deny: Path) -> None:
    assert send(person(), linking("https://notevil.example/agenda")).may_send
    assert send(person("b@clinic.example"), invitation(organizer="b@clinic.example", uid="2@x")).may_send


@pytest.mark.parametrize(
    "url", ["https://evil.example/login", "http://EVIL.example.", "login.evil.example/x", "hxxps://evil[.]example"]
)
def test_a_listed_domain_is_refused_whoever_links_to_it(person: Any, deny: Path, work: Any, url: str) -> None:
    decision = send(person(), linking(url))
    assert decision.verdict is Verdict.DENY
    assert "link_not_allowed" in [reason.code for reason in decision.reasons]
    work()
    assert to_guests() == []
    assert Case.objects.count() == 1


def test_a_new_line_counts_at_once_and_without_a_restart(person: Any, deny: Path) -> None:
    user = person()
    assert send(user, linking("https://fresh.example/")).may_send
    deny.write_text("evil.example\nfresh.example\n", encoding="utf-8")
    os.utime(deny, ns=(1, 1))
    assert send(user, linking("https://fresh.example/2", "2@x")).is_refused


def test_no_exemption_and_no_release_covers_the_list(person: Any, deny: Path, work: Any) -> None:
    user = person()
    send(user, linking("https://evil.example/"))
    work()
    at = Decision.objects.get().created_at
    enforcement.restore(conf.host.account(user), owner="case:1", reviewer="rita", reason="x", at=at)
    assert send(user, linking("https://evil.example/", "2@x")).is_refused


@pytest.mark.requirement("R03")
def test_a_list_that_cannot_be_read_follows_the_policy_and_one_read_before_stays(
    person: Any, deny: Path, settings: Any
) -> None:
    user = person()
    assert send(user, linking("https://evil.example/")).is_refused
    deny.unlink()
    assert send(user, linking("https://evil.example/", "2@x")).is_refused, "what was read before stays in use"
    settings.CALGUARD = {**settings.CALGUARD, "LISTS": {"deny_domains": str(deny.with_name("never-there.txt"))}}
    send(person("c@clinic.example"), invitation(organizer="c@clinic.example", uid="3@x"))
    row = Decision.objects.latest("created_at")
    assert (row.degraded, row.facts["missing"]) == (True, ["lists.deny_domains"])


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("evil.example", "evil.example"),
        ("0.0.0.0 evil.example", "evil.example"),
        ("||evil.example^", "evil.example"),
        ("https://user@Evil.example:8443/path", "evil.example"),
        ("bücher.example.  # why", "xn--bcher-kva.example"),
        ("# nothing", None),
        ("! nothing", None),
        ("", None),
    ],
)
def test_lists_are_read_as_they_are_published(line: str, host: str | None) -> None:
    assert hostlists.read_list(line) == ([host] if host else [])


def test_the_front_door_names_what_it_needs() -> None:
    lists = {f"{kind}_{what}" for kind in ("deny", "suspect") for what in ("hosts", "domains", "urls")}
    assert lists | {"allow_domains", "extra_disposable"} == hostlists.NAMES
