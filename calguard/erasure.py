"""Erases what is kept of one account, when its person asks for it (GDPR Art. 17, R94)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from calguard import actors, audit, people
from calguard.campaigns.models import CampaignEntry
from calguard.conf import conf
from calguard.facts import remembering
from calguard.incidents.models import Incident
from calguard.models import Case, Decision, Enforcement, Exemption, Notice
from calguard.problems import Problem
from calguard.statements.models import Statement
from outbound import ledger as messages

TOTALS = ("account", "start", "bookings")  # budgets of an account whose sum is kept


class StillNeeded(Problem):
    """Erasing now would undo a protection or a decision that is under way; the text says what stands in the way."""


def erase(account: str, *, actor: str, reason: str, at: datetime) -> dict[str, int]:
    """Deletes everything about `account` but the audit log, which names it by its opaque string; rows by table.

    Raises StillNeeded while a person has to decide about it or a restriction stands, and then nothing was deleted.
    """
    using = conf.database
    parties = [account, actors.delegate(account), actors.staff(account)]  # also where its person acted on others'
    mine = Q(account__in=parties) | Q(account__startswith=actors.PAGE, account__endswith=f":{account}")
    with transaction.atomic(using=using):
        if Case.objects.using(using).filter(mine, state=Case.State.OPEN).exists():
            raise StillNeeded("a case of this account is open; decide it first")
        if any(people.active(party, at=at, using=using) for party in parties):
            raise StillNeeded("a restriction of this account stands; lift it first, or wait for its end")
        cases = Case.objects.using(using).filter(mine)
        incidents = [f"case:{pk}" for pk in cases.values_list("pk", flat=True)]
        Notice.objects.using(using).filter(incident__in=incidents).delete()  # to staff, and of no account
        gone = {
            model._meta.verbose_name_plural or "": model.objects.using(using).filter(mine).delete()[0]
            for model in (Notice, Enforcement, Exemption, CampaignEntry, Incident, Statement, Decision, Case)
        }
        counts = {
            **{str(name): rows for name, rows in gone.items()},
            "messages": messages.forget(account, totals=[f"{kind}:{account}" for kind in TOTALS], using=using),
            "facts": sum(people.forget(party, using=using) for party in parties),
        }
        remembering.forget(account)
        audit.record(actor, "account.erased", account, reason, counts, at=at)
    return counts
