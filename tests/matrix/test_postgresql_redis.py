"""The flows again on PostgreSQL, with Redis as broker."""

import pytest

from tests.support.matrix import PARTS, run


@pytest.mark.needs("postgres", "redis")
def test_postgresql_and_redis() -> None:
    beside = [f"--ignore=tests/{part}" for part in PARTS if part != "flows"]  # on PostgreSQL with RabbitMQ
    run(["-m", "matrix", "tests", *beside], least=300, CALGUARD_TEST_DB="postgres", CALGUARD_TEST_BROKER="redis")
