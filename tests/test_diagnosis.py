"""The doctor names what only shows at run time, each with what to do, and leaves a sound part alone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, _state, current_app

from calguard import codes, diagnosis
from tests.support.mail import SmtpServer


@pytest.fixture
def no_default_app() -> Iterator[None]:
    """Celery as it is before any app was made: neither this thread nor another has one."""
    state: Any = _state  # its stubs leave out what is private
    before, mine = state.default_app, state._tls.current_app
    state.default_app = state._tls.current_app = None
    yield
    state.default_app, state._tls.current_app = before, mine


def the(name: str) -> diagnosis.Finding:
    looks = {
        "pictures": diagnosis._pictures,
        "celery": diagnosis._celery_app,
        "facts": diagnosis._facts,
        "mail server": diagnosis._mail,
    }
    (finding,) = looks[name]()
    assert finding.name == name
    return finding


def test_an_app_that_every_thread_knows_is_left_alone(no_default_app: None) -> None:
    Celery("shop").set_default()
    assert (the("celery").state, the("celery").todo) == ("ok", "")


def test_an_app_that_only_the_main_thread_knows_is_an_error(no_default_app: None) -> None:
    assert current_app.main == diagnosis.NO_APP  # something used Celery before the host made its app
    Celery("shop").set_current()
    assert current_app.main == "shop"
    assert the("celery").state == "error"
    assert "set_default()" in the("celery").todo


def test_no_app_at_all_is_named(no_default_app: None) -> None:
    assert the("celery").state == "warning"
    assert "__init__.py" in the("celery").todo


def test_a_mail_server_that_is_there_is_left_alone(smtp_server: SmtpServer) -> None:
    assert the("mail server").state == "ok"


def test_a_mail_server_that_is_not_there_is_named_with_its_setting(settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers, and nobody else gets the port
        settings.CALGUARD = settings.CALGUARD | {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", taken.getsockname()[1]
        found = the("mail server")
    assert found.state == "error"
    assert "EMAIL_HOST = '127.0.0.1'" in found.todo


def test_facts_that_are_not_there_are_named_with_their_setting(settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.CALGUARD = settings.CALGUARD | {"FACTS": f"redis://127.0.0.1:{taken.getsockname()[1]}/1"}
        found = the("facts")
    assert found.state == "error"
    assert "CALGUARD['FACTS']" in found.todo


def test_whether_codes_in_pictures_are_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (the("pictures").state, the("pictures").todo) == ("ok", "")
    monkeypatch.setattr(codes, "available", lambda: False)
    assert the("pictures").state == "warning"
    assert "calguard[qr]" in the("pictures").todo
