"""The two places that remember, behind one interface: every test that asks `facts` runs against both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from calguard.conf import conf
from calguard.facts import remembering, store
from calguard.facts.keys import Keys
from calguard.facts.types import Answer, Question
from tests.support.parts import REDIS_URL


@pytest.fixture
def redis_facts(settings: Settings, transactional_db: None) -> Iterator[Any]:
    """CALGUARD["FACTS"] names the real Redis, which knows nothing; gives a client to look into it."""
    import redis

    client = redis.Redis.from_url(REDIS_URL)
    settings.CALGUARD = {**settings.CALGUARD, "FACTS": REDIS_URL}
    beginning = Keys.of(conf.database).beginning.encode()

    def empty() -> None:
        for key in client.scan_iter(beginning + b"*", count=1000):
            client.delete(key)

    empty()
    store.at.cache_clear()
    yield client
    empty()
    client.close()
    store.at.cache_clear()


@pytest.fixture(params=["database", pytest.param("redis", marks=pytest.mark.needs("redis"))])
def place(request: pytest.FixtureRequest) -> str:
    """The name of the place that answers in this run of the test."""
    request.getfixturevalue("redis_facts" if request.param == "redis" else "transactional_db")
    return str(request.param)


@pytest.fixture
def answer(place: str) -> Callable[[Question], Answer]:
    """Asks twice: the first time Redis knows nothing, and has the database answer. Both must say the same."""

    def ask(question: Question) -> Answer:
        first = remembering.facts().answer(question)
        second = remembering.facts().answer(question)
        assert first == second
        return second

    return ask
