"""Verdicts, what they asked for, the cases people look at, and the record of who did what."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.db import models
from django.db.models import Q

import calguard.campaigns.models
import calguard.incidents.models
import calguard.sanctions.models
import calguard.statements.models  # noqa: F401  Django finds models where it looks for them
from calguard.engine.types import Verdict
from outbound.models import Submission


class Case(models.Model):
    """What a reviewer decides: everything undecided about one account, one campaign, or the visitors of one page."""

    class State(models.TextChoices):
        OPEN = "open", "waiting for a person"
        CLOSED = "closed", "decided"

    class Label(models.TextChoices):
        INNOCENT = "innocent", "innocent"
        SPAM = "spam", "spam"
        PHISH = "phish", "phishing or fraud"
        HIJACKED = "hijacked", "hijacked account"
        RUNAWAY = "runaway", "runaway program, no ill will"
        UNCLEAR = "unclear", "unclear"

    id = models.BigAutoField(primary_key=True)
    account = models.CharField(max_length=200)
    campaign = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    severity = models.PositiveSmallIntegerField(default=0, help_text="the strictest verdict in it, 0 to 5")
    reach = models.PositiveIntegerField(default=0, help_text="guests waiting")
    priority = models.FloatField(default=0, help_text="severity x reach x nearness of the start; higher first")
    starts_at = models.DateTimeField(null=True, help_text="earliest start among what is held")
    opened_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=200, blank=True)
    claimed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    label = models.CharField(max_length=10, choices=Label, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    telling = models.JSONField(
        default=dict, blank=True, help_text="how its owner is told: see calguard.statements.telling"
    )
    version = models.PositiveIntegerField(
        default=0, help_text="rises with every change, so that two people cannot both decide"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "campaign"], condition=Q(state="open"), name="calguard_one_open_case"
            )
        ]
        indexes = [models.Index(fields=["state", "-priority", "opened_at"], name="calguard_case_queue")]
        permissions = [
            ("decide_case", "Can release, deny and restrict"),
            ("suspend_case", "Can suspend an account and lift a suspension"),
            ("reveal_case", "Can see recipients in plain"),
        ]

    def __str__(self) -> str:
        return f"Case {self.pk}: {self.account}"


class Decision(models.Model):
    """One judgement, with the facts it was made on, so that it can be explained and replayed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=12, unique=True, help_text="short reference shown to the user")
    gate = models.CharField(max_length=2, default="G2")
    account = models.CharField(max_length=200)
    tenant = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=20)
    reference = models.CharField(max_length=200, blank=True)
    verdict = models.PositiveSmallIntegerField(choices=[(v.value, v.name) for v in Verdict])
    enforced = models.BooleanField(help_text="false in observe mode: what would have been done")
    score = models.FloatField()
    tier = models.CharField(max_length=12)
    reasons = models.JSONField(default=list, help_text="public reason codes, strongest first")
    signals = models.JSONField(default=list)
    actions = models.JSONField(default=list)
    facts = models.JSONField(default=dict, help_text="what the judge knew, without content")
    degraded = models.BooleanField(default=False)
    policy_version = models.CharField(max_length=40)
    content_hash = models.CharField(max_length=64)
    guests_hash = models.CharField(max_length=64)
    similarity = models.CharField(max_length=64, help_text="equal for nearly equal content")
    sketch = models.BinaryField(default=bytes, help_text="how near the text is to another, without the text")
    uid = models.CharField(max_length=500, blank=True)
    method = models.CharField(max_length=20, blank=True)
    recipients = models.PositiveIntegerField(default=0)
    said = models.TextField(
        blank=True, default="", help_text="words of an untrusted account's attempt; forgotten after ten minutes"
    )
    strangers = models.PositiveIntegerField(
        default=0, help_text="guests outside who never had to do with the account before"
    )
    device = models.CharField(max_length=64, blank=True, default="", help_text="keyed pseudonym")
    prefix = models.CharField(max_length=64, blank=True, default="", help_text="keyed pseudonym of the network")
    asn = models.PositiveBigIntegerField(null=True)
    country = models.CharField(max_length=2, blank=True, default="")
    client = models.CharField(max_length=40, blank=True, default="", help_text="kind of program, without versions")
    via = models.CharField(
        max_length=8, blank=True, default="", help_text="what stands between the address and the person, if anything"
    )
    ip = models.GenericIPAddressField(null=True, help_text="for look-ups that take their time; forgotten soon")
    latitude = models.SmallIntegerField(null=True, help_text="in whole degrees, to tell a journey; forgotten soon")
    longitude = models.SmallIntegerField(null=True)
    retry_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    submission = models.ForeignKey(Submission, null=True, on_delete=models.SET_NULL, related_name="decisions")
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="decisions")

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at"], name="calguard_decision_account"),
            models.Index(fields=["created_at"], name="calguard_decision_time"),
            models.Index(fields=["created_at"], name="calguard_decision_said", condition=~Q(said="")),
            models.Index(
                fields=["created_at"],
                name="calguard_decision_whence",
                condition=Q(ip__isnull=False) | Q(latitude__isnull=False),
            ),
            models.Index(
                fields=["prefix", "created_at"],
                name="calguard_decision_cased",
                condition=Q(case__isnull=False) & ~Q(prefix=""),
            ),
            models.Index(fields=["actor", "-created_at"], name="calguard_decision_actor", condition=~Q(actor="")),
            models.Index(
                fields=["prefix", "-created_at"], name="calguard_decision_visit", condition=Q(channel__in=["booking"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {Verdict(self.verdict).name}"

    @property
    def owner(self) -> str:
        """The name under which this decision's holds and restrictions stand in the ledgers."""
        return f"decision:{self.pk}"


class Evidence(models.Model):
    """The content a person must see to decide; kept on a clock."""

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="evidence")
    content = models.BinaryField(help_text="iCalendar as judged")
    beside = models.JSONField(default=dict, help_text="what guests read beside the event, by its place")
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"evidence of {self.decision_id}"


class Indicator(models.Model):
    """A phone number or host seen in withheld content, so that the same one elsewhere can be found."""

    class Kind(models.TextChoices):
        HOST = "host", "host"
        PHONE = "phone", "phone number"

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="indicators")
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "kind", "value"], name="calguard_indicator_once")]
        indexes = [models.Index(fields=["kind", "value"], name="calguard_indicator_value")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Enforcement(models.Model):
    """One action a decision or case asked for. A task carries it out; running it twice changes nothing more."""

    class State(models.TextChoices):
        PENDING = "pending", "to be done"
        DONE = "done", "done"
        LIFTED = "lifted", "undone"
        FAILED = "failed", "given up after retries; see error"

    action = models.CharField(max_length=20, help_text="name of a file in calguard/actions")
    owner = models.CharField(max_length=100)
    account = models.CharField(max_length=200)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.SET_NULL, related_name="enforcements")
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="enforcements")
    by_human = models.BooleanField(default=False)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="carried out no sooner; empty: at once")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["action", "owner"], name="calguard_enforcement_once")]
        indexes = [models.Index(fields=["created_at"], name="calguard_enforcement_todo", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return f"{self.action} for {self.owner}: {self.state}"


class Note(models.Model):
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    author = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"


class Appeal(models.Model):
    """What the user says to a decision or a measure; once for each, and decided by another person (R92)."""

    class State(models.TextChoices):
        OPEN = "open", "waiting for a person"
        UPHELD = "upheld", "the decision stands"
        OVERTURNED = "overturned", "the decision was taken back"

    decision = models.OneToOneField(Decision, null=True, on_delete=models.CASCADE, related_name="appeal")
    statement = models.OneToOneField("calguard.Statement", null=True, on_delete=models.CASCADE, related_name="appeal")
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="appeals")
    account = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="by when a person is to have answered")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(blank=True, help_text="what the person who decided tells the user")
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__isnull=False) | Q(statement__isnull=False),
                name="calguard_appeal_against_something",
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="calguard_appeal_due", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"appeal against {self.decision_id or self.statement_id}: {self.state}"


class Exemption(models.Model):
    """A reviewer's word that one signal does not count for one account, until it expires (R96)."""

    account = models.CharField(max_length=200)
    scope = models.CharField(max_length=80, help_text="'<detector>.<code>'")
    owner = models.CharField(max_length=100)
    reason = models.TextField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "scope", "owner"], name="calguard_exemption_once")]
        indexes = [models.Index(fields=["account", "expires_at"], name="calguard_exemption_account")]

    def __str__(self) -> str:
        return f"{self.scope} for {self.account}"


class SpentToken(models.Model):
    """A challenge answer that was used. The primary key makes the second use fail, whatever the concurrency (R55)."""

    digest = models.CharField(max_length=64, primary_key=True)
    spent_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest


class Notice(models.Model):
    """A mail to an account's owner or to staff, once per incident; the text is made when it is sent."""

    class State(models.TextChoices):
        PENDING = "pending", "to be sent"
        SENT = "sent", "sent"
        FAILED = "failed", "given up after retries"

    kind = models.CharField(max_length=30)
    incident = models.CharField(max_length=150, help_text="at most one notice per kind and incident")
    account = models.CharField(max_length=200, blank=True)
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "incident"], name="calguard_notice_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.state}"


class Heartbeat(models.Model):
    """When a background part last ran; the doctor reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"


class AppendOnly(models.QuerySet["AuditEntry"]):
    """Rows can be added and read, nothing else (R90)."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit log is append-only: entries cannot be changed.")

    def delete(self) -> NoReturn:
        raise TypeError("The audit log is append-only: entries cannot be deleted.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit log is append-only: entries cannot be changed.")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Each audit entry continues the chain: use calguard.audit.record.")

    def _raw_delete(self, using: str | None) -> NoReturn:
        raise TypeError("The audit log is append-only: entries cannot be deleted.")


class AuditEntry(models.Model):
    """Who did what to whom, why, and a hash over it and the entry before."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200, help_text="'system' or the reviewer, as 'app.model:pk'")
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, unique=True, help_text="unique, so that the chain cannot fork")
    digest = models.CharField(max_length=64, unique=True)

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["target", "at"], name="calguard_audit_target")]
        default_permissions = ("add", "view")
        base_manager_name = "objects"  # Django's own base manager would let updates through

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The audit log is append-only: entries cannot be changed.")
        super().save(force_insert=True, using=kwargs.get("using"))  # a new object with an old key must not overwrite it

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit log is append-only: entries cannot be deleted.")
