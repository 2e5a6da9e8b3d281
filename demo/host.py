"""What Almanac tells CalGuard about itself: its people, their addresses, their events, and how to reach them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from calguard.host import Acceptance, Channel, Facts, History, Host, InternalMessage
from demo import delivery, ical, reminding, sharing, tokens
from demo.models import Event, Guest, InboxItem, User
from demo.references import REMINDER, REPLY, SHARE

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
            time_zone=user.time_zone,
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
        if reference.startswith(REPLY):
            return _reply(reference.removeprefix(REPLY))
        event = _event(reference)
        if event is None:
            return None
        # Nobody is invited to a cancelled event: what still waits finds no guest. Cancellations go as they were judged.
        return ical.build(event, () if event.cancelled_at else event.guests.filter(agent=Guest.Agent.SERVER))

    def event_url(self, reference: str) -> str:
        if reference.startswith(REPLY):
            return reverse("inbox")
        if reference.startswith(SHARE):
            return reverse("shares")
        if reference.startswith(REMINDER):
            return reminding.event_url(reference.removeprefix(REMINDER))
        event = _event(reference)
        return event.get_absolute_url() if event else ""

    def released(self, reference: str) -> None:
        """What Almanac sends itself, as no iTIP message says it: invitations to a shared calendar, and reminders."""
        if reference.startswith(SHARE):
            sharing.released(reference.removeprefix(SHARE), timezone.now())
        elif reference.startswith(REMINDER):
            reminding.released(reference.removeprefix(REMINDER), timezone.now())

    def registered_client(self, request: HttpRequest) -> bool:
        """Programs with a key of the account's own, made on its page and shown once."""
        return getattr(request, "api_token", None) is not None

    def end_tokens(self, account: str, since: datetime) -> int:
        """End the keys made since then; the number ended. Safe to repeat."""
        return tokens.end(self.user(account), since=since)

    def channels(self, account: str) -> Sequence[Channel]:
        """The mailbox, which nobody can change here, the recovery address since it was last changed, and the one before
        it for a while."""
        user = self.user(account)
        if not isinstance(user, User):
            return ()
        known = [Channel(address=user.email, verified_at=user.email_verified_at, changed_at=user.date_joined)]
        if user.recovery_email:
            since = user.recovery_changed_at
            known.append(Channel(address=user.recovery_email, verified_at=since, changed_at=since))
        if user.former_recovery_until and user.former_recovery_until > timezone.now():
            since = user.former_recovery_since
            known.append(Channel(address=user.former_recovery_email, verified_at=since, changed_at=since))
        return known

    def reset_url(self, account: str) -> str:
        """The page of a reset mail, at once: only who has opened the link of an alert comes here, and a thief may have
        the password and the mailbox."""
        user = self.user(account)
        if not isinstance(user, User):
            return ""
        key, token = urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)
        return reverse("password_reset_confirm", args=[key, token])


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
