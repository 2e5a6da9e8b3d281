"""An account that somebody else may be using: what its owner was told, and what they answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Incident(models.Model):
    """One suspicion of a takeover, apart from any verdict on the account's owner (CC 4.2 action 3, R57)."""

    class State(models.TextChoices):
        OPEN = "open", "contained; its owner has not answered"
        CLAIMED = "claimed", "its owner says that it was them; a person looks at what was held"
        SECURED = "secured", "its owner ended every other session; credentials are to be changed"
        RETURNING = "returning", "credentials were changed; given back in time, unless somebody objects"
        DOUBTED = "doubted", "it is doubted who took it back; a person decides"
        RECOVERED = "recovered", "credentials were changed after it; on probation"
        CLOSED = "closed", "a person has decided"
        LAPSED = "lapsed", "nobody answered in time; a person looks"

    account = models.CharField(max_length=200)
    decision = models.ForeignKey("calguard.Decision", null=True, on_delete=models.SET_NULL, related_name="incidents")
    case = models.ForeignKey("calguard.Case", null=True, on_delete=models.SET_NULL, related_name="incidents")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    since = models.DateTimeField(help_text="the first sign: sessions and tokens made from then on are not trusted")
    facts = models.JSONField(default=dict, help_text="what the owner is told: place, device and time, coarse")
    repeated = models.PositiveIntegerField(default=0, help_text="detections after the first, told to nobody (R58)")
    opened_at = models.DateTimeField()
    alerted_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(help_text="when the sweep looks at it next")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=["open", "claimed", "secured", "returning", "doubted"]),
                name="calguard_one_incident",
            )
        ]
        indexes = [
            models.Index(fields=["account", "-opened_at"], name="calguard_incident_account"),
            models.Index(fields=["due_at"], name="calguard_incident_due", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"incident of {self.account}: {self.state}"

    @property
    def owner(self) -> str:
        """The name under which this incident's holds and restrictions stand in the ledgers."""
        return f"incident:{self.pk}"


class SignedIn(models.Model):
    """A session by its key, and whose it is: the key of the user, "" where nobody is signed in. It goes when the
    session would end; keys stand here as in Django's own table of sessions."""

    user = models.CharField(max_length=64)
    key = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["user"], name="calguard_signed_in", condition=~Q(user="")),
            models.Index(fields=["expires_at"], name="calguard_signed_in_ends"),
        ]

    def __str__(self) -> str:
        return f"session of {self.user or 'nobody'}"
