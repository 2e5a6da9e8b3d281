"""What needs a second person before it is done (four eyes)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Approval(models.Model):
    """A reviewer's decision that waits for another reviewer. Nothing of it is carried out before."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting for a second person"
        APPROVED = "approved", "approved and carried out"
        REFUSED = "refused", "a second person said no"
        EXPIRED = "expired", "nobody said yes in time"

    case = models.ForeignKey("calguard.Case", on_delete=models.CASCADE, related_name="approvals")
    case_version = models.PositiveIntegerField(help_text="what the first person looked at")
    outcome = models.CharField(max_length=20)
    label = models.CharField(max_length=10)
    reason = models.TextField()
    parameters = models.JSONField(default=dict)
    proposed_by = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    answered_by = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="waiting"), name="calguard_one_approval")
        ]

    def __str__(self) -> str:
        return f"{self.outcome} of case {self.case_id}: {self.state}"
