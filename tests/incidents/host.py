"""A host that knows several ways to its people, when each was changed, and which tokens they made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from calguard.host import Channel, Facts, Host


class Reachable(Host):
    """What it knows stands in class attributes, which the fixture empties."""

    known: ClassVar[dict[str, tuple[Channel, ...]]] = {}
    tokens: ClassVar[list[tuple[str, datetime]]] = []
    down: ClassVar[bool] = False
    zone: ClassVar[str] = ""

    def facts(self, account: str, user: Any | None = None) -> Facts:
        return replace(super().facts(account, user), time_zone=self.zone)

    def channels(self, account: str) -> Sequence[Channel]:
        return self.known.get(account) or super().channels(account)

    def end_sessions(self, account: str) -> int:
        if self.down:
            raise ConnectionError("the session store does not answer")
        return super().end_sessions(account)

    def end_tokens(self, account: str, since: datetime) -> int:
        young = [token for token in self.tokens if token[0] == account and token[1] >= since]
        for token in young:
            self.tokens.remove(token)
        return len(young)

    def reset_url(self, account: str) -> str:
        return "/reset/once/"
