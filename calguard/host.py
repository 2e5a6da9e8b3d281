"""What CalGuard needs to know of the calendar it is embedded in; every method works on a plain Django user model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

# What an account of a model that is gone or swapped raises, or a key that its model cannot have.
GONE = (AttributeError, LookupError, TypeError, ValueError, ValidationError)
SIGNED_IN = "calguard_signed_in"  # in the session: when its owner gave a password, as seconds since 1970
STEP_UP = timedelta(minutes=15)


class SessionsKept(Exception):  # noqa: N818  what is the case, and no mistake
    """`Host.end_sessions`: no session can be ended from here, as with Django's signed cookies. They end with a new
    password."""


class SessionsLeft(Exception):  # noqa: N818  likewise
    """`Host.end_sessions`: some ended, and there are more to look at. It is called again, every half minute."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the host says of one account. None and empty mean that it does not know."""

    name: str = ""
    email: str = ""
    email_verified: bool | None = None
    created_at: datetime | None = None
    paid: bool = False
    protected: bool = False  # such as government, press, large customers: only two people together restrict it
    tenant: str = ""
    tenant_name: str = ""
    addresses: frozenset[str] = frozenset()  # the account may organise from these, delegations included
    verified_domains: frozenset[str] = frozenset()  # proved by its tenant; freemail never belongs here
    credential_changed_at: datetime | None = None
    language: str = ""
    time_zone: str = ""  # as "Europe/Berlin"; "" leaves it to TIME_ZONE


@dataclass(frozen=True, kw_only=True, slots=True)
class InternalMessage:
    """One iTIP message for a guest on the same system."""

    recipient: str
    method: str
    uid: str
    calendar: bytes  # the whole iCalendar object, METHOD included
    submission: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """One way to reach an account's owner. None: you do not know since when."""

    address: str
    kind: Literal["mail"] = "mail"
    verified_at: datetime | None = None
    changed_at: datetime | None = None  # when the account last got this address; younger ones may be a thief's
    left_at: datetime | None = None  # when it ceased to be the account's; None: it is still


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A network, as an IP address in it, or a device, by the name that `Host.device` gives it; aware moments."""

    value: str
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """A guest who accepted an invitation, by address."""

    guest: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What the host knew of one account before CalGuard (`calguard_backfill`). None and empty: it does not know.

    `devices` and `networks` are None where the host kept none at all: then nothing is new for want of history. Where it
    kept them, an account that is watched for 30 days and comes with another is on a new one.
    """

    account: str
    cursor: str  # where the next run goes on: given back to `Host.history`
    created_at: datetime | None = None
    tenant: str = ""
    credential_changed_at: datetime | None = None
    watched_since: datetime | None = None  # from when devices and networks were kept; the account's making at the least
    devices: tuple[Seen, ...] | None = None
    networks: tuple[Seen, ...] | None = None
    accepted: tuple[Acceptance, ...] = ()  # of the last half year; older ones say nothing any more


class Host:
    """The adapter. Subclass it, name it in CALGUARD["HOST"], override what your calendar knows better."""

    def account(self, user: Any) -> str:
        """The account as an opaque string. Default: 'app.model:pk'."""
        return f"{user._meta.label_lower}:{user.pk}"

    def user(self, account: str) -> Any | None:
        """The user behind an account string, or None where it is gone."""
        label, _, key = account.rpartition(":")
        try:
            model = apps.get_model(label)
            return model._default_manager.filter(pk=key).first()
        except GONE:
            return None

    def facts(self, account: str, user: Any | None = None) -> Facts:
        """What is known of an account; `user` is given where the caller has it, to save a query."""
        user = user or self.user(account)
        if user is None:
            return Facts()
        email = str(getattr(user, user.get_email_field_name(), "") or "")
        return Facts(
            name=str(user.get_full_name() if hasattr(user, "get_full_name") else "") or user.get_username(),
            email=email,
            created_at=getattr(user, "date_joined", None),
            addresses=frozenset({email.lower()} if email else ()),
        )

    def names(self, accounts: Collection[str]) -> Mapping[str, str]:
        """Readable names of many accounts at once, for lists that staff read. Default: one query per user model."""
        keys: dict[str, set[str]] = {}
        for account in accounts:
            label, _, key = account.rpartition(":")
            keys.setdefault(label, set()).add(key)
        found: dict[str, str] = {}
        for label, wanted in keys.items():
            try:
                users = list(apps.get_model(label)._default_manager.filter(pk__in=wanted))
            except GONE:
                continue
            for user in users:
                full = str(user.get_full_name() if hasattr(user, "get_full_name") else "")
                found[self.account(user)] = full or str(user)
        return found

    def account_for(self, address: str) -> str | None:
        """The account that owns a mail address; None: nobody here. Used where mail arrives without a user."""
        model = get_user_model()
        user = model._default_manager.filter(**{f"{model.get_email_field_name()}__iexact": address}).first()
        return self.account(user) if user is not None else None

    def on_system(self, addresses: Collection[str]) -> frozenset[str]:
        """Which addresses (lower case) get their invitations inside this system. Default: none, all go by mail."""
        return frozenset()

    def device(self, request: HttpRequest) -> str:
        """Your own lasting name for the device that makes the request, where you keep one that no sender can choose;
        "" leaves it to a cookie of CalGuard's. The names of `History.devices` are the same."""
        return ""

    def history(self, after: str = "") -> Iterator[History]:
        """What you knew of every account before CalGuard, in an order that stays the same; `after` is the `cursor` of
        the last one loaded. Default: the age of every user, by primary key."""
        model = get_user_model()
        users = model._default_manager.order_by("pk")
        if after:
            users = users.filter(pk__gt=model._meta.pk.to_python(after))
        for user in users.iterator(chunk_size=500):
            yield History(
                account=self.account(user), cursor=str(user.pk), created_at=getattr(user, "date_joined", None)
            )

    def registered_client(self, request: HttpRequest) -> bool:
        """Whether an API client you know and have authenticated makes the request: its pace is its own (R10)."""
        return False

    def joined(self, account: str, addresses: Collection[str]) -> frozenset[str]:
        """Which addresses belong to people who joined the account's tenant by their own consent."""
        return frozenset()

    def deliver(self, message: InternalMessage) -> bool:
        """Put an invitation into a guest's calendar here. Safe to repeat. False: send it by mail instead."""
        return False

    def load(self, reference: str) -> bytes | None:
        """The event as it is now, as iCalendar; None: the host cannot say, the submitted copy serves."""
        return None

    def event_url(self, reference: str) -> str:
        """Path of the event's page, for links to its owner; may be empty."""
        return ""

    def released(self, reference: str) -> None:
        """The event's invitations are free to go; called once per release, safe to repeat."""

    def end_sessions(self, account: str) -> int:
        """End every session of the account; the number ended. Safe to repeat. Its owner signs in again. SessionsKept
        where that cannot be done, SessionsLeft where there are too many to look at in one call. Default: those of
        Django's session engines, but for the one that keeps them in cookies."""
        user = self.user(account)
        if user is None or "django.contrib.sessions.middleware.SessionMiddleware" not in settings.MIDDLEWARE:
            return 0
        from calguard import sessions  # models are not there yet where the settings name a host

        return sessions.end(user._meta.pk.value_to_string(user))

    def end_tokens(self, account: str, since: datetime) -> int:
        """Revoke what lets programs in without a session, made since then: API tokens, app passwords, forwarding and
        delegation; the number revoked. Called with the first sign of a theft. Safe to repeat. Default: there are none.
        """
        return 0

    def stepped_up(self, request: HttpRequest) -> bool:
        """Whether whoever makes the request has just proved again who they are. Default: signed in within the last 15
        minutes, in this very session. Where you ask for a second factor, say so only after it."""
        session = getattr(request, "session", None)
        at = session.get(SIGNED_IN) if session is not None and request.user.is_authenticated else None
        return isinstance(at, int | float) and 0 <= timezone.now().timestamp() - at < STEP_UP.total_seconds()

    def reset_url(self, account: str) -> str:
        """Path at which the owner chooses a new password, "" where there is none. Shown only to whoever opened the
        link of an alert, so it may be one that works once without the old password. Default: Django's own page that
        mails such a link."""
        try:
            return reverse("password_reset")
        except NoReverseMatch:
            return ""

    def suspend(self, account: str) -> None:
        """Stop the account from signing in. Safe to repeat. Default: `is_active` off."""
        self._set_active(account, active=False)

    def stop_actor(self, actor: str) -> None:
        """Whoever acted on an account was stopped: "client:<your id of a token>", "delegate:<account>",
        "staff:<account>" or "visitor:<hash>". Safe to repeat. Default: nothing, as CalGuard takes no more from them;
        revoke the token or the permission here."""

    def reinstate(self, account: str) -> None:
        """Let the account sign in again. Safe to repeat."""
        self._set_active(account, active=True)

    def alert_address(self, account: str) -> str:
        """Where the owner is reached if the account was taken over, where you keep one such address and nothing of
        when it was verified or changed; `channels` says more."""
        return self.facts(account).email

    def channels(self, account: str) -> Sequence[Channel]:
        """Every way to reach the owner; CalGuard chooses among them, and trusts none that was changed lately. Former
        addresses belong to them, with `changed_at` of when they were added and `left_at` of when they were replaced;
        `verified_at` is when somebody last proved to read it. Default: `alert_address`, and the address of the account
        itself, of which nobody knows since when."""
        known = (self.alert_address(account), self.facts(account).email)
        return tuple(Channel(address=address) for address in dict.fromkeys(filter(None, known)))

    def _set_active(self, account: str, *, active: bool) -> None:
        user = self.user(account)
        if user is not None and user.is_active is not active:
            user.is_active = active
            user.save(update_fields=["is_active"])
