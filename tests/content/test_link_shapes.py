"""The shape of an address: what machines write, and what people and honest services write that looks nearly so."""

from __future__ import annotations

import pytest

from calguard.content.link_shapes import of, shapes
from calguard.content.links import find
from tests.support.growth import growth

pytestmark = [pytest.mark.requirement("R39")]

TOKEN = "7Kq2vB9xTfL4mZpW8dYs3HcRj6Nu1aGe"


def codes(text: str) -> set[str]:
    return {shape.code for _, shape in shapes(find(text, "DESCRIPTION"))}


@pytest.mark.parametrize(
    "text",
    [
        "https://us02web.zoom.us/j/81234567890?pwd=TnZ4b3FqRHY2RUFCdz09QWxrc2pm",
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_ZjE4YjQ3ZmItN2Q2%40thread.v2/0?context=%7b%22Tid%22%3a%221%22%7d",
        "https://meet.google.com/abc-defg-hij?authuser=ann@example.com",
        "https://www.google.com/maps/place/Rathaus/@52.5,13.4,17z/data=!3m1!4b1!4m6!3m5!1s0x47a84e1e0f1b1b1b:0x9c4e",
        "https://maps.app.goo.gl/Xy12Zw34Vu56Ts789",
        "https://calendar.google.com/calendar/event?eid=NmF0OGJ2cTR2ZnBrMWo4NzQ1ZmU2c3Y5MGYgYW5uQGV4YW1wbGUuY29t",
        "https://doodle.com/meeting/participate/id/aK8zQmXe7bRt2LpYvNc4",
        "https://www.eventbrite.com/e/summer-fair-tickets-1234567890123?aff=ebdssbdestsearch&keep_tld=1",
        "https://partiful.com/e/Q7dK2mXbV9sLpR4tYwZe",
        "https://github.com/acme/tool/commit/3f786850e387550fdab836ed7e6dc881de23001b",
        "https://en.wikipedia.org/wiki/Treaty_of_Westphalia#Peace_of_Westphalia",
        "https://news.example/2026/06/15/annual-general-meeting-minutes-and-next-steps",
        "https://www.acme.example/AnnualGeneralMeetingMinutesAndReports2026.pdf",
        "https://acme.example/blog/how-we-built-our-new-event-platform-in-2026",
        "https://tickets.acme.example/order/4711/invoice/20260615",
        "https://acme.example/r/550e8400-e29b-41d4-a716-446655440000",  # a UUID
        "https://schlittschuhbahn.example/oeffnungszeiten",
        "https://llanfairpwllgwyngyll.example/",
        "https://rhythm-and-blues.example/",
        "https://www2.acme.example/a",
        "https://acme.example/wp-content/uploads/2026/05/agenda.pdf",
        "https://acme.example/wp-content/themes/ours/logo.png",
        "https://acme.example/#/agenda/day-two",
        "https://acme.example/page#:~:text=the%20quick%20brown%20fox%20jumps",
        "Agenda: https://acme.example/a and again https://acme.example/a",
        "https://acme-lectures.web.app/ and https://ines.github.io/",
        "https://myfestival2026.netlify.app/",
        "https://bbb.school.example/rooms/abc-def-ghi-jkl/join",
        "https://acme.example/MyTeam and https://acme.example/Q3 and https://acme.example/2026",
        "https://acme.example/about and https://acme.example/SommerFest and https://acme.example/IKT2026",
        "https://acme.example/room12 and https://acme.example/covid19",
        "https://bit.ly/97Q7Yj",  # said elsewhere
        "no link at all",
    ],
)
def test_ordinary_addresses(text: str) -> None:
    assert codes(text) == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"https://evil.example/{TOKEN}", "random_path"),
        ("https://evil.example/track/TnZ4b3FqRHY2RUFCdz09QWxrc2pmTnZ4b3FqRHY2RUFC", "random_path"),
        ("https://go.evil.example/97Q7Yj", "short_code"),
        ("https://evil.example/OafvOF", "short_code"),
        (f"https://evil.example/go.php?id={TOKEN}", "random_query"),
        (f"https://evil.example/#{TOKEN}", "random_fragment"),
        ("https://storage.googleapis.com/abc/x.html#cl/17_md/4/2057/1029/58/77", "random_fragment"),
        ("https://evil.example/3f786850e387550fdab836ed7e6dc881de23001b", "hex_run"),
        ("https://evil.example/cl/8121_md/3/99101/2029/587", "numbered_path"),
        ("https://xkcvbnrtplkjh.example/", "random_host"),
        ("https://q7x2v9k4m1.example/", "random_host"),
        ("https://192-0-2-44.evil.example/a", "numbered_host"),
        ("https://44.2.0.192.host.evil.example/a", "numbered_host"),
        ("https://59865.evil.example/", "numbered_host"),
        ("https://prize.icu/", "cheap_ending"),
        ("https://q7x2v9k4m1.pages.dev/", "throwaway_page"),
        ("https://storage.googleapis.com/q7x2v9k4m1/a.html", "throwaway_page"),
        ("https://acme.example/wp-includes/js/secure/", "hacked_folder"),
        ("https://acme.example/wp-content/uploads/login.php", "hacked_folder"),
        ("https://acme.example/.well-known/acme-challenge/bank/", "hacked_folder"),
        ("https://evil.example/?e=victim@company.example", "address_inside"),
        ("https://evil.example/?e=victim%40company.example", "address_inside"),
        ("https://evil.example/" + b"victim@company.example".hex(), "address_inside"),
        (f"https://evil.example/{TOKEN} https://evil.example/{TOKEN[::-1]}", "token_series"),
        (f"https://evil.example/{TOKEN} https://evil.example/{TOKEN[::-1]}", "page_per_reader"),
        ("https://evil.example/?act=cl&pid=0_mt&uid=2&vid=14813&ofid=199&cid=0", "numbered_path"),
        ("https://evil.example/a " * 3, "repeated"),
        (f"https://u1.ct.sendgrid.net/ls/click?upn={TOKEN}", "click_tracker"),
    ],
)
def test_machine_made_addresses(text: str, code: str) -> None:
    assert code in codes(text)


def test_what_is_seen_is_told() -> None:
    [shape] = [shape for shape in of(f"https://evil.example/go/{TOKEN}/x") if shape.code == "random_path"]
    assert shape.seen == TOKEN
    [shape] = of("https://evil.example/" + b"victim@company.example".hex())[1:]
    assert shape.seen == "victim@company.example"


def test_endings_with_much_honest_use_weigh_less() -> None:
    [cheap], [mild] = of("https://prize.icu/"), of("https://prize.info/")
    assert mild.strength < cheap.strength


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("piece", ["a1B/", "%41", "a@b.", "wp-content/uploads/", "1_", "=&", "x9X"])
def test_its_cost_is_bounded(piece: str) -> None:
    assert growth(lambda size: of.__wrapped__("https://evil.example/" + piece * size), 64, 64) <= 64 * 1.5
