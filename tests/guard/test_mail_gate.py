"""No verdict, no mail: whoever built it, however it is disguised, with or without a request."""

from __future__ import annotations

import base64
from email.message import EmailMessage as Mime

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.utils import timezone

from calguard import dispatch, enforcement, guard
from calguard.integrations.mail import Denied
from calguard.models import Case, Decision
from outbound.models import Charge, Delivery, Submission
from tests.guard.events import LURE, invitation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R01")]


@pytest.fixture(autouse=True)
def gate(settings):
    settings.EMAIL_BACKEND = "calguard.integrations.mail.GuardedBackend"
    settings.CALGUARD = {**settings.CALGUARD, "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}


def post(
    guest="ben@home.example",
    *,
    ics=None,
    subtype="text/calendar; method=REQUEST",
    body="You are invited.",
    sender="Calendar <no-reply@calendar.example>",
    silently=False,
    **event,
):
    message = EmailMultiAlternatives("Invitation", body, sender, [guest])
    message.attach("invite.ics", ics if ics is not None else invitation(guests=[guest], **event), subtype)
    return message.send(fail_silently=silently)


def left():
    return [m.to[0] for m in mail.outbox if m.extra_headers.get("Auto-Submitted") is None]


def test_mail_without_a_calendar_passes_untouched(db):
    assert EmailMessage("Reset your password", f"text {LURE}", "a@b.example", ["c@d.example"]).send() == 1
    assert not Decision.objects.exists()


def test_an_innocent_invitation_leaves_and_is_on_record(person):
    person()
    assert post() == 1
    assert left() == ["ben@home.example"]
    assert Decision.objects.get().account.endswith(":1") or Decision.objects.get().account
    assert Delivery.objects.get().state == "sent"
    assert Delivery.objects.get().recipient == ""


@pytest.mark.requirement("R52")
def test_a_lure_is_kept_and_does_not_count_as_sent(person, work):
    person("x@free.example", days=0.1)
    assert post(organizer="x@free.example", summary=LURE) == 0
    assert left() == []
    work()
    assert left() == []
    assert [m.to for m in mail.outbox if "x@free.example" in m.to], "its owner is told"
    assert Case.objects.count() == 1


def test_a_released_mail_leaves_as_it_was_rendered(person, work):
    person("x@free.example", days=0.1)
    post(organizer="x@free.example", summary=LURE, body="exactly these words")
    work()
    enforcement.release(Case.objects.get(), reviewer="rita", reason="fine", at=timezone.now())
    work()
    assert left() == ["ben@home.example"]
    sent = next(m for m in mail.outbox if m.to == ["ben@home.example"])
    assert "exactly these words" in sent.message().as_string()
    assert Submission.objects.get().state == "sent"


@pytest.mark.requirement("R08")
def test_a_refusal_is_a_mail_error_and_silence_is_zero(person, rf):
    from calguard import current

    user = person()
    request = rf.post("/")
    request.user = user
    with current.serving(request):
        with pytest.raises(Denied, match=r"5\.7\.1"):
            post(organizer="boss@other.example")
        assert post(organizer="boss@other.example", silently=True) == 0
    assert left() == []


def test_an_unknown_sender_is_not_trusted(db, work):
    assert post(organizer="nobody@nowhere.example", summary=LURE) == 0
    work()
    assert left() == []
    assert Decision.objects.get().account.startswith("unknown:")


@pytest.mark.parametrize(
    "subtype", ["text/calendar", "application/octet-stream", "application/ics", "text/plain", "image/png"]
)
def test_a_calendar_is_known_by_its_content(person, subtype):
    person("x@free.example", days=0.1)
    assert post(organizer="x@free.example", summary=LURE, subtype=subtype) == 0
    assert left() == []


def test_a_calendar_inside_a_forwarded_mail_is_found(person):
    person("x@free.example", days=0.1)
    inner = Mime()
    inner["Subject"] = "inner"
    inner.set_content("hello")
    inner.add_attachment(
        base64.b64encode(invitation(organizer="x@free.example", summary=LURE)), maintype="application", subtype="ics"
    )
    inner.replace_header("MIME-Version", "1.0")
    part = next(p for p in inner.walk() if p.get_content_subtype() == "ics")
    part.set_payload(base64.b64encode(invitation(organizer="x@free.example", summary=LURE)).decode())
    part.replace_header("Content-Transfer-Encoding", "base64")
    outer = EmailMessage("Fwd", "see below", "x@free.example", ["ben@home.example"])
    outer.attach("inner.eml", inner.as_bytes(), "message/rfc822")
    assert outer.send() == 0
    assert left() == []


@pytest.mark.requirement("R74")
def test_a_payload_only_in_the_html_body_is_seen(person):
    person("x@free.example", days=0.1)
    message = EmailMultiAlternatives("Invitation", "You are invited.", "x@free.example", ["ben@home.example"])
    message.attach_alternative(f"<p>{LURE}</p>", "text/html")
    message.attach("invite.ics", invitation(organizer="x@free.example"), "text/calendar; method=REQUEST")
    assert message.send() == 0
    assert left() == []


def test_one_mail_per_guest_is_one_submission_charged_per_guest(person):
    user = person()
    ics = invitation(guests=[f"g{n}@x.example" for n in range(5)])
    assert sum(post(f"g{n}@x.example", ics=ics) for n in range(5)) == 5
    assert Submission.objects.count() == 1
    assert Submission.objects.get().recipients >= 5
    assert guard.budget(user).hour.used == 5


@pytest.mark.requirement("R60")
def test_beyond_the_budget_mails_wait_and_leave_later(person, work):
    from datetime import timedelta

    from calguard.conf import conf
    from outbound import ledger

    user = person(days=10)
    room = conf.policy.budget("trial").hour
    scope = f"account:{conf.host.account(user)}"
    ledger.reserve(
        [ledger.Demand(scope=scope, units=room - 1, limits=[(timedelta(hours=1), room)])], "before", at=timezone.now()
    )
    ics = invitation(guests=["g1@x.example", "g2@x.example"])
    assert [post("g1@x.example", ics=ics), post("g2@x.example", ics=ics)] == [1, 0]
    later = timezone.now() + timedelta(hours=2)
    for freed in ledger.lift_due(at=later, limit=9):
        dispatch.send(freed, at=later)
    assert left() == ["g1@x.example", "g2@x.example"]


def test_a_host_that_asked_first_sends_its_own_mail_without_a_second_verdict(person, settings):
    settings.CALGUARD = {**settings.CALGUARD, "DISPATCH": "host"}
    user = person()
    ics = invitation(guests=["a@x.example", "b@x.example"])
    with guard.sending(user, ics):
        pass
    assert post("a@x.example", ics=ics) + post("b@x.example", ics=ics) == 2
    assert Decision.objects.count() == 1
    assert post("stranger@x.example", ics=ics) in (0, 1)
    assert Decision.objects.count() == 2, "a guest nobody asked about is another attempt"


def test_a_gate_that_breaks_lets_nothing_through(person, monkeypatch):
    person()
    monkeypatch.setattr("calguard.mailgate.mails.calendars", lambda _raw: 1 / 0)
    with pytest.raises(Denied):
        post()
    assert left() == []


def test_many_messages_each_get_their_answer(person):
    person()
    person("x@free.example", days=0.1)
    messages = []
    for organizer, summary in [
        ("ada@clinic.example", "Lunch"),
        ("x@free.example", LURE),
        ("ada@clinic.example", "Tea"),
    ]:
        message = EmailMessage("Invitation", "", organizer, ["ben@home.example"])
        message.attach("i.ics", invitation(organizer=organizer, summary=summary, uid=summary[:5]), "text/calendar")
        messages.append(message)
    assert get_connection().send_messages(messages) == 2
    assert len(left()) == 2


@pytest.mark.requirement("R60")
@pytest.mark.parametrize(("times", "charged"), [(1, 1), (3, 1), (8, 6)])
def test_a_hosts_mail_that_is_sent_again_and_again_is_charged_each_time(person, work, times, charged):
    """A verdict is good for the mail it was asked for, and for a second try where a server was away."""
    user, calendar = person(), invitation(guests=["ben@home.example"])
    with guard.sending(user, calendar, reference="1", dispatch="host"):
        pass
    work()
    assert sum(post(ics=calendar) for _ in range(times)) == times
    rows = Charge.objects.filter(scope__startswith="account:")
    assert sum(rows.values_list("units", flat=True)) == charged
