"""The names under which facts are kept: keyed hashes, so that whoever reads the names alone learns nobody's."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from django.db import connections

from calguard import keyed
from calguard.facts import packing
from calguard.facts.history import BUCKET, RECORD
from calguard.facts.standing import SHORT

__all__ = ["Keys"]

DIGITS = 24  # hexadecimal digits of a name: 96 bits


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of one database's facts; another database, or another version of what is kept, has others."""

    beginning: str

    @classmethod
    def of(cls, using: str) -> Keys:
        given = connections[using].settings_dict
        return cls(_beginning(*(str(given.get(name) or "") for name in ("ENGINE", "HOST", "PORT", "NAME"))))

    def of_account(self, account: str) -> list[bytes]:
        """The account, what its attempts said, and where it was; in one slot of a cluster."""
        name = f"{self.beginning}{{{self.short(account)}}}"
        return [name.encode(), f"{name}w".encode(), f"{name}p".encode()]

    def of_prefix(self, prefix: str) -> bytes:
        return f"{self.beginning}{_name('facts.prefix', prefix)}".encode()

    def short(self, account: str) -> str:
        return _name("facts", account)


def _name(purpose: str, value: str) -> str:
    digest = bytes.fromhex(keyed.pseudonym(purpose, value)[0][:DIGITS])
    return base64.urlsafe_b64encode(digest).decode()


@lru_cache(maxsize=8)
def _beginning(*database: str) -> str:
    told = "|".join((*database, packing.schema(), RECORD.format, BUCKET.format, str(SHORT)))
    digest = hashlib.blake2b(told.encode(), digest_size=3).digest()
    return f"cg:{base64.urlsafe_b64encode(digest).decode()}:"
