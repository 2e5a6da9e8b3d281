"""What attempts have in common across accounts, the campaigns found by it, and what people decide of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Campaign(models.Model):
    """What several accounts that have nothing to do with each other send alike (R22, R47)."""

    class State(models.TextChoices):
        WATCHED = "watched", "watched: members share a budget"
        HELD = "held", "held: what members send waits for a person"
        CLEARED = "cleared", "cleared: a person found nothing wrong"

    id = models.BigAutoField(primary_key=True)
    reference = models.CharField(max_length=12, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.WATCHED)
    kinds = models.JSONField(default=list, help_text="kinds of marks that members share")
    accounts = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    recipients = models.PositiveIntegerField(default=0, help_text="strangers that members wrote to, or wanted to")
    over_budget = models.BooleanField(default=False, help_text="members together have reached what they may")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-last_seen"], name="calguard_campaign_state")]

    def __str__(self) -> str:
        return f"campaign {self.reference}: {self.state}"


class Mark(models.Model):
    """One thing an attempt of an untrusted account has in common with whoever does the same: a keyed number, no text.

    Rows of one attempt differ in kind and value only, so that one look-up by values needs no join."""

    class Kind(models.TextChoices):
        TEXT = "text", "text"
        PHONE = "phone", "phone number"
        HOST = "host", "link"
        GUESTS = "guests", "guest list"
        DEVICE = "device", "device"

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey("calguard.Decision", on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=6, choices=Kind)
    value = models.BigIntegerField(help_text="keyed")
    account = models.CharField(max_length=200)
    party = models.CharField(max_length=200, help_text="the account, or the organisation that has proved its domain")
    guests = models.BigIntegerField(help_text="keyed; equal for equal guests")
    strangers = models.PositiveIntegerField()
    prefix = models.BigIntegerField(help_text="keyed; 0 for none")
    client = models.BigIntegerField(help_text="keyed; 0 for none")
    cohort = models.BigIntegerField(help_text="keyed hour in which the account was made; 0 for unknown")
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.SET_NULL, related_name="marks")
    todo = models.BooleanField(default=False, help_text="its attempt has yet to be counted in a campaign")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["value", "-at"], name="calguard_mark_value"),
            models.Index(fields=["at"], name="calguard_mark_time"),
            models.Index(fields=["at"], name="calguard_mark_todo", condition=Q(todo=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.decision_id}"


class Member(models.Model):
    """One attempt that belongs to a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="members")
    decision = models.OneToOneField("calguard.Decision", on_delete=models.CASCADE, related_name="member")
    account = models.CharField(max_length=200)
    recipients = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["campaign", "at"], name="calguard_member_campaign"),
            models.Index(fields=["account", "campaign"], name="calguard_member_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account} in {self.campaign_id}"


class CampaignOrder(models.Model):
    """One verdict on all of a campaign, carried out in chunks; it can be stopped, and taken back by its owner."""

    class State(models.TextChoices):
        RUNNING = "running", "being carried out"
        DONE = "done", "carried out"
        CANCELLED = "cancelled", "stopped"
        LIFTING = "lifting", "being taken back"
        LIFTED = "lifted", "taken back"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="orders")
    case = models.ForeignKey("calguard.Case", null=True, on_delete=models.SET_NULL, related_name="campaign_orders")
    outcome = models.CharField(max_length=20, help_text="as decided: hold, release, deny, restrict, suspend, restore")
    label = models.CharField(max_length=10, blank=True)
    actor = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.RUNNING)
    total = models.PositiveIntegerField(default=0, help_text="members when it was given")
    done = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0, help_text="the last member it has dealt with")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True, help_text="when what it refuses is closed; until then it can be lifted")

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], name="calguard_order_todo", condition=Q(state__in=["running", "lifting"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.outcome} on {self.campaign_id}: {self.state}"

    @property
    def owner(self) -> str:
        """The name under which its holds, restrictions, strikes and clearances stand."""
        return f"campaign:{self.campaign_id}/{self.pk}"


class CampaignEntry(models.Model):
    """What an order found of one submission, and did to it; what was sent already is noted for a recall."""

    class Found(models.TextChoices):
        HELD = "held", "kept back"
        FREED = "freed", "let go"
        SENT = "sent", "had left before"
        OVER = "over", "was over before"

    order = models.ForeignKey(CampaignOrder, on_delete=models.CASCADE, related_name="entries")
    submission = models.UUIDField()
    account = models.CharField(max_length=200)
    found = models.CharField(max_length=5, choices=Found)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "campaign entries"
        constraints = [models.UniqueConstraint(fields=["order", "submission"], name="calguard_entry_once")]

    def __str__(self) -> str:
        return f"{self.submission}: {self.found}"
