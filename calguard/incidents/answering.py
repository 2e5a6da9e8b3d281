"""What the owner of a contained account answers: "secure my account", or "this was me"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from accounts_risk.models import Profile
from calguard import alarm, audit, cases, challenge, client, keyed, links, people
from calguard.conf import conf
from calguard.incidents import channels, ending, opening
from calguard.incidents.models import Incident
from calguard.models import Notice

State = Incident.State

TAKEN_BACK = (State.SECURED, State.RETURNING)
OPEN_TO = {
    "secure": opening.ANSWERABLE,
    "mine": (State.OPEN, State.LAPSED),
    "contest": (State.RETURNING,),
}
"""In which states of the incident a link of a mail can still do something."""

COOKIE = "calguard_secured"  # on the device of whoever had the mailed link: only there a new password is the owner's


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One mailed link, read. `used`: it can do nothing any more."""

    incident: Incident
    signed: str
    purpose: str
    used: bool
    mail: int  # the notice it stood in


def read(purpose: str, signed: str) -> Link | None:
    """The incident that a link is for; None where it is forged, too old, or of an incident that is gone."""
    try:
        payload = keyed.unsign(purpose, signed, max_age=links.SECURE_LIFE)
        key, account, mail = int(payload["incident"]), str(payload["account"]), int(payload.get("mail", 0))
    except (keyed.BadSignature, KeyError, TypeError, ValueError):
        return None
    incident = Incident.objects.using(conf.database).filter(pk=key, account=account).first()
    if incident is None:
        return None
    return Link(
        incident=incident, signed=signed, purpose=purpose, used=incident.state not in OPEN_TO[purpose], mail=mail
    )


def secure(link: Link, request: HttpRequest, *, at: datetime) -> bool:
    """Every session is to end. The answer is written first: while the host cannot carry it out, the sweep asks again.
    False where this link, or another one of the incident, was used before."""
    incident = link.incident
    with transaction.atomic(using=conf.database):
        if not _spent(link, at):
            return False
        asked = {**incident.facts, "ending": True, "proved": proved(link, request, at=at)}
        if not _moved(incident, opening.ANSWERABLE, State.SECURED, at, facts=asked):
            late = Incident.objects.using(conf.database).filter(pk=incident.pk, state=State.LAPSED)
            if not late.update(facts=asked):  # too late to change what became of it, never to end a thief's session
                return False
        incident.facts = asked
        audit.record(incident.account, "account.secured", incident.account, "by the link in the owner's alert", at=at)
    return True


def proved(link: Link, request: HttpRequest, *, at: datetime) -> bool:
    """Whether it is clear that the account's owner answers: by a device that the account had long before the theft, or
    because the mail went where a thief hardly reads. A password changed since the first sign is one more doubt: who
    changed it knew the last one, or reads the mailbox that a reset goes to."""
    incident = link.incident
    if _known_before(incident, request):
        return True
    mail = Notice.objects.using(conf.database).filter(pk=link.mail, account=incident.account).first()
    if mail is None:
        return False
    return mail.context.get("doubts", channels.ENOUGH) + _changed_since(incident) < channels.ENOUGH


def finish(link: Link, request: HttpRequest, *, at: datetime) -> bool:
    """Whoever had the link says that they chose a new password, on whichever device; and since then, one was chosen.
    Then the account is given back. Otherwise False, and nothing changes."""
    incident = link.incident
    if incident.state not in TAKEN_BACK:
        return False
    profile = Profile.objects.using(conf.database).filter(account=incident.account).first()
    changed, answered = profile.credential_changed_at if profile else None, incident.answered_at
    fresh = changed is not None and answered is not None and changed > answered
    if incident.state == State.SECURED and not fresh:
        return False
    return ending.given_back(incident, proved=_proved(incident, request), at=at)


def contest(link: Link, request: HttpRequest, *, at: datetime) -> bool:
    """Somebody who was told objects to its being given back: a person decides, and sessions end once more. False where
    it is too late, or somebody has objected before."""
    incident = link.incident
    with transaction.atomic(using=conf.database):
        if not _spent(link, at):
            return False
        return ending.doubted(incident, at=at, contested_from=_device(incident, request), ending=True)


def claim(link: Link, request: HttpRequest, *, at: datetime) -> bool:
    """The owner says that it was them: a person looks, nothing is let go, and the person is told from which device it
    was said. Whoever calls has made sure of a fresh sign-in (`stepped_up`). False where it was answered before."""
    incident = link.incident
    with transaction.atomic(using=conf.database):
        if not _spent(link, at):
            return False
        said = {**incident.facts, "claimed_from": _device(incident, request)}
        if not _moved(incident, (State.OPEN, State.LAPSED), State.CLAIMED, at, facts=said):
            return False
        audit.record(incident.account, "incident.claimed", incident.account, opening.CODE, at=at)
    if incident.decision is not None:
        cases.open_for(incident.decision, at=at)
    return True


def stepped_up(request: HttpRequest, account: str) -> bool:
    """Whether the request is that account's, by somebody who has just signed in."""
    if client.account_of(request) != account:
        return False
    try:
        return bool(conf.host.stepped_up(request))
    except Exception as error:  # noqa: BLE001  the host's adapter may raise anything
        alarm.raised("host.stepped_up", error)
        return False


def credential_changed(account: str, request: HttpRequest | None, *, at: datetime) -> bool:
    """A new password leads back to an account that was secured before, and to no other: a thief changes passwords too.
    With the request at hand, only on the device that had the mailed link. True if it did."""
    rows = Incident.objects.using(conf.database).filter(account=account, state=State.SECURED, answered_at__lte=at)
    incident = rows.order_by("-opened_at").first()
    if incident is None or (request is not None and not _had_link(incident, request)):
        return False
    return ending.given_back(incident, proved=_proved(incident, request), at=at)


def proof(incident: Incident) -> str:
    """What the device that had the link keeps for as long as such links last."""
    return keyed.sign("secured", {"incident": incident.pk})


def _had_link(incident: Incident, request: HttpRequest) -> bool:
    try:
        kept = keyed.unsign("secured", request.COOKIES.get(COOKIE, ""), max_age=links.SECURE_LIFE)
    except keyed.BadSignature:
        return False
    return bool(kept.get("incident") == incident.pk)


def _proved(incident: Incident, request: HttpRequest | None) -> bool:
    """By the answer to the alert, or by the device on which the rest is done."""
    return bool(incident.facts.get("proved")) or (request is not None and _known_before(incident, request))


def _known_before(incident: Incident, request: HttpRequest) -> bool:
    """Whether the account was used from this device so long before the first sign that no thief made it known."""
    return opening.had_before(incident, client.device(request))


def _changed_since(incident: Incident) -> bool:
    profile = Profile.objects.using(conf.database).filter(account=incident.account).first()
    known = (
        profile.credential_changed_at if profile else None,
        conf.host.facts(incident.account).credential_changed_at,
    )
    return any(moment is not None and moment >= incident.since for moment in known)


def _spent(link: Link, at: datetime) -> bool:
    return challenge.spend(challenge.digest(link.purpose, link.signed), at=at, life=links.SECURE_LIFE)


def _moved(incident: Incident, before: tuple[State, ...], after: State, at: datetime, *, facts: dict[str, Any]) -> bool:
    """Answered, with as much time again as there was for the answer; an incident that is over stays over."""
    until = at + timedelta(hours=conf.policy.incidents.contain_hours)
    rows = Incident.objects.using(conf.database).filter(pk=incident.pk, state__in=before, ended_at=None)
    if not rows.update(state=after, answered_at=at, due_at=until, facts=facts):
        return False
    people.prolong(incident.owner, until=until, using=conf.database)
    return True


def _device(incident: Incident, request: HttpRequest) -> str:
    """For the reviewer: whether it is the device that sent what was held."""
    sent = incident.decision.device if incident.decision is not None else ""
    here = client.device(request)
    return "unknown" if not sent or not here else "same" if keyed.same(sent, here) else "other"
