"""The suite's own ground: database, host app, clock and network as promised to every other test."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from tests.support.network import is_local


@pytest.mark.django_db
def test_tables_of_all_apps_are_there() -> None:
    tables = set(connection.introspection.table_names())
    assert {"calguard_decision", "calguard_outbound_submission", "calguard_accounts_risk_restriction"} <= tables


@pytest.mark.django_db
def test_a_user_can_be_made() -> None:
    assert get_user_model().objects.create_user("ann", "ann@example.org", "secret").pk


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        (None, True),
        ("example.org", False),
        ("10.0.0.1", False),
    ],
)
def test_what_is_local(host: str | None, local: bool) -> None:
    assert is_local(host) is local
