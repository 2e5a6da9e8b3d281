"""The worker's look at where an untrusted sender sat: DNS block lists are asked before anything leaves (R14)."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from ipaddress import ip_address

from calguard import alarm, attempts, dnsbl, recheck, whence
from calguard.conf import conf
from calguard.content.types import Content
from calguard.engine.types import Listing, Verdict
from calguard.letting_go import let_go
from calguard.models import Decision
from outbound.models import Submission


def passes(submission: Submission, content: Content, *, at: datetime) -> bool:
    """Whether the event may go on as far as block lists are concerned. If not, it has become another attempt, judged by
    the same facts and what the lists say.

    Each address is asked about once and then forgotten. A person's release and an answered challenge stand.
    """
    if not conf.dnsbl or conf.mode == "off":
        return True
    row = Decision.objects.using(conf.database).filter(pk=submission.decision, ip__isnull=False).first()
    if row is None or not row.ip:
        return True
    found: tuple[Listing, ...] = ()
    if not whence.answered(row) and not submission.decisions.filter(let_go()).exists():
        with alarm.shielded("dnsbl"):
            found = dnsbl.listings(ip_address(row.ip))
    origin = replace(whence.of_decision(row), ip="", listings=found)
    if found and _worse(submission, content, origin, row, at):
        recheck.judge_again(submission, content, at=at, origin=origin)
        return False
    Decision.objects.using(conf.database).filter(pk=row.pk).update(ip=None)
    return True


def _worse(submission: Submission, content: Content, origin: whence.Whence, row: Decision, at: datetime) -> bool:
    """Whether the lists change what becomes of it. Where they do not, what they say is kept with the decision."""
    call = replace(recheck.call_for(submission, content, at=at, origin=origin), besides=(submission.decision,))
    seen, unseen = attempts.compare_listings(call)
    if seen.verdict > max(Verdict.OBSERVE, unseen.verdict):
        return True
    said = [asdict(listing) for listing in origin.listings]
    facts = {**row.facts, "network": {**row.facts.get("network", {}), "listings": said}}
    noted = [*row.signals, *(asdict(signal) for signal in seen.signals if signal.detector == "dnsbl")]
    Decision.objects.using(conf.database).filter(pk=row.pk).update(facts=facts, signals=noted)
    return False
