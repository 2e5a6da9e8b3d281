"""The senders an event can be tried as, without an operator's data: who they are and where they sit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from calguard.content.hosts import is_freemail, registrable
from calguard.content.types import Address, Content
from calguard.engine.policy import Policy
from calguard.engine.types import Account, Audience, Client, Network

NAMES = ("new", "trial", "longtime", "established", "hijacked")
FROM_GUESTS = frozenset({"REPLY", "COUNTER", "REFRESH"})
OWN_ADDRESS = Address(
    email="somebody@calendar.example", written="somebody@calendar.example", name="", role="organizer", field=""
)
STRANGER = "stranger@elsewhere.example"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who sends, and what the request looked like."""

    account: Account
    client: Client = field(default_factory=Client)
    network: Network = field(default_factory=Network)


def sender_of(content: Content) -> Address:
    """The address that sends a calendar object: the organiser's, or the guest's who answers."""
    if content.method in FROM_GUESTS:
        return next((a for a in content.attendees if a.email), OWN_ADDRESS)
    organizer = content.organizer
    return organizer if organizer and organizer.email else OWN_ADDRESS


def persona(name: str, content: Content, policy: Policy) -> Sender:
    """One of NAMES in the place of whoever sends this content; LookupError for another name."""
    address = sender_of(content)
    delegates = {a.email for a in content.named if a.role == "sent_by" and a.email}
    known: dict[str, Any] = {
        "id": f"persona:{name}",
        "tenant": address.domain,
        "name": address.name,
        "email": address.email,
        "email_verified": True,
        "addresses": frozenset({address.email} | (set() if content.method in FROM_GUESTS else delegates)),
        **_history(name, address.domain),
    }
    account = Account(**known, tier=policy.tier(Account(**known)))
    if name != "hijacked":
        return Sender(account=account)
    return Sender(account=account, client=Client(known_device=False), network=Network(known_prefix=False))


def _history(name: str, domain: str) -> dict[str, Any]:
    """What is known of such an account, as fields of `Account`."""
    if name == "new":
        return {"age_hours": 6.0}
    if name == "trial":
        return {"age_hours": 24.0 * 10}
    if name == "longtime":
        return {"age_hours": 24.0 * 365 * 3, "accepted_invitations": 12}
    if name not in ("established", "hijacked"):
        raise LookupError(f"unknown persona {name!r}; known: {', '.join(NAMES)}")
    return {
        "age_hours": 24.0 * 365 * 2,
        "paid": True,
        "accepted_invitations": 40,
        "verified_domains": frozenset() if is_freemail(domain) else frozenset({registrable(domain) or domain}),
        "credential_change_hours": 1.0 if name == "hijacked" else None,
    }


def audience(content: Content, account: Account, to: tuple[str, ...] = ()) -> tuple[Audience, tuple[str, ...]]:
    """Who would be told, and their addresses: those given, else the content's guests, else one stranger."""
    if to:
        guests = tuple(dict.fromkeys(to))
    elif content.method in FROM_GUESTS:
        guests = (content.organizer.email,) if content.organizer and content.organizer.email else (STRANGER,)
    else:
        guests = tuple(email for email in content.guest_emails if email not in account.addresses) or (STRANGER,)
    beyond = 0 if to else max(0, content.guest_total - len(content.guest_emails))
    domains = Counter([guest.rpartition("@")[2].lower() for guest in guests])
    own = account.verified_domains
    outside = [domain for domain in domains if domain not in own and registrable(domain) not in own]
    reach = Audience(
        total=len(guests) + beyond,
        external=sum(domains[domain] for domain in outside) + beyond,
        domains=len({registrable(domain) or domain for domain in outside}),
    )
    return reach, guests
