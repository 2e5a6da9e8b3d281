"""Redis as facts are kept in it: one script a question, one a change, and a way around it while it does not answer."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from calguard import alarm

if TYPE_CHECKING:
    from redis import Redis

__all__ = ["Script", "Store", "Unavailable", "at"]

PATIENCE = 0.05  # seconds for a connection, and for an answer; the database answers instead
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds for which nobody asks again; doubled while it stays away


class Unavailable(Exception):  # noqa: N818  the database answers instead: nothing has failed
    """Redis does not answer, or is not asked at the moment."""


class Script:
    """One Lua script, known to the server by its digest."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # as Redis names scripts


class Store:
    """One Redis server, of one process: its connections, and whether it is asked at all at the moment."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Redis | None = None
        self._lock = threading.Lock()
        self._pause = 0.0
        self._asked_again_at = 0.0

    @property
    def available(self) -> bool:
        return time.monotonic() >= self._asked_again_at

    def run(self, script: Script, keys: Sequence[bytes], arguments: Sequence[bytes | int]) -> Any:
        """The script's answer, in one round trip. Raises Unavailable where there is none within PATIENCE."""
        if not self.available:
            raise Unavailable("paused")
        try:
            import redis

            client = self._client or self._connect()
        except ImportError as error:
            raise self._away(error) from error
        try:
            try:
                answer = _asked(client, b"EVALSHA", script.digest, keys, arguments)
            except redis.exceptions.NoScriptError:  # a new server, or one that was emptied of scripts
                answer = _asked(client, b"EVAL", script.text, keys, arguments)
        except (redis.RedisError, OSError) as error:
            raise self._away(error) from error
        self._pause = 0.0
        return answer

    def ping(self) -> dict[str, Any]:
        """What the server says of itself, for the doctor. Raises what goes wrong."""
        return self._connect().info()

    def _connect(self) -> Redis:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        with self._lock:
            if self._client is None:
                self._client = Redis.from_url(
                    self._url,
                    socket_timeout=PATIENCE,
                    socket_connect_timeout=PATIENCE,
                    retry=Retry(NoBackoff(), 0),
                    decode_responses=False,
                )
            return self._client

    def _away(self, error: Exception) -> Unavailable:
        """Nobody asks again for a while, and operators hear of it once a pause."""
        with self._lock:
            if self.available:
                self._pause = min(self._pause * 2 or FIRST_PAUSE, LONGEST_PAUSE)
                self._asked_again_at = time.monotonic() + self._pause
                alarm.raised("facts", error)
        return Unavailable(type(error).__name__)


def _asked(client: Redis, command: bytes, script: str, keys: Sequence[bytes], arguments: Sequence[bytes | int]) -> Any:
    """One command, by a connection of the client's own pool. Its `execute_command` takes three times as long, for what
    a script does not need: retries, turning answers into other things, and arguments of any kind."""
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_packed_command([_packed([command, script.encode(), len(keys), *keys, *arguments])])
        return connection.read_response()
    except BaseException as error:
        if not _is_answer(error):  # one that is still to come would be taken for the next one's
            connection.disconnect()
        raise
    finally:
        pool.release(connection)


def _is_answer(error: BaseException) -> bool:
    from redis.exceptions import ResponseError

    return isinstance(error, ResponseError)


def _packed(parts: Sequence[bytes | int]) -> bytes:
    """As Redis reads commands (RESP): how many parts, and each with its length before it."""
    told = [b"*%d\r\n" % len(parts)]
    for part in parts:
        said = b"%d" % part if isinstance(part, int) else part
        told.append(b"$%d\r\n%b\r\n" % (len(said), said))
    return b"".join(told)


@lru_cache(maxsize=4)
def at(url: str) -> Store:
    """The store of this process; connections are made anew after a fork."""
    return Store(url)
