"""Names that claim to be somebody they are not (CC 4.2(2); DOMAIN 1, C4 to C9)."""

from __future__ import annotations

from collections.abc import Iterator

from disposable_email_domains import blocklist

from calguard.content.hosts import covers, is_freemail
from calguard.content.normalise import collapse, fold
from calguard.engine.brands import claimed, imitated_by
from calguard.engine.pointing import name as pointed
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.reserved import reserved
from calguard.engine.types import Attempt, Signal


@detector(
    group="identity",
    codes={
        "brand": Reason.NAMES_ANOTHER_COMPANY,
        "brand_domain": Reason.NAMES_ANOTHER_COMPANY,
        "brand_from_freemail": Reason.NAMES_ANOTHER_COMPANY,
        "reserved_name": Reason.NAMES_ANOTHER_COMPANY,
    },
)
def impersonation(attempt: Attempt) -> Iterator[Signal]:
    """The account, the organiser or the organisation carries a well-known company's name without an address or a
    verified domain of that company, writes from a domain that passes for such a company's, or carries a name that only
    the service itself may use."""
    domains = _domains(attempt)
    for domain in sorted(domains):
        if found := imitated_by(domain):
            brand, imitation = found
            reason = f"{domain} {imitation.how} {brand.names[0]} (“{imitation.seen}”) and is not that company's"
            yield Signal(
                code="brand_domain",
                reason=reason,
                field="account.domain",
                weight=imitation.strength,
                quote=domain,
                read_as=brand.names[0],
            )
    for field, name in _names(attempt):
        claim = claimed(name)
        if claim and not any(claim.brand.owns(domain) for domain in domains):
            throw_away = any(covers(attempt.lists.extra_disposable, d) or covers(_DISPOSABLE, d) for d in domains)
            anonymous = throw_away or (claim.brand.sense != "thing" and any(is_freemail(d) for d in domains))
            weight = 1.0 if throw_away and claim.brand.sense == "thing" else claim.strength
            origin = "a free or throw-away address" if anonymous else "a domain that is not that company's"
            code = "brand_from_freemail" if anonymous else "brand"
            reason = f"“{name[:120]}” claims to be {claim.brand.names[0]}, from {origin}"
            yield pointed(Signal(code=code, reason=reason, field=field, weight=weight), name, claim.brand.names)
        elif reserved(collapse(fold(name[:200]).text), bool(attempt.account.verified_domains)):
            signal = Signal(code="reserved_name", reason=f"“{name[:120]}” poses as the service itself", field=field)
            yield pointed(signal, name, (fold(name[:200]).text,))


_DISPOSABLE = frozenset(blocklist)


def _domains(attempt: Attempt) -> frozenset[str]:
    """Where the sender writes from. With a verified domain, that is who it is, whatever its private address."""
    account, organizer = attempt.account, attempt.content.organizer
    if account.verified_domains:
        return account.verified_domains
    return frozenset({account.email.rpartition("@")[2], organizer.domain if organizer else ""} - {""})


def _names(attempt: Attempt) -> Iterator[tuple[str, str]]:
    """Each name once, with where it stands."""
    account, content = attempt.account, attempt.content
    seen: set[str] = set()
    given = [("ORGANIZER;CN", a.name) for a in content.named if a.role in ("organizer", "sent_by")]
    for field, name in (*given, ("account.name", account.name), ("account.tenant_name", account.tenant_name)):
        if name.strip() and name not in seen:
            seen.add(name)
            yield field, name
