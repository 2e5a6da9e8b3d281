"""The month, the list, the frame around every page, and the mail window."""

from datetime import datetime, timedelta
from email.message import EmailMessage as Parsed
from zoneinfo import ZoneInfo

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from demo import mailbox, people, sample
from demo.models import Event, Organisation, User
from tests.demo.conftest import text_of

pytestmark = pytest.mark.django_db


def put(user, title, start, *, hours=1.0, tz="Europe/Berlin", **fields):
    begin = start.replace(tzinfo=ZoneInfo(tz))
    return Event.objects.create(
        owner=user, uid=title, title=title, starts_at=begin, ends_at=begin + timedelta(hours=hours), time_zone=tz,
        changed_at=timezone.now(), **fields,
    )  # fmt: skip


def squares(page):
    """The day and the chips of every square of a month."""
    cells = LexborHTMLParser(page.content).css("table.month td")
    return {
        (cell.css_first("a.number").attributes["href"])[-10:]: [
            chip.text(deep=True).split() for chip in cell.css("a.chip")
        ]
        for cell in cells
    }


def test_a_weekly_event_keeps_its_hour_when_the_clocks_change(ada):
    put(ada.user, "Round", datetime(2026, 10, 19, 8), recurrence="weekly")
    found = squares(ada.get("/calendar/2026/10/"))
    assert {day: chips for day, chips in found.items() if chips} == {
        "2026-10-19": [["08:00", "Round"]],
        "2026-10-26": [["08:00", "Round"]],  # after the change of 25 October
    }
    assert squares(ada.get("/calendar/2026/11/"))["2026-11-30"] == [["08:00", "Round"]]


def test_a_month_shows_times_where_the_viewer_is(ada):
    put(ada.user, "Call", datetime(2026, 6, 30, 20), tz="America/New_York")
    found = squares(ada.get("/calendar/2026/07/"))
    assert found["2026-07-01"] == [["02:00", "Call"]]
    assert found["2026-06-30"] == []


def test_an_event_over_midnight_is_on_both_days_and_one_until_midnight_on_one(ada):
    put(ada.user, "Night", datetime(2026, 6, 10, 22), hours=4)
    put(ada.user, "Evening", datetime(2026, 6, 12, 22), hours=2)
    found = squares(ada.get("/calendar/2026/06/"))
    assert (found["2026-06-10"], found["2026-06-11"]) == ([["22:00", "Night"]], [["…", "Night"]])
    assert found["2026-06-13"] == []


def test_a_full_day_names_the_rest(ada):
    for number in range(7):
        put(ada.user, f"e{number}", datetime(2026, 6, 10, 8 + number))
    page = ada.get("/calendar/2026/06/")
    assert len(squares(page)["2026-06-10"]) == 3
    assert "4 more" in text_of(page)


def test_others_events_and_cancelled_ones_are_not_shown(ada, visitor):
    put(visitor("ben").user, "Bens", datetime(2026, 6, 16, 8))
    put(ada.user, "Off", datetime(2026, 6, 16, 9), cancelled_at=timezone.now())
    put(ada.user, "On", datetime(2026, 6, 16, 10))
    said = text_of(ada.get("/list/"))
    assert "On" in said
    assert "Off" not in said
    assert "Bens" not in said


@pytest.mark.parametrize("path", ["/calendar/2026/13/", "/calendar/99999/1/", "/list/?from=0001-01-01", "/events/7/"])
def test_odd_addresses_are_not_found(ada, path):
    assert ada.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/list/?from=2026-02-31", "/list/?from=x", "/events/new/?day=2026-02-31"])
def test_odd_days_are_today(ada, path):
    assert ada.get(path).status_code == 200


def test_every_page_has_the_policy_and_nothing_inline(ada):
    event = put(ada.user, "Lunch", datetime(2026, 6, 16, 10))
    for path in (
        "/calendar/",
        "/list/",
        "/inbox/",
        "/events/new/",
        "/mail/",
        "/account/",
        "/import/",
        f"/events/{event.pk}/",
    ):
        page = ada.get(path)
        assert page.headers["Content-Security-Policy"].startswith("default-src 'self'; worker-src 'self' blob:")
        tree = LexborHTMLParser(page.content)
        assert tree.css("[style], style, [onclick], script:not([src])") == []
        assert not [link for link in tree.css("link[href], script[src], img[src]") if "//" in str(link.attributes)]


def test_health_and_static_files_need_no_debug(client, db):
    assert client.get("/health").json() == {"status": "ok"}
    style = client.get("/static/demo/style.css")
    assert b"--paper" in b"".join(style.streaming_content)
    style.close()
    assert client.get("/static/../settings.py").status_code in {400, 404}


def test_notes_are_text(ada):
    event = put(ada.user, "<b>x</b>", datetime(2026, 6, 16, 10), notes="<script>alert(1)</script>")
    page = ada.get(f"/events/{event.pk}/").content
    assert b"<script>alert" not in page
    assert b"&lt;b&gt;x" in page


def test_mail_is_kept_and_shown_exactly_as_sent(ada):
    body = "<script>alert(1)</script>\n" + "-" * 79 + "\nSubject: not another mail\n"
    sent = EmailMessage("Grüße", body, "a@almanac.example", ["b@x.example"])
    assert mailbox.FolderBackend().send_messages([sent]) == 1
    (name,) = mailbox.names()
    kept = mailbox.load(name)
    assert kept.subject == "Grüße"
    assert kept.parts[0].text == body
    listed = ada.get("/mail/")
    assert "Grüße" in text_of(listed)
    shown = ada.get(f"/mail/{name}/").content.decode()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert" not in shown


def test_the_newest_mail_comes_first_and_pages_turn(ada):
    for number in range(25):
        mailbox.FolderBackend().send_messages([EmailMessage(f"n{number}", "", "a@almanac.example", ["b@x.example"])])
    first, second = text_of(ada.get("/mail/")), text_of(ada.get("/mail/?page=2"))
    assert "n24" in first
    assert "n4 " not in first
    assert "n4 " in second


@pytest.mark.parametrize("name", ["..%2f..%2fsecret-key", "x", "0000000000000000000-00000000", "1.partial"])
def test_mail_names_lead_nowhere_else(ada, name):
    assert ada.get(f"/mail/{name}/").status_code == 404


def test_a_broken_mail_still_has_a_page(ada, settings):
    settings.EMAIL_FILE_PATH.mkdir(parents=True)
    name = f"{1:019d}-0123abcd"
    (settings.EMAIL_FILE_PATH / f"{name}.eml").write_bytes(
        b"Content-Type: \xff/\xff; x\r\nSubject: =?utf-8?q?=ff\r\n\r\n\xff"
    )
    assert ada.get(f"/mail/{name}/").status_code == 200
    assert isinstance(mailbox.load(name).parts, tuple)
    assert Parsed().is_multipart() is False


def test_loading_the_people_twice_changes_nothing(residents):
    at = timezone.now()
    made = User.objects.count()
    ada = User.objects.get(first_name="Ada")
    ada.set_password("another long one")
    ada.save()
    assert people.load(at) == []
    assert User.objects.count() == made == len(people.PEOPLE)
    assert User.objects.get(first_name="Ada").check_password("another long one")
    assert Organisation.objects.count() == len(people.ORGANISATIONS)


def test_staff_have_what_their_role_needs(residents):
    rita, vic = (User.objects.get(first_name=name) for name in ("Rita", "Vic"))
    assert rita.has_perms(["calguard.view_case", "calguard.decide_case", "calguard.suspend_case"])
    assert vic.has_perm("calguard.view_case")
    assert not vic.has_perm("calguard.decide_case")
    assert not User.objects.get(first_name="Ada").is_staff


def test_samples_lie_around_now_and_invite_nobody(residents):
    at = timezone.now()
    users = list(User.objects.all())
    assert sample.load(users, at) == Event.objects.count() > 0
    assert not Event.objects.filter(guests__isnull=False).exists()
    assert all(abs(event.starts_at - at) < timedelta(days=17) for event in Event.objects.all())
