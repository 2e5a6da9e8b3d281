"""Everything made with a secret: pseudonyms that cannot be turned back, and links and fields nobody else can make."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.core import signing

from calguard.conf import conf

BadSignature = signing.BadSignature  # SignatureExpired is one of them
SignatureExpired = signing.SignatureExpired

LONGEST = 4096  # characters of a signed value that are looked at; longer ones were not made here


def pseudonym(purpose: str, value: str) -> tuple[str, str]:
    """The value under the newest key, as 64 hexadecimal digits, and the id of that key (GDPR 4(5)).

    The same value has unrelated pseudonyms for two purposes, so that tables cannot be joined on them.
    """
    key_id, secret = next(iter(conf.keys.items()))
    return _digest(_derived(secret, purpose), value), key_id


def pseudonyms(purpose: str, values: Iterable[str]) -> list[str]:
    """Pseudonyms of many values under the newest key, in their order."""
    secret = _derived(next(iter(conf.keys.values())), purpose)
    return [_digest(secret, value) for value in values]


def hashes(purpose: str, value: str) -> tuple[str, ...]:
    """The value under every key still configured, newest first: what a stored row may hold."""
    return tuple(_digest(_derived(secret, purpose), value) for secret in conf.keys.values())


def secrets(purpose: str) -> tuple[str, ...]:
    """Keys of their own for one purpose, newest first, for libraries that sign by themselves."""
    return tuple(_derived(secret, purpose).hex() for secret in conf.keys.values())


def sign(purpose: str, payload: Mapping[str, Any]) -> str:
    """The payload, readable by anybody and made by nobody else; safe in URLs. SECRET_KEY_FALLBACKS are honoured."""
    return signing.dumps(dict(payload), salt=_salt(purpose), compress=False)


def unsign(purpose: str, signed: str, *, max_age: timedelta | None = None) -> dict[str, Any]:
    """What `sign` was given. Raises BadSignature, or SignatureExpired where it is too old."""
    if len(signed) > LONGEST:
        raise BadSignature("too long to be ours")
    try:
        payload = signing.loads(signed, salt=_salt(purpose), max_age=max_age)
    except BadSignature:
        raise
    except Exception as error:  # a signature that fits damaged data cannot be, yet a crash must not be either
        raise BadSignature("damaged") from error
    if not isinstance(payload, dict):
        raise BadSignature("not ours")
    return payload


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _salt(purpose: str) -> str:
    return f"calguard.{purpose}"


def _digest(key: bytes, value: str) -> str:
    return hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


@lru_cache(maxsize=64)
def _derived(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"calguard|{purpose}".encode(), hashlib.sha256).digest()
