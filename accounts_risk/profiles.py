"""The facts of an account, and every event that changes them; each change one guarded write that repeats safely."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts_risk.models import Profile, Sighting
from calguard.sql import Added, Changed, given

__all__ = [
    "note_credential_change",
    "note_login",
    "note_seen",
    "note_signup",
    "put_on_probation",
    "sighted",
]


def note_seen(
    account: str,
    *,
    tenant: str = "",
    created_at: datetime | None = None,
    credential_changed_at: datetime | None = None,
    at: datetime,
    using: str = "default",
) -> Profile:
    """The account's profile with what the host says of it; one read where nothing changed. None and "" say nothing."""
    profile, made = Profile.objects.using(using).get_or_create(
        account=account,
        defaults={
            "tenant": tenant,
            "first_seen_at": at,
            "created_at": created_at,
            "credential_changed_at": credential_changed_at,
        },
    )
    if made:
        return profile
    changes: dict[str, object] = {}
    if tenant and tenant != profile.tenant:
        changes["tenant"] = tenant
    if created_at and created_at != profile.created_at:
        changes["created_at"] = created_at
    if changes:
        _row(account, using).update(**changes)
        for name, value in changes.items():
            setattr(profile, name, value)
    if credential_changed_at and _is_later(credential_changed_at, profile.credential_changed_at):
        note_credential_change(account, at=credential_changed_at, using=using)
        profile.credential_changed_at = credential_changed_at
    return profile


def note_signup(
    account: str,
    *,
    prefix: str,
    device: str,
    at: datetime,
    asn: int | None = None,
    domain: str = "",
    tenant: str = "",
    using: str = "default",
) -> None:
    """The account was made now, from this network and device, with an address at this domain (keyed pseudonyms; ""
    where not known, and for domains at which anybody or a known organisation has addresses)."""
    origin = {"signup_prefix": prefix, "signup_device": device, "signup_asn": asn, "signup_domain": domain}
    ensure(account, at, using, tenant=tenant, created_at=at, **origin)
    row = _row(account, using)
    row.filter(created_at=None).update(created_at=at)
    row.filter(signup_prefix="", signup_device="", signup_asn=None, signup_domain="").update(**origin)
    _sighted_both(account, device, prefix, at, using)


def note_login(account: str, *, device: str, prefix: str, at: datetime, using: str = "default") -> None:
    """The account signed in from this network and device (keyed pseudonyms; "" where not known)."""
    ensure(account, at, using, last_login_at=at)
    _later(account, "last_login_at", at, using)
    _sighted_both(account, device, prefix, at, using)


def note_credential_change(account: str, *, at: datetime, using: str = "default") -> None:
    """A password, second factor or address of the account changed."""
    ensure(account, at, using, credential_changed_at=at)
    _later(account, "credential_changed_at", at, using)


def put_on_probation(account: str, *, until: datetime, at: datetime, using: str = "default") -> None:
    """Reduced budgets until then, as after a hijacked account came back to its owner (R59). Never shortens one."""
    ensure(account, at, using, probation_until=until)
    _later(account, "probation_until", until, using)


def sighted(account: str, kind: str, value: str, *, at: datetime, using: str = "default") -> None:
    """The account was seen with this device or network (a keyed pseudonym); one statement. "" is nothing seen."""
    if not value:
        return
    SEEN.add(Sighting(account=account, kind=kind, value=value, first_seen_at=at, last_seen_at=at), using)


def ensure(account: str, at: datetime, using: str, **facts: object) -> None:
    """A profile to count on, first seen now if it is new; one that exists is left as it is."""
    MET.add(Profile(account=account, first_seen_at=at, **facts), using)


def _row(account: str, using: str) -> QuerySet[Profile]:
    return Profile.objects.using(using).filter(account=account)


def _later(account: str, name: str, moment: datetime, using: str) -> None:
    """Reports may arrive late and twice; the latest moment stands."""
    LATER.run(using, name, account=account, moment=moment)


def _write_later(name: str) -> tuple[QuerySet[Profile], Mapping[str, Any]]:
    rows = Profile.objects.filter(account=given("account", str))
    moment = given("moment", datetime)
    return rows.filter(Q(**{name: None}) | Q(**{f"{name}__lt": moment})), {name: moment}


MET = Added(Profile, ignore=True)
SEEN = Added(Sighting, update=["last_seen_at"], unique=["account", "kind", "value"])
LATER = Changed(_write_later)


def _is_later(moment: datetime, known: datetime | None) -> bool:
    return known is None or moment > known


def _sighted_both(account: str, device: str, prefix: str, at: datetime, using: str) -> None:
    sighted(account, Sighting.Kind.DEVICE, device, at=at, using=using)
    sighted(account, Sighting.Kind.PREFIX, prefix, at=at, using=using)
