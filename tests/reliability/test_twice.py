"""Every task delivered twice, to two workers at once: sent, charged, told and audited once (R04)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts_risk.models import Restriction
from calguard import audit, guard
from calguard.campaigns import orders
from calguard.campaigns.models import Campaign, CampaignEntry, CampaignOrder, Member
from calguard.models import AuditEntry, Case, Decision, Enforcement, Notice
from outbound.models import Charge, Delivery, Hold, Submission
from tests.celery import app
from tests.guard.events import LURE, invitation
from tests.reliability.conftest import Stem
from tests.reliability.hosts import HERE, inbox
from tests.reliability.reaper import Reaper

pytestmark = [
    pytest.mark.needs("postgres"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.requirement("R04"),
    pytest.mark.skipif("sqlite3" in connection.settings_dict["ENGINE"], reason="tests/matrix: PostgreSQL"),
]

PITCH = (
    "We open the pottery workshop on Friday evening {salt}. Clay and aprons are here, the kiln is warm and everybody "
    "can try the wheel for an hour. Ring the workshop on +49 30 2093 4417"
)
CLOCKWORK = ("sweep", "purge", "refresh_lists", "compile_lists", "test_dnsbl")


def to_do() -> list[tuple[str, str]]:
    """Every task that any row calls for, by its name and argument."""

    def each(task: str, keys: Any) -> list[tuple[str, str]]:
        return [(f"calguard.{task}", str(key)) for key in keys]

    return [
        *each("enforce", Enforcement.objects.values_list("owner", flat=True).distinct()),
        *each("campaigns", Decision.objects.values_list("pk", flat=True)),
        *each("campaign_order", CampaignOrder.objects.values_list("pk", flat=True)),
        *each("dispatch", Submission.objects.values_list("pk", flat=True)),
        *each("notify", Notice.objects.values_list("pk", flat=True)),
    ]


def both(stems: list[Stem], *tasks: tuple[str, ...]) -> None:
    """Two workers at once, in the same order, so that they meet."""
    for stem in stems:
        stem.start(*tasks)
    for stem in stems:
        answer = stem.ended()
        assert not answer["failed"], answer["failed"]


@pytest.fixture
def people_at_work(person: Callable[..., Any]) -> dict[str, str]:
    """Honest senders, a resend, lures to be held, an account to be suspended, and a campaign. Guests to references."""
    guests = {}

    def send(user: Any, name: str, **options: Any) -> guard.Decision:
        resend = options.pop("resend", False)
        guests[name] = f"{name}-guest@home.example"
        content = invitation(organizer=user.email, uid=f"{name}@x", guests=[guests[name], f"{name}{HERE}"], **options)
        with guard.sending(user, content, reference=name, resend=resend) as decision:
            pass
        return decision

    for n in range(6):
        send(person(f"ada{n}@clinic.example"), f"honest{n}", summary=f"Meeting {n}")
    for n in range(4):
        name = f"lure{n}"
        decision = send(person(f"{name}@free.example", days=0.1), name, summary=LURE)
        for action in ("restrict", "suspend", "alert"):
            Enforcement.objects.create(
                action=action,
                owner=f"decision:{decision.id}",
                account=Decision.objects.get(pk=decision.id).account,
                decision_id=decision.id,
                created_at=timezone.now() - timedelta(minutes=1),
            )
    for n in range(14):
        user = person(f"potter{n}@clay{n}.example", days=10)
        send(user, f"clay{n}", summary="Pottery evening", description=PITCH.format(salt=n))
    campaign(Decision.objects.filter(uid__startswith="clay"))
    return guests


def campaign(decisions: Iterable[Decision]) -> None:
    """As if the clockwork had found these to be one; what they have waiting is ordered to be held."""
    now = timezone.now()
    made = Campaign.objects.create(reference="pottery", first_seen=now, last_seen=now)
    for one in decisions:
        Member.objects.create(campaign=made, decision=one, account=one.account, recipients=1, at=now)
    assert orders.hold(made, at=now) is not None


def test_every_task_run_twice_at_once_does_its_work_once(
    stem: Stem, stems: list[Stem], reaper: Reaper, people_at_work: dict[str, str]
) -> None:
    app.loader.import_default_modules()
    done: set[str] = set()
    for _ in range(3):
        tasks = [*to_do(), *((f"calguard.{name}",) for name in CLOCKWORK)]
        done |= {task[0] for task in tasks}
        both(stems, *tasks)
    every = {name for name in app.tasks if name.startswith("calguard.")}
    assert done == every, f"every task there is; {done ^ every}"

    sent = Counter(copy.recipient for copy in reaper.accepted)
    letters = Counter({guest: sent[guest] for guest in people_at_work.values()})
    assert all(letters[people_at_work[f"honest{n}"]] == 1 for n in range(6))
    assert max(letters.values()) == 1
    here = Counter(inbox().read_text().splitlines())
    assert max(here.values()) == 1
    assert not Delivery.objects.exclude(state__in=["sent", "pending", "cancelled"]).exists()

    charges = Counter(Charge.objects.values_list("scope", "owner"))
    assert max(charges.values()) == 1
    of_accounts = Charge.objects.filter(scope__startswith="account:", owner__startswith="submission:")
    assert {row.units for row in of_accounts} == {2}

    owners = Counter(Notice.objects.exclude(account="").filter(state="sent").values_list("account", flat=True))
    told = Counter({to: times for to, times in sent.items() if to not in people_at_work.values()})
    staff = told.pop("staff@calendar.example", 0)
    assert staff == Notice.objects.filter(account="", state="sent").count()
    assert sum(told.values()) == sum(owners.values()), "each notice left once"
    assert staff

    entries = [
        (entry.actor, entry.action, entry.target, json.dumps(entry.data, sort_keys=True))
        for entry in AuditEntry.objects.all()
    ]
    assert [entry for entry, times in Counter(entries).items() if times > 1] == []
    assert audit.verify() is None
    assert not Enforcement.objects.filter(state="pending").exists()
    assert max(Counter(Restriction.objects.values_list("account", "owner", "kind")).values()) == 1
    assert max(Counter(Case.objects.filter(state="open").values_list("account", flat=True)).values()) == 1

    order = CampaignOrder.objects.get()
    assert (order.state, order.done) == ("done", 14)
    found = Counter(CampaignEntry.objects.values_list("order_id", "submission"))
    assert max(found.values()) == 1
    assert max(Counter(Hold.objects.values_list("submission_id", "owner")).values()) == 1


def test_a_resend_and_a_change_asked_for_twice_at_once_are_each_sent_once(
    stem: Stem, stems: list[Stem], reaper: Reaper, person: Callable[..., Any]
) -> None:
    """Each occasion of the same event is a message of its own, and leaves once."""
    user, guest = person(), f"ben-{uuid4().hex[:6]}@home.example"
    versions = [("A", False), ("B", False), ("A", False), ("A", True)]
    for sequence, (summary, resend) in enumerate(versions):
        content = invitation(summary=summary, sequence=sequence, guests=[guest])
        with guard.sending(user, content, reference="1", resend=resend) as decision:
            pass
        Submission.objects.filter(pk=decision.submission).update(due_at=timezone.now())
        for _ in range(3):
            both(stems, ("calguard.dispatch", str(decision.submission)), ("calguard.sweep",))
    arrived = reaper.copies(guest)
    assert len(arrived) == len({copy.message_id for copy in arrived}) == Delivery.objects.filter(state="sent").count()
    assert len(arrived) == Charge.objects.filter(scope__startswith="account:").count()
