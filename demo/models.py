"""People, their events and guests, and the invitations that reached someone here."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.urls import reverse
from django.utils import timezone

from demo.zones import zone


class Organisation(models.Model):
    """A customer with several people. `verified_domain` is set once they proved that the domain is theirs."""

    name = models.CharField(max_length=100)
    verified_domain = models.CharField(max_length=253, unique=True, null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class People(BaseUserManager["User"]):
    """Accounts are known by their mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractUser):
    """Someone with a calendar here."""

    class Plan(models.TextChoices):
        FREE = "free", "Free"
        PAID = "paid", "Paid"

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    plan = models.CharField(max_length=4, choices=Plan, default=Plan.FREE)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="people"
    )
    email_verified_at = models.DateTimeField(null=True, blank=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="Europe/Berlin")
    recovery_email = models.EmailField("recovery address", blank=True)
    recovery_changed_at = models.DateTimeField(null=True, blank=True)
    former_recovery_email = models.EmailField(blank=True, help_text="told of a theft for a while after it was replaced")
    former_recovery_since = models.DateTimeField(null=True, blank=True)
    former_recovery_until = models.DateTimeField(null=True, blank=True)

    objects = People()  # type: ignore[misc,assignment]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @property
    def account(self) -> str:
        """As CalGuard calls it, which is how the default adapter does."""
        return f"{self._meta.label_lower}:{self.pk}"

    def set_password(self, raw_password: str | None) -> None:
        """Also stamps the change: a fresh password is one of the signs of a stolen account."""
        super().set_password(raw_password)
        self.password_changed_at = timezone.now()


class Recurrence(models.TextChoices):
    NONE = "none", "Does not repeat"
    DAILY = "daily", "Every day"
    WEEKLY = "weekly", "Every week"
    MONTHLY = "monthly", "Every month"
    YEARLY = "yearly", "Every year"


class Happening(models.Model):
    """What can be read in a calendar, one's own or one that was invited to."""

    title = models.CharField(max_length=200)
    notes = models.TextField(max_length=20_000, blank=True)
    place = models.CharField(max_length=200, blank=True)
    link = models.URLField(max_length=500, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    recurrence = models.CharField(max_length=8, choices=Recurrence, default=Recurrence.NONE)
    until = models.DateField(null=True, blank=True, help_text="last day, in the event's own zone")
    count = models.PositiveIntegerField(null=True, blank=True)
    uid = models.CharField(max_length=255)
    sequence = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def local_start(self) -> datetime:
        """The start in the event's own zone."""
        return self.starts_at.astimezone(zone(self.time_zone))

    @property
    def local_end(self) -> datetime:
        """The end in the event's own zone."""
        return self.ends_at.astimezone(zone(self.time_zone))


class Event(Happening):
    """Something in its owner's calendar. Whether its guests were told is CalGuard's to know, not a column here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="events")
    reminder = models.PositiveIntegerField(null=True, blank=True, help_text="minutes before the start")
    notifies = models.BooleanField(default=True, help_text="false: imported without sending invitations")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(help_text="DTSTAMP of the iCalendar: it must be the same each time it is read")
    dav_name = models.CharField(max_length=255, blank=True, help_text="the name a CalDAV client gave it")
    booked = models.BooleanField(default=False, help_text="reserved by a visitor of the booking page")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "uid"], name="demo_event_uid_once_per_owner"),
            models.UniqueConstraint(
                fields=["owner", "dav_name"], condition=~models.Q(dav_name=""), name="demo_event_dav_name_once"
            ),
        ]
        indexes = [models.Index(fields=["owner", "starts_at"], name="demo_event_owner_start")]

    def get_absolute_url(self) -> str:
        return reverse("event", args=[self.pk])


class Guest(models.Model):
    """Someone invited to an event, and their answer."""

    class Answer(models.TextChoices):
        NONE = "NEEDS-ACTION", "No answer yet"
        ACCEPTED = "ACCEPTED", "Accepted"
        DECLINED = "DECLINED", "Declined"

    class Agent(models.TextChoices):
        """Who tells them (SCHEDULE-AGENT, RFC 6638 7.1). All are judged; Almanac writes only to its own."""

        SERVER = "SERVER", "Almanac"
        CLIENT = "CLIENT", "the organiser's program"
        NONE = "NONE", "nobody"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="guests")
    address = models.EmailField(max_length=254)
    answer = models.CharField(max_length=12, choices=Answer, default=Answer.NONE)
    comment = models.CharField(max_length=500, blank=True, help_text="what they wrote with their answer")
    agent = models.CharField(max_length=6, choices=Agent, default=Agent.SERVER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "address"], name="demo_guest_once_per_event")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.address


class Told(models.Model):
    """What the guard answered when something was to be sent, as its owner was told."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="told")
    event = models.ForeignKey(Event, null=True, on_delete=models.SET_NULL, related_name="told")
    code = models.CharField(max_length=12, help_text="the guard's reference, such as K7M2-P9QD")
    title = models.CharField(max_length=200)
    headline = models.CharField(max_length=200)
    url = models.CharField(max_length=200, blank=True, help_text="where the decision is explained and can be appealed")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.code}: {self.headline}"


class InboxItem(Happening):
    """An invitation that reached someone here without mail."""

    class State(models.TextChoices):
        NEW = "new", "Waiting for your answer"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        CANCELLED = "cancelled", "Cancelled by the organiser"
        JUNK = "junk", "Reported as junk"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="inbox")
    organiser = models.EmailField(max_length=254)
    organiser_name = models.CharField(max_length=200, blank=True)
    recurrence_id = models.CharField(max_length=100, blank=True)
    submission = models.CharField(max_length=64, help_text="CalGuard's name for what brought it, for junk reports")
    state = models.CharField(max_length=9, choices=State, default=State.NEW)
    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    comment = models.CharField(max_length=500, blank=True, help_text="what was written with the answer")
    organiser_comment = models.CharField(max_length=500, blank=True, help_text="what came with the cancellation")

    class Meta:
        # A UID is chosen by its sender: nobody's may stand in the way of somebody else's.
        constraints = [
            models.UniqueConstraint(fields=["user", "organiser", "uid", "recurrence_id"], name="demo_inbox_once")
        ]
        ordering = ["-received_at"]

    def get_absolute_url(self) -> str:
        return reverse("inbox") + f"#item-{self.pk}"


class Upload(models.Model):
    """An .ics file between its preview and its import."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A key for programs: the API and, as an app password, CalDAV. Shown once; only a keyed hash of it is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class Share(models.Model):
    """Somebody invited to see when its owner is free and busy. No words but the invitation's own ever reach them."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="shares")
    address = models.EmailField(max_length=254)
    title = models.CharField(max_length=100)
    words = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, help_text="when the invitation left; empty: nobody knows")
    begun_at = models.DateTimeField(null=True, blank=True, help_text="when a worker began to hand it over")
    tries = models.PositiveSmallIntegerField(default=0, help_text="handed over, and perhaps taken")
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "address"], name="demo_share_once")]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.title} with {self.address}"


class BookingPage(models.Model):
    """A public page on which anybody may reserve a time of its owner's."""

    owner = models.OneToOneField(User, on_delete=models.CASCADE, related_name="booking_page")
    key = models.CharField(max_length=16, unique=True)
    open = models.BooleanField(default=True)
    title = models.CharField(max_length=100)
    question = models.CharField(max_length=200, blank=True)
    minutes = models.PositiveSmallIntegerField(default=30)
    first_hour = models.PositiveSmallIntegerField(default=9)
    last_hour = models.PositiveSmallIntegerField(default=17)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("book", args=[self.key])


class Reminder(models.Model):
    """The reminder of one time of an event: made when it is due, and sent when the guard lets it go."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="reminders")
    starts_at = models.DateTimeField(help_text="the time it reminds of")
    changed_at = models.DateTimeField(help_text="of the event as it was judged: what changed since is not sent")
    guests = models.JSONField(default=list)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "starts_at"], name="demo_reminder_once")]

    def __str__(self) -> str:
        return f"{self.event} at {self.starts_at}"


class Webhook(models.Model):
    """An address of the user's own that is told what left their account."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="webhook")
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=64, help_text="signs what is sent, so that the receiver knows whom it is from")

    def __str__(self) -> str:
        return self.url


class WebhookCall(models.Model):
    """One thing to tell a webhook, until it was told or given up."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="calls")
    submission = models.CharField(max_length=64)
    body = models.JSONField()
    attempts = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "submission"], name="demo_webhook_call_once")]

    def __str__(self) -> str:
        return f"{self.webhook}: {self.answer or 'waiting'}"


class DavState(models.Model):
    """What a calendar held when a CalDAV client was last told (RFC 6578): name to ETag."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="dav_states")
    key = models.CharField(max_length=32, unique=True)
    objects_held = models.JSONField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
