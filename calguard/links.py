"""Addresses of CalGuard's own pages, as they stand in mail: from BASE_URL, never from a request's Host header."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from calguard import keyed
from calguard.conf import conf

SECURE_LIFE = timedelta(days=7)  # an owner on holiday still has a way in


def explain_path(code: str) -> str:
    """The page that explains one decision to its owner, and takes an appeal."""
    return reverse("calguard:explain", args=[code])


def explain(code: str) -> str:
    """The same as an address for mail."""
    return conf.base_url + explain_path(code)


def secure(account: str, incident: str) -> str:
    """The page on which an alerted owner ends every session of the account; good for one use and seven days."""
    signed = keyed.sign("secure", {"account": account, "incident": incident})
    return conf.base_url + reverse("calguard:secure", args=[signed])
