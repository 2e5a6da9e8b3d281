"""Each part beneath the guard is away, for real, while users save events: what docs/enforcement.md says happens."""

from __future__ import annotations

import inspect
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import redis
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from calguard import alarm, dispatch, enforcement, guard, notices, sweeping, wake
from calguard.facts import store
from calguard.host import Host
from calguard.models import Decision, Enforcement, Notice
from outbound.models import Delivery, Submission
from tests.hosts.plain.models import Event
from tests.reliability.conftest import ROOT
from tests.reliability.reaper import Reaper, Serving
from tests.support.parts import free_port, pg_parameters
from tests.support.worker import publish_to, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R03")]

DECLARED = ("broker", "cache", "facts", "DNS", "mail server", "silent mail server", "host", "database")
HERE = "198.51.100.7"  # from where everybody sends
METHODS = sorted(name for name, _ in inspect.getmembers(Host, inspect.isfunction) if not name.startswith("_"))


@pytest.fixture(autouse=True)
def calendar(reaper: Reaper, settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.reliability.urls"


@pytest.fixture
def save(person: Callable[..., Any]) -> Callable[..., tuple[dict[str, Any], str]]:
    """A user saves an event; gives what was answered, and the address of the guest. No answer may be an error. `then`:
    done when the user is there."""

    def post(*, days: float = 400, then: Callable[[], None] = lambda: None) -> tuple[dict[str, Any], str]:
        name = uuid4().hex[:12]
        browser = Client(REMOTE_ADDR=HERE, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")
        browser.force_login(person(f"ada-{name}@clinic.example", days=days))
        then()
        answer = browser.post("/save/", {"title": "Team lunch", "name": name})
        assert answer.status_code == 200
        assert Event.objects.filter(owner__email=f"ada-{name}@clinic.example").exists()
        return answer.json(), f"ben-{name}@home.example"

    return post


def workers(*, minutes: float = 0) -> None:
    """What workers and the sweep do, at that time; a task that fails is Celery's to log."""
    at = timezone.now() + timedelta(minutes=minutes)
    sweeping.sweep(at=at)
    for owner in Enforcement.objects.filter(state="pending").values_list("owner", flat=True).distinct():
        enforcement.run_owner(owner)
    for pk in Submission.objects.filter(state="accepted", due_at__lte=at + timedelta(minutes=6)).values_list("pk"):
        with suppress(RuntimeError):
            dispatch.send(pk[0], at=at)
    for notice in Notice.objects.filter(state="pending").values_list("pk", flat=True):
        notices.send(notice, at=at)


def rows() -> list[list[str]]:
    """The cells of the table in the documentation."""
    text = (ROOT / "docs" / "enforcement.md").read_text(encoding="utf-8").partition("## When something is down")[2]
    lines = [line for line in text.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_dependency_has_a_declared_outcome_and_a_test() -> None:
    table = rows()
    assert tuple(row[0] for row in table) == DECLARED
    assert all(len(row) == 4 and all(row) for row in table), "what is down, the user, what leaves, afterwards"
    tests = Path(__file__).read_text(encoding="utf-8")
    for name in DECLARED:
        assert re.search(rf'@outage\("{name}"\)', tests), name


def outage(name: str) -> Any:
    """Marks the test of one row of the table."""
    return pytest.mark.parametrize("down", [name])


@contextmanager
def broker(url: str) -> Iterator[None]:
    publish_to({"broker_url": url, "broker_transport_options": {"max_retries": 0}})
    try:
        yield
    finally:
        publish_to({"broker_url": "memory://", "broker_transport_options": {}})


@outage("broker")
@pytest.mark.parametrize("scheme", ["amqp", "redis"])
def test_without_a_broker_the_sweep_finds_it(
    save: Callable[..., Any], reaper: Reaper, down: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with broker(f"{scheme}://127.0.0.1:{free_port()}//"):
        said, guest = save()
        assert (said["said"]["code"], said["guests"]) == ("accepted", ["queued"])
        sweeping.sweep(at=timezone.now())  # from cron, as beat has no broker either
        assert reaper.copies(guest) == []
    woken: list[str] = []
    monkeypatch.setattr(wake, "publish", lambda task, argument: woken.append(argument))
    sweeping.sweep(at=timezone.now() + timedelta(minutes=6))
    assert str(Submission.objects.get().pk) in woken
    workers(minutes=6)
    assert len(reaper.copies(guest)) == 1


@pytest.fixture
def redis_server() -> Iterator[tuple[str, Callable[[], None]]]:
    """A Redis of this test's own, and how to kill it."""
    port = free_port()
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        with suppress(redis.RedisError), redis.Redis(port=port) as client:
            return bool(client.ping())
        return False

    def kill() -> None:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)

    until(answers, what="Redis")
    yield f"redis://127.0.0.1:{port}/0", kill
    kill()


@outage("cache")
@pytest.mark.needs("redis")
def test_without_the_cache_everything_goes_on(
    save: Callable[..., Any], reaper: Reaper, down: str, redis_server: Any, settings: Settings
) -> None:
    url, kill = redis_server
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}
    before = save()[1]
    kill()
    said, guest = save()
    assert said["said"]["code"] == "accepted"
    workers()
    assert (len(reaper.copies(before)), len(reaper.copies(guest))) == (1, 1)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@outage("facts")
@pytest.mark.needs("redis")
@pytest.mark.parametrize("days", [0.2, 400])
def test_without_redis_for_facts_the_database_answers(
    save: Callable[..., Any], reaper: Reaper, down: str, redis_server: Any, settings: Settings, days: float
) -> None:
    url, kill = redis_server
    settings.CALGUARD = {**settings.CALGUARD, "FACTS": url}
    store.at.cache_clear()
    save(days=days)
    kill()
    said, guest = save(days=days)
    assert said["said"]["verdict"] in ("ALLOW", "OBSERVE")
    assert not Decision.objects.filter(degraded=True).exists(), "nothing was missing"
    workers()
    assert len(reaper.copies(guest)) == 1
    store.at.cache_clear()


@outage("DNS")
@pytest.mark.parametrize("days", [0.2, 10, 400])
def test_without_dns_no_list_says_anything(
    save: Callable[..., Any], reaper: Reaper, down: str, settings: Settings, days: float
) -> None:
    """A list that does not answer blocks nobody (R15), is an alarm, and is left alone for a while."""
    lists = {"DNSBL": {"bl.example": {"127.0.0.2": 1.0}}, "DNS_SERVERS": [f"127.0.0.1:{free_port()}"]}
    settings.CALGUARD = {**settings.CALGUARD, **lists}
    before = alarm.counts().get("dnsbl", 0)
    said, guest = save(days=days)
    assert said["said"]["verdict"] in ("ALLOW", "OBSERVE")
    workers()
    assert len(reaper.copies(guest)) == 1
    assert alarm.counts().get("dnsbl", 0) == before + (days < 30), "an established sender is not looked up"


@outage("mail server")
def test_without_a_mail_server_it_waits_for_as_long_as_it_takes(
    save: Callable[..., Any], reaper: Reaper, down: str, settings: Settings
) -> None:
    settings.EMAIL_PORT = free_port()
    said, guest = save()
    assert said["guests"] == ["queued"]
    for hour in range(24):
        workers(minutes=60 * hour)
    copy = Delivery.objects.get()
    assert (copy.state, copy.attempts, copy.doubtful_at) == ("pending", 0, None), "no copy is to blame for it"
    assert [state.state for state in guard.guest_states(Submission.objects.get().reference)] == ["queued"]
    serving = Serving(reaper, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    serving.start()
    try:
        workers(minutes=60 * 25)
    finally:
        serving.stop()
    assert len(reaper.copies(guest)) == 1


@outage("mail server")
@pytest.mark.parametrize("word", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_mail_server_that_hangs_up_before_the_end_of_a_mail_leaves_no_doubt(
    save: Callable[..., Any], reaper: Reaper, down: str, word: str
) -> None:
    reaper.hangs_up = (word, 1)
    _, guest = save()
    workers()
    copy = Delivery.objects.get()
    assert (copy.state, copy.doubtful_at) == ("pending", None)
    workers(minutes=10)
    assert len(reaper.copies(guest)) == 1


@outage("silent mail server")
@pytest.mark.parametrize(("kept", "copies"), [("kept", 2), ("lost", 1)])
def test_a_mail_server_that_falls_silent_gets_it_once_more_under_the_same_name(
    save: Callable[..., Any], reaper: Reaper, down: str, settings: Settings, kept: str, copies: int
) -> None:
    settings.EMAIL_TIMEOUT = 1
    reaper.silent = kept
    _, guest = save()
    workers()
    assert [state.state for state in guard.guest_states(Submission.objects.get().reference)] == ["uncertain"]
    workers(minutes=10)
    assert [copy.message_id for copy in reaper.copies(guest)] == [Delivery.objects.get().mail_id] * copies
    assert Delivery.objects.get().state == "sent"


@outage("silent mail server")
def test_a_mail_server_that_falls_silent_again_is_not_asked_a_third_time(
    save: Callable[..., Any], reaper: Reaper, down: str, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 1
    _, guest = save()
    for minutes in (0, 10, 20, 30):
        reaper.silent = "lost"
        workers(minutes=minutes)
    assert Delivery.objects.get().state == "uncertain"
    assert reaper.copies(guest) == []
    assert Submission.objects.get().state == "sent", "it is over; its guest's state says how"


class Away(Host):
    """A host of which one method fails."""

    method = ""

    def __getattribute__(self, name: str) -> Any:
        if name == type(self).method:
            raise RuntimeError(f"{name} is away")
        return super().__getattribute__(name)


@outage("host")
@pytest.mark.parametrize("days", [0.2, 400])
@pytest.mark.parametrize("method", METHODS)
def test_whatever_the_host_cannot_say_its_users_save_and_nothing_is_lost(
    save: Callable[..., Any],
    reaper: Reaper,
    down: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    days: float,
) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "tests.reliability.test_outages.Away"}
    said, guest = save(days=days, then=lambda: monkeypatch.setattr(Away, "method", method))
    workers()
    if said["said"]["submission"] is None:
        assert said["said"]["code"] == "check_unavailable", "and the user knows that it was not sent"
        monkeypatch.setattr(Away, "method", "")
        guest = save(days=days)[1]
    elif days < 1 and Decision.objects.get().degraded:
        assert reaper.copies(guest) == [], "nothing untrusted leaves because something was down"
    monkeypatch.setattr(Away, "method", "")
    for minutes in (7, 20, 40):
        workers(minutes=minutes)
    assert len(reaper.copies(guest)) == 1


@outage("database")
def test_a_database_that_locks_us_out_costs_an_attempt_and_no_save(
    save: Callable[..., Any], reaper: Reaper, down: str, settings: Settings
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has timeouts that a transaction sets for itself; tests/matrix")
    settings.CALGUARD = {**settings.CALGUARD, "LOCK_TIMEOUT_MS": 100}
    given = pg_parameters()
    other = psycopg.connect(
        host=given["HOST"],
        port=given["PORT"],
        user=given["USER"],
        password=given["PASSWORD"],
        dbname=str(connection.settings_dict["NAME"]),
    )
    with other, other.transaction():
        other.execute("LOCK TABLE calguard_decision IN EXCLUSIVE MODE")  # as a long migration would
        said, guest = save()
        assert (said["said"]["verdict"], said["said"]["code"]) == ("HOLD", "check_unavailable")
        assert said["said"]["submission"] is None
    workers()
    assert reaper.copies(guest) == []
    again = save()[1]
    workers()
    assert len(reaper.copies(again)) == 1


def test_orders_behind_a_kill_switch_wait_and_stand_in_nobodys_way(
    save: Callable[..., Any], reaper: Reaper, settings: Settings
) -> None:
    at = timezone.now() - timedelta(hours=1)
    Enforcement.objects.bulk_create(
        Enforcement(action="alert", owner=f"decision:{uuid4()}", account="shop.user:1", created_at=at)
        for _ in range(250)
    )
    settings.CALGUARD = {**settings.CALGUARD, "DISABLED_ACTIONS": ("alert",)}
    Enforcement.objects.create(
        action="deny", owner="decision:x", account="shop.user:2", created_at=timezone.now() - timedelta(minutes=1)
    )
    assert enforcement.pending(before=timezone.now()) == ["decision:x"]
    guest = save()[1]
    workers()
    assert len(reaper.copies(guest)) == 1
    assert Enforcement.objects.filter(action="alert", state="pending").count() == 250
