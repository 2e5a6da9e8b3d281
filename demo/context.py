"""What the frame around every page shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from demo.models import InboxItem


def frame(request: HttpRequest) -> dict[str, Any]:
    """How many invitations wait for an answer; one indexed count per page."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"inbox_waiting": InboxItem.objects.filter(user=user, state=InboxItem.State.NEW).count()}
