"""What each way out does by itself: shares, bookings, reminders, webhooks; and that there is no other one."""

from __future__ import annotations

import ast
import hashlib
import hmac
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

import demo
from calguard import guard
from calguard.models import Decision
from demo import booking, mailbox, paths, tasks, webhooks
from demo.models import BookingPage, Event, InboxItem, Reminder, Share, User, Webhook, WebhookCall
from outbound.models import Charge, Submission
from tests.demo.conftest import HEADERS, form_of, text_of
from tests.demo.outlets import DENIED, HELD, lists

SAM, EMIL, VERA = "sam@riverside-pharmacy.example", "emil@lakeside-choir.example", "vera@visitors.example"
database = pytest.mark.django_db(transaction=True)


def charged(user):
    return sum(Charge.objects.filter(scope=f"account:{user.account}").values_list("units", flat=True))


@pytest.fixture
def page(ada):
    return BookingPage.objects.create(owner=ada.user, key="ada", title="First talk", question="What about?")


def book(ada, page, *, answer="About my knee", address=VERA, start=None, seconds=40):
    visitor = Client(headers=HEADERS)
    form = form_of(visitor.get(page.get_absolute_url()).content)
    ada.clock.shift(seconds)
    sent = {**form, "name": "Vera", "address": address, "answer": answer, **({"start": start} if start else {})}
    return form, visitor.post(page.get_absolute_url(), sent)


@database
@pytest.mark.requirement("R01")
def test_a_booking_tells_visitor_and_owner_and_names_who_acted(ada, page, work):
    _, answer = book(ada, page)
    assert "The invitation is on its way to vera@visitors.example" in text_of(answer)
    event = Event.objects.get()
    assert (event.title, event.booked) == ("First talk: Vera", True)
    submission = Submission.objects.get()
    assert submission.actor.startswith("visitor:")
    assert VERA not in submission.actor
    work()
    work()
    assert sorted(mailbox.load(name).to for name in mailbox.names()) == [ada.user.email, VERA]
    assert event.local_start not in booking.free(page, event.changed_at)


@database
def test_one_time_is_booked_once_and_one_form_is_one_booking(ada, page):
    form, first = book(ada, page)
    assert first.status_code == 200
    _, second = book(ada, page, start=form["start"])
    assert "just taken" in text_of(second)
    assert Event.objects.count() == 1


@database
@pytest.mark.requirement("R52")
@pytest.mark.parametrize(("words", "said", "events"), [(HELD, "looked at first", 1), (DENIED, "was not booked", 0)])
def test_a_booking_that_is_kept_back_restricts_nobody_and_tells_nobody(
    ada, page, words, said, events, work, settings, tmp_path
):
    lists(settings, tmp_path)
    _, answer = book(ada, page, answer=words)
    assert said in text_of(answer)
    work()
    assert Event.objects.count() == events
    assert [name for name in mailbox.names() if mailbox.load(name).to != "rita@almanac.example"] == []
    assert guard.can_send(ada.user).allowed


@database
def test_a_closed_page_and_a_suspended_owner_take_no_bookings(ada, page):
    assert Client().get(page.get_absolute_url()).status_code == 200
    BookingPage.objects.update(open=False)
    assert Client().get(page.get_absolute_url()).status_code == 404


@database
@pytest.mark.requirement("R16")
def test_what_waits_closes_no_page_and_gives_way_to_who_may_come(ada, page, settings, tmp_path, work):
    lists(settings, tmp_path)
    start = booking.free(page, timezone.now())[-1].isoformat()
    book(ada, page, answer=HELD, start=start)
    held = Event.objects.get()
    assert held.local_start not in booking.free(page, timezone.now()), "for a while"
    ada.clock.shift(timedelta(hours=5))
    assert "There is no free time" not in text_of(Client().get(page.get_absolute_url()))
    _, answer = book(ada, page, address="wim@visitors.example", start=start)
    assert "on its way to wim@visitors.example" in text_of(answer)
    work()
    assert [event.title for event in Event.objects.all()] == ["First talk: Vera"]
    assert Event.objects.get().pk != held.pk
    assert Submission.objects.get(reference=held.pk).state == "withdrawn"


@database
@pytest.mark.requirement("R16")
def test_the_first_that_is_released_has_the_time(ada, page, settings, tmp_path, work):
    lists(settings, tmp_path)
    start = booking.free(page, timezone.now())[-1].isoformat()
    book(ada, page, answer=HELD, start=start)
    ada.clock.shift(timedelta(hours=5))
    book(ada, page, answer=HELD, address="wim@visitors.example", start=start)
    assert Event.objects.count() == 2
    first = Submission.objects.earliest("created_at")
    first.holds.all().delete()
    work()
    assert [str(event.pk) for event in Event.objects.all()] == [first.reference]


@database
@pytest.mark.requirement("R60")
@pytest.mark.parametrize(("whom", "mails"), [(SAM, 1), (EMIL, 0)])
def test_sharing_reaches_somebody_by_mail_or_here_and_costs_the_same(ada, visitor, work, whom, mails):
    ada.send("/shares/", address=whom, title="Clinic hours", words="So that you see when I am in.")
    share = Share.objects.get()
    assert share.told_at is None
    work()
    work()
    share.refresh_from_db()
    assert share.told_at is not None
    assert [mailbox.load(name).to for name in mailbox.names()] == [whom] * mails
    assert charged(ada.user) == 1
    assert Submission.objects.get().channel == "share"
    emil = visitor("emil")
    assert ("Clinic hours" in text_of(emil.get("/inbox/"))) is (whom == EMIL)


@database
def test_whom_it_is_shared_with_sees_times_and_no_words(ada, visitor, work):
    ada.send("/shares/", address=EMIL, title="Clinic hours", words="")
    work()
    ada.send("/events/new/", title="Secret talk", notes="nobody's business", guests="")
    emil, share = visitor("emil"), Share.objects.get()
    assert emil.get(f"/shares/{share.pk}/").status_code == 404, "not before it was accepted"
    assert visitor("ben").client.post(f"/shares/{share.pk}/accept/").status_code == 404
    seen = emil.client.post(f"/shares/{share.pk}/accept/", follow=True)
    assert "Busy" in text_of(seen)
    assert "Secret" not in seen.content.decode()
    emil.client.post(f"/shares/{share.pk}/end/")
    assert emil.get(f"/shares/{share.pk}/").status_code == 404


@database
@pytest.mark.requirement("R60")
def test_a_reminder_goes_once_to_owner_and_guests_and_is_charged(ada, work):
    ada.send("/events/new/", title="Lunch", guests=f"{SAM}, {EMIL}", reminder="10")
    work()
    event = Event.objects.get()
    tasks.reminders()
    assert Reminder.objects.count() == 0, "not yet"
    ada.clock.move_to(event.starts_at - timedelta(minutes=9))
    before, mails = charged(ada.user), len(mailbox.names())
    for _ in range(3):
        tasks.reminders()
        work()
    told = [mailbox.load(name) for name in mailbox.names()][: len(mailbox.names()) - mails]
    assert sorted(mail.to for mail in told) == [ada.user.email, EMIL, SAM]
    assert {mail.auto for mail in told} == {"auto-generated"}
    assert charged(ada.user) - before == 2


@database
@pytest.mark.requirement("R01")
@pytest.mark.parametrize(("proved", "mails"), [(True, 1), (False, 0)])
def test_who_signs_up_with_anothers_address_sends_them_no_reminders(ada, work, proved, mails):
    """A note to oneself is judged by nobody: it goes to nobody else."""
    ada.send("/events/new/", title="Claim your prize", guests="", reminder="10")
    work()
    event = Event.objects.get()
    if not proved:
        User.objects.filter(pk=ada.user.pk).update(email_verified_at=None)
    ada.clock.move_to(event.starts_at - timedelta(minutes=9))
    tasks.reminders()
    work()
    assert [mailbox.load(name).to for name in mailbox.names()] == [ada.user.email] * mails


@database
@pytest.mark.requirement("R01")
def test_nor_does_their_booking_page_write_to_them(ada, page, work):
    User.objects.filter(pk=ada.user.pk).update(email_verified_at=None)
    book(ada, page)
    work()
    work()
    assert ada.user.email not in [mailbox.load(name).to for name in mailbox.names()]


@database
@pytest.mark.parametrize("deed", ["cancel", "edit"])
def test_no_reminder_of_what_was_called_off_or_changed_meanwhile(ada, work, deed):
    ada.send("/events/new/", title="Lunch", guests=SAM, reminder="60")
    work()
    event = Event.objects.get()
    ada.clock.move_to(event.starts_at - timedelta(minutes=50))
    tasks.reminders()
    ada.send(f"/events/{event.pk}/{deed}/", **({"title": "Supper"} if deed == "edit" else {}))
    work()
    assert not [name for name in mailbox.names() if "Reminder" in mailbox.load(name).subject]


@database
@pytest.mark.requirement("R52")
def test_a_webhook_is_told_of_what_left_and_of_nothing_else(ada, work, settings, tmp_path, httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    where = f"{httpserver.host}:{httpserver.port}"
    settings.ALMANAC_WEBHOOK_HOSTS = frozenset({where})
    ada.client.post("/account/access/", {"form": "webhook", "url": f"http://{where}/hook"})
    hook = Webhook.objects.get()
    lists(settings, tmp_path)
    ada.send("/events/new/", title="Lunch", guests=SAM)
    ada.send("/events/new/", title="Held", notes=HELD, guests=SAM)
    webhooks.call_due(Decision.objects.latest("created_at").created_at)
    assert httpserver.log == []
    work()
    tasks.calls()
    tasks.calls()
    ((request, _),) = httpserver.log
    assert request.json["title"] == "Lunch"
    mac = hmac.new(hook.secret.encode(), request.data, hashlib.sha256).hexdigest()
    assert request.headers["X-Almanac-Signature"] == f"sha256={mac}"
    assert WebhookCall.objects.get().answer == "HTTP 200"


@database
def test_a_webhook_follows_no_redirect_and_is_tried_again_before_it_is_given_up(ada, work, settings, httpserver):
    httpserver.expect_request("/hook").respond_with_data("", status=302, headers={"Location": "/inner"})
    settings.ALMANAC_WEBHOOK_HOSTS = frozenset({f"{httpserver.host}:{httpserver.port}"})
    Webhook.objects.create(user=ada.user, url=httpserver.url_for("/hook"), secret="s")
    ada.send("/events/new/", title="Lunch", guests=SAM)
    work()
    for _ in range(8):
        tasks.calls()
        ada.clock.shift(timedelta(hours=1))
    assert {request.path for request, _ in httpserver.log} == {"/hook"}
    call = WebhookCall.objects.get()
    assert (call.attempts, call.done_at is not None, len(httpserver.log)) == (5, True, 5)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/", "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/",
        "http://hooks.example@127.0.0.1/", "http://hooks.example:80@127.0.0.1/", "ftp://hooks.example/",
        "file:///etc/passwd", "http://hooks.example.evil.example/", "http://hooks.example:8443/", "https://hooks.example/",
        "http://hooks.example:x/", "//hooks.example/", "",
    ],
)  # fmt: skip
def test_only_the_very_hosts_that_the_operator_named_are_called(settings, url):
    settings.ALMANAC_WEBHOOK_HOSTS = frozenset({"hooks.example:80"})
    assert webhooks.allowed("http://hooks.example/a")
    assert not webhooks.allowed(url)


# --- no other way out: read from the source -------------------------------------------------------------------------

SOURCES = {
    ".".join(path.relative_to(Path(demo.__file__).parent).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
    for path in sorted(Path(demo.__file__).parent.rglob("*.py"))
    if not {"migrations", "management"} & set(path.parts) and path.name != "urls.py"
}
GUARD = {"guard.sending", "guard.check"}
MAIL = {"EmailMessage", "EmailMultiAlternatives", "send_mail", "send_mass_mail", "mail_admins", "get_connection"}
HERE = {"InboxItem.objects.create", "InboxItem.objects.get_or_create", "InboxItem.objects.update_or_create"}
NETWORK = {"http.client.HTTPConnection", "http.client.HTTPSConnection", "urlopen", "requests", "socket"}


def functions() -> dict[str, ast.AST]:
    """Every function and method of the demo, as module.name or module.Class.name."""
    found = {}
    for module, tree in SOURCES.items():
        for node in tree.body:
            inner = node.body if isinstance(node, ast.ClassDef) else [node]
            before = f"{module}.{node.name}" if isinstance(node, ast.ClassDef) else module
            for one in inner:
                if isinstance(one, ast.FunctionDef):
                    found[f"{before}.{one.name}"] = one
                elif isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                    found[f"{before}.{one.targets[0].id}"] = one  # such as `event = endpoint(GET=show, ...)`
    return found


FUNCTIONS = functions()


def mentioned(node: ast.AST) -> set[str]:
    return {ast.unparse(one) for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)}


def imported(module: str) -> dict[str, str]:
    """What a name means in a module, where it comes from another module of the demo."""
    found = {}
    for node in ast.walk(SOURCES[module]):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "demo":
            before = (node.module or "").partition(".")[2]
            found |= {alias.asname or alias.name: f"{before}.{alias.name}".strip(".") for alias in node.names}
    return found


def leads_to(name: str) -> set[str]:
    """The demo's functions that one mentions, by call or by handing them on."""
    module = next(one for one in sorted(SOURCES, key=len, reverse=True) if name.startswith(f"{one}."))
    names, found = imported(module), set()
    for written in mentioned(FUNCTIONS[name]):
        first, dot, rest = written.partition(".")
        for meant in (f"{names.get(first, module + '.' + first)}{dot}{rest}", f"{module}.{written}"):
            if meant in FUNCTIONS and meant != name:
                found.add(meant)
    return found


LEADS = {name: leads_to(name) for name in FUNCTIONS}


def reach(start: str) -> set[str]:
    seen, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += LEADS.get(name, ())
    return seen


def using(words: set[str]) -> set[str]:
    return {name for name, node in FUNCTIONS.items() if mentioned(node) & words}


@pytest.mark.requirement("R01")
def test_the_guard_is_asked_in_few_places_and_all_are_known() -> None:
    assert using(GUARD) == paths.ASKING


@pytest.mark.requirement("R01")
def test_every_page_and_task_that_asks_the_guard_is_on_the_list() -> None:
    asking = {name for name in FUNCTIONS if reach(name) & paths.ASKING}
    pages = {
        pattern.name
        for pattern in get_resolver("demo.urls").url_patterns
        if getattr(pattern, "callback", None) is not None and _function(pattern.callback, pattern.name) in asking
    }
    timed = {name for name in asking if name.startswith("tasks.") and isinstance(FUNCTIONS[name], ast.FunctionDef)}
    assert pages | {f"almanac.{name.partition('.')[2]}" for name in timed} == {path.via for path in paths.PATHS}


def _function(callback: object, name: str | None) -> str:
    """Where a page's view stands: undecorated, or the variable that an endpoint was made into."""
    module = str(getattr(callback, "__module__", "")).removeprefix("demo.")
    plain = f"{module}.{getattr(callback, '__name__', '')}"
    if plain in FUNCTIONS and not plain.endswith(".view"):
        return plain
    for one, node in FUNCTIONS.items():
        if isinstance(node, ast.Assign) and one.startswith(f"{module}."):
            import importlib

            if getattr(importlib.import_module(f"demo.{module}"), one.rpartition(".")[2], None) is callback:
                return one
    return plain


@pytest.mark.requirement("R01")
def test_whatever_lets_something_out_is_reached_from_nowhere_but_the_guards_callbacks() -> None:
    """Mail, a calendar here, a call over the network: from what CalGuard calls, from notes to oneself, from pages that
    send our own words to the account's own address; and from no other page, task or function."""
    out = using(MAIL | HERE | NETWORK) - {"mailbox.FolderBackend.send_messages", "visitor._open"}
    entrances = {name for name in FUNCTIONS if reach(name) & out and not any(name in LEADS[one] for one in FUNCTIONS)}
    modules = {name for name in entrances if name.partition(".")[0] not in {"visitor", "mailbox", "secret"}}
    own = {"views.accounts.sign_up", "views.accounts.verify_again"}
    allowed = own | {"host.AlmanacHost.deliver", "host.AlmanacHost.released", "tasks.calls", "tasks.reminders"}
    assert modules - allowed - {f"apps.{name}" for name in ("DemoConfig.ready",)} == set()
    for name in (
        "views.events.create",
        "views.api.create",
        "views.dav.write",
        "views.booking.book",
        "views.shares.listing",
    ):
        inside = reach(name)
        assert not inside & out, f"{name} lets something out by itself: {inside & out}"


def test_nobody_is_told_without_the_database() -> None:
    """InboxItem is written by delivery alone, and read elsewhere."""
    assert using(HERE) == {"delivery._invited"}
    assert InboxItem is not None
