"""What was aimed at, and what a run reached, row by row, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from calguard.evaluation.counting import wilson

Results = Mapping[str, Any]
CALENDARS = "false positives, real calendar events"
MEETINGS = "false positives, real calendar events with a conference link"
MAIL, SHORT = "false positives, mail", "false positives, SMS and comments"
PHISHING, ABUSE, REAL = "recall, phishing mail 2022 to 2026", "recall, all abuse", "recall, real calendar phishing"
FEW = 20


def markdown(results: Results) -> str:
    rows = [_row(*row) for row in goals(results)]
    head = ["| | aim | reached | 95 % interval | met |", "|---|---|---|---|---|"]
    return "\n".join([*_said(results), "", *head, *rows, "", *_languages(results), "", *_call_back(results)])


def _said(results: Results) -> list[str]:
    records = results["runs"]["new"]["records"]
    when = f"Measured {results['measured_at']}, policy {results['policy']}, {records} records"
    return [f"{when}; at HOLD or more and as a new account unless the row says otherwise."]


Goal = tuple[str, str, int, int, str, Callable[[float], bool]]


def goals(results: Results) -> Iterator[Goal]:
    """Name, aim, hits, of how many, what else to know, and whether a share meets the aim."""
    yield _false(results, "real calendar events", CALENDARS, 0.003)
    yield _false(results, "real calendar events, at CHALLENGE or more", CALENDARS, 0.03, level="CHALLENGE")
    yield _false(results, "of them with a conference link", MEETINGS, 0.01)
    yield _false(results, "ham mail in event fields", MAIL, 0.02)
    yield _false(results, "ham SMS and comments", SHORT, 0.005)
    for persona in ("established", "longtime"):
        for name, table, most in (("calendars", CALENDARS, 0.0003), ("mail", MAIL, 0.002), ("SMS", SHORT, 0.0005)):
            yield _false(results, f"{name}, as {persona}", table, most, persona=persona)
    for persona, least in (("trial", 1.0), ("established", 0.9), ("hijacked", 0.9)):
        found = results["call_back"][persona].values()
        held, n = sum(one["held"] for one in found), sum(one["n"] for one in found)
        yield _found(f"our call-back lures in twelve languages, as {persona}", least, held, n)
    raw = results["raw_phishing"]["new"]
    n = sum(raw.values())
    yield _found("real calendar phishing, raw files", 0.9, raw["HOLD"] + raw["DENY"], n)
    yield _found("the same at CHALLENGE or more", 1.0, n - raw["ALLOW"] - raw["OBSERVE"], n)
    yield _recall(results, "the same without organiser names (records)", REAL, 0.9)
    yield _recall(results, "the same records at CHALLENGE or more", REAL, 1.0, level="CHALLENGE")
    yield _recall(results, "*mail:* phishing of 2022 to 2026", PHISHING, 0.85)
    yield _recall(results, "*mail:* the same at CHALLENGE or more", PHISHING, 0.94, level="CHALLENGE")
    worst = min(_by_language(results), key=lambda row: row[1] / row[2], default=("none", 0, 0))
    yield _found(f"*mail:* its worst language of {FEW} records or more ({worst[0]})", 0.75, worst[1], worst[2])
    yield _recall(results, "*mail, SMS, comments:* all abuse", ABUSE, 0.74)
    yield _recall(results, "*mail, SMS, comments:* the same at CHALLENGE or more", ABUSE, 0.85, level="CHALLENGE")


def _group(results: Results, table: str, level: str, persona: str) -> tuple[int, int, str]:
    group = results["runs"][persona]["groups"]["summary"].get(table)
    if group is None:
        return 0, 0, ""
    clusters = group.get("clusters")
    hit = f"; {clusters['at_least'][level]['n']} of {clusters['n']} clusters" if clusters else ""
    return group["at_least"][level]["n"], group["n"], hit


def _false(results: Results, name: str, table: str, most: float, level: str = "HOLD", persona: str = "new") -> Goal:
    hits, n, more = _group(results, table, level, persona)
    return f"false: {name}", f"at most {100 * most:g} %", hits, n, more, lambda share: share <= most


def _recall(results: Results, name: str, table: str, least: float, level: str = "HOLD") -> Goal:
    hits, n, _ = _group(results, table, level, "new")
    return _found(name, least, hits, n)


def _found(name: str, least: float, hits: int, n: int) -> Goal:
    return f"found: {name}", f"{100 * least:g} %", hits, n, "", lambda share: share >= least


def _row(name: str, aim: str, hits: int, n: int, more: str, met: Callable[[float], bool]) -> str:
    if not n:
        return f"| {name} | {aim} | not measured | | |"
    low, high = wilson(hits, n)
    share = hits / n
    told = f"{100 * share:.2f} % ({hits} of {n}{more})"
    return f"| {name} | {aim} | {told} | {100 * low:.2f} to {100 * high:.2f} % | {'yes' if met(share) else '**no**'} |"


def _by_language(results: Results) -> list[tuple[str, int, int]]:
    found = []
    for name, group in results["runs"]["new"]["groups"]["summary"].items():
        _, comma, language = name.partition(f"{PHISHING}, ")
        if comma and group["n"] >= FEW:
            found.append((language, group["at_least"]["HOLD"]["n"], group["n"]))
    return found


def _languages(results: Results) -> list[str]:
    groups = results["runs"]["new"]["groups"]["summary"]
    rows = ["| phishing mail in | records | HOLD | CHALLENGE |", "|---|---|---|---|"]
    for language, held, n in sorted(_by_language(results), key=lambda row: -row[2]):
        challenged = groups[f"{PHISHING}, {language}"]["at_least"]["CHALLENGE"]["n"]
        rows.append(f"| {language} | {n} | {100 * held / n:.1f} % | {100 * challenged / n:.1f} % |")
    return rows


def _call_back(results: Results) -> list[str]:
    personas = list(results["call_back"])
    rows = [f"| call-back lures in | records | {' | '.join(personas)} |", f"|---|---|{'---|' * len(personas)}"]
    for language in results["call_back"][personas[0]]:
        by = [results["call_back"][persona][language] for persona in personas]
        shares = " | ".join(f"{100 * one['held'] / one['n']:.1f} %" for one in by)
        rows.append(f"| {language} | {by[0]['n']} | {shares} |")
    return rows
