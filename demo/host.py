"""What Almanac tells CalGuard about itself: its people, their addresses, their events, and how to reach them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from calguard.host import Acceptance, Facts, History, Host, InternalMessage
from demo import delivery, ical
from demo.models import Event, Guest, InboxItem, User

REPLY_PREFIX = "reply-"
RECOVERY_RESTS = timedelta(days=7)  # a recovery address younger than this may be the thief's
CHUNK = 500


class AlmanacHost(Host):
    """What a calendar knows better than a plain user model; sessions and `is_active` the default does well."""

    def facts(self, account: str, user: Any | None = None) -> Facts:
        user = user if user is not None else self.user(account)
        if not isinstance(user, User):
            return Facts()
        organisation = user.organisation
        domain = organisation.verified_domain if organisation else None
        return Facts(
            name=user.get_full_name(),
            email=user.email,
            email_verified=user.email_verified_at is not None,
            created_at=user.date_joined,
            paid=user.plan == User.Plan.PAID,
            tenant=f"organisation:{organisation.pk}" if organisation else "",
            tenant_name=organisation.name if organisation else "",
            addresses=frozenset({user.email.lower()}),
            verified_domains=frozenset({domain.lower()} if domain else ()),
            credential_changed_at=user.password_changed_at,
            language="en",
        )

    def history(self, after: str = "") -> Iterator[History]:
        """Everybody with their age, organisation and the guests who accepted. Almanac keeps neither networks nor
        devices."""
        users = User.objects.order_by("pk")
        if after:
            users = users.filter(pk__gt=int(after))
        for user in users.iterator(chunk_size=CHUNK):
            yield History(
                account=self.account(user),
                cursor=str(user.pk),
                created_at=user.date_joined,
                tenant=f"organisation:{user.organisation_id}" if user.organisation_id else "",
                credential_changed_at=user.password_changed_at,
                accepted=tuple(_accepted(user)),
            )

    def account_for(self, address: str) -> str | None:
        user = User.objects.filter(email=address.strip().lower()).first()
        return self.account(user) if user else None

    def on_system(self, addresses: Collection[str]) -> frozenset[str]:
        """Only proved addresses: an unverified account must not catch somebody else's invitations."""
        return _known(addresses, is_active=True, email_verified_at__isnull=False)

    def joined(self, account: str, addresses: Collection[str]) -> frozenset[str]:
        user = self.user(account)
        if not isinstance(user, User) or user.organisation_id is None:
            return frozenset()
        return _known(addresses, organisation=user.organisation_id, email_verified_at__isnull=False)

    def deliver(self, message: InternalMessage) -> bool:
        return delivery.deliver(message, at=timezone.now())

    def load(self, reference: str) -> bytes | None:
        """The event as it is now, or the answer that a guest here gave; None where it is gone."""
        if reference.startswith(REPLY_PREFIX):
            return _reply(reference.removeprefix(REPLY_PREFIX))
        event = _event(reference)
        if event is None:
            return None
        # Nobody is invited to a cancelled event: what still waits finds no guest. Cancellations go as they were judged.
        return ical.build(event, () if event.cancelled_at else event.guests.all())

    def event_url(self, reference: str) -> str:
        if reference.startswith(REPLY_PREFIX):
            return reverse("inbox")
        event = _event(reference)
        return event.get_absolute_url() if event else ""

    def alert_address(self, account: str) -> str:
        """The recovery address once it has rested; the account's own mailbox otherwise."""
        user = self.user(account)
        if not isinstance(user, User):
            return ""
        rested = user.recovery_changed_at and user.recovery_changed_at <= timezone.now() - RECOVERY_RESTS
        return user.recovery_email if user.recovery_email and rested else user.email


def _accepted(user: User) -> Iterator[Acceptance]:
    """Who accepted an event of this user, as far back as the event was last changed."""
    guests = Guest.objects.filter(event__owner=user, answer=Guest.Answer.ACCEPTED)
    for address, at in guests.values_list("address", "event__changed_at"):
        yield Acceptance(guest=address, at=at)


def _event(reference: str) -> Event | None:
    try:
        return Event.objects.select_related("owner").filter(pk=reference).first()
    except (ValueError, ValidationError):
        return None


def _reply(key: str) -> bytes | None:
    if not key.isdecimal():
        return None
    item = InboxItem.objects.select_related("user").filter(pk=key).first()
    answered = item is not None and item.state in {InboxItem.State.ACCEPTED, InboxItem.State.DECLINED}
    return ical.reply(item) if item is not None and answered else None


def _known(addresses: Collection[str], **conditions: Any) -> frozenset[str]:
    wanted = [address.lower() for address in addresses]
    return frozenset(
        address
        for first in range(0, len(wanted), CHUNK)
        for address in User.objects.filter(email__in=wanted[first : first + CHUNK], **conditions).values_list(
            "email", flat=True
        )
    )
