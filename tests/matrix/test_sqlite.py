"""The flows again on SQLite, with ATOMIC_REQUESTS and users whose keys are UUIDs."""

from tests.support.matrix import PARTS, run


def test_sqlite_with_atomic_requests_and_uuid_users() -> None:
    run(
        ["-m", "matrix", *(f"tests/{part}" for part in PARTS)],
        least=500,
        CALGUARD_TEST_ATOMIC="1",
        CALGUARD_TEST_USER="uuid",
    )
