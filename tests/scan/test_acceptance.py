"""Real calendars and real calendar phishing, measured on data that is not ours to keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from calguard import scan
from calguard.engine.policy import Policy
from calguard.engine.types import Verdict
from calguard.evaluation import judging
from calguard.evaluation.counting import NATIVE
from calguard.evaluation.judging import Judged
from calguard.evaluation.records import Source
from tests.detectors.making import event, verdict_of
from tests.guard.events import invitation
from tests.support.growth import fresh
from tests.support.parts import DATA

pytestmark = pytest.mark.needs("data")

CALL_BACK = ("sample-6118", "sample-6120", "sample-6289", "sample-6293")
BRAND_ONLY = ("sample-1995", "sample-2001", "sample-2060", "sample-2638", "sample-2639", "sample-2640")
FROM_FREEMAIL = ("sample-1995", "sample-2001")
LURES = b'"kind": "calendar-mail"'
MOST_MEETINGS_HELD = 1  # of 56: the aim is 1 %, and there are too few to tell it from one


@cache
def scanned(folder: str, persona: str) -> tuple[dict[str, Any], ...]:
    now = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
    setting = scan.Setting(persona=persona, to=(), now=now, policy=Policy.shipped())
    return tuple(scan.scan(path, setting) for path in scan.files([DATA / folder]))


def verdicts(folder: str, persona: str) -> dict[str, Verdict]:
    return {
        entry["file"].rpartition("/")[2].removesuffix(".ics"): Verdict[entry["verdict"]]
        for entry in scanned(folder, persona)
    }


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("persona", ["new", "trial", "longtime", "established", "hijacked"])
def test_the_call_back_lures_are_held(persona: str) -> None:
    found = verdicts("phish_ics_dev", persona)
    assert {name: found[name] for name in CALL_BACK if found[name] < Verdict.HOLD} == {}


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("persona", ["new", "trial"])
def test_real_calendar_phishing_is_held(persona: str) -> None:
    """With the organiser's name, nine of the ten are held, and none goes unasked."""
    found = verdicts("phish_ics_dev", persona)
    assert len(found) == 10
    assert sum(verdict >= Verdict.HOLD for verdict in found.values()) >= 9
    assert {name for name, verdict in found.items() if verdict < Verdict.CHALLENGE} == set()


@pytest.mark.parametrize("persona", ["new", "trial"])
def test_borrowed_names_are_challenged_and_held_from_freemail(persona: str) -> None:
    found = verdicts("phish_ics_dev", persona)
    assert {name: found[name] for name in BRAND_ONLY if found[name] < Verdict.CHALLENGE} == {}
    assert {name: found[name] for name in FROM_FREEMAIL if found[name] < Verdict.HOLD} == {}


@pytest.mark.parametrize("persona", ["new", "trial", "established"])
def test_a_business_may_call_its_event_by_its_own_name(persona: str) -> None:
    for name, address in (("Ines Plumbing", "office@ines-plumbing.example"), ("Blumen Becker", "blumen.becker@gmx.de")):
        assert verdict_of(event(name, cn=name, organizer=address), persona).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("persona", "noticed", "held"), [("established", 2, 0), ("longtime", 2, 0), ("trial", 12, 3), ("new", 12, 3)]
)
def test_real_calendars_go_through(persona: str, noticed: int, held: int) -> None:
    found = verdicts("ics_dev", persona)
    assert len(found) == 120
    assert len([name for name, verdict in found.items() if verdict >= Verdict.HOLD]) <= held
    assert len([name for name, verdict in found.items() if verdict > Verdict.OBSERVE]) <= noticed


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("persona", ["new", "established"])
def test_hostile_files_are_judged_without_an_exception(persona: str) -> None:
    entries = scanned("hostile_ics", persona)
    assert len(entries) == 282
    assert [entry["file"] for entry in entries if "error" in entry] == []


@pytest.mark.requirement("R49")
def test_a_hostile_file_costs_no_more_than_its_events_and_octets_warrant(tmp_path: Path) -> None:
    """In ordinary invitations, each judged as if never seen: some hundred of them at most, and ten more an event."""
    setting = scan.Setting(persona="new", to=(), now=datetime(2026, 6, 15, tzinfo=UTC), policy=Policy.shipped())
    lunch = tmp_path / "lunch.ics"
    lunch.write_bytes(
        invitation(summary="Team lunch", description="Pizza at the corner. Tell Ann what you do not eat.")
    )
    ordinary = fresh(lambda: scan.scan(lunch, setting), rounds=9)
    dear = {}
    for path in scan.files([DATA / "hostile_ics"]):
        data = path.read_bytes()
        allowed = ordinary * (300 + 10 * data.upper().count(b"BEGIN:V") + len(data) / 500)
        for rounds in (2, 30):  # a busy machine only adds to what a run takes
            if (cost := fresh(lambda path=path: scan.scan(path, setting), rounds=rounds)) <= allowed:
                break
        else:
            dear[path.name] = cost / ordinary
    assert dear == {}


@cache
def judged(persona: str, every: int) -> tuple[Judged, ...]:
    """The texts of calendars, lawful and not, as `calguard_evaluate` judges them: every so-manieth line of the data."""
    found = []
    with Source(DATA / "events_dev.jsonl.gz") as source:
        for number, line in enumerate(
            line for line in source.lines() if b'"kind": "ics-' in line[1] or LURES in line[1]
        ):
            if number % every == 0:
                answer = judging.one(line, persona)
                assert isinstance(answer, Judged)
                found.append(answer)
    return tuple(found)


def calendars(persona: str, every: int) -> list[Judged]:
    return [one for one in judged(persona, every) if one.record.label == "ham" and one.record.kind in NATIVE]


def share(found: Sequence[Judged], level: Verdict) -> float:
    return sum(one.verdict >= level for one in found) / len(found)


@pytest.mark.requirement("R40")
def test_published_calendars_are_not_held() -> None:
    """False positives by record, with a conference link and without, and by cluster: a feed repeats itself."""
    found = calendars("new", 1)
    assert len(found) == 3110
    assert share(found, Verdict.HOLD) <= 0.003
    assert share(found, Verdict.CHALLENGE) <= 0.03
    meetings = [one for one in found if one.record.conference_link]
    assert len(meetings) == 56
    assert sum(one.verdict >= Verdict.HOLD for one in meetings) <= MOST_MEETINGS_HELD
    assert len({one.record.cluster for one in found if one.verdict >= Verdict.HOLD}) <= 5


@pytest.mark.parametrize("persona", ["established", "longtime"])
def test_published_calendars_of_known_accounts_are_not_held(persona: str) -> None:
    """At most a tenth of what is allowed of unknown ones, which is none of this many."""
    found = calendars(persona, 3)
    assert len(found) > 1000
    assert share(found, Verdict.HOLD) == 0
    assert share(found, Verdict.CHALLENGE) <= 0.003


@pytest.mark.requirement("R25")
def test_calendar_phishing_is_stopped_by_its_text_where_it_has_one() -> None:
    """The same without the organiser's name, on which half of them live, and mail with an empty calendar."""
    found = [one for one in judged("new", 1) if one.record.label == "phish"]
    assert len(found) == 11
    spoken = [one for one in found if one.record.kind == "ics-phish" and " / " in one.record.excerpt]
    assert len(spoken) == 4
    assert [one.record.id for one in spoken if one.verdict < Verdict.HOLD] == []
    assert sum(one.verdict >= Verdict.CHALLENGE for one in found) >= 5
