"""Workers that are killed at every step, and parts that are taken away, on PostgreSQL with RabbitMQ."""

import re

import pytest

from tests.support.matrix import run

KILLS = 400


@pytest.mark.needs("postgres", "rabbitmq")
@pytest.mark.requirement("R04")
def test_four_hundred_killed_workers_on_postgresql_and_rabbitmq() -> None:
    said = run(["tests/reliability"], CALGUARD_TEST_DB="postgres", CALGUARD_TEST_BROKER="rabbitmq")
    made = re.search(r"^(\d+) workers killed: .*$", said, re.MULTILINE)
    assert made, said[-2000:]
    print(made[0])
    assert int(made[1]) >= KILLS, made[0]
