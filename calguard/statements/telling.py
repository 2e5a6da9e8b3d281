"""How the person who decides wants the owner told: in which words, on whose report, or, for one ground, not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

LONGEST = 4000  # characters for the owner


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """Kept with the case (`Case.telling`), and with a decision that waits for a second person."""

    words: str = ""  # for the owner: stands in the statement of reasons, and answers an appeal
    reported: bool = False  # somebody's notice or complaint led to it (DSA Art. 17(3)(b))
    omit: bool = False  # deceptive high-volume commercial content: nothing is told (DSA Art. 17(2))

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Telling:
        """From the column; what is damaged or missing is nothing said."""
        return cls(
            words=str(kept.get("words", ""))[:LONGEST],
            reported=bool(kept.get("reported")),
            omit=bool(kept.get("omit")),
        )

    def kept(self) -> dict[str, Any]:
        """For the column: only what was said."""
        return {name: value for name, value in asdict(self).items() if value}
