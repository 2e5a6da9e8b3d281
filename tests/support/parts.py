"""What a test may need beside Python, whether it is there, and the line that brings it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

PG_DSN = os.environ.get("CALGUARD_PG_DSN", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("CALGUARD_REDIS_URL", "redis://127.0.0.1:6379/9")
AMQP_URL = os.environ.get("CALGUARD_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
CHROMIUM = os.environ.get("CALGUARD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that may be missing; `look` raises OSError where it is."""

    look: Callable[[], None]
    missing: str
    hint: str


def pg_parameters() -> dict[str, str]:
    """CALGUARD_PG_DSN in the words of Django's DATABASES."""
    url = urlsplit(PG_DSN)
    return {
        "HOST": url.hostname or "127.0.0.1",
        "PORT": str(url.port or 5432),
        "USER": unquote(url.username or "postgres"),
        "PASSWORD": unquote(url.password or ""),
        "NAME": url.path.lstrip("/") or "postgres",
    }


def _postgres() -> None:
    import psycopg

    try:
        with psycopg.connect(PG_DSN, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise OSError(str(error).strip().splitlines()[0]) from error


def _redis() -> None:
    import redis

    client = redis.Redis.from_url(REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
    try:
        client.ping()
    except redis.RedisError as error:
        raise OSError(str(error)) from error
    finally:
        client.close()


def _rabbitmq() -> None:
    import amqp

    url = urlsplit(AMQP_URL)
    try:
        with amqp.Connection(
            host=f"{url.hostname}:{url.port or 5672}",
            userid=unquote(url.username or "guest"),
            password=unquote(url.password or "guest"),
            virtual_host=unquote(url.path[1:]) or "/",
            connect_timeout=2,
        ):
            pass
    except amqp.AMQPError as error:
        raise OSError(str(error)) from error


def _browser() -> None:
    if CHROMIUM is None or not Path(CHROMIUM).exists():
        raise FileNotFoundError("no chromium on the PATH")


def _data() -> None:
    if not DATA.is_dir():
        raise FileNotFoundError(str(DATA))


PARTS: Mapping[str, Part] = {
    "postgres": Part(
        look=_postgres,
        missing="PostgreSQL is not reachable on {HOST}:{PORT}".format(**pg_parameters()),
        hint="sudo apt install postgresql, then set CALGUARD_PG_DSN",
    ),
    "redis": Part(look=_redis, missing=f"Redis is not reachable at {REDIS_URL}", hint="sudo apt install redis-server"),
    "rabbitmq": Part(
        look=_rabbitmq,
        missing=f"RabbitMQ is not reachable on {urlsplit(AMQP_URL).hostname}:{urlsplit(AMQP_URL).port or 5672}",
        hint="sudo apt install rabbitmq-server",
    ),
    "browser": Part(look=_browser, missing="Chromium is not installed", hint="sudo apt install chromium"),
    "data": Part(look=_data, missing=f"{DATA} is not there", hint="put the shared data beside the repository"),
}


@cache
def why_missing(name: str) -> str | None:
    """One line saying that the part is missing, why, and what brings it; None where it is there."""
    part = PARTS[name]
    try:
        part.look()
    except OSError as error:
        detail = f" ({error})" if str(error) not in part.missing else ""
        return f"{part.missing}{detail}; `{part.hint}`, see docs/development.md"
    return None


def required() -> frozenset[str]:
    """The parts whose absence is a failure: CALGUARD_REQUIRE=postgres,redis,..."""
    names = frozenset(filter(None, os.environ.get("CALGUARD_REQUIRE", "").replace(" ", "").split(",")))
    unknown = names - PARTS.keys()
    if unknown:
        raise ValueError(
            f"CALGUARD_REQUIRE names unknown parts: {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}"
        )
    return names


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
