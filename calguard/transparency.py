"""What a transparency report asks for (DSA Art. 15 and 24): what was done, by whom, why, and how often it was wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.facts.types import RECHECK
from calguard.models import Appeal, Case, Decision, Enforcement
from calguard.statements.models import Statement

SOUGHT = (Verdict.CHALLENGE, Verdict.THROTTLE, Verdict.HOLD, Verdict.DENY)
LIMITING = ("restrict", "suspend")
WON = frozenset({"release", "restore"})


def figures(since: datetime, until: datetime) -> dict[str, Any]:
    """Counts of the period `since` <= t < `until`, as plain values for JSON. A fixed number of queries.

    `automated` is what the judge did by itself; `people` what reviewers decided; `accuracy` how their word on held and
    refused attempts compares with the judge's: `released` of `decided`. Times are medians, in hours, None without any.
    """
    return {
        "period": {"since": since.isoformat(), "until": until.isoformat()},
        "automated": _automated(since, until),
        "accounts": _accounts(since, until),
        "people": _people(since, until),
        "statements": _statements(since, until),
        "appeals": _appeals(since, until),
        "accuracy": _accuracy(since, until),
    }


def _automated(since: datetime, until: datetime) -> dict[str, Any]:
    rows = _decisions(since, until).exclude(gate=RECHECK)
    total = rows.aggregate(attempts=Count("pk"), guests=Coalesce(Sum("recipients"), 0))
    enforced = rows.filter(enforced=True, verdict__in=SOUGHT)
    by_verdict = dict(enforced.order_by().values_list("verdict").annotate(count=Count("pk")))
    reasons: Counter[str] = Counter()
    for codes in enforced.values_list("reasons", flat=True).iterator(chunk_size=2000):
        reasons.update(codes[:1])
    return {
        **total,
        "accounts_affected": enforced.order_by().values("account").distinct().count(),
        "measures": {verdict.name: by_verdict.get(verdict.value, 0) for verdict in SOUGHT},
        "grounds": dict(reasons.most_common()),
    }


def _accounts(since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    rows = Enforcement.objects.using(conf.database).filter(
        action__in=LIMITING, done_at__gte=since, done_at__lt=until, state__in=("done", "lifted")
    )
    counted = rows.order_by().values_list("action", "by_human").annotate(count=Count("account", distinct=True))
    found = {action: {"by_machine": 0, "by_people": 0} for action in LIMITING}
    for action, by_human, count in counted:
        found[action]["by_people" if by_human else "by_machine"] = count
    lifted = rows.filter(state="lifted").order_by().values_list("action").annotate(count=Count("pk"))
    for action, count in lifted:
        found[action]["lifted_since"] = count
    return found


def _people(since: datetime, until: datetime) -> dict[str, Any]:
    cases = Case.objects.using(conf.database)
    closed = cases.filter(closed_at__gte=since, closed_at__lt=until)
    rows = list(closed.values_list("outcome", "label", "opened_at", "closed_at"))
    waiting = Q(closed_at__isnull=True) | Q(closed_at__gte=until)
    return {
        "opened": cases.filter(opened_at__gte=since, opened_at__lt=until).count(),
        "closed": len(rows),
        "waiting_at_end": cases.filter(waiting, opened_at__lt=until).count(),
        "outcomes": dict(Counter(row[0] for row in rows)),
        "labels": dict(Counter(row[1] or "none" for row in rows)),
        "hours_to_decide": _hours(ended - began for _, _, began, ended in rows if ended),
    }


def _statements(since: datetime, until: datetime) -> dict[str, Any]:
    """Statements of reasons (DSA Art. 17 and 24(5)): by measure, ground and source, and how many no person found or
    decided. Those left untold are counted too."""
    rows = Statement.objects.using(conf.database).filter(created_at__gte=since, created_at__lt=until)
    told = list(rows.values_list("measure", "ground", "source", "found_by_machine", "decided_by_machine", "omitted"))
    return {
        "issued": len(told),
        "measures": dict(Counter(row[0] for row in told)),
        "grounds": dict(Counter(row[1] for row in told).most_common()),
        "sources": dict(Counter(row[2] for row in told)),
        "found_automatically": _share(row[3] for row in told),
        "decided_automatically": _share(row[4] for row in told),
        "not_told": sum(row[5] for row in told),
        "overturned_since": rows.filter(overturned_at__isnull=False).count(),
    }


def _appeals(since: datetime, until: datetime) -> dict[str, Any]:
    """`upheld`: the decision stands; `overturned`: it was taken back. `late`: answered after the promised day, or not
    yet at the end of the period."""
    appeals = Appeal.objects.using(conf.database)
    answered = appeals.filter(decided_at__gte=since, decided_at__lt=until)
    rows = list(answered.values_list("state", "created_at", "due_at", "decided_at"))
    states = Counter(state for state, _, _, _ in rows)
    waiting = Q(decided_at__isnull=True) | Q(decided_at__gte=until)
    open_at_end = appeals.filter(waiting, created_at__lt=until)
    late = sum(due is not None and ended is not None and ended > due for _, _, due, ended in rows)
    return {
        "received": appeals.filter(created_at__gte=since, created_at__lt=until).count(),
        "decided": len(rows),
        "upheld": states[Appeal.State.UPHELD],
        "overturned": states[Appeal.State.OVERTURNED],
        "waiting_at_end": open_at_end.count(),
        "late": late + open_at_end.filter(due_at__lt=until).count(),
        "hours_to_decide": _hours(ended - began for _, began, _, ended in rows if ended),
    }


def _accuracy(since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    rows = Decision.objects.using(conf.database).filter(
        verdict__in=(Verdict.HOLD, Verdict.DENY),
        case__state=Case.State.CLOSED,
        case__closed_at__gte=since,
        case__closed_at__lt=until,
    )
    decided = dict(rows.order_by().values_list("verdict").annotate(count=Count("pk")))
    released = dict(
        rows.filter(case__outcome__in=WON, case__label="innocent")
        .order_by()
        .values_list("verdict")
        .annotate(count=Count("pk"))
    )
    return {
        verdict.name: {"decided": decided.get(verdict.value, 0), "released": released.get(verdict.value, 0)}
        for verdict in (Verdict.HOLD, Verdict.DENY)
    }


def _decisions(since: datetime, until: datetime) -> Any:
    return Decision.objects.using(conf.database).filter(created_at__gte=since, created_at__lt=until)


def _hours(spans: Iterable[timedelta]) -> float | None:
    given = [span.total_seconds() / 3600 for span in spans]
    return round(median(given), 1) if given else None


def _share(flags: Iterable[bool]) -> float | None:
    given = list(flags)
    return round(sum(given) / len(given), 3) if given else None
