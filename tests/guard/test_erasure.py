"""One account is forgotten when its person asks, and its neighbour is not."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts_risk import ledger as people
from accounts_risk.models import Profile
from calguard.conf import conf
from calguard.models import AuditEntry, Case, Decision, Enforcement, Evidence, Notice
from calguard.statements.models import Statement
from outbound.models import Charge, Delivery, Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R94")]


def erase(user):
    said = StringIO()
    call_command("calguard_erase", conf.host.account(user), reason="request 12", stdout=said)
    return said.getvalue()


def test_everything_of_one_account_goes_and_nothing_of_another(person, work):
    ann, ben = person("ann@clinic.example"), person("ben@clinic.example")
    for user in (ann, ben):
        send(user, invitation(organizer=user.email, uid=f"{user.pk}@x"))
    work()
    assert len(to_guests()) == 2
    said = erase(ann)
    theirs = {"account": conf.host.account(ben)}
    for model in (Decision, Submission, Profile):
        assert model.objects.get(), model.__name__
        assert model.objects.filter(**theirs).exists(), model.__name__
    assert Delivery.objects.count() == 1
    assert Charge.objects.count() == 2, "a budget is not given back"
    entry = AuditEntry.objects.get(action="account.erased")
    assert (entry.target, entry.reason) == (conf.host.account(ann), "request 12")
    assert "messages" in said


def test_what_waits_for_a_person_is_not_erased_before(person, work):
    user = person("x@free.example", days=0.1)
    send(user, invitation(organizer="x@free.example", summary=LURE))
    work()
    with pytest.raises(CommandError, match="case"):
        erase(user)
    assert Evidence.objects.exists()
    Case.objects.update(state="closed", closed_at=timezone.now())
    erase(user)
    for model in (Case, Decision, Evidence, Enforcement, Notice, Submission):
        assert not model.objects.exists(), model.__name__


def test_nobody_sheds_a_restriction_by_asking(person):
    user = person()
    now = timezone.now()
    people.restrict(conf.host.account(user), "sending", "case:1", "x", by_human=True, at=now, expires_at=None)
    with pytest.raises(CommandError, match="restriction"):
        erase(user)
    assert people.active(conf.host.account(user), at=now)


@pytest.mark.parametrize("kind", ["delegate", "staff"])
def test_what_is_kept_of_somebody_as_who_acted_for_others_goes_too(person, kind):
    """And a stop on them is no more shed than one on the account."""
    user, now = person(), timezone.now()
    party = f"{kind}:{conf.host.account(user)}"
    fields = {"account": party, "owner": "case:1", "created_at": now}
    Statement.objects.create(
        code="ABCD-2345",
        measure="restricted",
        ground="x",
        found_by_machine=False,
        decided_by_machine=False,
        starts_at=now,
        **fields,
    )
    people.restrict(party, "sending", "case:1", "x", by_human=True, at=now, expires_at=now + timedelta(days=1))
    with pytest.raises(CommandError, match="restriction"):
        erase(user)
    people.lift("case:1")
    erase(user)
    assert not Statement.objects.exists()
