"""Staff find a case by whatever they were told."""

from __future__ import annotations

from datetime import datetime

import pytest

from calguard import cases, review
from calguard.models import Case
from tests.review import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R88")]


@pytest.fixture
def case(now: datetime) -> Case:
    """Jane's case, with somebody else's beside it."""
    other = factories.LURE.replace(b"evil.example", b"other.example").replace(b"888 555 0147", b"212 555 0199")
    cases.open_for(factories.decision("shop.user:2", at=now, code="AAAA-BBBB", content=other), at=now)
    account = factories.account_of(factories.make_user("jane"))
    found = factories.decision(account, at=now, code="K7M2-P9QD", similarity="ab" * 32)
    assert found.submission is not None
    factories.delivery(found.submission, "x@guest.example", at=now, mail="<abc.1@calendar.example>")
    return cases.open_for(found, at=now)


@pytest.mark.parametrize(
    "words",
    [
        "K7M2-P9QD",
        "k7m2p9qd",
        "  k7m2-p9qd ",
        "jane@calendar.example",
        "JANE@calendar.example",
        "evil.example",
        "http://evil.example/login?x=1",
        "hxxp://evil[.]example/login",
        "EVIL.example",
        "+1 888 555 0147",
        "+18885550147",
        "(888) 555-0147",
        "1-888-555-0147",
        "<abc.1@calendar.example>",
        "abc.1@calendar.example",
        "ab" * 32,
    ],
)
def test_a_case_is_found_and_only_that(case: Case, words: str) -> None:
    assert list(review.search(words)) == [case]


def test_by_number_and_account(case: Case) -> None:
    for words in (str(case.pk), f"#{case.pk}", f"case:{case.pk}", case.account):
        assert list(review.search(words)) == [case]


def test_a_message_of_an_account_without_its_own_case_leads_to_the_account(case: Case, now: datetime) -> None:
    clean = factories.submission(case.account, at=now)
    factories.delivery(clean, "x@guest.example", at=now, mail="<clean@calendar.example>")
    assert list(review.search("<clean@calendar.example>")) == [case]


def test_a_subdomain_is_found_by_its_domain_but_not_by_a_look_alike(now: datetime) -> None:
    content = factories.LURE.replace(b"http://evil.example", b"http://login.evil.example")
    case = cases.open_for(factories.decision("shop.user:1", at=now, content=content), at=now)
    assert list(review.search("evil.example")) == [case]
    assert not review.search("notevil.example").exists()
    assert not review.search("vil.example").exists()


@pytest.mark.parametrize(
    "words",
    [
        "nothing like it",
        "ZZZZ-ZZZZ",
        "nobody@nowhere.example",
        "unknown.example",
        "+49 30 1234567",
        "999999",
        "9" * 30,
        "'; DROP TABLE calguard_case; --",
        "\u202e%_\\",
        "a" * 5000,
        "xn--" + "a" * 80 + ".example",
        "..",
    ],
)
def test_other_words_find_nothing_and_break_nothing(case: Case, words: str) -> None:
    assert list(review.search(words)) == []


def test_no_words_leave_all(case: Case) -> None:
    assert review.search("  ").count() == 2
