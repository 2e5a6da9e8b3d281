"""A calendar host as small as one gets: its settings, its databases, and the accounts that act in it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import django
from django.conf import settings

from tests.support.parts import PG_DSN, REDIS_URL, pg_parameters, why_missing

RUN = f"calguard_bench_{os.getpid()}"  # names everything this run leaves anywhere until it is taken away
HISTORY = 12  # decisions an account has behind it
FACTS_BESIDE_POSTGRES = True


class Chosen:
    """A database router: everything goes to the database that is measured now."""

    alias = "sqlite"

    def db_for_read(self, model: object, **hints: object) -> str:
        return Chosen.alias

    db_for_write = db_for_read


def choose(alias: str) -> None:
    """SQLite is the embedded default: the database answers. Beside PostgreSQL facts are in Redis, as in production."""
    Chosen.alias = alias
    settings.CALGUARD["DATABASE"] = alias
    settings.CALGUARD["FACTS"] = REDIS_URL if _in_redis(alias) else None


def _in_redis(alias: str) -> bool:
    return alias != "sqlite" and FACTS_BESIDE_POSTGRES and not why_missing("redis")


def warm(accounts: Iterable[str], now: datetime) -> None:
    """Have Redis know these accounts, as it knows everybody who was there within a week."""
    from calguard.facts import remembering
    from calguard.facts.types import Question

    if settings.CALGUARD["FACTS"] is None:
        return
    for account in accounts:
        remembering.forget(account)
        hashes = {"device": "", "prefix": "", "similarity": "", "content_hash": "", "guests_hash": ""}
        remembering.facts().answer(Question(account=account, guests=(), at=now, **hashes))


def databases(folder: Path, twice: bool = False) -> dict[str, Any]:
    """SQLite as the README tells hosts to run it, and PostgreSQL where it answers. Connections stay open."""
    sqlite = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "bench.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
    if why_missing("postgres"):
        return {"default": sqlite, "sqlite": sqlite}
    postgres = {"ENGINE": "django.db.backends.postgresql", **pg_parameters(), "NAME": RUN, "CONN_MAX_AGE": None}
    second = {"postgres2": {**postgres, "NAME": f"{RUN}_2"}} if twice else {}
    return {"default": sqlite, "sqlite": sqlite, "postgres": postgres, **second}


def configure(folder: Path, *, twice: bool = False) -> None:
    """Django and Celery as a production host sets them up; Redis is cache and broker where it answers."""
    redis = why_missing("redis") is None
    cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if redis:
        cache = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": RUN}
    settings.configure(
        SECRET_KEY="made-up-for-the-bench-and-long-enough-to-please-every-check",
        ALLOWED_HOSTS=["testserver"],
        USE_TZ=True,
        ROOT_URLCONF="bench.views",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "calguard.apps.CalguardConfig",
            "outbound.apps.OutboundConfig",
            "accounts_risk.apps.AccountsRiskConfig",
            "bench",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        DATABASES=databases(folder, twice),
        DATABASE_ROUTERS=[Chosen()],
        CACHES={"default": cache},
        DEFAULT_FROM_EMAIL="calendar@clinic.example",
        CALGUARD={"MODE": "enforce", "QUEUE": RUN, "BASE_URL": "https://clinic.example", "DATABASE": "sqlite"},
        LOGGING={"version": 1, "disable_existing_loggers": False},
    )
    django.setup()
    from celery import Celery

    Celery("bench", broker=REDIS_URL if redis else "memory://", set_as_current=True).set_default()


def aliases() -> list[str]:
    return [alias for alias in settings.DATABASES if alias != "default"]


@contextmanager
def standing(folder: Path, *, twice: bool = False) -> Iterator[None]:
    """Databases with all tables inside the block; nothing of them, of the cache or of the broker after it."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connections

    configure(folder, twice=twice)
    names = [given["NAME"] for alias, given in settings.DATABASES.items() if alias.startswith("postgres")]
    try:
        for name in names:
            _server(f'CREATE DATABASE "{name}"')
        for alias in aliases():
            choose(alias)
            call_command("migrate", database=alias, verbosity=0, skip_checks=True, interactive=False)
            with connections[alias].schema_editor() as editor:
                editor.create_model(apps.get_model("bench", "Event"))  # the host's own table has no migration
        yield
    finally:
        connections.close_all()
        for name in names:
            _server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if why_missing("redis") is None:
            _empty_redis()


def _server(statement: str) -> None:
    import psycopg

    with psycopg.connect(PG_DSN, autocommit=True) as connection:
        connection.execute(statement)


def _empty_redis() -> None:
    import redis

    with redis.Redis.from_url(REDIS_URL) as client:
        from calguard.facts.keys import Keys

        for pattern in (f"*{RUN}*", *(f"{Keys.of(alias).beginning}*" for alias in aliases())):
            for key in client.scan_iter(pattern, count=1_000):
                client.delete(key)


def settle(alias: str, count: int, *, prefix: str, now: datetime, history: int = HISTORY) -> list[Any]:
    """Accounts of 400 days with a past: they signed up, were seen, and sent `history` invitations within a week."""
    from django.contrib.auth import get_user_model

    from accounts_risk.models import Profile
    from calguard.conf import conf
    from calguard.models import Decision

    choose(alias)
    joined = now - timedelta(days=400)
    made = [
        get_user_model()(
            username=f"{prefix}{n}",
            email=f"{prefix}{n}@clinic.example",
            first_name="Ada",
            last_name="Berg",
            password="!",
            date_joined=joined,
        )
        for n in range(count)
    ]
    users = get_user_model().objects.using(alias).bulk_create(made, batch_size=500)
    accounts = [conf.host.account(user) for user in users]
    Profile.objects.using(alias).bulk_create(
        [Profile(account=account, first_seen_at=joined, created_at=joined, accepted_total=40) for account in accounts],
        batch_size=500,
    )
    Decision.objects.using(alias).bulk_create(
        [_past(account, now, history) for account in accounts for _ in range(history)], batch_size=500
    )
    warm(accounts, now)
    return users


def _past(account: str, now: datetime, history: int) -> Any:
    """One earlier attempt that was allowed, at some moment between two hours and seven days ago."""
    from calguard.models import Decision

    return Decision(
        code=uuid4().hex[:12],
        account=account,
        channel="web",
        verdict=0,
        enforced=True,
        score=0.0,
        tier="established",
        policy_version="bench",
        facts={"account": {"id": account, "age_hours": 9_600.0}, "missing": []},
        content_hash=uuid4().hex * 2,
        guests_hash=uuid4().hex * 2,
        similarity=uuid4().hex * 2,
        method="REQUEST",
        recipients=3 if history <= HISTORY else 0,  # a long past must not use up the week's budget
        created_at=now - timedelta(seconds=random.uniform(7_200, 600_000)),
    )
