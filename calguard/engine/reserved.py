"""Names that only the calendar service itself may use for an account or a calendar."""

from __future__ import annotations

from calguard.content.hosts import read_list
from calguard.content.normalise import collapse, fold

_NAMES = frozenset(collapse(fold(name).text) for name in read_list("reserved_names.txt"))
_OURS = collapse("calguard")


def reserved(collapsed: str, organisation: bool) -> bool:
    """Whether a collapsed display name poses as the service. A proven organisation may have its own "Support Team"."""
    if collapsed.startswith(_OURS):
        return True
    return collapsed in _NAMES and not organisation
