"""What the owner of a contained account is told, where, and how often."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from calguard import moments, notices
from calguard.conf import conf
from calguard.content.reader import read
from calguard.defanging import line
from calguard.incidents import channels
from calguard.incidents.mail import KIND, KINDS, RETURNING
from calguard.incidents.models import Incident
from calguard.models import Decision, Notice
from calguard.order import Order

SHOWN_TITLE = 120  # characters
VIA_OTHERS = {"hosting", "relay", "program"}  # then the address says where a machine stands, and not the person


def facts(order: Order) -> dict[str, Any]:
    """What was about to leave, from where and with what: coarse, and with nothing in it that could be followed."""
    decision = order.decision
    if decision is None:
        return {}
    raw = order.content or bytes(order.submission.snapshot or b"" if order.submission else b"")
    return {
        "time": decision.created_at.isoformat(),
        "title": line(read(raw).summary, longest=SHOWN_TITLE) if raw else "",
        "guests": decision.recipients,
        "place": _place(decision),
        "program": _program(decision.client),
        "code": decision.code,
    }


def _place(decision: Decision) -> str:
    """A country's code, and whole degrees where they are the person's own: some hundred kilometres (R18)."""
    if decision.via in VIA_OTHERS:
        return ""
    near = ""
    if decision.latitude is not None and decision.longitude is not None:
        north, east = decision.latitude, decision.longitude
        near = f"{abs(north)}° {'N' if north >= 0 else 'S'}, {abs(east)}° {'E' if east >= 0 else 'W'}"
    return ", ".join(filter(None, (decision.country, near)))


def _program(signature: str) -> str:
    """ "chrome/windows" as people say it. Programs choose their names, so it is shown as nobody's link."""
    family, _sep, system = signature.partition("/")
    named = f"{family.capitalize()} ({system.capitalize()})" if system else family.capitalize()
    return line(named, longest=60)


def alert(incident: Incident, *, at: datetime) -> bool:
    """Place the mails, at most once in a window however many workers see it at once (R58). False: not now."""
    using = conf.database
    window = timedelta(hours=conf.policy.incidents.window_hours)
    untold = Q(alerted_at=None) | Q(alerted_at__lte=at - window)
    mine = Incident.objects.using(using).filter(untold, pk=incident.pk, ended_at=None)
    if not mine.exists():
        return False
    reach = channels.choose(incident.account, at=at)  # where the host's adapter fails, the order is tried again
    with transaction.atomic(using=using):
        if not mine.update(alerted_at=at):
            return False
        for number, one in enumerate(reach.told):
            about = {"to": one.address, "doubts": one.doubts, "pk": incident.pk, "rested": reach.rested}
            context = {**incident.facts, **about}
            name = f"{incident.owner}:{at.isoformat(timespec='seconds')}:{number}"
            notices.place(KIND, name, account=incident.account, context=context, at=at)
    return True


def give_notice(incident: Incident, *, until: datetime, at: datetime) -> None:
    """Tell everybody who may be the owner when the account is given back, and that they may object."""
    for number, address in enumerate(channels.everybody(incident.account, at=at)):
        context = {"to": address, "pk": incident.pk, "until": until.isoformat()}
        place = f"{incident.owner}:{at.isoformat(timespec='seconds')}:{number}"
        notices.place(RETURNING, place, account=incident.account, context=context, at=at)


def drop(incident: Incident) -> None:
    """What was not sent yet need not be told any more."""
    pending = Notice.objects.using(conf.database).filter(kind__in=KINDS, state=Notice.State.PENDING)
    pending.filter(account=incident.account, incident__startswith=f"{incident.owner}:").delete()


def told(incident: Incident) -> dict[str, Any]:
    """What its pages say of it, with its moment on the owner's clock."""
    return {**incident.facts, "when": moments.read(incident.facts.get("time", ""), incident.account)}


def state_text(incident: Incident) -> str:
    """Where an incident stands, as the account's owner reads it."""
    states = Incident.State
    return {
        states.OPEN: _("We wait for the owner's answer to the mail that we sent."),
        states.CLAIMED: _("The owner told us that it was them. A person looks at it."),
        states.SECURED: _("Every session was ended. Choose a new password, and the account is yours again."),
        states.RETURNING: _(
            "Every session was ended and the password was changed. As we cannot be sure by whom, we have told every "
            "address that we know; unless somebody objects, you can invite people again from %(time)s."
        )
        % {"time": moments.shown(incident.due_at, incident.account)},
        states.DOUBTED: _("We cannot tell who took this account back. A person decides."),
        states.RECOVERED: _("The password was changed, and you can invite people again, fewer at first."),
        states.CLOSED: _("A person has looked at it and decided."),
        states.LAPSED: _("Nobody answered our mail. A person looks at it."),
    }[states(incident.state)]
