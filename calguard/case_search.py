"""How staff find a case: by reference, account, host, phone, Message-ID, feedback id, similar content or number."""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import Q, QuerySet

from calguard import actors, provenance
from calguard.conf import conf
from calguard.models import Case, Decision, Indicator
from outbound import ledger
from outbound.models import Submission

_CODE = re.compile(r"[0-9A-Z]{4}-?[0-9A-Z]{4}", re.IGNORECASE)
_NUMBER = re.compile(r"(?:case:|#)?(\d{1,18})", re.IGNORECASE)
_PHONE = re.compile(r"[+(]?[\d\s().\-/]{7,40}")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.\-]*://)?(?:[^/@\s]*@)?([^/\s:?#@]+\.[^/\s:?#@]+)(?:[:/?#].*)?", re.IGNORECASE)
_HASH = re.compile(r"[0-9a-f]{16,64}")
_DEFANGED = (("hxxp", "http"), ("[.]", "."), ("(.)", "."), ("[:]", ":"))
_SHORTEST_NATIONAL = 7  # digits: fewer would match half the queue


def search(query: str) -> QuerySet[Case]:
    """Cases that the words lead to; nothing where they lead nowhere. Each reading of the words is tried."""
    words = query.strip()[:500]
    cases = Case.objects.using(conf.database)
    if not words:
        return cases.all()
    wanted = Q(account=words) | Q(account__startswith=actors.PAGE, account__endswith=f":{words}")
    if _CODE.fullmatch(words):
        bare = words.replace("-", "").upper()
        wanted |= _holding(Q(code__in=(bare, f"{bare[:4]}-{bare[4:]}")))
    if number := _NUMBER.fullmatch(words):
        wanted |= Q(pk=int(number[1]))
    if _HASH.fullmatch(words):
        wanted |= _holding(Q(similarity=words))
    if (submission := provenance.submission_of(words)) is not None:
        wanted |= _sent_as(submission)
    if "@" in words:
        wanted |= _addressed(words)
    if _PHONE.fullmatch(words):
        wanted |= _calling(words)
    wanted |= _linking(words)
    return cases.filter(wanted)


def _holding(decisions: Q) -> Q:
    return Q(pk__in=Decision.objects.using(conf.database).filter(decisions, case__isnull=False).values("case"))


def _addressed(words: str) -> Q:
    """An account's mail address, or a Message-ID: then the case of that mail, or else those of who sent it."""
    found = Q(pk__in=[])
    account = conf.host.account_for(words.removeprefix("mailto:"))
    if account:
        found |= Q(account=account)
    bare = words.strip("<>")
    for written in (f"<{bare}>", bare):
        delivery = ledger.by_message_id(written)
        if delivery is not None:
            return found | _sent_as(delivery.message.submission_id)
    return found


def _sent_as(submission: UUID) -> Q:
    """The case of what was submitted, or else those of whoever answers for it."""
    ours = _holding(Q(submission=submission))
    if Case.objects.using(conf.database).filter(ours).exists():
        return ours
    rows = Submission.objects.using(conf.database).filter(pk=submission)
    return Q(
        account__in=[actors.answers_for(account, actor) for account, actor in rows.values_list("account", "actor")]
    )


def _calling(words: str) -> Q:
    """Numbers are kept as E.164 where that could be told: tried as written, then by their national end."""
    digits = re.sub(r"\D", "", words)
    national = digits.lstrip("0")
    exact = Q(value__in=(digits, f"+{digits}", f"+{national}"))
    phones = Indicator.objects.using(conf.database).filter(kind=Indicator.Kind.PHONE)
    if len(national) >= _SHORTEST_NATIONAL and not phones.filter(exact).exists():
        exact |= Q(value__endswith=national)
    return _holding(Q(pk__in=phones.filter(exact).values("decision")))


def _linking(words: str) -> Q:
    """A host, as typed, pasted from a link, or defanged; and what lies below it."""
    plain = words.lower()
    for written, meant in _DEFANGED:
        plain = plain.replace(written, meant)
    found = _HOST.fullmatch(plain)
    if not found:
        return Q(pk__in=[])
    host = _ascii(found[1].strip("."))
    hosts = Indicator.objects.using(conf.database).filter(kind=Indicator.Kind.HOST)
    return _holding(Q(pk__in=hosts.filter(Q(value=host) | Q(value__endswith=f".{host}")).values("decision")))


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
