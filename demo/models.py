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

    objects = People()  # type: ignore[misc,assignment]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    def __str__(self) -> str:
        return self.get_full_name() or self.email

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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "uid"], name="demo_event_uid_once_per_owner")]
        indexes = [models.Index(fields=["owner", "starts_at"], name="demo_event_owner_start")]

    def get_absolute_url(self) -> str:
        return reverse("event", args=[self.pk])


class Guest(models.Model):
    """Someone invited to an event, and their answer."""

    class Answer(models.TextChoices):
        NONE = "NEEDS-ACTION", "No answer yet"
        ACCEPTED = "ACCEPTED", "Accepted"
        DECLINED = "DECLINED", "Declined"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="guests")
    address = models.EmailField(max_length=254)
    answer = models.CharField(max_length=12, choices=Answer, default=Answer.NONE)

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
