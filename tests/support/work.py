"""What the workers would do next, done in this process, where a test can see it."""

from __future__ import annotations

from django.utils import timezone

from calguard import dispatch, enforcement, notices
from calguard.models import Enforcement, Notice
from outbound.models import Submission


def drain() -> None:
    """Orders, then dispatch, then notices, until none is left."""
    for owner in Enforcement.objects.filter(state="pending").values_list("owner", flat=True).distinct():
        enforcement.run_owner(owner)
    for pk in Submission.objects.filter(state="accepted").values_list("pk", flat=True):
        while dispatch.send(pk, at=timezone.now()):
            pass
    for pk in Notice.objects.filter(state="pending").values_list("pk", flat=True):
        notices.send(pk, at=timezone.now())
