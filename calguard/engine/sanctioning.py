"""What repeated, confirmed abuse leads to, as policy: strikes that decay, a ladder of sanctions, and how soon."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from calguard.engine.types import Tier

Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
# A victim's or a program's label is no abuse, and can be given no weight.
Abuse = Literal["spam", "phish", "block_list"]
Reviewed = Literal["restrict", "suspend", "suspend_for_good"]


class Step(BaseModel, extra="forbid", frozen=True):
    """One rung: what automation does from so many strikes on, and for how long."""

    strikes: AtLeastOne
    action: Literal["restrict", "suspend"]
    hours: AtLeastOne


class Delay(BaseModel, extra="forbid", frozen=True):
    """Minutes, least and most, between a machine's decision and what others can see of it; drawn anew each time."""

    tiers: frozenset[Tier]
    sanction: tuple[Count, Count]
    telling: tuple[Count, Count]

    @model_validator(mode="after")
    def are_ranges(self) -> Self:
        for name in ("sanction", "telling"):
            least, most = getattr(self, name)
            if least > most:
                raise ValueError(f"{name}: the least is more than the most")
        return self


class Sanctions(BaseModel, extra="forbid", frozen=True):
    """The escalation ladder (R64), who must agree to what, and how long a won appeal limits automation."""

    strikes: dict[Abuse, Count]
    strike_days: AtLeastOne
    block_list_refusals: AtLeastOne
    block_list_days: AtLeastOne
    ladder: tuple[Step, ...]
    suspension_days: AtLeastOne
    appeal_days: Count
    four_eyes: frozenset[Reviewed]
    approval_hours: AtLeastOne
    delay: Delay

    @model_validator(mode="after")
    def restricts_before_it_suspends(self) -> Self:
        wanted = [step.strikes for step in self.ladder]
        if wanted != sorted(set(wanted)):
            raise ValueError("ladder: each step needs more strikes than the one before")
        actions = [step.action for step in self.ladder]
        if actions != sorted(actions):
            raise ValueError("ladder: an account is restricted before it is suspended")
        if "suspend" in actions and "restrict" not in actions:
            raise ValueError("ladder: automation never suspends without having restricted")
        return self

    def step(self, strikes: int, *, restricted_before: bool) -> Step | None:
        """The strictest step that so many strikes reach. Who was never restricted is not suspended by automation."""
        reached = [step for step in self.ladder if step.strikes <= strikes]
        if not restricted_before:
            reached = [step for step in reached if step.action == "restrict"]
        return reached[-1] if reached else None
