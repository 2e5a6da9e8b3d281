"""A host with organisations: by the domain of the address, proved for one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from calguard.host import Facts, Host

PROVED = "holm-werke.example"


class Organised(Host):
    def facts(self, account: str, user: Any = None) -> Facts:
        found = super().facts(account, user)
        domain = found.email.rpartition("@")[2]
        return replace(
            found, tenant=domain.partition(".")[0], verified_domains=frozenset({PROVED} if domain == PROVED else ())
        )
