"""What Almanac's own worker does by the clock: reminders that are due, and calls to webhooks."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from demo import reminding, webhooks

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "almanac-reminders": {"task": "almanac.reminders", "schedule": 60.0, "options": {"expires": 55}},
    "almanac-webhooks": {"task": "almanac.webhooks", "schedule": 15.0, "options": {"expires": 14}},
}


@shared_task(name="almanac.reminders", ignore_result=True)
def reminders() -> None:
    """Have every reminder judged that is due; the guard sends what may go."""
    at = timezone.now()
    for event, starts_at in list(reminding.due(at)):
        reminding.remind(event, starts_at, at)


@shared_task(name="almanac.webhooks", ignore_result=True)
def calls() -> None:
    """Tell webhooks what has left."""
    webhooks.call_due(timezone.now())
