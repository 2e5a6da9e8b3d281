"""What a guest's answer is worth: for the pair, and for the account itself (R84)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calguard import keyed, people
from calguard.campaigns import members
from calguard.conf import conf
from calguard.content.hosts import is_freemail, registrable
from calguard.context import account_of

__all__ = ["Guest", "of_guest"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Guest:
    """How far a guest's word goes. What does not count makes no relation either."""

    counts: bool
    here: bool = False  # an account of this system, independent of the sender's: speaks for the sender too
    voice: str = ""  # keyed pseudonym of that account
    organisation: str = ""  # keyed pseudonym of a mail guest's, which speaks for the sender once


def of_guest(account: str, guest: str, *, at: datetime) -> Guest:
    """The guest as somebody whose answer `account` may have arranged.

    An account here must be established by the policy and independent: no network, device, odd domain or tenant shared
    at sign-up, no device used by both, no campaign that both are part of. It speaks for the sender where nobody who
    speaks for the sender already knows it: else the aged accounts of one ring would vouch for each other. By mail the
    pair is all there is, and organisations count where they are neither freemail nor the sender's own.
    """
    address = guest.strip().lower()
    theirs = conf.host.account_for(address)
    if theirs is not None:
        if not _is_independent(account, theirs, at):
            return Guest(counts=False)
        voices = _voices(theirs)
        return Guest(counts=True, here=not _is_of_one_circle(account, theirs, voices), voice=voices[0])
    own = conf.host.facts(account)
    domain = registrable(address.rpartition("@")[2])
    known = {registrable(written.rpartition("@")[2]) for written in (own.email, *own.addresses)}
    if not domain or is_freemail(domain) or domain in own.verified_domains or domain in known:
        return Guest(counts=True)
    return Guest(counts=True, organisation=keyed.pseudonym("domain", domain)[0])


def _is_independent(account: str, theirs: str, at: datetime) -> bool:
    facts = conf.host.facts(theirs)
    known = people.known(theirs, device="", prefix="", at=at, using=conf.database)
    if conf.policy.tier(account_of(theirs, facts, known, at)) != "established":
        return False
    tenant = conf.host.facts(account).tenant
    if tenant and tenant == facts.tenant:
        return False
    if members.together(account, theirs, using=conf.database):
        return False
    return people.independent(account, theirs, using=conf.database)


def _voices(account: str) -> tuple[str, ...]:
    """An account as a guest, under every key that is still configured, newest first."""
    return keyed.hashes("voice", account)


def _is_of_one_circle(account: str, theirs: str, voices: tuple[str, ...]) -> bool:
    """Whether the guest speaks for the sender already, under whatever address, or had to do with the sender or with one
    who does: one accepted the other, or both accepted a third. People have circles too, of which each speaks for them
    once. Four queries."""
    using = conf.database
    if people.speaks(account, voices, using=using):
        return True
    if people.heard(account, theirs, voices, own=_voices(account), using=using):
        return True
    others = [voice for other in people.spoken_for(voices, using=using) if other != account for voice in _voices(other)]
    return bool(others) and people.speaks(account, others, using=using)
