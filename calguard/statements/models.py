"""What was done to an account or its message, and why: as its owner is told (DSA Art. 17, R91)."""

from __future__ import annotations

import uuid

from django.db import models


class Statement(models.Model):
    """A statement of reasons for one measure. Written once; only what became of it changes."""

    class Measure(models.TextChoices):
        WITHHELD = "withheld", "an event's invitations were withheld, and a person confirmed it"
        REFUSED = "refused", "an event's invitations were refused"
        RESTRICTED = "restricted", "inviting others was paused for the account"
        SUSPENDED = "suspended", "the account was suspended"
        CONTAINED = "contained", "inviting others waits until the owner has answered"

    class Source(models.TextChoices):
        OWN = "own", "found by the service itself"
        NOTICE = "notice", "somebody reported it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=12, unique=True, help_text="short reference shown to the user")
    account = models.CharField(max_length=200)
    measure = models.CharField(max_length=10, choices=Measure)
    owner = models.CharField(max_length=100, help_text="the decision, case or incident whose measure it is")
    decision = models.ForeignKey("calguard.Decision", null=True, on_delete=models.SET_NULL, related_name="statements")
    case = models.ForeignKey("calguard.Case", null=True, on_delete=models.SET_NULL, related_name="statements")
    reasons = models.JSONField(default=list, help_text="public reason codes, strongest first")
    ground = models.CharField(max_length=40, help_text="stable code of the term that was broken, or of the duty")
    words = models.TextField(blank=True, help_text="what a person added for the user")
    source = models.CharField(max_length=6, choices=Source, default=Source.OWN)
    found_by_machine = models.BooleanField()
    decided_by_machine = models.BooleanField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, help_text="empty: until a person lifts it, or for good where it says so")
    created_at = models.DateTimeField()
    omitted = models.BooleanField(default=False, help_text="not told: deceptive high-volume commercial content")
    ended_at = models.DateTimeField(null=True, help_text="it ran out or was lifted")
    overturned_at = models.DateTimeField(null=True, help_text="a person took it back")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["measure", "owner", "account"], name="calguard_statement_once")]
        indexes = [models.Index(fields=["account", "-created_at"], name="calguard_statement_account")]

    def __str__(self) -> str:
        return f"{self.code}: {self.measure}"
