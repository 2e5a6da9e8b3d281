"""A calendar some of whose guests are on the same system: their copies arrive in a file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from calguard.host import Host, InternalMessage

HERE = "@here.example"


def inbox() -> Path:
    return Path(settings.DIRECTORY) / f"inbox-{settings.RUNNER}"


class Calendar(Host):
    """Takes a copy that is given twice as one, as every host must."""

    def on_system(self, addresses: Collection[str]) -> frozenset[str]:
        return frozenset(address for address in addresses if address.endswith(HERE))

    def deliver(self, message: InternalMessage) -> bool:
        with inbox().open("a") as file:
            file.write(f"{message.recipient} {message.uid}\n")
        return True
