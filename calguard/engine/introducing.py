"""To how many people who never heard of it an account may introduce itself at once, as policy."""

from __future__ import annotations

from typing import Annotated, Self, get_args

from pydantic import BaseModel, Field, model_validator

from calguard.engine.types import Account, Tier

Count = Annotated[int, Field(ge=0)]


class Introductions(BaseModel, extra="forbid", frozen=True):
    """Guests who never had to do with a sender and have not answered yet: so many at once, before others are told. Of
    accounts that have earned no trust, where the host tells of answers."""

    open: dict[Tier, Count]  # 0 is no limit
    each: Count  # more of them for each guest who accepted
    days: Annotated[int, Field(ge=1, le=7)]  # after which one who has not answered counts no longer

    @model_validator(mode="after")
    def for_every_tier(self) -> Self:
        missing = [tier for tier in get_args(Tier) if tier not in self.open]
        if missing:
            raise ValueError(f"open: missing {', '.join(missing)}")
        return self

    def of(self, account: Account, *, earned: bool) -> int:
        """How many an account may have. Of a sender who earned trust nobody counts them, unless somebody else may be
        using the account."""
        if account.doubted:
            return self.open["trial"]
        return 0 if earned else self.open[account.tier]
