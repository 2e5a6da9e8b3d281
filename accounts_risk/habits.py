"""How an account usually writes: counts and short hashes, a few hundred bytes whatever its history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts_risk.models import Profile
from calguard.sql import Changed, Prepared, given

__all__ = ["MOST", "Habits", "note_habits"]

MOST = 24  # hosts, and domains of guests, that are remembered; the longest unused goes first
LANGUAGES = 4
HALVED = 400  # sends at which all counts are halved, so that habits may change


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """What was sent and not withheld. Hosts and circles are short keyed hashes, longest unused first."""

    sends: int = 0
    hours: tuple[int, ...] = (0,) * 24  # sends by hour of the day, UTC
    languages: Mapping[str, int] = field(default_factory=dict)  # ISO 639-1 to sends
    hosts: tuple[str, ...] = ()  # linked to
    circles: tuple[str, ...] = ()  # domains of guests

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Habits:
        """From the column; what is damaged or missing is nothing known."""
        hours = stored.get("hours")
        return cls(
            sends=int(stored.get("sends", 0)),
            hours=tuple(hours) if isinstance(hours, list) and len(hours) == 24 else (0,) * 24,
            languages=dict(stored.get("languages", {})),
            hosts=tuple(stored.get("hosts", ())),
            circles=tuple(stored.get("circles", ())),
        )

    def written(self) -> dict[str, Any]:
        """For the column."""
        return {
            "sends": self.sends,
            "hours": list(self.hours),
            "languages": dict(self.languages),
            "hosts": list(self.hosts),
            "circles": list(self.circles),
        }

    def after(self, *, hour: int, language: str, hosts: Sequence[str], circles: Sequence[str]) -> Habits:
        """These habits and one more sending, bounded."""
        hours = [count + (number == hour) for number, count in enumerate(self.hours)]
        languages = dict(self.languages)
        if language:
            languages[language] = languages.get(language, 0) + 1
        sends = self.sends + 1
        if sends >= HALVED:
            sends, hours = sends // 2, [(count + 1) // 2 for count in hours]
            languages = {name: (count + 1) // 2 for name, count in languages.items()}
        spoken = sorted(languages.items(), key=lambda item: (-item[1], item[0]))[:LANGUAGES]
        return Habits(
            sends=sends,
            hours=tuple(hours),
            languages=dict(spoken),
            hosts=_latest(self.hosts, hosts),
            circles=_latest(self.circles, circles),
        )


def note_habits(
    account: str,
    *,
    hour: int,
    language: str,
    hosts: Sequence[str],
    circles: Sequence[str],
    using: str = "default",
) -> None:
    """The account sent something of this kind. An account without a profile has no habits yet; two statements."""
    with transaction.atomic(using=using):
        found = LOCKED.rows(using, account=account)
        if not found:
            return
        habits = Habits.read(found[0][0]).after(hour=hour, language=language, hosts=hosts, circles=circles)
        LEARNED.run(using, account=account, habits=habits.written())


def _mine() -> QuerySet[Profile]:
    return Profile.objects.filter(account=given("account", str))


LOCKED = Prepared(lambda: _mine().select_for_update().values_list("habits"))
LEARNED = Changed(lambda: (_mine(), {"habits": given("habits", dict)}))


def _latest(before: Collection[str], now: Sequence[str]) -> tuple[str, ...]:
    fresh = tuple(dict.fromkeys(now))[:MOST]
    return (*(one for one in before if one not in fresh), *fresh)[-MOST:]
