"""Ways around budgets, delays and retention that somebody finds who has read how they are enforced."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from calguard import guard
from calguard.conf import conf
from calguard.engine import shipped
from calguard.host import Facts, Host
from calguard.models import Decision
from calguard.sanctions import telling
from calguard.statements import account
from outbound.models import Charge
from tests.guard.events import LURE, invitation
from tests.updates.events import mails_to, save

pytestmark = [pytest.mark.django_db(transaction=True)]
BEN = "ben@home.example"


def charged(user: Any) -> int:
    rows = Charge.objects.filter(scope=f"account:{conf.host.account(user)}")
    return sum(rows.values_list("units", flat=True))


@pytest.mark.requirement("R60", "R63")
def test_cancelling_for_ever_is_not_free(person: Any) -> None:
    """Each cancellation is a mail that a guest reads: free are as many as an owner needs who corrects a mistake."""
    user = person()
    save(user, guests=[BEN])
    for number in range(12):
        save(user, guests=[BEN], method="CANCEL", sequence=number + 1, extra=f"COMMENT:No. {number}")
    assert len(mails_to(BEN)) == 13
    assert charged(user) >= 8


@pytest.mark.requirement("R63")
def test_one_cancellation_is_free(person: Any) -> None:
    user = person()
    save(user, guests=[BEN])
    save(user, guests=[BEN], method="CANCEL", sequence=1)
    assert len(mails_to(BEN)) == 2
    assert charged(user) == 1


class Unproven(Host):
    """Nobody has opened the link that was mailed to the address."""

    def facts(self, account: str, user: Any | None = None) -> Facts:
        return replace(super().facts(account, user), email_verified=False)


@pytest.mark.requirement("R91")
@pytest.mark.parametrize("host", ["calguard.host.Host", "tests.attack.test_enforcement.Unproven"])
def test_who_signs_up_with_anothers_address_writes_to_nobody_through_our_notices(
    person: Any, work: Any, settings: Any, host: str
) -> None:
    """The mails that explain a refusal name the event and the account: words of whoever signed up."""
    settings.CALGUARD = {**settings.CALGUARD, "HOST": host}
    victim = "ben@home.example"
    user = person(victim, days=0.1, first_name="Claim your prize")
    for number in range(6):
        event = invitation(organizer=victim, guests=["x@y.example"], uid=f"{number}@x", summary=f"{LURE} {number}")
        with guard.sending(user, event, channel="caldav", reference=str(number)):
            pass
        work()
    told = [message for message in mail.outbox if message.to == [victim]]
    named = ["Claim your prize" in str(message.body) for message in told]
    assert (len(told), any(named)) == ((3, False) if host.endswith("Unproven") else (6, True))
    assert any(named) or {str(message.body).partition(",")[0] for message in told} == {"Hello ben"}


@pytest.mark.requirement("R53")
def test_the_account_page_tells_no_hold_before_its_time(person: Any, settings: Any, tmp_path: Any) -> None:
    """Only what is withheld stands in its list, so that to stand there says it."""
    path = tmp_path / "later.toml"
    path.write_text(shipped.text().replace("telling = [0, 0]", "telling = [30, 60]"), encoding="utf-8")
    settings.CALGUARD = {**settings.CALGUARD, "POLICY": str(path)}
    user = person("x@free.example", days=0.1)
    with guard.sending(user, invitation(organizer="x@free.example", summary=LURE), reference="1"):
        pass
    assert Decision.objects.get().verdict == guard.Verdict.HOLD
    at = timezone.now()
    before = account.overview(user, at=at)
    assert (before.waiting, before.past) == ((), ())
    telling.tell(at + timedelta(minutes=61))
    assert [item.state for item in account.overview(user, at=at).waiting] == ["review"]


@pytest.mark.requirement("R92")
@pytest.mark.parametrize("text", ["it is\\u0000 my wedding \\ud800", "\\ud800"])
def test_no_text_of_an_appeal_is_a_fault_of_ours(person: Any, work: Any, text: str) -> None:
    """JSON can say what no database keeps: who objects is answered, and their words are written down."""
    user = person("x@free.example", days=0.1)
    with guard.sending(user, invitation(organizer="x@free.example", summary=LURE), reference="1"):
        pass
    work()
    decision = Decision.objects.get()
    client = Client()
    client.force_login(user)
    path = f"/calguard/appeal/{decision.code}/"
    answer = client.post(path, f'{{"text": "{text}"}}', content_type="application/json")
    assert answer.status_code in (201, 302, 422)
    assert client.get("/calguard/explain/%00/").status_code == 404
    assert client.get("/calguard/statement/%00/").status_code == 404
