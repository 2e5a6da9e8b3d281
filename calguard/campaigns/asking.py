"""What one check asks of campaigns: who else sends the same, and whether it was refused before in other words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from calguard.campaigns import crowds, marks
from calguard.campaigns.marks import Trace
from calguard.conf import conf
from calguard.content.sketch import NOTHING, Sketch, alike, unpack
from calguard.engine.types import Crowd, Verdict
from calguard.facts.types import VISITED
from calguard.letting_go import let_go
from calguard.models import Decision

WEEK = timedelta(days=7)
BEFORE = timedelta(days=90)  # how far back what was harmless tells of a footer
NEWEST = 20


def crowd_of(trace: Trace, account: str, *, at: datetime, using: str) -> tuple[Crowd, Trace]:
    """Who else does the same, and the trace with the campaign that it belongs to; one query."""
    rules = conf.policy.campaigns
    window = timedelta(days=rules.window_days)
    found = crowds.count(trace, marks.others(trace, account, at=at, window=window, using=using))
    if trace.party.startswith(marks.VISITOR):
        return found.crowd, trace  # of a campaign the owner of the page is no member
    begins = found.crowd.spreading >= rules.accounts or (
        found.crowd.accounts >= rules.spreading and found.crowd.recipients >= rules.reach
    )
    todo = begins or found.campaign is not None
    return found.crowd, marks.in_campaign(trace, found.campaign, todo=todo)


def refused_variant(account: str, text: Sketch, *, at: datetime, using: str, besides: Sequence[str] = ()) -> float:
    """How alike the nearest text is that was held or denied within a week and not released, whoever it was sent to.
    `account` may be a visitor of booking pages.

    What the account's harmless texts had said before it makes nothing alike. For accounts that had something refused:
    two queries, and at most twenty sketches each.
    """
    if not text:
        return 0.0
    tried = Decision.objects.using(using).filter(created_at__lt=at).exclude(sketch=b"")
    visitor = account.startswith(marks.VISITOR)
    mine = tried.filter(actor=account).exclude(actor="") if visitor else tried.filter(account=account)
    mine = mine.filter(channel__in=VISITED) if visitor else mine.exclude(channel__in=VISITED)
    if besides:
        mine = mine.exclude(pk__in=besides)
    refused = mine.filter(verdict__gte=Verdict.HOLD, created_at__gt=at - WEEK).exclude(let_go())
    newest = list(refused.order_by("-created_at").values_list("created_at", "sketch")[:NEWEST])
    if not newest:
        return 0.0
    harmless = mine.filter(
        verdict__lte=Verdict.OBSERVE, recipients__gt=0, created_at__range=(at - BEFORE, newest[0][0])
    )
    before = [
        (made, unpack(bytes(kept)))
        for made, kept in harmless.order_by("-created_at").values_list("created_at", "sketch")[:NEWEST]
    ]
    return max(
        alike(text, unpack(bytes(kept)), NOTHING.union(*(said for then, said in before if then < made)))
        for made, kept in newest
    )
