"""Addresses of CalGuard's own pages, as they stand in mail: from BASE_URL, never from a request's Host header."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

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


def send_path(code: str) -> str:
    """Where its owner has sent after all what a person let go: by POST, signed in."""
    return reverse("calguard:send", args=[code])


def arrival_path(code: str) -> str:
    """Where its owner says whether a copy arrived whose end nobody knows: by POST, signed in."""
    return reverse("calguard:arrival", args=[code])


def secure(account: str, incident: int, mail: int = 0) -> str:
    """The page on which an alerted owner ends every session of the account; good for one use and seven days."""
    return _answer("secure", account, incident, mail)


def mine(account: str, incident: int, mail: int = 0) -> str:
    """The page on which an alerted owner says that it was them; it asks for a fresh sign-in, and is used up as well."""
    return _answer("mine", account, incident, mail)


def contest(account: str, incident: int, mail: int = 0) -> str:
    """The page on which somebody objects to the account being given back to whoever took it; once."""
    return _answer("contest", account, incident, mail)


def _answer(purpose: str, account: str, incident: int, mail: int) -> str:
    signed = keyed.sign(purpose, {"account": account, "incident": incident, "mail": mail})
    return conf.base_url + reverse(f"calguard:{purpose}", args=[signed])


def incident() -> str:
    """The page that tells an account's owner that somebody else may be using it, and what waits since."""
    return conf.base_url + reverse("calguard:incident")


def account_path() -> str:
    """The page on which people see where their account stands."""
    return reverse("calguard:account")


def account() -> str:
    """The same as an address for mail."""
    return conf.base_url + account_path()


def statement_path(code: str) -> str:
    """The page of one statement of reasons, for the account's owner."""
    return reverse("calguard:statement", args=[code])


def objection(statement: UUID) -> str:
    """The same statement without signing in, for who cannot: to read it, object, and read the answer. It is bound to
    the statement, and good for as long as an appeal is open or being answered."""
    signed = keyed.sign("objection", {"statement": str(statement)})
    return conf.base_url + reverse("calguard:objection", args=[signed])
