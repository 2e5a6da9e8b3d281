"""Plain addresses of guests: shown to who may see them, for a reason, and never without a record of it (R90)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from calguard import audit, claims
from calguard.conf import conf
from calguard.content.reader import read
from calguard.models import Evidence
from calguard.problems import Invalid
from calguard.reviewers import REVEAL, allow
from outbound.models import Delivery

REVEALED = 500  # addresses at a time
READ = 200  # events that are read for them, the newest: a flood of attempts makes one case


@dataclass(frozen=True, kw_only=True, slots=True)
class Revealed:
    """Plain addresses of guests: of copies by delivery, and as the withheld events name them."""

    deliveries: Mapping[int, str]
    guests: tuple[str, ...]


def reveal(case_id: int, reviewer: Any, reason: str, *, at: datetime) -> Revealed:
    """The plain addresses that are still kept. Who looked, and why, is recorded before anything is shown."""
    allow(reviewer, REVEAL)
    if not reason.strip():
        raise Invalid("Say why you need to see the addresses.")
    case, me = claims.find(case_id), conf.host.account(reviewer)
    copies = Delivery.objects.using(conf.database).filter(message__account=case.account).exclude(recipient="")
    kept = Evidence.objects.using(conf.database).filter(decision__case=case).order_by("-pk")
    with transaction.atomic(using=conf.database):
        found = Revealed(
            deliveries=dict(copies.order_by("-pk").values_list("pk", "recipient")[:REVEALED]),
            guests=_guests(kept.values_list("content", flat=True)[:READ]),
        )
        data = {"deliveries": len(found.deliveries), "guests": len(found.guests)}
        audit.record(me, "case.revealed", f"case:{case_id}", reason.strip(), data, at=at)
    return found


def _guests(contents: Iterable[bytes | memoryview]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for content in contents:
        found.update(dict.fromkeys(guest.written for guest in read(bytes(content)).attendees))
        if len(found) >= REVEALED:
            break
    return tuple(found)[:REVEALED]
