"""Keys for programs: random, shown once, and kept only as a keyed hash."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from demo.models import ApiToken, User

PREFIX = "alm_"  # so that people and secret scanners know what they have found
LONGEST = 100
MOST = 20  # for each account
FRESH = timedelta(minutes=5)  # between two writes of when a key was last used


def make(user: User, name: str, at: datetime) -> str:
    """A new key. This is the only time that anybody sees it."""
    key = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, name=name, digest=_digest(key), created_at=at)
    return key


def find(key: str, at: datetime) -> ApiToken | None:
    """The key's row, if it is one of ours and its account may sign in."""
    if not key.startswith(PREFIX) or len(key) > LONGEST:
        return None
    # Found by its hash: what an index leaks of a keyed hash tells nothing of the key.
    token = ApiToken.objects.select_related("user", "user__organisation").filter(digest=_digest(key)).first()
    if token is None or not token.user.is_active:
        return None
    if token.used_at is None or at - token.used_at > FRESH:
        ApiToken.objects.filter(pk=token.pk).update(used_at=at)
    return token


def end(user: object, *, since: datetime | None = None) -> int:
    """End a user's keys, or only those made since then; how many there were."""
    if not isinstance(user, User):
        return 0
    keys = user.api_tokens.all() if since is None else user.api_tokens.filter(created_at__gte=since)
    return keys.delete()[0]


def _digest(key: str) -> str:
    return salted_hmac("almanac.api-token", key, algorithm="sha256").hexdigest()
