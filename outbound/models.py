"""Messages on their way out: what was submitted, what keeps it back, and what reached whom."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Submission(models.Model):
    """One attempt to notify guests of one version of an event. It waits while a Hold on it exists."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "waiting for the host to confirm its save"
        ACCEPTED = "accepted", "free to go once nothing holds it"
        SENT = "sent", "every guest has a final state"
        REFUSED = "refused", "denied; nothing leaves"
        WITHDRAWN = "withdrawn", "taken back by the host or replaced by a later version"
        EXPIRED = "expired", "never confirmed, or the event began before it was released"

    class Sender(models.TextChoices):
        CALGUARD = "calguard", "built and sent by CalGuard"
        HOST = "host", "the host builds its own mail; the mail gate lets it through"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.CharField(max_length=200)
    tenant = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=20)
    reference = models.CharField(max_length=200, blank=True, help_text="the host's key of the event")
    decision = models.CharField(max_length=64, help_text="opaque id of the verdict it was accepted under")
    method = models.CharField(max_length=20)
    uid = models.CharField(max_length=500)
    sequence = models.IntegerField(default=0)
    content_hash = models.CharField(max_length=64)
    guests_hash = models.CharField(max_length=64)
    recipients = models.PositiveIntegerField()
    snapshot = models.BinaryField(null=True, help_text="iCalendar as judged; emptied at closure")
    beside = models.JSONField(default=dict, help_text="what guests read beside the event; emptied at closure")
    sender = models.CharField(max_length=10, choices=Sender, default=Sender.CALGUARD)
    resend = models.BooleanField(default=False, help_text="the owner asked for the same content to be sent again")
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    note = models.CharField(max_length=100, blank=True, help_text="stable code: why it is in this state")
    starts_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="when the sweep looks at it next")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "created_at"], name="cg_submission_account"),
            models.Index(fields=["reference"], name="cg_submission_reference"),
            models.Index(fields=["uid"], name="cg_submission_uid"),
            models.Index(fields=["actor", "created_at"], name="cg_submission_actor", condition=~Q(actor="")),
            models.Index(fields=["due_at"], name="cg_submission_due", condition=Q(state__in=["proposed", "accepted"])),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.uid} by {self.account}: {self.state}"


class Hold(models.Model):
    """Keeps one submission back for as long as the row exists. Lifting is deleting, by owner."""

    class Kind(models.TextChoices):
        CHALLENGE = "challenge", "until a challenge is passed"
        THROTTLE = "throttle", "until there is room in the budget"
        REVIEW = "review", "until a person has looked"
        CONTAINMENT = "containment", "while its account is contained"

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="holds")
    kind = models.CharField(max_length=12, choices=Kind)
    owner = models.CharField(
        max_length=100, help_text="the decision or case that made it, as 'decision:<id>' or 'case:<id>'"
    )
    reason = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="lifted by the sweep at this time; empty: only by its owner")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "owner"], name="cg_hold_once_per_owner")]
        indexes = [
            models.Index(fields=["owner"], name="cg_hold_owner"),
            models.Index(fields=["due_at"], name="cg_hold_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.owner}"


class Message(models.Model):
    """One iTIP message (RFC 5546): a UID, a method and an occasion, sent to many guests."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="messages")
    account = models.CharField(max_length=200)
    uid = models.CharField(max_length=500)
    recurrence_id = models.CharField(max_length=100, blank=True)
    sequence = models.IntegerField(default=0)
    method = models.CharField(max_length=20)
    content_hash = models.CharField(max_length=64)
    schedule = models.CharField(
        max_length=64, blank=True, default="", help_text="hash of what makes it a rescheduling (RFC 5546 2.1.4)"
    )
    occasion = models.PositiveIntegerField(help_text="rises on an explicit resend and on every change of content (R04)")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "uid", "recurrence_id"], name="cg_message_once_per_submission"
            )
        ]
        indexes = [models.Index(fields=["account", "uid"], name="cg_message_account_uid")]

    def __str__(self) -> str:
        return f"{self.method} {self.uid} #{self.occasion}"


class Delivery(models.Model):
    """One message to one guest: at most once, by the unique key and the claim."""

    class Route(models.TextChoices):
        MAIL = "mail", "by mail"
        INTERNAL = "internal", "into a calendar on this system"

    class State(models.TextChoices):
        PENDING = "pending", "not yet tried"
        CLAIMED = "claimed", "a worker has it; nothing has left"
        SENDING = "sending", "handed over; the answer is not recorded yet"
        SENT = "sent", "accepted by the next hop"
        FAILED = "failed", "refused for good"
        UNCERTAIN = "uncertain", "handed over, and nobody knows whether it was taken; not tried again by itself"
        CANCELLED = "cancelled", "taken back before it left"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    recipient = models.CharField(max_length=320, blank=True, help_text="plain until delivery or closure")
    recipient_hash = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16, help_text="which key made recipient_hash")
    dedupe_key = models.CharField(max_length=64, unique=True)
    route = models.CharField(max_length=10, choices=Route, default=Route.MAIL)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    # RFC 5322 Message-ID; not called message_id, which is the column of the foreign key above
    mail_id = models.CharField(max_length=200, help_text="RFC 5322 Message-ID, fixed before the first try")
    rendered = models.BinaryField(null=True, help_text="RFC 5322 bytes if the host built it; emptied at closure")
    envelope_from = models.CharField(max_length=320, blank=True)
    claim = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    doubtful_at = models.DateTimeField(
        null=True, help_text="a worker died while handing it over; tried once more, under the same Message-ID"
    )
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "copy"
        verbose_name_plural = "copies"
        indexes = [
            models.Index(fields=["message", "state"], name="cg_delivery_message_state"),
            models.Index(fields=["mail_id"], name="cg_delivery_mail_id"),
            models.Index(fields=["recipient_hash"], name="cg_delivery_recipient"),
            models.Index(  # the sweep looks for dead workers every minute, among millions of finished rows
                fields=["claimed_at"], name="cg_delivery_in_flight", condition=Q(state__in=["claimed", "sending"])
            ),
            models.Index(fields=["claimed_at"], name="cg_delivery_uncertain", condition=Q(state="uncertain")),
        ]

    def __str__(self) -> str:
        return f"{self.mail_id}: {self.state}"


class Budget(models.Model):
    """The lock under which recipient-sends of one scope are counted, such as 'account:shop.user:7'."""

    scope = models.CharField(max_length=220, primary_key=True)
    touched_at = models.DateTimeField()
    spent = models.PositiveBigIntegerField(default=0, help_text="recipient-sends ever charged; outlives the charges")

    def __str__(self) -> str:
        return self.scope


class Charge(models.Model):
    """Recipient-sends taken from a budget. Rows are only ever added; nothing a sender does gives them back (R60).

    What could not be sent through our fault is a row of its own with less than no units, dated as what it makes up for,
    so that both leave a window together."""

    scope = models.CharField(max_length=220)
    units = models.IntegerField(help_text="below zero: given back")
    owner = models.CharField(max_length=100, help_text="what was charged, once: 'submission:<id>/<chunk>'")
    charged_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "owner"], name="cg_charge_once_per_owner")]
        indexes = [models.Index(fields=["scope", "charged_at"], name="cg_charge_scope_time")]

    def __str__(self) -> str:
        return f"{self.units} from {self.scope}"
