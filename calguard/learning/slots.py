"""What stands in the slots of a template: names, amounts, numbers and links that belong to nobody."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources
from random import Random
from typing import Any

from calguard.learning.invented_links import link, slug

POOLED = {"first", "last", "city", "street", "company", "weekday", "money"}
BRANDS = {"bank", "parcel", "shop", "security", "tech", "stream", "crypto", "energy", "state", "telecom", "travel"}
LINKS = {
    "random",
    "shortener",
    "tracker",
    "hacked",
    "usercontent",
    "plain",
    "calendar",
    "forge",
    "meeting",
    "news",
    "abuse",
}
AMOUNTS = {"small": (90, 999), "": (1500, 99900), "large": (250_000, 4_900_000), "vast": (90_000_000, 9_900_000_000)}
PLAIN = {
    "name",
    "date",
    "time",
    "year",
    "phone",
    "email",
    "num",
    "ref",
    "token",
    "salt",
    "salad",
    "percent",
    "count",
    "month",
    "tens",
    "line",
    "pad",
}


@cache
def pools() -> dict[str, Any]:
    """The lists of `templates/slots.toml`: `any`, and one table per language."""
    file = resources.files("calguard.learning") / "templates" / "slots.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def known_slot(name: str) -> bool:
    kind, _, detail = name.rstrip(string.digits).partition(":")
    if kind == "brand":
        return detail in BRANDS or not detail
    if kind == "link":
        return detail in LINKS
    if kind == "amount":
        return detail in AMOUNTS
    return not detail and kind in PLAIN | POOLED


class Filler:
    """The values of one text: a slot named twice says the same twice, `{name2}` is somebody else."""

    def __init__(self, random: Random, language: str, words: tuple[str, ...]) -> None:
        self.random = random
        self._own: dict[str, Any] = pools()[language]
        self._words = words
        self._said: dict[str, str] = {}

    def value(self, name: str) -> str:
        if name not in self._said:
            kind, _, detail = name.rstrip(string.digits).partition(":")
            self._said[name] = self._invent(kind, detail)
        return self._said[name]

    def _invent(self, kind: str, detail: str) -> str:
        if kind == "brand":
            return self._brand(detail)
        if kind == "link":
            return link(self.random, detail)
        if kind == "amount":
            return self._amount(detail)
        if kind in POOLED:
            return str(self.random.choice(self._own[kind]))
        named: dict[str, Callable[[], str]] = {
            "name": self._name,
            "date": self._date,
            "time": self._time,
            "line": lambda: self.random.choice("-_=*~#") * self.random.randint(8, 76),
            "pad": lambda: (
                self.random.choice(["\u200c ", "\u034f ", "\u00ad", "\u200b", "\u00a0"]) * self.random.randint(20, 90)
            ),
            "tens": lambda: str(self.random.randint(2, 50) * 10),
            "month": lambda: str(self.random.choice(self._own["months"])),
            "year": lambda: str(self.random.randint(2012, 2027)),
            "phone": lambda: self._digits(self.random.choice(self._own["phone"])),
            "email": self._email,
            "num": lambda: self._digits("#" * self.random.randint(4, 11)),
            "ref": self._reference,
            "token": lambda: "".join(self.random.choices(string.ascii_letters + string.digits, k=24)),
            "salt": lambda: "".join(self.random.choices(string.ascii_letters, k=self.random.randint(5, 11))),
            "salad": self._salad,
            "percent": lambda: (
                f"{self.random.randint(2, 18) * 5} %"
                if self.random.random() < 0.4
                else f"{self.random.randint(10, 95)}%"
            ),
            "count": lambda: str(self.random.randint(2, 48)),
        }
        return named[kind]()

    def _brand(self, sector: str) -> str:
        everywhere = pools()["any"]
        sector = sector or self.random.choice(sorted(BRANDS))
        return str(
            self.random.choice([*self._own.get("brand", {}).get(sector, []), *everywhere["brand"].get(sector, [])])
        )

    def _name(self) -> str:
        order = "{last}{first}" if self._own.get("last_first") else "{first} {last}"
        return order.format(first=self.random.choice(self._own["first"]), last=self.random.choice(self._own["last"]))

    def _digits(self, pattern: str) -> str:
        return re.sub("#", lambda _: str(self.random.randint(0, 9)), pattern)

    def _amount(self, size: str) -> str:
        low, high = AMOUNTS[size]
        hundredths = self.random.randint(low, high) * int(self._own.get("scale", 1))
        whole, rest = divmod(hundredths, 100)
        thousands, point = self._own["number"]
        written = f"{whole:,}".replace(",", thousands)
        if point and size not in {"large", "vast"} and self.random.random() < 0.8:
            written += f"{point}{self.random.choice([rest, 99, 0, 95]):02}"
        return str(self.random.choice(self._own["money"])).replace("#", written)

    def _date(self) -> str:
        month = self.random.randint(1, 12)
        return str(self.random.choice(self._own["date"])).format(
            d=self.random.randint(1, 28),
            m=month,
            month=self._own["months"][month - 1],
            y=self.random.randint(2012, 2027),
        )

    def _time(self) -> str:
        hour, minute = self.random.randint(7, 21), self.random.choice(["00", "15", "30", "45", "00", "10"])
        if self._own.get("twelve_hours") and self.random.random() < 0.6:
            return f"{(hour - 1) % 12 + 1}:{minute} {'am' if hour < 12 else 'pm'}"
        return f"{hour}:{minute}"

    def _email(self) -> str:
        local = self.random.choice([slug(self.random), "info", "office", "user", "hello", "contact"])
        return (
            f"{local}@{self.random.choice(['', 'mail.', 'post.'])}example.{self.random.choice(['com', 'org', 'net'])}"
        )

    def _reference(self) -> str:
        letters = "".join(self.random.choices(string.ascii_uppercase, k=self.random.randint(2, 4)))
        return f"{letters}{self.random.choice(['-', '', '/'])}{self._digits('#' * self.random.randint(4, 9))}"

    def _salad(self) -> str:
        return " ".join(self.random.choices(self._words, k=self.random.randint(12, 40)))
