"""A guarded form tells people from programs by what comes back, and never bothers people about it (R12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from calguard import client, current
from calguard.integrations.forms import GuardedFormMixin, rendering

pytestmark = pytest.mark.requirement("R12")


class Plain(forms.Form):
    title = forms.CharField()


class Guarded(GuardedFormMixin, Plain):
    pass


class Person:
    """As much of a user as an account needs."""

    is_authenticated = True

    class _meta:  # noqa: N801  as Django spells it
        label_lower = "auth.user"

    def __init__(self, pk: int) -> None:
        self.pk = pk


def request(data: dict[str, Any] | None = None, *, pk: int | None = 1, method: str = "post") -> HttpRequest:
    made = getattr(RequestFactory(), method)(
        "/", data or {}, headers={"user-agent": "Mozilla/5.0", "accept-language": "de"}
    )
    made.user = AnonymousUser() if pk is None else Person(pk)
    return made


def rendered(pk: int | None = 1, **options: Any) -> dict[str, str]:
    """The fields a browser gets, ready to be sent back."""
    form = Guarded(guard_request=request(method="get", pk=pk), **options)
    return {form.add_prefix(name): form[name].value() or "" for name in form.fields}


def answered(data: dict[str, Any], *, pk: int | None = 1, **options: Any) -> Any:
    """What the judge learns when these fields are sent."""
    sent = request(data, pk=pk)
    Guarded(sent.POST, guard_request=sent, **options)
    return client.facts(sent)


def test_a_person_takes_their_time(clock: Any) -> None:
    fields = rendered() | {"title": "Lunch"}
    clock.shift(timedelta(seconds=14))
    seen = answered(fields)
    assert seen.form_rendered is True
    assert seen.form_seconds == pytest.approx(14)
    assert seen.honeypot_filled is False
    assert (seen.user_agent, seen.accept_language) == ("Mozilla/5.0", "de")


def test_a_form_nobody_asked_for_was_sent_by_a_program() -> None:
    assert answered({"title": "Lunch"}).form_rendered is False
    assert answered({"title": "Lunch", "calguard_form": "made-up"}).form_rendered is False


def test_a_view_without_our_form_says_nothing_either_way() -> None:
    assert client.facts(request({"title": "Lunch"})).form_rendered is None


def test_one_account_cannot_use_what_was_rendered_for_another(clock: Any) -> None:
    fields = rendered(pk=1) | {"title": "Lunch"}
    assert answered(fields, pk=2).form_rendered is False
    assert answered(fields, pk=None).form_rendered is False


def test_people_who_are_not_signed_in_fill_forms_too(clock: Any) -> None:
    assert answered(rendered(pk=None), pk=None).form_rendered is True


def test_a_form_left_open_over_night_is_still_one_but_not_next_week(clock: Any) -> None:
    fields = rendered()
    clock.shift(timedelta(hours=20))
    assert answered(fields).form_rendered is True
    clock.shift(timedelta(days=2))
    assert answered(fields).form_rendered is False


def test_a_filled_trap_is_seen_and_is_no_error() -> None:
    sent = request(rendered() | {"title": "Lunch", "event_homepage": "https://spam.example"})
    form = Guarded(sent.POST, guard_request=sent)
    assert form.is_valid()
    assert form.cleaned_data["event_homepage"] == ""
    assert client.facts(sent).honeypot_filled is True
    assert "spam.example" in str(form["event_homepage"])


def test_a_prefix_changes_nothing(clock: Any) -> None:
    fields = rendered(prefix="event")
    assert "event-calguard_form" in fields
    assert answered(fields, prefix="event").form_rendered is True
    assert answered(fields | {"event-event_homepage": "x"}, prefix="event").honeypot_filled is True


def test_a_form_shown_again_keeps_its_first_time(clock: Any) -> None:
    fields = rendered() | {"title": ""}
    clock.shift(timedelta(seconds=30))
    sent = request(fields)
    again = Guarded(sent.POST, guard_request=sent)
    assert not again.is_valid()
    resent = {name: again[name].value() or "" for name in again.fields} | {"title": "Lunch"}
    clock.shift(timedelta(seconds=2))
    assert answered(resent).form_seconds == pytest.approx(32)  # corrected in two seconds, filled in thirty-two


@pytest.mark.parametrize("nonce", ["made-up", ""])
def test_to_be_shown_the_form_again_does_not_make_a_forged_nonce_good(nonce: str) -> None:
    sent = request({"title": "", "calguard_form": nonce})
    again = Guarded(sent.POST, guard_request=sent)
    assert again["calguard_form"].value() == nonce
    assert answered({"calguard_form": again["calguard_form"].value()}).form_rendered is False


@pytest.mark.parametrize("way", ["as_p", "as_div", "as_table", "as_ul", "by hand"])
def test_every_way_of_rendering_includes_both_fields_once_and_hides_the_trap(way: str) -> None:
    form = Guarded(guard_request=request(method="get"))
    html = str(form["title"]) + str(form.calguard) if way == "by hand" else str(getattr(form, way)())
    assert html.count('name="calguard_form"') == html.count('name="event_homepage"') == 1
    trap = html[html.index('<div class="calguard-aside"') :]
    assert 'aria-hidden="true"' in trap
    assert 'tabindex="-1"' in trap
    assert 'autocomplete="off"' in trap
    assert "<label" in trap
    assert 'type="hidden"' not in trap.partition("</div>")[0]  # programs skip hidden fields
    assert "style=" not in html


def test_the_middleware_may_know_the_request_instead(clock: Any) -> None:
    with current.serving(request(method="get")):
        fields = {"calguard_form": Guarded()["calguard_form"].value()}
    sent = request(fields)
    with current.serving(sent):
        Guarded(sent.POST)
    assert client.facts(sent).form_rendered is True


def test_without_any_request_a_form_still_works() -> None:
    assert Guarded({"title": "Lunch"}).is_valid()
    assert str(Guarded())


@pytest.mark.parametrize("channel", ["api", "caldav", "import", "mail"])
def test_programs_fill_no_forms_where_none_are_shown(channel: Any) -> None:
    sent = request({"event_homepage": "x"})
    client.expect_form(sent)
    seen = client.facts(sent, channel=channel)
    assert (seen.form_rendered, seen.form_seconds, seen.honeypot_filled) == (None, None, False)


def test_a_body_no_parser_can_read_is_no_error() -> None:
    sent = RequestFactory().post("/", b"junk", content_type="multipart/form-data; boundary=" + "y" * 99)
    sent.user = AnonymousUser()
    assert client.facts(sent).form_rendered is None


def test_long_headers_are_cut() -> None:
    sent = RequestFactory().get("/", headers={"user-agent": "x" * 100_000})
    sent.user = AnonymousUser()
    assert len(client.facts(sent).user_agent or "") == client.LONGEST


def test_a_page_that_sends_by_its_own_script_may_ask_for_more_renderings(clock: Any) -> None:
    first, second = (rendering(request(method="get")) for _ in range(2))
    clock.shift(timedelta(seconds=20))
    seen = [answered({"calguard_form": nonce}) for nonce in (first, second)]
    assert [one.form_seconds for one in seen] == [pytest.approx(20)] * 2
    assert seen[0].form != seen[1].form
