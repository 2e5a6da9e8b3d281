"""What can be wrong with an installation, each with what to do about it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from celery import current_app
from django.conf import settings
from django.core import checks
from django.core.cache import caches
from django.core.mail import get_connection
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from calguard import codes, listfetch, network_diagnosis, reviewers, text_models
from calguard.conf import conf
from calguard.engine import textmodel
from calguard.facts import store
from calguard.finding import Finding, State
from calguard.models import Appeal, Case, Enforcement, Heartbeat, Notice
from calguard.statements import appealing
from outbound.models import Delivery

NO_APP = "default"  # how Celery names the app that it makes when a thread has none
SWEEP_LATE = timedelta(minutes=5)
OURS = {"calguard", "calguard_outbound", "calguard_accounts_risk"}


def examine() -> Iterator[Finding]:
    """Look at everything, one after another; a part that cannot be looked at is an error itself."""
    for look in LOOKS:
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001  the doctor survives every patient
            name = look.__name__.strip("_").replace("_", " ")
            yield Finding(name=name, state="error", said=f"{type(error).__name__}: {error}", todo="See the message.")


def _settings() -> Iterator[Finding]:
    found = [message for message in checks.run_checks() if (message.id or "").startswith("calguard.")]
    for message in found:
        state: State = "error" if message.level >= checks.ERROR else "warning"
        yield Finding(name=message.id or "check", state=state, said=str(message.msg), todo=str(message.hint or ""))
    if not found:
        yield Finding(name="settings", state="ok", said=f"CALGUARD is valid; mode is {conf.mode}")


def _policy() -> Iterator[Finding]:
    yield Finding(name="policy", state="ok", said=f"version {conf.policy.version}")


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connections[conf.database])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    waiting = [migration for migration, _back in plan if migration.app_label in OURS]
    if waiting:
        yield Finding(
            name="database",
            state="error",
            said=f"{len(waiting)} migrations are not applied",
            todo=f"Run manage.py migrate --database {conf.database}",
        )
    else:
        vendor = connections[conf.database].vendor
        yield Finding(name="database", state="ok", said=f"{vendor}, all migrations applied")


def _celery_app() -> Iterator[Finding]:
    """Celery knows its current app per thread: what a web thread sends may go to another broker than it seems."""
    seen: list[str] = []
    thread = threading.Thread(target=lambda: seen.append(current_app.main))
    thread.start()
    thread.join()
    here, in_a_web_thread = current_app.main, seen[0]
    if in_a_web_thread != NO_APP:
        yield Finding(name="celery", state="ok", said=f"tasks are sent through the app {in_a_web_thread!r}")
    elif here == NO_APP:
        said = "Django has loaded no Celery app of yours, so tasks go to Celery's default broker"
        todo = "Import it in your project's __init__.py: from .celery import app as celery_app"
        yield Finding(name="celery", state="warning", said=said, todo=todo)
    else:
        said = f"only the main thread knows the app {here!r}: what web threads send goes to Celery's default broker"
        yield Finding(name="celery", state="error", said=said, todo="Write app.set_default() in your celery.py.")


def _broker() -> Iterator[Finding]:
    url = current_app.connection().as_uri()
    with current_app.connection() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
    yield Finding(name="broker", state="ok", said=f"reachable at {url}")


def _worker() -> Iterator[Finding]:
    todo = f"Start one that reads the queue: celery -A {_project()} worker -Q {conf.queue},celery"
    queues = current_app.control.inspect(timeout=2.0).active_queues()
    if not queues and _ran_lately("worker"):
        yield Finding(name="worker", state="ok", said="one ran the sweep lately; this broker carries no other answer")
        return
    if not queues:
        yield Finding(name="worker", state="error", said="no Celery worker answers", todo=todo)
        return
    readers = [name for name, read in queues.items() if any(queue["name"] == conf.queue for queue in read)]
    if readers:
        yield Finding(name="worker", state="ok", said=f"{len(readers)} of {len(queues)} read the queue {conf.queue!r}")
    else:
        said = f"{len(queues)} workers answer, none reads the queue {conf.queue!r}"
        yield Finding(name="worker", state="error", said=said, todo=todo)


def _project() -> str:
    """The package of the settings, where Celery's app is by custom."""
    return str(settings.SETTINGS_MODULE).partition(".")[0]


def _ran_lately(name: str) -> bool:
    beat = Heartbeat.objects.using(conf.database).filter(name=name).first()
    return beat is not None and timezone.now() - beat.at < SWEEP_LATE


def _sweep() -> Iterator[Finding]:
    beat = Heartbeat.objects.using(conf.database).filter(name="sweep").first()
    todo = (
        f"Merge calguard.tasks.BEAT_SCHEDULE and run celery -A {_project()} beat, "
        "or manage.py calguard_sweep from cron every minute."
    )
    if beat is None:
        yield Finding(name="sweep", state="error", said="it has never run", todo=todo)
        return
    ago = timezone.now() - beat.at
    state: State = "ok" if ago < SWEEP_LATE else "error"
    said = f"last ran {int(ago.total_seconds())} s ago"
    yield Finding(name="sweep", state=state, said=said, todo="" if state == "ok" else todo)


def _cache() -> Iterator[Finding]:
    cache, key = caches[conf.cache], f"calguard-doctor-{uuid4()}"
    cache.set(key, "1", 30)
    if cache.get(key) != "1":
        yield Finding(name="cache", state="error", said="it does not keep what it is given", todo="Check CACHES.")
        return
    backend = settings.CACHES[conf.cache]["BACKEND"]
    if backend.endswith(("LocMemCache", "DummyCache")):
        yield Finding(
            name="cache",
            state="warning",
            said="it is not shared between processes, so HTTP rates count per process",
            todo="Use Redis, Memcached or the database cache; budgets and challenges do not depend on it.",
        )
    else:
        yield Finding(name="cache", state="ok", said=backend.rpartition(".")[2])


def _facts() -> Iterator[Finding]:
    url = conf.facts
    if url is None:
        yield Finding(name="facts", state="ok", said="answered by the database")
        return
    try:
        said = store.at(url).ping()
    except Exception as error:  # noqa: BLE001  whatever it is, the same is to be done
        todo = "Start the server, or correct CALGUARD['FACTS']; meanwhile the database answers each check."
        yield Finding(name="facts", state="error", said=f"{type(error).__name__}: {error}", todo=todo)
        return
    policy, most = str(said.get("maxmemory_policy", "")), int(said.get("maxmemory", 0))
    told = f"Redis {said['redis_version']}, {int(said['used_memory']) // 2**20} MiB used"
    if most and not policy.startswith(("volatile-", "allkeys-")):
        todo = "Set maxmemory-policy volatile-lru: facts are read anew from the database, and all have an end."
        yield Finding(name="facts", state="warning", said=f"{told}; full, it would refuse to write", todo=todo)
    else:
        yield Finding(name="facts", state="ok", said=told)


def _mail() -> Iterator[Finding]:
    connection = get_connection(conf.email_backend)
    try:
        connection.open()
    except OSError as error:
        todo = f"Check the EMAIL_ settings, such as EMAIL_HOST = {settings.EMAIL_HOST!r}, and that the server runs."
        said = f"{conf.email_backend.rpartition('.')[2]} does not open: {error}"
        yield Finding(name="mail server", state="error", said=said, todo=todo)
        return
    finally:
        connection.close()
    yield Finding(name="mail server", state="ok", said=f"{conf.email_backend.rpartition('.')[2]} opens")


def _proxies() -> Iterator[Finding]:
    if conf.trusted_proxies:
        known = ", ".join(str(network) for network in conf.trusted_proxies)
        yield Finding(name="proxies", state="ok", said=f"X-Forwarded-For is believed from {known}")
    else:
        yield Finding(
            name="proxies",
            state="warning",
            said="no trusted proxies: every request seems to come from whoever connects",
            todo='Behind a proxy, name it: CALGUARD["TRUSTED_PROXIES"] = ["10.0.0.0/8"]. Without one, ignore this.',
        )


def _pictures() -> Iterator[Finding]:
    if codes.available():
        yield Finding(name="pictures", state="ok", said="workers read the codes in them")
        return
    said = "the extra [qr] is not installed here: what a QR code says is not judged, a picture alone is only a sign"
    todo = "Where workers run, pip install 'calguard[qr]'. Without guests outside, ignore this."
    yield Finding(name="pictures", state="warning", said=said, todo=todo)


def _link_lists() -> Iterator[Finding]:
    now = timezone.now()
    for name, record in listfetch.records():
        age, label = record.age(now), f"list {name}"
        if age is None:
            todo = "Run manage.py calguard_refresh_lists, and see that a worker runs calguard.refresh_lists."
            said = f"{record.source} was never fetched" + (f": {record.error}" if record.error else "")
            yield Finding(name=label, state="error", said=said, todo=todo)
            continue
        said = f"{record.source}: {record.entries} entries, {_hours(age)} old"
        if record.error:
            said += f"; last failed: {record.error}"
        late = age > listfetch.OLD
        todo = "Merge calguard.tasks.BEAT_SCHEDULE, or run manage.py calguard_refresh_lists from cron."
        yield Finding(
            name=label, state="warning" if late or record.error else "ok", said=said, todo=todo if late else ""
        )
    for name, path in conf.lists.items():
        if path.is_file():
            age = now - datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
            yield Finding(name=f"list {name}", state="ok", said=f"{path}, written {_hours(age)} ago")


def _hours(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"


def _text_model() -> Iterator[Finding]:
    found, shipped = text_models.in_use(), textmodel.shipped().version
    if found.problem:
        todo = "Run manage.py calguard_train --rollback, or --activate another version; --list shows them."
        instead = found.version or "the shipped model"
        said = f"{found.problem}; in use instead: {instead}"
        yield Finding(name="text model", state="warning", said=said, todo=todo)
    elif found.model and found.model.about.get("based_on", shipped) != shipped:
        said = f"{found.version} corrects the model of an earlier CalGuard"
        yield Finding(name="text model", state="warning", said=said, todo="Run manage.py calguard_train, and compare.")
    elif found.version:
        yield Finding(name="text model", state="ok", said=f"{found.version}, from {conf.text_model_dir}")
    else:
        yield Finding(name="text model", state="ok", said=f"the shipped one, {shipped}")


def _keys() -> Iterator[Finding]:
    if next(iter(conf.keys)) == "default":
        yield Finding(
            name="keys",
            state="warning",
            said="pseudonyms are made with SECRET_KEY: rotating that forgets relations, devices and suppressions",
            todo='Give CalGuard keys of its own: CALGUARD["KEYS"] = {"2026-11": "<50 random characters>"}',
        )
    else:
        yield Finding(name="keys", state="ok", said=f"newest is {next(iter(conf.keys))!r}, {len(conf.keys)} kept")


def _queue() -> Iterator[Finding]:
    using = conf.database
    failed = Enforcement.objects.using(using).filter(state="failed").count()
    unsent = Notice.objects.using(using).filter(state="failed").count()
    uncertain = Delivery.objects.using(using).filter(state="uncertain").count()
    waiting = Case.objects.using(using).filter(state="open").count()
    if failed or unsent:
        said = f"{failed} actions and {unsent} notices were given up"
        yield Finding(name="orders", state="error", said=said, todo="See them in the admin, under CalGuard.")
    else:
        yield Finding(name="orders", state="ok", said="none given up")
    said = f"{waiting} open case{'' if waiting == 1 else 's'}; {uncertain} deliveries whose end is not known"
    todo = "See in the admin, under Copies, which they are, and say what became of them." if uncertain else ""
    yield Finding(name="queue", state="ok", said=said, todo=todo)


def _appeals() -> Iterator[Finding]:
    """An appeal needs somebody else than who decided: with one reviewer, nobody may answer it."""
    able = appealing.deciders(reviewers.DECIDE)
    if able is not None and able < 2:
        waits = conf.policy.appeals.without_another == "wait"
        then = "wait until there is a second one" if waits else "are decided by the same person, and say so"
        yield Finding(
            name="appeals",
            state="warning",
            said=f"{able} people may decide cases; appeals against what the only one decided {then}",
            todo="Give a second person calguard.decide_case, or say what holds in the policy's [appeals].",
        )
    late = Appeal.objects.using(conf.database).filter(state=Appeal.State.OPEN, due_at__lte=timezone.now()).count()
    if late:
        todo = "Answer them: the queue shows which cases they are in."
        yield Finding(name="appeals", state="warning", said=f"{late} appeals are not answered in time", todo=todo)


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _settings,
    _policy,
    _migrations,
    _celery_app,
    _broker,
    _worker,
    _sweep,
    _cache,
    _facts,
    _mail,
    _proxies,
    network_diagnosis.lists,
    network_diagnosis.places,
    network_diagnosis.block_lists,
    _pictures,
    _link_lists,
    _text_model,
    _keys,
    _queue,
    _appeals,
)
