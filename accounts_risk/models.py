"""What is known of an account: its facts, restrictions, strikes, devices and relations."""

from __future__ import annotations

from django.db import models


class Profile(models.Model):
    """One account of the host, as the string 'app.model:pk'."""

    account = models.CharField(max_length=200, primary_key=True)
    tenant = models.CharField(max_length=200, blank=True)
    first_seen_at = models.DateTimeField()
    created_at = models.DateTimeField(null=True, help_text="when the account was made, where the host says")
    signup_prefix = models.CharField(max_length=64, blank=True, help_text="keyed pseudonym of the sign-up network")
    signup_device = models.CharField(max_length=64, blank=True)
    signup_asn = models.PositiveBigIntegerField(null=True, help_text="autonomous system of the sign-up network")
    signup_domain = models.CharField(
        max_length=64, blank=True, help_text="keyed pseudonym of the address's domain, where it is nobody's known one"
    )
    credential_changed_at = models.DateTimeField(null=True)
    last_login_at = models.DateTimeField(null=True)
    probation_until = models.DateTimeField(null=True)
    accepted_total = models.PositiveIntegerField(default=0, help_text="independent guests who accepted, ever")
    accepted_domains = models.PositiveIntegerField(
        default=0, help_text="organisations whose people accepted by mail, ever"
    )
    habits = models.JSONField(default=dict, help_text="how it usually writes: counts and short keyed hashes, bounded")

    class Meta:
        indexes = [
            models.Index(fields=["signup_prefix", "first_seen_at"], name="cg_profile_signup"),
            models.Index(
                fields=["signup_device", "first_seen_at"],
                name="cg_profile_device",
                condition=~models.Q(signup_device=""),
            ),
            models.Index(
                fields=["signup_domain", "first_seen_at"],
                name="cg_profile_domain",
                condition=~models.Q(signup_domain=""),
            ),
            models.Index(
                fields=["signup_asn", "first_seen_at"],
                name="cg_profile_asn",
                condition=models.Q(signup_asn__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.account


class Restriction(models.Model):
    """An account is restricted while such a row exists and has not expired. A person's row outranks a machine's."""

    class Kind(models.TextChoices):
        SENDING = "sending", "may use everything but sending to others"
        SUSPENSION = "suspension", "may not sign in"
        CONTAINMENT = "containment", "may not send until its owner has answered: perhaps somebody else uses it"

    account = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind)
    owner = models.CharField(max_length=100)
    by_human = models.BooleanField(default=False)
    reason = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="empty: until a person lifts it")
    ended_at = models.DateTimeField(null=True, help_text="it ran out, and nobody overturned it: part of the record")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "owner"], name="cg_restriction_once_per_owner"),
            models.CheckConstraint(
                condition=models.Q(by_human=True) | models.Q(expires_at__isnull=False),
                name="cg_machine_restriction_expires",  # a permanent one needs a person (R64)
            ),
        ]
        indexes = [
            models.Index(fields=["account", "expires_at"], name="cg_restriction_account"),
            models.Index(fields=["owner"], name="cg_restriction_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account} by {self.owner}"


class Clearance(models.Model):
    """A person's word that an account may send, which outranks machine restrictions made before it."""

    class Ground(models.TextChoices):
        RELEASED = "released", "a reviewer released what was held"
        APPEAL = "appeal", "an appeal was won"
        RECOVERED = "recovered", "its owner took it back"

    ground = models.CharField(max_length=10, choices=Ground, default=Ground.RELEASED)
    account = models.CharField(max_length=200)
    owner = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "owner"], name="cg_clearance_once_per_owner")]

    def __str__(self) -> str:
        return f"{self.account} cleared by {self.owner}"


class Strike(models.Model):
    """A confirmed abuse, which decays."""

    account = models.CharField(max_length=200, db_index=True)
    owner = models.CharField(max_length=100)
    weight = models.PositiveSmallIntegerField(default=1, help_text="how much it counts towards a sanction")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "owner"], name="cg_strike_once_per_owner")]

    def __str__(self) -> str:
        return f"strike of {self.account} by {self.owner}"


class Sighting(models.Model):
    """A device or network prefix an account was seen with, as a keyed pseudonym."""

    class Kind(models.TextChoices):
        DEVICE = "device", "device"
        PREFIX = "prefix", "network prefix"

    account = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "kind", "value"], name="cg_sighting_once")]

    def __str__(self) -> str:
        return f"{self.account}: {self.kind}"


class Relation(models.Model):
    """A guest who accepted this account before, by keyed hash. It lowers risk for that pair only (R84)."""

    account = models.CharField(max_length=200)
    recipient_hash = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)
    accepted = models.PositiveIntegerField(default=0)
    contact = models.BooleanField(default=False, help_text="the guest put the account into their contacts")
    junked = models.PositiveIntegerField(default=0)
    counted = models.BooleanField(default=False, help_text="an independent account here: speaks for the account too")
    domain = models.CharField(max_length=64, blank=True, help_text="keyed pseudonym of a mail guest's organisation")
    voice = models.CharField(max_length=64, blank=True, help_text="keyed pseudonym of the guest's own account here")
    bounced_at = models.DateTimeField(null=True, help_text="the address did not exist then")
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "recipient_hash"], name="cg_relation_once")]
        indexes = [
            models.Index(fields=["account", "domain"], name="cg_relation_domain", condition=~models.Q(domain="")),
            models.Index(fields=["voice", "account"], name="cg_relation_voice", condition=~models.Q(voice="")),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.accepted} accepted"


class Tally(models.Model):
    """What became of the copies that one account sent, by the week that begins on a Monday."""

    account = models.CharField(max_length=200)
    week = models.DateField()
    sent = models.PositiveIntegerField(default=0, help_text="copies that left")
    bounced = models.PositiveIntegerField(default=0, help_text="guests whose address does not exist")
    accepted = models.PositiveIntegerField(default=0)
    declined = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "week"], name="cg_tally_once")]

    def __str__(self) -> str:
        return f"{self.account}, week of {self.week}"
