"""Lists fetched from a real HTTPS server: kept whole, kept last good, and never from anywhere but where they belong."""

from __future__ import annotations

import io
import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from django.core.management import CommandError, call_command
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from calguard import alarm, diagnosis, hostlists, listfetch, tasks
from calguard.guard import Verdict
from tests.guard.test_check import send
from tests.guard.test_hostlists import linking

pytestmark = [pytest.mark.requirement("R38")]

AT = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
GOOD = "# feed\nevil.example\nworse.example\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[trustme.CA]:
    made = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(path)
    yield made
    os.environ.pop("SSL_CERT_FILE") if before is None else os.environ.update(SSL_CERT_FILE=before)


def serving(authority: trustme.CA) -> HTTPServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return HTTPServer(host="localhost", port=0, ssl_context=context)


@pytest.fixture(scope="module")
def running(authority: trustme.CA) -> Iterator[HTTPServer]:
    with serving(authority) as server:
        yield server


@pytest.fixture
def server(running: HTTPServer) -> HTTPServer:
    running.clear()
    return running


@pytest.fixture
def source(server: HTTPServer, settings: Any, tmp_path: Path) -> str:
    url = server.url_for("/phishing.txt") + "?key=secret"
    settings.CALGUARD = {
        **settings.CALGUARD,
        "LIST_SOURCES": {"deny_domains": url},
        "LIST_DIR": str(tmp_path / "lists"),
    }
    return url


def fetched_from(settings: Any, folder: Path, *sources: str) -> None:
    given = {"LIST_SOURCES": {"deny_domains": sources}, "LIST_DIR": str(folder / "lists")}
    settings.CALGUARD = {**settings.CALGUARD, **given}


def answers(server: HTTPServer, text: str, **headers: str) -> None:
    server.clear()
    server.expect_request("/phishing.txt").respond_with_data(text, headers=headers)


def refreshed(at: datetime = AT) -> listfetch.Outcome:
    (outcome,) = listfetch.refresh(at=at)
    return outcome


def denied() -> set[str]:
    lists, _ = hostlists.current()
    return set(lists.deny_domains)


def test_nothing_to_fetch_is_nothing_done(settings: Any) -> None:
    assert listfetch.refresh(at=AT) == []


@pytest.mark.django_db(transaction=True)
def test_a_fetched_domain_is_refused_in_running_processes(person: Any, server: HTTPServer, source: str) -> None:
    answers(server, GOOD)
    assert refreshed().state == "new"
    user, other = person(), person("eve@clinic.example")
    assert send(other, linking("https://evil.example/login")).verdict is Verdict.DENY
    assert send(user, linking("https://honest.example/agenda", "2@x")).may_send
    answers(server, "fresh.example\n")
    assert refreshed().state == "new"
    assert denied() == {"fresh.example"}


def test_what_has_not_changed_is_not_fetched_again(server: HTTPServer, source: str) -> None:
    asked: list[dict[str, str]] = []

    def answer(request: Request) -> Response:
        asked.append(dict(request.headers))
        if request.headers.get("If-None-Match") == '"one"':
            return Response(status=304)
        return Response(GOOD, headers={"ETag": '"one"', "Last-Modified": "Mon, 15 Jun 2026 09:00:00 GMT"})

    server.expect_request("/phishing.txt").respond_with_handler(answer)
    assert refreshed().state == "new"
    later = refreshed(AT + timedelta(hours=1))
    assert (later.state, later.record.entries) == ("same", 2)
    assert asked[1]["If-Modified-Since"] == "Mon, 15 Jun 2026 09:00:00 GMT"
    assert later.record.age(AT + timedelta(hours=2)) == timedelta(hours=1), "unchanged is as good as new"


def test_a_copy_that_is_gone_is_fetched_whole(server: HTTPServer, source: str) -> None:
    answers(server, GOOD, ETag='"one"')
    refreshed()
    listfetch.copy_of(source).unlink()
    assert refreshed().state == "new"


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (Response("gone", status=404), "answered 404"),
        (Response("", status=503), "answered 503"),
        (Response(""), "no entries"),
        (Response("# all clear\n"), "no entries"),
        (Response("<!doctype html><HTML><body>Maintenance</body>"), "a page"),
        (Response(b"\xff\xfe\x00e\x00v"), "Unicode"),
        (Response(b"\x1f\x8b\x08\x00zipped"), "Unicode"),
        (Response(status=302, headers={"Location": "http://localhost/other.txt"}), "out of https"),
        (Response(status=302, headers={"Location": "file:///etc/hosts"}), "answered 302"),
        (Response(status=302, headers={"Location": "/phishing.txt"}), ""),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_the_last_good_copy_stays_in_use(server: HTTPServer, source: str, response: Response, why: str) -> None:
    answers(server, GOOD)
    refreshed()
    server.clear()
    server.expect_request("/phishing.txt").respond_with_response(response)
    before = alarm.counts().get("listfetch", 0)
    failed = refreshed(AT + timedelta(hours=1))
    assert failed.state == "failed"
    assert why in failed.record.error
    assert alarm.counts()["listfetch"] == before + 1
    assert denied() == {"evil.example", "worse.example"}
    assert failed.record.age(AT + timedelta(hours=1)) == timedelta(hours=1)
    assert not list(Path(listfetch.copy_of(source)).parent.glob(".fetching-*"))


def test_an_answer_that_breaks_off_replaces_nothing(server: HTTPServer, source: str) -> None:
    answers(server, GOOD)
    refreshed()
    server.clear()
    server.expect_request("/phishing.txt").respond_with_handler(
        lambda _: Response(iter([b"only.example\n"]), headers={"Content-Length": "5000"})
    )
    assert refreshed().state == "failed"
    assert denied() == {"evil.example", "worse.example"}


def test_a_list_beyond_the_bound_is_not_taken(server: HTTPServer, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listfetch, "MAX_OCTETS", 20)
    answers(server, GOOD)
    assert "longer than 20" in refreshed().record.error


def test_a_server_that_drips_is_left(server: HTTPServer, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listfetch, "TOTAL_SECONDS", -1)
    answers(server, GOOD)
    assert "took more than" in refreshed().record.error


def test_a_server_with_a_wrong_certificate_is_not_believed(
    settings: Any, tmp_path: Path, authority: trustme.CA
) -> None:
    with serving(trustme.CA()) as stranger:
        stranger.expect_request("/phishing.txt").respond_with_data(GOOD)
        fetched_from(settings, tmp_path, stranger.url_for("/phishing.txt"))
        assert "CERTIFICATE_VERIFY_FAILED" in refreshed().record.error


def test_a_server_that_is_down_is_an_alarm_and_no_crash(settings: Any, tmp_path: Path) -> None:
    fetched_from(settings, tmp_path, "https://localhost:9/phishing.txt")
    assert refreshed().state == "failed"


def test_a_file_is_a_source_too(settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "feed.txt"
    path.write_text(GOOD, encoding="utf-8")
    settings.CALGUARD = {
        **settings.CALGUARD,
        "LIST_SOURCES": {"deny_domains": [str(path)]},
        "LIST_DIR": str(tmp_path / "d"),
    }
    assert [refreshed().state, refreshed().state] == ["new", "same"]
    path.write_text("fresh.example\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert (refreshed().state, denied()) == ("new", {"fresh.example"})
    path.unlink()
    assert (refreshed().state, denied()) == ("failed", {"fresh.example"})


def test_a_feed_cannot_refuse_half_the_world(server: HTTPServer, source: str) -> None:
    answers(server, "com\nco.uk\nzoom.us\ndocs.google.com\neventbrite.com\nevil.example\n")
    refreshed()
    assert denied() == {"evil.example"}


def test_ones_own_file_may_refuse_a_service(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("docs.google.com\ncom\n", encoding="utf-8")
    settings.CALGUARD = {**settings.CALGUARD, "LISTS": {"deny_domains": str(tmp_path / "own.txt")}}
    assert denied() == {"docs.google.com"}, "a whole ending is a slip of the pen"


@pytest.mark.requirement("R03")
def test_a_source_never_fetched_is_missing_until_it_is(server: HTTPServer, source: str) -> None:
    assert hostlists.current()[1] == {"lists.deny_domains"}
    answers(server, GOOD)
    refreshed()
    assert hostlists.current()[1] == frozenset()


def test_several_sources_and_ones_own_file_are_one_list(
    server: HTTPServer, source: str, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "own.txt").write_text("mine.example\n", encoding="utf-8")
    (tmp_path / "more.txt").write_text("third.example\n", encoding="utf-8")
    settings.CALGUARD = {
        **settings.CALGUARD,
        "LISTS": {"deny_domains": str(tmp_path / "own.txt")},
        "LIST_SOURCES": {"deny_domains": [source, str(tmp_path / "more.txt")]},
    }
    answers(server, GOOD)
    listfetch.refresh(at=AT)
    assert denied() == {"mine.example", "evil.example", "worse.example", "third.example"}
    first, second = hostlists.current()[0], hostlists.current()[0]
    assert first.deny_domains is second.deny_domains, "a check does not join the lists anew"


def test_the_task_the_command_and_the_doctor(server: HTTPServer, source: str) -> None:
    (never,) = diagnosis._link_lists()
    assert (never.state, "calguard_refresh_lists" in never.todo) == ("error", True)
    answers(server, GOOD)
    tasks.refresh_lists()
    (fresh,) = diagnosis._link_lists()
    assert (fresh.state, fresh.name) == ("ok", "list deny_domains")
    assert "2 entries, 0 h old" in fresh.said
    assert "secret" not in fresh.said
    out = io.StringIO()
    call_command("calguard_refresh_lists", stdout=out)
    assert "deny_domains  new" in out.getvalue()
    server.clear()
    server.expect_request("/phishing.txt").respond_with_data("", status=500)
    with pytest.raises(CommandError, match="1 of 1 sources failed"):
        call_command("calguard_refresh_lists", stdout=out)
    (failing,) = diagnosis._link_lists()
    assert (failing.state, "answered 500" in failing.said) == ("warning", True)
    assert "calguard.refresh_lists" in {entry["task"] for entry in tasks.BEAT_SCHEDULE.values()}


def test_the_doctor_tells_of_a_list_grown_old(server: HTTPServer, source: str) -> None:
    answers(server, GOOD)
    refreshed(datetime(2020, 1, 1, tzinfo=UTC))
    (old,) = diagnosis._link_lists()
    assert (old.state, "days old" in old.said) == ("warning", True)


def test_the_command_asks_for_a_directory(settings: Any) -> None:
    settings.CALGUARD = {
        **settings.CALGUARD,
        "LIST_SOURCES": {"deny_urls": "https://lists.example/x"},
        "LIST_DIR": None,
    }
    with pytest.raises(CommandError, match="LIST_DIR"):
        call_command("calguard_refresh_lists")


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("https://evil.example/pay?x=1", 1),
        ("evil.example/pay", 1),
        ("a" * 64, 1),
        ("sha256:" + "B" * 64, 1),
        ("# https://evil.example/", 0),
        ("", 0),
        ("http://", 0),
    ],
)
def test_lists_of_addresses(line: str, count: int) -> None:
    assert len(hostlists.read_urls(line)) == count


def test_a_line_that_is_no_name_spoils_no_list() -> None:
    assert hostlists.read_list("ü" * 80 + ".example\nevil.example") == ["evil.example"]


def test_nothing_to_fetch_is_said() -> None:
    out = io.StringIO()
    call_command("calguard_refresh_lists", stdout=out)
    assert "LIST_SOURCES" in out.getvalue()
