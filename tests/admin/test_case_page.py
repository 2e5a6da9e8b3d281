"""The page on which one case is decided: what it shows, what it never shows, and what its buttons do."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from calguard import cases, exemptions, review
from calguard.models import Appeal, AuditEntry, Case, Exemption, Note
from outbound.models import Hold, Submission
from tests.review import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R88")]

HOSTILE = """BEGIN:VCALENDAR\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:"><script>alert('uid')</script>\r
DTSTART:20260616T100000Z\r
SUMMARY:<img src=x onerror=alert(1)>\u202egnp.exe\r
DESCRIPTION:<a href="https://evil.example/login">Pay\u200bPal</a> javascript:alert(2) {{ 7|add:"7" }} {% now "Y" %}\r
X-ALT-DESC;FMTTYPE=text/html:<html><script src="//evil.example/x.js"></script><b style="display:none">secret</b>\r
LOCATION:</td></table></textarea><iframe src=//evil.example>\r
ORGANIZER;CN="</script><script>alert(3)</script>":mailto:"onmouseover=alert(4)"@evil.example\r
ATTENDEE;CN=<b>Jane</b>:mailto:jane.doe@victim.example\r
X-<SVG/ONLOAD=ALERT(5)>:x\r
IMAGE;VALUE=URI:https://evil.example/pixel.png\r
ATTACH;FILENAME="<b>.exe":https://evil.example/a.exe\r
END:VEVENT\r
END:VCALENDAR\r
"""


OURS = {"blockquote", "footer", "h3", "mark", "ul", "li", "rect", "b"}  # that only evidence with something to tell has


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def hostile(clock: object, sender: Any, now: datetime) -> Case:
    signal = {**factories.LURE_SIGNALS[0], "reason": "says <script>alert(6)</script>", "field": "<i>X</i>"}
    row = factories.decision(
        factories.account_of(sender), at=now, content=HOSTILE.encode(), signals=[signal], facts={"<u>": ["<s>"]}
    )
    Appeal.objects.create(
        decision=row, account=row.account, text="<script>alert(7)</script> http://evil.example", created_at=now
    )
    factories.delivery(
        row.submission, "<script>alert(8)</script>@x.example", at=now, mail="<<script>alert(9)</script>@x>"
    )  # type: ignore[arg-type]
    return cases.open_for(row, at=now)


def page_of(client: Client, case: Case) -> str:
    answer = client.get(f"/admin/calguard/case/{case.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_hostile_content_is_shown_and_does_nothing(lead: Client, hostile: Case) -> None:
    page = page_of(lead, hostile)
    plain = Tags(page_of(lead, cases.open_for(_innocent(hostile), at=hostile.opened_at)))
    tags = Tags(page)
    assert {tag for tag, _ in tags.found} <= {tag for tag, _ in plain.found} | OURS
    for tag, attributes in tags.found:
        handlers = [name for name in attributes if name.startswith("on") or name == "style"]
        assert not handlers, (tag, attributes)
        for name in ("href", "src", "action"):
            target = attributes.get(name) or ""
            assert re.match(r"^(/|#|\?|$)", target), (tag, attributes)
    assert not re.search(r"https?:|javascript:|evil\.", page.replace("http://www.w3.org", ""))


def _innocent(beside: Case) -> Any:
    return factories.decision("shop.user:999999", at=beside.opened_at, content=factories.LURE, signals=[], facts={})


def test_scripts_of_the_page_are_files(lead: Client, case: Case) -> None:
    """A strict Content-Security-Policy blocks nothing of it."""
    tags = Tags(page_of(lead, case))
    assert all(attributes.get("src") for tag, attributes in tags.found if tag == "script")
    assert "style" not in {tag for tag, _ in tags.found}


def test_what_was_written_is_there_to_read(lead: Client, hostile: Case) -> None:
    page = page_of(lead, hostile)
    for said in (
        "⟨U+202E⟩",
        "Right-to-left override",
        "⟨U+200B⟩",
        "hxxps://evil[.]example/login",
        "javascript[:]alert(2)",
        "{{ 7|add:&quot;7&quot; }}",
        "secret",
        "&lt;script&gt;alert(6)&lt;/script&gt;",
        "&lt;script&gt;alert(7)&lt;/script&gt; hxxp://evil[.]example",
    ):
        assert said in page, said


def test_innocent_text_is_shown_as_it_is(lead: Client, clock: object, now: datetime) -> None:
    content = factories.LURE.replace(
        b"PayPal order 559.99 USD <script>alert(1)</script>", "Frühstück & Café 9.30".encode()
    )
    page = page_of(lead, cases.open_for(factories.decision("shop.user:7", at=now, content=content), at=now))
    assert "Frühstück &amp; Café 9.30" in page
    assert "⟨U+" not in page


def test_guests_are_masked(lead: Client, case: Case, now: datetime) -> None:
    sent = Submission.objects.get(decisions__case=case)
    factories.delivery(sent, "carol@victim.example", at=now)
    page = page_of(lead, case)
    assert "j***@victim[.]example" in page
    assert "c***@victim[.]example" in page
    assert "jane.doe" not in page
    assert "carol" not in page


@pytest.mark.requirement("R90")
def test_addresses_are_shown_once_to_who_may_and_says_why(
    lead: Client, decider: Client, case: Case, address: Any
) -> None:
    assert lead.post(address("reveal"), {"reason": ""}).status_code == 400
    shown = lead.post(address("reveal"), {"reason": "police file 7"})
    assert "jane[.]doe@victim[.]example" in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert "jane[.]doe" not in page_of(lead, case)
    assert AuditEntry.objects.get(action="case.revealed").reason == "police file 7"
    assert decider.post(address("reveal"), {"reason": "curious"}).status_code == 403
    assert "Show the addresses" not in page_of(decider, case)
    assert AuditEntry.objects.filter(action="case.revealed").count() == 1


def test_signals_carry_points_reasons_and_their_detectors_words(lead: Client, case: Case) -> None:
    page = page_of(lead, case)
    assert "links.block_list" in page
    assert "evil[.]example is on the block list" in page
    assert "A link leads to a site the operator refuses" in page


def test_a_group_over_its_cap_says_what_counted(lead: Client, clock: object, now: datetime) -> None:
    signals = [{**factories.LURE_SIGNALS[0], "code": f"c{n}", "points": 70} for n in range(3)]
    page = page_of(lead, cases.open_for(factories.decision("shop.user:7", at=now, signals=signals), at=now))
    assert re.search(r"text 120 of 210, cap 120", page)


def test_what_the_sender_was_told_and_what_they_say(lead: Client, case: Case, now: datetime) -> None:
    Appeal.objects.create(decision=case.decisions.get(), account=case.account, text="It is my wedding", created_at=now)
    page = page_of(lead, case)
    assert "Your invitations are waiting for a person to look at them" in page
    assert "It is my wedding" in page


def test_the_same_number_elsewhere_leads_to_its_case(lead: Client, case: Case, now: datetime) -> None:
    other = cases.open_for(factories.decision("shop.user:77", at=now), at=now)
    page = page_of(lead, case)
    assert f"/admin/calguard/case/{other.pk}/change/" in page
    assert "+18885550147" in page


def test_history(lead: Client, case: Case, sender: Any, now: datetime) -> None:
    Case.objects.filter(pk=case.pk).update(
        state="closed", outcome="deny", label="spam", reason="older lure", closed_at=now, decided_by="shop.user:1"
    )
    again = cases.open_for(factories.decision(case.account, at=now), at=now)
    assert "older lure" in page_of(lead, again)


def test_content_whose_time_is_over_leaves_the_rest(lead: Client, case: Case) -> None:
    decision = case.decisions.get()
    decision.evidence.delete()
    Submission.objects.update(snapshot=None)
    assert "no longer kept" in page_of(lead, case)
    assert "links.block_list" in page_of(lead, case)


def test_a_case_that_is_not_there(lead: Client, clock: object) -> None:
    for wrong in ("999", "abc", "1_2", "99999999999999999999999"):
        assert lead.get(f"/admin/calguard/case/{wrong}/change/").status_code == 404, wrong


@pytest.fixture
def verdict(case: Case) -> dict[str, Any]:
    return {"version": case.version, "outcome": "deny", "label": "phish", "reason": "call-back lure"}


def test_a_decision_leads_back_to_the_queue(lead: Client, case: Case, address: Any, verdict: dict[str, Any]) -> None:
    answer = lead.post(address("decide"), verdict, follow=True)
    assert answer.redirect_chain == [("/admin/calguard/case/", 302)]
    assert f"Case {case.pk} is decided: deny." in answer.content.decode()
    case.refresh_from_db()
    assert (case.outcome, case.label, case.reason) == ("deny", "phish", "call-back lure")
    assert "Anna" in page_of(lead, case)


@pytest.mark.requirement("R89")
def test_the_second_sees_that_it_is_decided_and_keeps_their_words(
    lead: Client, decider: Client, case: Case, address: Any, verdict: dict[str, Any]
) -> None:
    lead.post(address("decide"), verdict)
    answer = decider.post(address("decide"), verdict | {"reason": "words of the second"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "already decided this case: deny" in page
    assert "words of the second" in page
    assert AuditEntry.objects.filter(action="case.deny").count() == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"reason": ""}, 400),
        ({"label": ""}, 400),
        ({"label": "innocent"}, 400),
        ({"outcome": ""}, 400),
        ({"version": ""}, 400),
        ({"version": 0}, 409),
        ({"outcome": "release", "label": "", "exempt": "links.block_list"}, 400),
        ({"outcome": "release", "label": "", "exempt": "lure.callback_lure", "exempt_days": 91}, 400),
        ({"exempt": "lure.callback_lure"}, 400),
    ],
)
def test_what_makes_no_sense_is_said_and_not_done(
    lead: Client, case: Case, address: Any, verdict: dict[str, Any], changes: dict[str, Any], status: int
) -> None:
    answer = lead.post(address("decide"), verdict | changes)
    assert answer.status_code == status
    assert 'class="errorlist' in answer.content.decode()
    assert Case.objects.get().state == Case.State.OPEN
    assert Hold.objects.exists()


@pytest.mark.requirement("R96")
def test_a_release_with_an_exemption(
    lead: Client, case: Case, address: Any, verdict: dict[str, Any], now: datetime
) -> None:
    page = page_of(lead, case)
    assert 'value="lure.callback_lure"' in page
    assert 'value="links.block_list"' not in page
    given = {"outcome": "release", "label": "", "exempt": "lure.callback_lure", "exempt_days": 7}
    assert lead.post(address("decide"), verdict | given).status_code == 302
    assert Exemption.objects.get().expires_at == now + timedelta(days=7)
    assert exemptions.standing(case.account, at=now) == {"lure.callback_lure"}


def test_the_form_offers_what_one_may_do(viewer: Client, decider: Client, lead: Client, case: Case) -> None:
    def offered(client: Client) -> set[str]:
        return set(re.findall(r'name="outcome" value="(\w+)"', page_of(client, case)))

    assert offered(viewer) == set()
    assert offered(decider) == {"release", "deny", "restrict"}
    assert offered(lead) == {"release", "deny", "restrict", "suspend", "suspend_for_good", "restore"}


def test_who_may_not_is_refused_also_without_the_form(
    viewer: Client, decider: Client, case: Case, address: Any, verdict: dict[str, Any]
) -> None:
    assert viewer.post(address("decide"), verdict).status_code == 403
    assert decider.post(address("decide"), verdict | {"outcome": "suspend"}).status_code == 400
    assert Case.objects.get().state == Case.State.OPEN


def test_nobody_is_offered_their_own_account(lead: Client, clock: object, now: datetime) -> None:
    own = cases.open_for(factories.decision(_account_of("anna"), at=now), at=now)
    page = page_of(lead, own)
    assert "Nobody decides on their own account." in page
    assert 'name="outcome"' not in page


def _account_of(name: str) -> str:
    from django.contrib.auth import get_user_model

    return factories.account_of(get_user_model()._default_manager.get(username=name))


def test_claims_are_seen_by_others(
    lead: Client, decider: Client, case: Case, address: Any, verdict: dict[str, Any]
) -> None:
    lead.post(address("claim"))
    page = page_of(decider, case)
    assert "Anna" in page
    assert "is working on this case" in page
    assert decider.post(address("decide"), verdict).status_code == 409
    assert "has claimed this case" in decider.post(address("claim"), follow=True).content.decode()
    lead.post(address("give_back"))
    assert decider.post(address("decide"), verdict).status_code == 302


def test_notes(viewer: Client, case: Case, address: Any) -> None:
    answer = viewer.post(address("note"), {"text": "asked the customer <b>"}, follow=True)
    assert "asked the customer &lt;b&gt;" in answer.content.decode()
    assert viewer.post(address("note"), {"text": " "}).status_code == 400
    assert Note.objects.count() == 1


def test_looking_twice_is_the_same(lead: Client, case: Case) -> None:
    """No view of the page writes: two reviewers may read at once."""
    version = Case.objects.get().version
    page_of(lead, case)
    assert Case.objects.get().version == version
    assert review.holder(Case.objects.get(), case.opened_at) == ""
