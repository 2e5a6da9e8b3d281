"""Codes in pictures are read by the worker, and judged with the event before anything leaves."""

from __future__ import annotations

import io

import pytest
from django.core import mail
from django.utils import timezone
from PIL import Image

from calguard import cases, codes, review
from calguard.content import pictures
from calguard.guard import Verdict
from calguard.models import Decision
from outbound.models import Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests
from tests.support.pictures import attached, code, photograph, saved, shown

PAGE = "https://mail-verify.example/login"
WIFI = "WIFI:T:WPA;S:Clubhouse;P:welcome to all;;"


@pytest.mark.requirement("R34")
@pytest.mark.parametrize("kind", ["QRCode", "Aztec", "DataMatrix", "PDF417"])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_codes_are_read(kind, form):
    assert codes.read([code(PAGE, kind=kind, form=form)]) == [PAGE]


@pytest.mark.requirement("R34")
def test_a_code_on_glass_and_one_that_comes_second():
    glass = Image.open(io.BytesIO(code(PAGE))).convert("RGBA")
    glass.putdata([(0, 0, 0, 0) if pixel[0] > 128 else (0, 0, 0, 255) for pixel in glass.get_flattened_data()])
    assert codes.read([saved(glass, "PNG")]) == [PAGE]
    first, second = Image.open(io.BytesIO(photograph(300, 300))), Image.open(io.BytesIO(code(PAGE, scale=8)))
    into = io.BytesIO()
    first.save(into, "GIF", save_all=True, append_images=[second.resize((300, 300))])
    assert codes.read([into.getvalue()]) == [PAGE]


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        code(PAGE)[:200],
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 500,
        photograph(),
        b"BM" + b"\0" * 90,
    ],
)
def test_what_is_no_picture_says_nothing(octets):
    assert codes.read([octets]) == []


@pytest.mark.requirement("R34", "R49")
@pytest.mark.parametrize("rest", [b",", b"!", b"!\xf9\x01", b",\0\0", b"!\xff\x0bNETSCAPE2.0"])
def test_what_is_broken_behind_a_code_hides_nothing(rest):
    """The second frame breaks off, in each way that Pillow answers differently."""
    assert codes.read([code(PAGE, form="GIF").removesuffix(b";") + rest]) == [PAGE]


@pytest.mark.requirement("R49")
def test_a_picture_larger_than_any_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(codes, "_grey", lambda frame: pytest.fail("it was unpacked"))
    assert (
        codes.read([saved(Image.new("1", (30_000, 30_000)), "PNG"), saved(Image.new("1", (9_000, 9_000)), "PNG")]) == []
    )


@pytest.mark.requirement("R34", "R49")
def test_pictures_are_found_wherever_they_are_and_not_without_end():
    one, two = code(PAGE), code(WIFI)
    assert pictures.inline(invitation(extra="\r\n".join([attached(one), shown(two), attached(one)]))) == [one, two]
    many = [attached(code(f"{PAGE}/{n}", scale=2)) for n in range(30)]
    assert len(pictures.inline(invitation(extra="\r\n".join(many)))) == pictures.MAX_PICTURES
    large = saved(Image.effect_noise((2000, 2000), 99), "PNG")
    assert len(large) > pictures.MAX_OCTETS
    assert pictures.inline(invitation(extra=attached(large))) == []


@pytest.mark.requirement("R34")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("summary", "said"),
    [("Billing notice", LURE), ("Agenda", f"Your account is locked, verify it at {PAGE}"), ("Voice message", PAGE)],
)
@pytest.mark.parametrize("line", [attached, shown])
def test_a_lure_in_a_code_is_held_before_it_leaves(person, work, summary, said, line):
    user = person("x@free.example", days=10)
    calendar = invitation(organizer="x@free.example", summary=summary, extra=line(code(said)))
    decision = send(user, calendar, reference="7")
    assert decision.verdict <= Verdict.OBSERVE, "the words alone are not enough"
    work()
    assert to_guests() == []
    second = Decision.objects.exclude(pk=decision.id).get()
    assert (second.gate, second.verdict >= Verdict.CHALLENGE) == ("G3", True)
    assert any(signal["field"] == "picture" or "picture" in signal["reason"] for signal in second.signals)
    assert [m.to for m in mail.outbox if "x@free.example" in m.to], "its owner had been told that it was accepted"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "picture",
    [
        code(WIFI),
        code("https://clinic.example/how-to-find-us"),
        code("https://zoom.us/j/92345678901"),
        code("BEGIN:VCARD\nVERSION:3.0\nFN:Ada Berg\nTEL:+49 30 901820\nEND:VCARD"),
        code("geo:52.5,13.4"),
        code("Table 7"),
        photograph(),
    ],
    ids=["wifi", "own site", "conference", "business card", "map", "words", "photograph"],
)
@pytest.mark.parametrize("days", [10, 400])
def test_innocent_codes_leave(person, work, picture, days):
    user = person(days=days)
    decision = send(user, invitation(summary="Summer party of the practice", extra=attached(picture)))
    assert decision.verdict <= Verdict.OBSERVE
    work()
    assert len(to_guests()) == 1
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_extra_a_picture_alone_is_a_sign(person, work, monkeypatch):
    monkeypatch.setattr(codes, "available", lambda: False)
    user = person("x@free.example", days=10)
    decision = send(user, invitation(organizer="x@free.example", summary="Please scan", extra=attached(code(LURE))))
    assert decision.verdict is Verdict.OBSERVE
    assert "image_only" in {signal["code"] for signal in Decision.objects.get().signals}


@pytest.mark.django_db(transaction=True)
def test_what_a_person_released_is_not_looked_at_again(person, work):
    user = person("x@free.example", days=10)
    send(user, invitation(organizer="x@free.example", summary="Billing notice", extra=attached(code(LURE))))
    work()
    assert to_guests() == []
    Submission.objects.update(note="")  # as if the worker that looked had been another version
    case = cases.open_for(Decision.objects.get(gate="G3"), at=timezone.now())
    staff = person("staff@calendar.example", is_staff=True, is_superuser=True)
    review.decide(case.pk, staff, version=case.version, outcome="release", reason="a joke", at=timezone.now())
    work()
    assert len(to_guests()) == 1
