"""Names that claim to be somebody they are not (CC 4.2(2); DOMAIN 1, C4 to C9)."""

from __future__ import annotations

from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick
from disposable_email_domains import blocklist

from calguard.content.hosts import covers, is_freemail
from calguard.content.normalise import collapse, fold
from calguard.content.types import Text
from calguard.engine.brands import COMPANY_WORDS, Brand, claimed, imitated_by
from calguard.engine.pointing import name as pointed
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.reserved import reserved
from calguard.engine.types import Attempt, Signal

SHOWN = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "X-ALT-DESC", "STYLED-DESCRIPTION"})
NAMED_BESIDE = frozenset({"ATTENDEE;CN", "VCALENDAR.X-WR-CALNAME", "VCALENDAR.NAME"})
DESK = AhoCorasick(
    [
        *("billing", "support", "security", "fraud", "refund", "helpdesk", "help desk", "customer", "payment"),
        *("verification", "alert", "kundenservice", "soporte", "suporte", "assistenza", "sicherheit"),
        *("klantenservice", "служба", "поддержк", "客服", "サポート", "دعم"),
    ]
)
PRODUCT = frozenset({"app", "official"})
LONGEST_DESK = 60  # characters of a title that may be a company's desk


@detector(
    group="identity",
    codes={
        "brand": Reason.NAMES_ANOTHER_COMPANY,
        "brand_domain": Reason.NAMES_ANOTHER_COMPANY,
        "brand_from_freemail": Reason.NAMES_ANOTHER_COMPANY,
        "brand_alone": Reason.NAMES_ANOTHER_COMPANY,
        "brand_title": Reason.NAMES_ANOTHER_COMPANY,
        "brand_beside": Reason.NAMES_ANOTHER_COMPANY,
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
            if not claim.brand.sense and weight == 1.0 and _says_only(attempt, claim.brand):
                reason = f"the invitation says nothing but “{claim.brand.names[0]}”"
                yield Signal(code="brand_alone", reason=reason, field="SUMMARY")
        elif reserved(collapse(fold(name[:200]).text), bool(attempt.account.verified_domains)):
            signal = Signal(code="reserved_name", reason=f"“{name[:120]}” poses as the service itself", field=field)
            yield pointed(signal, name, (fold(name[:200]).text,))
    yield from _titled(attempt, domains)
    yield from _beside(attempt, domains)
    yield from _calendars_of_the_service(attempt)


def _says_only(attempt: Attempt, brand: Brand) -> bool:
    """Whether the title is the borrowed name and there is no other text: a lure to ask who this is."""
    said = [text for text in attempt.content.texts if text.field in SHOWN and text.folded]
    claim = claimed(said[0].visible) if len(said) == 1 and said[0].field == "SUMMARY" else None
    return claim is not None and claim.brand is brand and claim.strength == 1.0


def _titled(attempt: Attempt, domains: frozenset[str]) -> Iterator[Signal]:
    """Whether the title is a company's desk or product and nothing else: "PayPal Support". The company alone is whom
    one meets, and a desk among other words is what one talks about."""
    for text in attempt.content.texts:
        if text.field != "SUMMARY" or len(text.folded) > LONGEST_DESK:
            continue
        words = text.folded.split()
        if not DESK.find_matches_as_indexes(text.folded) and PRODUCT.isdisjoint(words):
            continue
        claim = claimed(text.visible)
        if claim is None or claim.brand.sense or claim.strength < 1.0 or any(map(claim.brand.owns, domains)):
            continue
        rest = collapse("".join(word for word in words if word.strip(".,:!-") not in COMPANY_WORDS))
        if rest in {collapse(fold(name).text) for name in claim.brand.names}:
            reason = f"the title is “{text.visible}”, and the sender is not that company"
            yield pointed(Signal(code="brand_title", reason=reason, field=text.field), text.visible, claim.brand.names)


def _beside(attempt: Attempt, domains: frozenset[str]) -> Iterator[Signal]:
    """Guests and calendars that carry the name of a company's desk. A guest may be of the company itself."""
    for text in attempt.content.texts:
        if text.field not in NAMED_BESIDE or not DESK.find_matches_as_indexes(text.folded):
            continue
        claim = claimed(text.visible)
        if claim and claim.strength == 1.0 and not _is_of(claim.brand, text, domains, attempt):
            reason = f"“{text.visible[:120]}” poses as {claim.brand.names[0]}"
            yield pointed(Signal(code="brand_beside", reason=reason, field=text.field), text.visible, claim.brand.names)
            return


def _calendars_of_the_service(attempt: Attempt) -> Iterator[Signal]:
    """Calendars named like the service's own; a single word, such as "Calendar", is what programs call theirs."""
    for text in attempt.content.texts:
        name = text.folded[:200]
        if text.field not in CALENDAR_NAMES or " " not in name.strip():
            continue
        if reserved(collapse(name), bool(attempt.account.verified_domains)):
            reason = f"the calendar “{text.visible[:120]}” poses as the service's own"
            yield Signal(code="reserved_name", reason=reason, field=text.field, quote=text.value[:160])
            return


def _is_of(brand: Brand, text: Text, domains: frozenset[str], attempt: Attempt) -> bool:
    guests = (guest.domain for guest in attempt.content.attendees if guest.name == text.value)
    return any(brand.owns(domain) for domain in (*domains, *guests))


_DISPOSABLE = frozenset(blocklist)
CALENDAR_NAMES = frozenset({"VCALENDAR.X-WR-CALNAME", "VCALENDAR.NAME", "calendar.name"})


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
