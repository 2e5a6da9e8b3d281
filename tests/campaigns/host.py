"""A host on which one company has proved its domain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from calguard.host import Facts, Host

DOMAIN = "holm-werke.example"


class Works(Host):
    def facts(self, account: str, user: Any = None) -> Facts:
        found = super().facts(account, user)
        if not found.email.endswith(f"@{DOMAIN}"):
            return found
        return replace(found, tenant="holm", verified_domains=frozenset({DOMAIN}))
