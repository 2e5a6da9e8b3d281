"""Whom to tell that an account may be in other hands: CalGuard chooses, among the ways that its host knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from calguard.conf import conf
from calguard.content.people import normalise
from calguard.host import Channel

MOST = 3  # an old address may be read by nobody any more, so the next are told too
EVERYBODY = 6  # who may object where it is doubted who took an account back
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
ENOUGH = 2  # doubts, with which an answer by a channel alone gives no account back


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One address, and how many reasons there are to doubt that its owner alone reads it."""

    address: str
    doubts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Where the owner is told. `rested`: nobody has changed it lately, so it may carry links that decide something."""

    told: tuple[Told, ...]
    rested: bool

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(one.address for one in self.told)


def choose(account: str, *, at: datetime) -> Reach:
    """The channels that were verified longest ago and not changed lately, never the account's own mailbox where there
    is another: who has the account may well read that. Where all were changed lately, the account's own, without links.
    """
    own = normalise(conf.host.facts(account).email)
    known = _known(account, at)
    rested = [channel for channel in known if _rested(channel, at)]
    others = [channel for channel in rested if normalise(channel.address) != own]
    if others or rested:
        chosen = sorted(others or rested, key=lambda channel: channel.verified_at or channel.changed_at or at)
        return Reach(told=_told(chosen, own, at)[:MOST], rested=True)
    young = sorted(known, key=lambda channel: channel.changed_at or LONG_AGO)
    return Reach(told=_told(young, own, at)[:1], rested=False)


def everybody(account: str, *, at: datetime) -> tuple[str, ...]:
    """Every address, the one longest known first, and those changed lately too: one of them is the owner's."""
    oldest = sorted(_known(account, at), key=lambda channel: channel.changed_at or LONG_AGO)
    return tuple({normalise(one.address): one.address.strip() for one in reversed(oldest)}.values())[::-1][:EVERYBODY]


def _known(account: str, at: datetime) -> list[Channel]:
    """A former address is its owner's for a while only: then its provider may have given it to somebody else."""
    kept = timedelta(days=conf.policy.incidents.former_days)
    known = [channel for channel in conf.host.channels(account) if channel.kind == "mail" and channel.address]
    return [channel for channel in known if channel.left_at is None or at <= channel.left_at + kept]


def _rested(channel: Channel, at: datetime) -> bool:
    """What the host cannot date is taken to be as old as the account: few hosts could alert anybody otherwise."""
    return channel.changed_at is None or channel.changed_at <= at - timedelta(days=conf.policy.incidents.rests_days)


def _doubts(channel: Channel, own: str, at: datetime) -> int:
    """Whoever has the account's password often has its mailbox too; an address without a date may have been set by
    anybody; and one that nobody has proved for years may be read by somebody else by now, which is doubt enough."""
    proved = channel.verified_at or channel.changed_at
    if normalise(channel.address) == own:
        return 1 + (proved is None)
    if proved is None:
        return 1
    return ENOUGH if proved < at - timedelta(days=conf.policy.incidents.stale_days) else 0


def _told(channels: list[Channel], own: str, at: datetime) -> tuple[Told, ...]:
    found: dict[str, Told] = {}
    for channel in channels:
        one = Told(address=channel.address.strip(), doubts=_doubts(channel, own, at))
        found.setdefault(normalise(channel.address), one)
    return tuple(found.values())
