"""On the first day at an operator, nobody is a stranger for want of history."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts_risk import ledger
from accounts_risk.models import Profile, Relation, Sighting
from calguard import backfill, guard, keyed
from calguard.conf import conf
from calguard.host import Acceptance, History, Host, Seen
from calguard.models import Decision, Heartbeat
from tests.guard.events import invitation

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


class Remembering(Host):
    """A host that kept everything for 90 days."""

    breaks_at: str = ""

    def device(self, request: Any) -> str:
        return str(request.META.get("HTTP_X_TEST_DEVICE", ""))

    def history(self, after: str = "") -> Iterator[History]:
        now = timezone.now()
        for record in super().history(after):
            if record.cursor == Remembering.breaks_at:
                raise RuntimeError("the host's database went away")
            bad = "nonsense" if self.user(record.account).username == "odd@x.example" else "192.0.2.7"  # type: ignore[union-attr]
            yield History(
                account=record.account,
                cursor=record.cursor,
                created_at=record.created_at,
                tenant="club",
                watched_since=now - 90 * DAY,
                devices=(Seen(value="laptop", first=now - 80 * DAY, last=now - DAY),),
                networks=(Seen(value=bad, first=now - 80 * DAY, last=now - DAY),),
                accepted=(
                    Acceptance(guest="Ben@home.example", at=now - 9 * DAY),
                    Acceptance(guest="old@home.example", at=now - 300 * DAY),
                ),
            )


@pytest.fixture
def people_of_old(settings: Any) -> list[Any]:
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "tests.guard.test_backfill.Remembering"}
    Remembering.breaks_at = ""
    users = [get_user_model()(username=f"u{n}@x.example", email=f"u{n}@x.example") for n in range(7)]
    for user in users:
        user.date_joined = timezone.now() - 200 * DAY
        user.save()
    return sorted(users, key=lambda user: user.pk)


def request(device: str, ip: str) -> Any:
    made = RequestFactory().post("/", REMOTE_ADDR=ip, headers={"x-test-device": device})
    made.user = None  # type: ignore[assignment]
    return made


def run(**options: Any) -> str:
    said = io.StringIO()
    call_command("calguard_backfill", stdout=said, **options)
    return said.getvalue()


@pytest.mark.requirement("R84")
@pytest.mark.requirement("R57")
def test_after_it_the_first_day_is_like_any_other(people_of_old: list[Any]) -> None:
    """Their guests are related, their devices known, and a thief's are new at once."""
    user = people_of_old[0]
    content = invitation(organizer=user.email, guests=["ben@home.example", "old@home.example"])
    guard.check(user, content, request=request("laptop", "192.0.2.9"))
    before = Decision.objects.latest("created_at").facts
    assert (before["client"]["known_device"], before["audience"]["related"]) == (None, 0)
    run()
    guard.check(user, content, request=request("laptop", "192.0.2.9"))
    after = Decision.objects.latest("created_at").facts
    assert (after["client"]["known_device"], after["network"]["known_prefix"]) == (True, True)
    assert after["audience"]["related"] == 1
    guard.check(user, content, request=request("burner", "198.51.100.9"))
    thief = Decision.objects.latest("created_at").facts
    assert (thief["client"]["known_device"], thief["network"]["known_prefix"]) == (False, False)


def test_a_host_that_kept_neither_makes_nothing_new(people_of_old: list[Any], settings: Any) -> None:
    """A plain user model knows ages alone: the first devices seen are unknown, and stay so for 30 days."""
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "calguard.host.Host"}
    assert "7 accounts read; new or changed: 7 accounts, 0 devices and networks, 0 guests" in run()
    user = people_of_old[0]
    guard.check(user, invitation(organizer=user.email), request=request("", "192.0.2.9"))
    facts = Decision.objects.latest("created_at").facts
    assert facts["network"]["known_prefix"] is None
    assert Profile.objects.get(account=conf.host.account(user)).created_at == user.date_joined


def everything() -> dict[str, Any]:
    """All rows, but for when CalGuard first saw an account."""
    return {
        "profiles": list(Profile.objects.order_by("pk").values("account", "created_at", "tenant")),
        "sightings": Sighting.objects.count(),
        "relations": list(Relation.objects.order_by("pk").values_list("account", "accepted", "last_at")),
    }


def test_told_again_it_changes_nothing(people_of_old: list[Any], clock: Any) -> None:
    assert "new or changed: 7 accounts, 28 devices and networks, 7 guests" in run()
    first = everything()
    assert "new or changed: 0 accounts, 0 devices and networks, 0 guests" in run()
    assert everything() == first


def test_a_dry_run_counts_and_writes_nothing(people_of_old: list[Any]) -> None:
    assert "would be new or changed: 7 accounts, 28 devices and networks, 7 guests" in run(dry_run=True)
    assert not Profile.objects.exists()
    assert not Heartbeat.objects.filter(name="backfill").exists()


def test_what_breaks_off_goes_on_where_it_stopped(people_of_old: list[Any]) -> None:
    Remembering.breaks_at = str(people_of_old[5].pk)
    with pytest.raises(RuntimeError):
        run(chunk=2)
    assert Profile.objects.count() == 4
    Remembering.breaks_at = ""
    assert run(chunk=2).startswith("3 accounts read")
    assert Profile.objects.count() == 7
    assert run(chunk=2).startswith("7 accounts read")


def test_an_unreadable_account_is_named_and_keeps_no_other_back(
    people_of_old: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    get_user_model().objects.create_user(username="odd@x.example", email="odd@x.example")
    with pytest.raises(CommandError, match="1 accounts could not be read"):
        run()
    assert "not an IP address: 'nonsense'" in caplog.text
    assert Profile.objects.count() == 7


def test_what_calguard_saw_itself_is_never_made_less(people_of_old: list[Any]) -> None:
    account, now = conf.host.account(people_of_old[0]), timezone.now()
    device = keyed.pseudonym("device", "host:laptop")[0]
    guest, key_id = keyed.pseudonym("recipient", "ben@home.example")
    ledger.sighted(account, "device", device, at=now - 300 * DAY)
    ledger.sighted(account, "device", device, at=now)
    ledger.note_credential_change(account, at=now)
    ledger.junked(account, guest, key_id, at=now)
    run()
    seen = Sighting.objects.get(account=account, value=device)
    assert (seen.first_seen_at, seen.last_seen_at) == (now - 300 * DAY, now)
    assert Profile.objects.get(account=account).credential_changed_at == now
    assert ledger.related(account, [guest], at=now) == frozenset(), "who reported it stays a stranger"


def test_the_queries_of_a_chunk_do_not_grow_with_it(people_of_old: list[Any]) -> None:
    def queries(chunk: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            next(backfill.run(at=timezone.now(), dry=True, chunk=chunk))
        return len(captured)

    grown = queries(7) - queries(2)
    assert grown <= 5, "the test host asks for each user by itself; the ledger does not"
