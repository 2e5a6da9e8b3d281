"""Who has an account at an ordinary calendar, and how often each kind of them invites whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from calguard.simulation.people import Kind

Place = Literal["home", "office"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Habit:
    """One kind of innocent sender. Rates are invitations a day."""

    share: float  # of all accounts
    weekday: float
    weekend: float
    guests: tuple[int, int]  # of one invitation
    strangers: float = 0.1  # share of guests who never heard from the sender
    circle: tuple[int, int] = (5, 14)  # people who accepted before
    text: str = "private"
    place: Place = "home"
    device: Kind = "web"
    second: float = 0.4  # share with a second device
    answers: float = 0.5  # share of guests who accept
    young: float = 0.04  # share whose account is 2 to 30 days old


HABITS: dict[str, Habit] = {
    "office": Habit(
        share=0.38, weekday=0.45, weekend=0.01, guests=(1, 7), text="office", place="office", strangers=0.05
    ),
    "private": Habit(share=0.275, weekday=0.08, weekend=0.15, guests=(1, 6)),
    "caldav": Habit(share=0.12, weekday=0.12, weekend=0.1, guests=(1, 5), device="caldav"),
    "sales": Habit(
        share=0.02, weekday=4.0, weekend=0.05, guests=(1, 2), text="sales", place="office", strangers=0.85, answers=0.35
    ),
    "salon": Habit(share=0.02, weekday=6.0, weekend=2.0, guests=(1, 1), text="salon", strangers=0.35, circle=(20, 40)),
    "teacher": Habit(share=0.03, weekday=0.1, weekend=0.0, guests=(18, 30), text="teacher", circle=(26, 60)),
    "club": Habit(share=0.04, weekday=0.15, weekend=0.2, guests=(8, 30), text="club", circle=(20, 45), strangers=0.04),
    "api": Habit(
        share=0.005, weekday=15.0, weekend=2.0, guests=(1, 2), text="api", place="office", device="api", strangers=0.6
    ),
    "booking": Habit(share=0.015, weekday=2.5, weekend=0.5, guests=(1, 1), text="booking", strangers=0.8),
    "wedding": Habit(share=0.005, weekday=0.05, weekend=0.1, guests=(1, 4), circle=(12, 30), young=0.5),
    "newcomer": Habit(share=0.06, weekday=0.3, weekend=0.3, guests=(1, 4), circle=(0, 0), strangers=0.8),
    "importer": Habit(share=0.01, weekday=0.05, weekend=0.05, guests=(1, 3)),
    "salon_opening": Habit(
        share=0.004, weekday=4.0, weekend=1.0, guests=(1, 1), text="salon", strangers=0.7, circle=(0, 0), second=0.6
    ),
    "club_opening": Habit(
        share=0.004, weekday=0.15, weekend=0.25, guests=(8, 20), text="club", strangers=0.3, circle=(0, 0)
    ),
}

JOINING = frozenset({"newcomer", "salon_opening", "club_opening"})  # sign up within the month
TEAM = (6, 40)  # people of one organisation
CLASSROOM = 18  # people of whom all sign up within the hour, from one network

CHANGES = 0.15  # share of events that are changed later
CANCELLED = 0.04
TRAVELS = 0.06  # share of people who are elsewhere for some days of the month
NEW_DEVICE = 0.04
NEW_PASSWORD = 0.04
BOUNCES = 0.004  # share of guests whose address is wrong
JUNKED = 0.0004  # share of invitations that somebody takes for junk all the same
