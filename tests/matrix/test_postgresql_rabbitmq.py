"""Ledgers, front door and flows again on PostgreSQL with RabbitMQ, ATOMIC_REQUESTS and users whose keys are UUIDs."""

import pytest

from tests.support.matrix import PARTS, run


@pytest.mark.needs("postgres", "rabbitmq")
def test_postgresql_and_rabbitmq_with_atomic_requests_and_uuid_users() -> None:
    run(
        ["-m", "matrix", *(f"tests/{part}" for part in PARTS)],
        least=500,
        CALGUARD_TEST_DB="postgres",
        CALGUARD_TEST_BROKER="rabbitmq",
        CALGUARD_TEST_ATOMIC="1",
        CALGUARD_TEST_USER="uuid",
    )
