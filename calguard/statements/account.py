"""Where an account stands, for its owner: what limits it, why, what waits, what was objected to, what is left."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from calguard import explanation, guard, links
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.incidents.models import Incident
from calguard.incidents.telling import state_text
from calguard.models import Appeal, Decision
from calguard.sanctions import telling
from calguard.standing import Standing
from calguard.statements import appealing, ledger, resending, showing, waiting
from calguard.statements.models import Statement
from calguard.statements.waiting import Waiting

MOST = 20
LATELY = timedelta(days=90)
LIMITS = (Statement.Measure.RESTRICTED, Statement.Measure.SUSPENDED, Statement.Measure.CONTAINED)

INCIDENTS: dict[str, str | Promise] = {
    Incident.State.OPEN: _(
        "Somebody else may have used your account. We have written to you; until you answer, invitations wait."
    ),
    Incident.State.CLAIMED: _("You told us that it was you. A person looks at what was kept back."),
    Incident.State.SECURED: _(
        "Every other session was ended. Change your password now, and invitations can leave again."
    ),
}
GIVEN_BACK = (Incident.State.RETURNING, Incident.State.DOUBTED)  # told as on the page of the incident


SUMMARIES: dict[str, str | Promise] = {
    "asked": _("You can invite others. Something waits for you: one short check, named below."),
    "offered": _(
        "You can invite others. Something waits for you: what a person has let go leaves at your word and not by "
        "itself."
    ),
    "full": _("There is no room for more invitations just now. New ones wait, and go by themselves; see below."),
    "waiting": _("You can invite others. Some of your invitations have not left yet; below you see why."),
    "objected": _("You can invite others. A person reads your objection."),
    "well": _("All is well: you can invite others."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """Something that was withheld lately, and what became of it."""

    code: str
    title: str
    headline: str
    state: str
    at: datetime
    url: str
    send_url: str  # where its owner has it sent now, as a person let it go; else ""
    offer: str  # "now" then; "anew" where only another attempt can send what a person let go; else as on its own page
    event_url: str

    @property
    def said(self) -> str:
        """What its owner can do where one click cannot."""
        return str(resending.SAID["anew"]) if self.offer == "anew" else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """What the account page shows, and `as_dict` tells programs."""

    standing: Standing
    limits: tuple[showing.Shown, ...]  # what limits the account now
    statements: tuple[showing.Shown, ...]  # all others, the newest first
    appeals: tuple[Appeal, ...]
    waiting: tuple[Waiting, ...]
    past: tuple[Past, ...]
    incident: str
    budget: Any

    @property
    def summary(self) -> str:
        """How things stand in one word, the most pressing first: "limited" (`limits` and `incident` say how), "asked"
        for something of its owner, "offered" for what a person let go and the owner may have sent, "full",
        "waiting", "objected", or "well"."""
        if self.limits or self.incident or not self.standing.allowed:
            return "limited"
        states = {item.state for item in self.waiting}
        if "challenge" in states:
            return "asked"
        if self.to_send:
            return "offered"
        if not self.budget.left:
            return "full"
        if states:
            return "waiting"
        return "objected" if any(appeal.state == Appeal.State.OPEN for appeal in self.appeals) else "well"

    @property
    def to_send(self) -> tuple[Past, ...]:
        """What a person let go and nobody has sent yet: it waits for its owner."""
        return tuple(item for item in self.past if item.offer in {"now", "anew"})

    @property
    def contained(self) -> bool:
        """Whether a limit stands for the incident, so that both are told in one place and by how far it has come."""
        return any(limit.measure == Statement.Measure.CONTAINED for limit in self.limits)

    @property
    def said(self) -> str:
        """The same in words; "" where limits and incident say it themselves."""
        return str(SUMMARIES.get(self.summary, ""))

    def as_dict(self) -> dict[str, Any]:
        """The same for programs, with the same codes."""
        return {
            "summary": self.summary,
            "allowed": self.standing.allowed,
            "kind": self.standing.kind,
            "until": self.standing.until.isoformat() if self.standing.until else None,
            "statements": [
                {"code": it.code, "measure": it.measure, "title": it.headline, "state": it.state, "url": it.url}
                for it in (*self.limits, *self.statements)
            ],
            "appeals": [
                {"about": appealing.code_of(appeal), **showing.appeal_as_dict(appeal)} for appeal in self.appeals
            ],
            "waiting": [item.as_dict() for item in self.waiting],
            "withheld": [{**asdict(item), "at": item.at.isoformat()} for item in self.past],
            "incident": self.incident,
            "budget": _plain(self.budget),
        }


def overview(user: Any, *, at: datetime) -> Overview:
    """Everything about the account of this user, in the language that is active."""
    account = conf.host.account(user)
    rows = list(ledger.of_account(account)[:MOST])
    limiting = [row for row in rows if row.measure in LIMITS and _stands(row, at)]
    others = [row for row in rows if row not in limiting]
    waits = waiting.of_account(account, at=at)
    return Overview(
        standing=guard.can_send(user),
        limits=tuple(showing.shown(row, at=at) for row in limiting),
        statements=tuple(showing.shown(row, at=at) for row in others),
        appeals=tuple(_appeals(account)),
        waiting=tuple(waits),
        past=tuple(_past(account, {item.code for item in waits}, at)),
        incident=_incident(account),
        budget=guard.budget(user),
    )


def _stands(row: Statement, at: datetime) -> bool:
    return row.ended_at is None and row.overturned_at is None and (row.ends_at is None or row.ends_at > at)


def _appeals(account: str) -> list[Appeal]:
    rows = Appeal.objects.using(conf.database).select_related("statement", "decision")
    mine = rows.filter(statement__account=account) | rows.filter(decision__account=account)
    return list(mine.order_by("-created_at")[:MOST])


def _past(account: str, waits: Collection[str], at: datetime) -> list[Past]:
    """What is over, or refused; what still waits is told as that."""
    rows = Decision.objects.using(conf.database).filter(
        account=account, enforced=True, verdict__gte=Verdict.CHALLENGE, created_at__gt=at - LATELY
    )
    found = []
    rows = rows.exclude(code__in=waits)
    for decision in rows.select_related("case", "submission").order_by("-created_at")[:MOST]:
        if telling.until(decision.submission) is not None:
            continue  # all that is said of it yet is that it is being checked, as of what goes
        it = explanation.explain(decision)
        found.append(
            Past(
                code=it.code,
                title=it.event_title,
                headline=it.headline,
                state=it.state,
                at=it.decided_at,
                url=links.explain_path(it.code),
                send_url=links.send_path(it.code) if it.offer == "now" else "",
                offer=it.offer,
                event_url=it.event_url,
            )
        )
    return found


def _incident(account: str) -> str:
    rows = Incident.objects.using(conf.database).filter(account=account, state__in=[*INCIDENTS, *GIVEN_BACK])
    incident = rows.first()
    if incident is None:
        return ""
    return state_text(incident) if incident.state in GIVEN_BACK else str(INCIDENTS[incident.state])


def _plain(value: Any) -> Any:
    """A budget's dataclasses as JSON knows values: spans in seconds, moments in ISO 8601."""
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
