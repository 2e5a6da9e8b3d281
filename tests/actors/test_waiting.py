"""What visitors of a page have waiting is bounded for each of them, so that nobody takes the places of others."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from accounts_risk import ledger as people
from calguard import guard, review
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.incidents import ending, opening
from calguard.incidents.models import Incident
from calguard.models import Case, Decision, Notice
from outbound.models import Hold, Submission
from tests.actors.browsing import posted
from tests.guard.events import LURE, invitation
from tests.review.factories import make_user
from tests.support.work import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R16")]
NUMBERS = count(1)
HOUR = timedelta(hours=1)


def book(owner: Any, guest: str, said: str = "", *, ip: str = "198.51.100.7", work: bool = True, **more: Any) -> Any:
    number = next(NUMBERS)
    start = timezone.now() + timedelta(days=5, hours=number % 40)
    event = invitation(organizer=owner.email, guests=[guest], summary="Talk", uid=f"v{number}@x", start=start)
    texts = {"booking.answer": f"{said} {number}"} if said else {}
    request = posted("/book/", ip)
    with guard.sending(
        owner, event, channel="booking", request=request, extra_texts=texts, reference=f"v{number}", **more
    ) as decision:
        pass
    if work:
        drain()
    return decision


def codes(decision: guard.Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def rooms(settings: Any, tmp_path: Any, **lines: float) -> None:
    from calguard.engine import shipped

    before, section = shipped.text().split("[bookings]\n")
    kept = [line for line in section.splitlines() if line.partition(" ")[0] not in lines]
    policy = tmp_path / f"policy-{next(NUMBERS)}.toml"
    changed = [f"{name} = {value}" for name, value in lines.items()]
    policy.write_text(before + "\n".join(["[bookings]", *changed, *kept]), encoding="utf-8")
    settings.CALGUARD = settings.CALGUARD | {"POLICY": str(policy)}


def contained(owner: Any) -> Incident:
    now = timezone.now()
    incident = Incident.objects.create(
        account=conf.host.account(owner), since=now, facts={}, opened_at=now, due_at=now + timedelta(days=3)
    )
    people.restrict(
        incident.account,
        "containment",
        incident.owner,
        opening.CODE,
        by_human=False,
        at=now,
        expires_at=incident.due_at,
    )
    return incident


class TestOthersGoOn:
    def test_what_may_go_goes_whatever_waits(self, person: Any, clock: Any, settings: Any, tmp_path: Any) -> None:
        """A competitor closes no page: from a thousand networks neither."""
        rooms(settings, tmp_path, of_page=6)
        coach = person()
        for number in range(9):
            book(coach, f"victim{number}@home.example", LURE, ip=f"198.51.{number}.7")
            clock.shift(613)
        assert Submission.objects.filter(state="accepted").count() == 6
        for number in range(5):
            assert book(coach, f"client{number}@home.example", ip=f"203.0.{number}.9").verdict is Verdict.ALLOW
            clock.shift(917)
        assert Submission.objects.filter(state="sent").count() == 5

    def test_one_network_uses_up_its_own_places_only(
        self, person: Any, clock: Any, settings: Any, tmp_path: Any
    ) -> None:
        rooms(settings, tmp_path, of_network=4)
        coaches = [person(f"coach{n}@clinic.example") for n in range(2)]
        found = []
        for number in range(7):
            found.append(book(coaches[number % 2], f"victim{number}@home.example", LURE))
            clock.shift(613)
        assert [one.verdict >= Verdict.DENY for one in found] == [False] * 4 + [True] * 3
        assert codes(found[-1]) == ["bookings_waiting"]
        assert "still wait" in found[-1].reasons[0].text
        assert not book(coaches[0], "zoe@home.example", LURE, ip="203.0.113.9").is_refused

    def test_one_guest_is_booked_for_so_often_whoever_types_the_address(self, person: Any, clock: Any) -> None:
        coach, other = person(), person("carl@clinic.example")
        verdicts = []
        for number in range(5):
            verdicts.append(book(coach, "victim@home.example", LURE, ip=f"198.51.{number}.7").is_refused)
            clock.shift(613)
        assert verdicts == [False] * 3 + [True] * 2
        assert not book(other, "zoe@home.example", LURE, ip="203.0.113.9").is_refused

    def test_a_place_comes_back_when_a_person_has_looked(
        self, person: Any, clock: Any, settings: Any, tmp_path: Any
    ) -> None:
        rooms(settings, tmp_path, of_visitor=1)
        coach = person()
        book(coach, "eve@home.example", LURE)
        clock.shift(613)
        assert book(coach, "eve@home.example", LURE).is_refused
        case = Case.objects.get()
        given = {"version": case.version, "outcome": "release", "label": "innocent", "reason": "a joke of friends"}
        review.decide(case.pk, make_user("rita", "view_case", "decide_case"), at=timezone.now(), **given)
        drain()
        clock.shift(613)
        assert codes(book(coach, "eve@home.example", "Bring a cake, please")) == []

    def test_nothing_is_stored_of_one_more_and_nobody_is_bothered(
        self, person: Any, clock: Any, settings: Any, tmp_path: Any
    ) -> None:
        rooms(settings, tmp_path, of_visitor=1)
        coach = person()
        for _ in range(4):
            book(coach, "eve@home.example", LURE)
            clock.shift(613)
        assert Submission.objects.filter(state="accepted").count() == 1
        assert Case.objects.count() == 1
        assert Notice.objects.filter(account=conf.host.account(coach)).count() == 0
        assert guard.can_send(coach).allowed


class TestTimes:
    def test_what_goes_keeps_its_time_and_so_does_what_is_not_ours(self, person: Any) -> None:
        coach = person()
        book(coach, "ben@home.example")
        (sent,) = Submission.objects.values_list("reference", flat=True)
        assert guard.keeps_time([sent, "of the host's own"]) == {sent, "of the host's own"}
        assert guard.keeps_time([]) == frozenset()

    def test_what_waits_keeps_it_for_some_hours_and_of_one_page_the_first_few(
        self, person: Any, clock: Any, settings: Any, tmp_path: Any
    ) -> None:
        rooms(settings, tmp_path, kept=2)
        coach, other = person(), person("carl@clinic.example")
        for number in range(4):
            book(coach, f"victim{number}@home.example", LURE, ip=f"198.51.{number}.7")
            clock.shift(300)
        book(other, "zoe@home.example", LURE, ip="203.0.113.9")
        asked = list(Submission.objects.order_by("created_at").values_list("reference", flat=True))
        assert guard.keeps_time(asked) == {asked[0], asked[1], asked[4]}
        clock.shift(4 * HOUR)
        assert guard.keeps_time(asked) == frozenset()

    def test_what_was_refused_or_withdrawn_keeps_none_and_what_lacks_room_does(self, person: Any, clock: Any) -> None:
        coach = person()
        refused = book(coach, "eve@home.example", LURE)
        guard.withdraw(refused)
        book(coach, "ben@home.example", work=False)
        late = Submission.objects.get(state="accepted")
        Hold.objects.create(
            submission=late,
            kind="throttle",
            owner=f"budget:{late.pk}",
            reason="budget_exhausted",
            created_at=timezone.now(),
        )
        clock.shift(9 * HOUR)
        asked = Submission.objects.values_list("reference", flat=True)
        assert guard.keeps_time(asked) == {late.reference}

    def test_in_a_fixed_number_of_queries(self, person: Any, django_assert_num_queries: Any) -> None:
        coach = person()
        for number in range(3):
            book(coach, f"ben{number}@home.example", ip=f"198.51.{number}.7")
        asked = list(Submission.objects.values_list("reference", flat=True))
        with django_assert_num_queries(2):
            guard.keeps_time(asked)


class TestContained:
    """While somebody else may be using the account, all that would leave in its name waits."""

    def test_one_visitor_starves_neither_the_owner_nor_other_visitors(
        self, person: Any, clock: Any, settings: Any, tmp_path: Any, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(opening, "MOST_HELD", 3)
        rooms(settings, tmp_path, of_network=5)
        owner = person()
        contained(owner)
        flood = []
        for number in range(7):
            flood.append(book(owner, f"victim{number}@home.example").is_refused)
            clock.shift(613)
        assert flood.count(False) == 5
        assert book(owner, "ben@home.example", ip="203.0.113.9").verdict is Verdict.HOLD
        event = invitation(organizer=owner.email, uid="own@x", summary="Lunch")
        with guard.sending(owner, event) as decision:
            pass
        assert decision.verdict is Verdict.HOLD

    def test_bookings_bring_no_person_and_go_when_it_is_over(self, person: Any, clock: Any) -> None:
        owner = person()
        incident = contained(owner)
        for number in range(3):
            book(owner, f"client{number}@home.example", ip=f"203.0.{number}.9")
            clock.shift(613)
        assert set(Hold.objects.values_list("kind", flat=True)) == {"containment"}
        assert not Case.objects.exists()
        incident.refresh_from_db()
        assert incident.case is None
        assert list(ending.since_the_first_sign(incident)) == []
        ending.close(incident, by="auth.user:9", at=timezone.now())
        drain()
        assert set(Submission.objects.values_list("state", flat=True)) == {"sent"}

    def test_what_is_kept_back_for_itself_waits_for_a_person_beyond_that(self, person: Any) -> None:
        owner = person()
        incident = contained(owner)
        book(owner, "victim@home.example", LURE)
        assert Case.objects.get().decisions.count() == 1
        ending.close(incident, by="auth.user:9", at=timezone.now())
        drain()
        assert list(Submission.objects.values_list("state", flat=True)) == ["accepted"]
        assert list(Hold.objects.values_list("kind", flat=True)) == ["review"]

    def test_no_visitor_opens_an_incident_or_has_its_owner_told_again(self, person: Any) -> None:
        owner = person()
        contained(owner)
        decision = book(owner, "victim@home.example", LURE, work=False)
        row = Decision.objects.get(pk=decision.id)
        row.actions = [*row.actions, "alert"]
        row.save()
        drain()
        assert Incident.objects.count() == 1
        assert not Notice.objects.filter(kind="owner_alert").exists()
