"""Showing somebody when one is free and busy: the invitation, and what they see once they took it."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from calguard import feedback, guard
from demo import guestlist, ical, sending
from demo.models import Share, User
from demo.references import SHARE


def invite(share: Share, source: sending.Source) -> guard.Decision:
    """Ask the guard, and keep the invitation whatever it says; the invited person learns of it when it is let go."""

    def store() -> None:
        pass

    with transaction.atomic():
        share.save()
        source = sending.Source(
            request=source.request,
            channel="share",
            actor=source.actor,
            texts={"calendar.name": share.title, "comment": share.words},
        )
        decision = sending.ask(
            share.owner,
            ical.share(share),
            source,
            store,
            reference=f"{SHARE}{share.pk}",
            title=share.title,
            dispatch="host",
        )
        if decision.challenge is not None:
            share.delete()  # the form comes back, and makes it again
    return decision


IN_HAND = timedelta(minutes=10)  # a worker that takes longer to hand over one mail has died
TRIES = 2  # where nobody knows whether the first was taken: once more, under the same Message-ID


class InHandError(Exception):
    """Another worker hands it over just now, or has died over it: to be tried again later."""


def released(key: str, at: datetime) -> None:
    """It may go now: into the inbox of somebody here, by mail to somebody else. Safe to repeat.

    Claim, hand over, record: a worker that dies in between leaves a doubt, and then the mail goes once more at most.
    """
    share = _claimed(key, at) if key.isdecimal() else None
    if share is None:
        return
    if not here(share):
        try:
            _mail(share)
        except NOT_TAKEN:
            Share.objects.filter(pk=share.pk).update(begun_at=None, tries=F("tries") - 1)
            raise
    Share.objects.filter(pk=share.pk).update(told_at=at)


NOT_TAKEN = (ConnectionRefusedError, smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)


def _claimed(key: str, at: datetime) -> Share | None:
    """The invitation for this worker alone; None where it has left, or was handed over as often as it may be."""
    with transaction.atomic():
        share = Share.objects.select_for_update().select_related("owner").filter(pk=key, told_at=None).first()
        if share is None:
            return None
        if share.begun_at is not None and at - share.begun_at < IN_HAND:
            raise InHandError
        if share.tries >= TRIES:
            share.told_at = at  # it may have arrived: a third one would surely be too many
        else:
            share.begun_at, share.tries = at, share.tries + 1
        share.save(update_fields=["told_at", "begun_at", "tries"])
    return share if share.told_at is None else None


def here(share: Share) -> bool:
    """Whether the invited address is somebody's here, who proved that it is theirs."""
    return User.objects.filter(email=share.address, is_active=True, email_verified_at__isnull=False).exists()


def waiting(user: User) -> QuerySet[Share]:
    """Invitations that reached this user and have no answer yet."""
    if user.email_verified_at is None:
        return Share.objects.none()
    return Share.objects.select_related("owner").filter(address=user.email, told_at__isnull=False, accepted_at=None)


def seen(user: User) -> QuerySet[Share]:
    """What others share with this user."""
    return Share.objects.select_related("owner").filter(address=user.email, accepted_at__isnull=False)


def state(share: Share) -> tuple[str, str]:
    """Label and tone of an invitation for its owner."""
    if share.accepted_at:
        return "Accepted", "good"
    if share.told_at:
        return "Sent", "good"
    known = guard.guest_states(f"{SHARE}{share.pk}")
    return guestlist.LABELS[known[0].state] if known else ("Not sent", "bad")


def _mail(share: Share) -> None:
    link = settings.CALGUARD["BASE_URL"] + reverse("inbox")
    text = render_to_string("demo/mail/share.txt", {"share": share, "link": link})
    subject, _, body = text.strip().partition("\n")
    subject = " ".join(subject.split())
    EmailMessage(
        subject=subject,
        body=body.strip() + "\n",
        to=[share.address],
        reply_to=[share.owner.email],
        headers={"Message-ID": f"<share-{share.pk}@{settings.MAIL_DOMAIN}>"},
    ).send()


def end(share: Share, *, junk: bool = False) -> None:
    """Not shared any more; an invitation that waits does not leave. `junk`: whom it was sent to calls it that."""
    if junk:
        feedback.junk(share.owner.account, share.address)
    guard.withdraw(f"{SHARE}{share.pk}")
    share.delete()
