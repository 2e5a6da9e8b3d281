"""What the operator has decided: points, caps, ladders, floors, budgets, failure modes; one validated document."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from calguard.engine import shipped
from calguard.engine.allowing import Allowances, Bookings
from calguard.engine.introducing import Introductions
from calguard.engine.reasons import Reason
from calguard.engine.registry import known_codes
from calguard.engine.sanctioning import Sanctions
from calguard.engine.types import Account, Group, Limits, Sameness, Tier, Verdict

Mode = Literal["open", "challenge", "hold"]
Action = Literal["challenge", "throttle", "hold", "deny", "alert", "restrict", "suspend"]
Points = Annotated[float, Field(ge=0, le=1000)]
Count = Annotated[int, Field(ge=0)]


class PolicyError(ValueError):
    """The document cannot be used; the message says where and why, one problem a line."""


def _verdict(value: object) -> object:
    if isinstance(value, str) and value in Verdict.__members__:
        return Verdict[value]
    if isinstance(value, Verdict):
        return value
    raise ValueError(f"unknown verdict {value!r}; known: {', '.join(Verdict.__members__)}")


Rung = Annotated[Verdict, BeforeValidator(_verdict)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ladder(Part):
    """The points from which each verdict is given. A rung left out is never reached by points, only by a floor."""

    observe: Points
    challenge: Points
    throttle: Points | None = None
    hold: Points
    deny: Points | None = None

    @model_validator(mode="after")
    def rises(self) -> Self:
        rungs = [value for _, value in self.rungs]
        if rungs != sorted(rungs):
            raise ValueError("each rung needs at least the points of the rung below it")
        return self

    @cached_property
    def rungs(self) -> tuple[tuple[Verdict, float], ...]:
        named = [
            (Verdict.OBSERVE, self.observe),
            (Verdict.CHALLENGE, self.challenge),
            (Verdict.THROTTLE, self.throttle),
            (Verdict.HOLD, self.hold),
            (Verdict.DENY, self.deny),
        ]
        return tuple((verdict, points) for verdict, points in named if points is not None)

    def verdict(self, score: float) -> Verdict:
        return max((verdict for verdict, points in self.rungs if score >= points), default=Verdict.ALLOW)


class Budget(Part):
    """Recipient-sends to people outside the sender's organisation."""

    guests_per_event: Count
    appearances: Count  # of one event in ten years: guests times occurrences times pop-ups
    hour: Count
    day: Count
    week: Count
    strangers_day: Count  # of them, to people who never had to do with the sender (R21)
    strangers_week: Count

    @cached_property
    def limits(self) -> Limits:
        return Limits(**self.model_dump())


class TierRules(Part):
    ladder: Ladder
    budget: Budget
    unavailable: Mode  # what happens when a fact or a detector could not be had


class Trust(Part):
    """Which tier an account belongs to."""

    new_below_hours: Count
    established_from_days: Count
    established_needs_verified_email: bool
    strikes_allowed: Count
    clean_days: Count  # after a restriction that nobody overturned, until the account is established again
    settling_days: Count  # after an account became established, in which it may write to fewer strangers
    settling_share: Annotated[float, Field(gt=0, le=1)]  # of the tier's strangers
    earned_by_acceptances: Count  # of independent guests, where nobody paid and no domain is proved
    unearned_strangers_day: Count  # of an account that is established by its age alone
    unearned_strangers_week: Count


class Floor(Part):
    """The mildest verdict a signal leaves, whatever the score."""

    verdict: Rung
    tiers: frozenset[Tier] = frozenset(("new", "trial", "established"))


class Escalation(Part):
    """Further actions when a signal stands at or above a verdict."""

    signal: str
    tiers: frozenset[Tier]
    at_least: Rung
    actions: tuple[Action, ...]


class Evidence(Part):
    """How an attempt's content and its circumstances weigh on each other."""

    circumstances: frozenset[Group]  # groups that say nothing of the content
    cleared_by_challenge: frozenset[Group]  # groups that a passed challenge sets aside (R56)
    content_points_needed: Points  # fewer content points than this ...
    without_content_at_most: Rung  # ... and the score alone gives no more than this

    @model_validator(mode="after")
    def clears_circumstances_only(self) -> Self:
        content = self.cleared_by_challenge - self.circumstances
        if content:
            raise ValueError(f"a challenge never clears content: {', '.join(sorted(content))}")
        return self


class Dispatch(Part):
    """What becomes of what was let go without some fact, where the fact is still away when it is to leave (R03)."""

    without_facts: dict[Tier, Literal["send", "wait", "hold"]]
    wait_minutes: Count  # for the fact; what still lacks it then is held for a person

    @model_validator(mode="after")
    def names_every_tier(self) -> Self:
        _complete("without_facts", self.without_facts, get_args(Tier))
        return self


class Challenges(Part):
    """How often somebody is asked before a person looks instead (R55)."""

    attempts: Annotated[int, Field(ge=1, le=50)]  # about one event in a day, without a right answer
    account_attempts: Annotated[int, Field(ge=1, le=500)]  # of one account in a day, about whatever it writes


class Exemptions(Part):
    days: Count
    never: frozenset[str]  # signals no exemption covers (R96)


class Incidents(Part):
    """When somebody else seems to use an account, and how long each step may take (R57 to R59)."""

    groups: frozenset[Group]  # whose points say that what is about to leave is abusive ...
    points_needed: Points  # ... from so many on: less contains nobody, however odd the sign-in was
    contain_hours: Annotated[int, Field(ge=1)]  # in which the owner, and after "it was me" a person, has time
    unanswered: Literal["prolong", "end"]  # what becomes of the containment where nobody answered in time
    window_hours: Annotated[int, Field(ge=1)]  # at most one alert of one incident in so many
    rests_days: Count  # a channel changed since may be the thief's
    former_days: Count  # for which an address that was replaced is still taken for its owner's
    stale_days: Count  # after which an address that nobody has proved again may be somebody else's
    unproved: Literal["wait", "person"]  # what an answer that proves little needs besides
    unproved_hours: Annotated[int, Field(ge=1)]  # in which somebody may object
    probation_days: Count


class Queue(Part):
    alarm_hours: Count  # staff are told when the oldest open case has waited so long
    on_expiry: Literal["keep", "refuse"]  # what becomes of held invitations whose event has begun


class Restriction(Part):
    hours: Count  # how long automation may restrict sending


class Appeals(Part):
    open_days: Annotated[int, Field(ge=183)]  # six months at least (DSA Art. 20(1))
    answer_days: Annotated[int, Field(ge=1)]  # in which a person is to have answered
    without_another: Literal["wait", "same_person"]  # where whoever decided is the only one who could


class Term(Part):
    """One of the operator's terms that measures are based on."""

    reasons: tuple[Reason, ...] = ()  # what a machine found
    labels: tuple[str, ...] = ()  # what a person called it
    text: str = ""  # empty: the shipped words, in the reader's language
    url: str = ""


class Updates(Part):
    """How often guests are told of one event's changes in an hour, before the rest is told together (R62)."""

    per_hour: Annotated[int, Field(ge=1)]
    reschedulings_per_hour: Annotated[int, Field(ge=1)]  # where its time changed


class Campaigns(Part):
    """When several accounts that send alike are a campaign, and what it may send together (R22, R47)."""

    variant: Annotated[float, Field(gt=0, le=1)]  # likeness of texts from which one is an edited copy of the other
    window_days: Annotated[int, Field(ge=1, le=30)]  # in which accounts are compared
    accounts: Annotated[int, Field(ge=2)]
    spreading: Annotated[int, Field(ge=2)]
    reach: Count
    budget_day: Count  # strangers that a watched campaign's members may write to in a day, all together
    undo_hours: Count  # in which what a person refused of a campaign can be taken back

    @cached_property
    def sameness(self) -> Sameness:
        return Sameness(variant=self.variant, accounts=self.accounts, spreading=self.spreading, reach=self.reach)


def _floor(value: object) -> object:
    return {"verdict": value} if isinstance(value, str) else value


class Policy(Part):
    """The whole document. `load` reads it from TOML; `shipped` is the default."""

    version: Annotated[str, Field(min_length=1, max_length=64)]
    trust: Trust
    tiers: dict[Tier, TierRules]
    evidence: Evidence
    caps: dict[Group, Points]
    points: dict[str, Points]
    points_for: dict[Tier, dict[str, Points]] = {}  # where a tier weighs a sign otherwise than `points`
    floors: dict[str, Annotated[Floor, BeforeValidator(_floor)]] = {}
    actions: dict[str, tuple[Action, ...]]
    escalations: tuple[Escalation, ...] = ()
    unavailable: dict[str, dict[Tier, Mode]] = {}  # per fact, over the tier's own mode
    dispatch: Dispatch
    challenge: Challenges
    exemptions: Exemptions
    restriction: Restriction
    sanctions: Sanctions
    queue: Queue
    incidents: Incidents
    appeals: Appeals
    terms: dict[str, Term]
    campaigns: Campaigns
    allowances: Allowances
    bookings: Bookings
    updates: Updates
    introductions: Introductions

    @model_validator(mode="after")
    def names_are_known(self) -> Self:
        known = known_codes()
        of_tiers = [name for points in self.points_for.values() for name in points]
        escalated = [rule.signal for rule in self.escalations]
        used = [*self.points, *of_tiers, *self.floors, *self.exemptions.never, *escalated]
        for name in used:
            if name not in known:
                near = get_close_matches(name, known, n=3, cutoff=0.5)
                raise ValueError(f"unknown signal {name!r}; {_known(near, known)}")
        missing = sorted(set(known) - set(self.points))
        if missing:
            raise ValueError(f"no points given for: {shipped.beside('points', missing)}")
        _complete("tiers", self.tiers, get_args(Tier))
        _complete("caps", self.caps, get_args(Group))
        _complete("actions", self.actions, Verdict.__members__)
        return self

    @classmethod
    def shipped(cls) -> Policy:
        """The policy in the package, read once."""
        return _shipped()

    def tier(self, account: Account) -> Tier:
        """How far the account is trusted: by age and a clean record, not by payment (R24)."""
        trust, age = self.trust, account.age_hours
        if age is None:
            return "trial"  # unknown is never the same as new
        if age < trust.new_below_hours:
            return "new"
        unproven = trust.established_needs_verified_email and account.email_verified is False
        soiled = account.clean_hours is not None and account.clean_hours < trust.clean_days * 24
        if account.strikes > trust.strikes_allowed or account.probation or account.restricted or unproven or soiled:
            return "trial"
        return "established" if age >= trust.established_from_days * 24 else "trial"

    def worth(self, name: str, tier: Tier) -> float:
        """The points of a sign at its strongest, from a sender of this tier."""
        own = self.points_for.get(tier)
        return own[name] if own and name in own else self.points[name]

    def budget(self, tier: Tier) -> Limits:
        """What the tier may send."""
        return self.tiers[tier].budget.limits

    def earned_hours(self, account: Account) -> float | None:
        """Hours since the account reached its tier, by its age and its record; None where its age is not known."""
        if account.age_hours is None or account.tier == "new":
            return account.age_hours
        trust = self.trust
        if account.tier == "trial":
            return account.age_hours - trust.new_below_hours
        since = account.age_hours - trust.established_from_days * 24
        return since if account.clean_hours is None else min(since, account.clean_hours - trust.clean_days * 24)

    def earned(self, account: Account) -> bool:
        """Whether anything but time speaks for the account: somebody paid, its organisation proved a domain, or
        independent guests accepted (R84)."""
        welcomed = account.accepted_invitations >= self.trust.earned_by_acceptances
        return account.paid or bool(account.verified_domains) or welcomed

    def limits(self, account: Account) -> Limits:
        """What the account may send: its tier's budget. An established one may write to fewer strangers while it has
        only just become so, where it is so by its age alone, and while somebody else may be using it."""
        limits, since, trust = self.budget(account.tier), account.earned_at_hours, self.trust
        if account.tier != "established":
            return limits
        day, week = limits.strangers_day, limits.strangers_week
        if since is not None and since < trust.settling_days * 24:
            day, week = round(day * trust.settling_share), round(week * trust.settling_share)
        if not self.earned(account):
            day, week = min(day, trust.unearned_strangers_day), min(week, trust.unearned_strangers_week)
        if account.doubted:
            trial = self.budget("trial")
            day, week = min(day, trial.strangers_day), min(week, trial.strangers_week)
        return replace(limits, strangers_day=day, strangers_week=week)

    def goes_without(self, missing: Iterable[str], tier: Tier) -> bool:
        """Whether each of these facts may be missing by a rule of its own, which is the operator's word."""
        rules = [self._own_rule(fact, tier) for fact in missing]
        return bool(rules) and all(rule == "open" for rule in rules)

    def mode(self, fact: str, tier: Tier) -> Mode:
        """What happens when a fact could not be had: its own rule, its family's ("network"), else the tier's."""
        return self._own_rule(fact, tier) or self.tiers[tier].unavailable

    def _own_rule(self, fact: str, tier: Tier) -> Mode | None:
        named = (self.unavailable.get(name, {}).get(tier) for name in (fact, fact.partition(".")[0]))
        return next(filter(None, named), None)


def _known(near: Sequence[str], known: Iterable[str]) -> str:
    if near:
        return f"did you mean {' or '.join(repr(name) for name in near)}?"
    return f"known: {', '.join(sorted(known))}"


def _complete(part: str, given: Iterable[str], wanted: Iterable[str]) -> None:
    unknown, absent = sorted(set(given) - set(wanted)), sorted(set(wanted) - set(given))
    if unknown or absent:
        said = f"unknown {', '.join(unknown)}" if unknown else f"missing {shipped.beside(part, absent)}"
        raise ValueError(f"{part}: {said}")


def load(text: str) -> Policy:
    """Read a policy from TOML; PolicyError names each place and problem."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"not valid TOML: {error}") from None
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_url=False):
            place = ".".join(str(part) for part in problem["loc"]) or "policy"
            if problem["type"] == "missing":
                what = shipped.missing(problem["loc"])
            elif problem["type"] == "extra_forbidden":
                what = "unknown key"
            else:
                what = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{place}: {what}")
        raise PolicyError("\n".join(lines)) from None


@cache
def _shipped() -> Policy:
    return load(shipped.text())
