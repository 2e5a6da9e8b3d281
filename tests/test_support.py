"""The real parts behind the fixtures do what the tests that use them believe."""

import os
import smtplib
import socket
import subprocess
import sys
from pathlib import Path

import dns.resolver
import pytest
from django.core import mail
from django.core.mail import EmailMessage
from playwright.sync_api import Page
from pytest_httpserver import HTTPServer

from tests.celery import app, touch
from tests.support.browser import Watch, inspect
from tests.support.dns import DnsServer
from tests.support.mail import SmtpServer
from tests.support.network import NetworkOff, _attempts
from tests.support.worker import ROOT, Worker, queued, until


def test_a_connection_beyond_this_machine_is_refused() -> None:
    with pytest.raises(NetworkOff):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    assert _attempts == ["socket.getaddrinfo 192.0.2.1"]
    _attempts.clear()  # or this test fails, too


def test_smtp_keeps_what_it_accepts_and_refuses_as_told(smtp_server: SmtpServer) -> None:
    smtp_server.refuse["gone@example.org"] = "550 5.1.1 no such user"
    with smtplib.SMTP("127.0.0.1", smtp_server.port) as client:
        refused = client.sendmail(
            "a@example.org", ["b@example.org", "gone@example.org"], "Subject: hi\r\n\r\nthere\r\n"
        )
    assert refused == {"gone@example.org": (550, b"5.1.1 no such user")}
    [received] = smtp_server.received
    assert (received.sender, received.recipients) == ("a@example.org", ("b@example.org",))
    assert received.message["Subject"] == "hi"


def test_dns_answers_as_told(dns_server: DnsServer) -> None:
    dns_server.answer("4.3.2.1.dnsbl.example", "127.0.0.2")
    dns_server.fail("broken.example")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], dns_server.port, 2
    assert [str(record) for record in resolver.resolve("4.3.2.1.dnsbl.example", "A")] == ["127.0.0.2"]
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("5.3.2.1.dnsbl.example", "A")
    with pytest.raises(dns.resolver.NoNameservers):
        resolver.resolve("broken.example", "A")
    assert ("4.3.2.1.dnsbl.example", "A") in dns_server.asked


@pytest.mark.matrix
def test_a_worker_carries_out_what_is_published(worker: Worker, tmp_path: Path) -> None:
    touch.delay(str(tmp_path / "first"))
    worker.settle()
    assert (tmp_path / "first").exists()


@pytest.mark.matrix
def test_a_killed_worker_leaves_the_queue_to_the_next(worker: Worker, tmp_path: Path) -> None:
    worker.kill()
    touch.delay(str(tmp_path / "second"))
    assert queued() == 1
    worker.start()
    until((tmp_path / "second").exists, what="the task of the dead worker")


def test_without_the_worker_nothing_is_carried_out(tmp_path: Path) -> None:
    assert app.conf.broker_url == "memory://"
    touch.delay(str(tmp_path / "never"))
    assert not (tmp_path / "never").exists()


@pytest.mark.needs("browser")
class TestBrowser:
    def test_a_clean_page_passes(self, page: Page, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data(
            "<!doctype html><html lang=en><title>A</title><main><h1>A</h1></main>", content_type="text/html"
        )
        httpserver.expect_request("/favicon.ico").respond_with_data("", content_type="image/x-icon")
        page.goto(httpserver.url_for("/"))
        inspect(page)

    def test_an_unlabelled_field_is_found(self, page: Page, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data(
            "<!doctype html><html lang=en><title>A</title><main><input name=a></main>", content_type="text/html"
        )
        httpserver.expect_request("/favicon.ico").respond_with_data("", content_type="image/x-icon")
        page.goto(httpserver.url_for("/"))
        with pytest.raises(AssertionError, match="critical: label"):
            inspect(page)
        page.goto("about:blank")

    def test_errors_and_remote_loads_are_seen(self, page: Page, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data(
            "<!doctype html><html lang=en><title>A</title><main><script>console.error('broken')</script>"
            "<img alt='' src='http://192.0.2.1/pixel.png'></main>",
            content_type="text/html",
        )
        watch, context = Watch(), page.context.browser.new_context()  # a watch of our own: the fixture's would fail us
        context.route("**/*", watch.gate)
        context.on("page", watch.follow)
        context.new_page().goto(httpserver.url_for("/"))
        context.close()
        assert any(line.startswith("console: broken") for line in watch.found())
        assert "remote load: http://192.0.2.1/pixel.png" in watch.found()


def test_mail_of_this_process_is_recorded() -> None:
    EmailMessage("Hello", "there", to=["b@example.org"]).send()
    assert [sent.subject for sent in mail.outbox] == ["Hello"]


@pytest.mark.parametrize(
    ("environment", "outcome", "line"),
    [
        ({}, "1 skipped", "Redis is not reachable at redis://127.0.0.1:1/0"),
        ({"CALGUARD_REQUIRE": "redis"}, "1 error", "required by CALGUARD_REQUIRE"),
        ({"CALGUARD_REQUIRE": "postgres"}, "1 skipped", "`sudo apt install redis-server`, see docs/development.md"),
        ({"CALGUARD_REQUIRE": "reddis"}, "1 error", "unknown parts: reddis; known: postgres, redis"),
    ],
)
def test_a_missing_part_is_skipped_by_name_or_fails_where_required(
    environment: dict[str, str], outcome: str, line: str, tmp_path: Path
) -> None:
    (tmp_path / "test_one.py").write_text("import pytest\n@pytest.mark.needs('redis')\ndef test(): pass\n")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CALGUARD_", "PYTEST_"))}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-rs", "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)),
            *("-p", "no:cacheprovider", "-p", "no:django", "-p", "tests.support.needs", "-o", "markers=needs(part)"),
        ],
        cwd=ROOT,
        env=inherited | {"CALGUARD_REDIS_URL": "redis://127.0.0.1:1/0"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert outcome in done.stdout.splitlines()[-1], done.stdout
    assert line in done.stdout
