"""Signing up, proving an address, and changing a password."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from demo import mailbox
from demo.models import User
from tests.demo.conftest import HEADERS, text_of

pytestmark = pytest.mark.django_db

GINA = {
    "first_name": "Gina", "last_name": "", "email": "Gina@NewPlace.example", "time_zone": "Europe/Paris",
    "password1": "tangerine-boat-7", "password2": "tangerine-boat-7",
}  # fmt: skip


@pytest.fixture
def gina(db, clock, settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    client = Client(headers=HEADERS)
    assert client.post("/signup/", GINA).url == "/calendar/"
    return client


def link():
    text = mailbox.load(mailbox.names()[0]).parts[0].text
    return re.search(r"http://localhost:\d+(/\S+)", text).group(1)


def test_an_address_is_proved_by_its_link(gina):
    user = User.objects.get()
    assert (user.email, user.email_verified_at) == ("gina@newplace.example", None)
    assert "Please confirm" in text_of(gina.get("/calendar/"))
    gina.get(link())
    assert User.objects.get().email_verified_at is not None
    assert "was confirmed before" in text_of(gina.get(link(), follow=True))


def test_a_link_that_was_changed_or_is_old_proves_nothing(gina, clock):
    path = link()
    assert gina.get(path[:-2] + "x/").status_code == 400
    clock.shift(timedelta(days=4))
    assert gina.get(path).status_code == 400
    assert User.objects.get().email_verified_at is None
    gina.force_login(User.objects.get())
    gina.post("/verify/")
    gina.get(link())
    assert User.objects.get().email_verified_at is not None


def test_one_address_has_one_account(gina):
    page = Client().post("/signup/", {**GINA, "email": "GINA@newplace.example"})
    assert "already uses this address" in text_of(page)
    assert User.objects.count() == 1


def test_a_failing_mail_does_not_lose_the_account(db, clock, settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path / "file"
    settings.EMAIL_FILE_PATH.write_text("in the way")
    client = Client(headers=HEADERS)
    assert client.post("/signup/", GINA).status_code == 302
    assert "could not be sent" in text_of(client.get("/calendar/"))


def test_a_new_password_is_stamped(ada):
    before = ada.user.password_changed_at
    fields = {"old_password": "almanac-demo", "new_password1": "tangerine-boat-7", "new_password2": "tangerine-boat-7"}
    assert ada.send("/password/", **fields).status_code == 302
    ada.user.refresh_from_db()
    assert ada.user.password_changed_at > before
    assert timezone.now() - ada.user.password_changed_at < timedelta(minutes=1)


def test_a_forgotten_password_is_replaced_by_mail(ada):
    ada.client.logout()
    ada.client.post("/password/reset/", {"email": ada.user.email})
    page = ada.client.get(link(), follow=True)
    fields = {"new_password1": "tangerine-boat-7", "new_password2": "tangerine-boat-7"}
    assert ada.client.post(page.redirect_chain[-1][0], fields).status_code == 302
    ada.user.refresh_from_db()
    assert ada.user.check_password("tangerine-boat-7")


def test_the_account_page_tells_what_is_left(ada):
    said = text_of(ada.get("/account/"))
    assert "Northwind Clinic owns northwind-clinic.example" in said
    assert re.search(r"This hour \d+ of \d+", said)
    assert "Nothing of yours was held back" in said


def test_a_new_recovery_address_is_stamped_and_an_unchanged_one_is_not(ada):
    before = ada.user.recovery_changed_at
    ada.send("/account/", last_name="Okafor-Lind")
    ada.user.refresh_from_db()
    assert (ada.user.last_name, ada.user.recovery_changed_at) == ("Okafor-Lind", before)
    ada.send("/account/", recovery_email="other@x.example")
    ada.user.refresh_from_db()
    assert ada.user.recovery_changed_at > before
