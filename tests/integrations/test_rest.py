"""Problem documents for any framework: one shape, the codes of the pages, and nothing of the rules (RFC 9457, R53)."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils import translation

from calguard import challenge
from calguard.challenge import Challenge
from calguard.decision import Decision, Reason
from calguard.engine import reasons
from calguard.engine.types import Verdict
from calguard.integrations import rest

pytestmark = pytest.mark.requirement("R53")


def decision(verdict: Verdict, **values: object) -> Decision:
    fields = {"id": uuid4(), "reference": "K7M2-P9QD", "verdict": verdict, "judged": verdict}
    reasons = (Reason(code="link_unsafe", text="It contains a link."),)
    return Decision(**{**fields, "reasons": reasons, "explain_url": "https://c.example/explain/K7M2-P9QD/", **values})


@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.OBSERVE])
def test_what_is_accepted_is_no_problem(verdict: Verdict) -> None:
    with pytest.raises(ValueError, match="nothing is wrong"):
        rest.problem(decision(verdict))


@pytest.mark.parametrize(
    ("verdict", "status"),
    [(Verdict.CHALLENGE, 403), (Verdict.THROTTLE, 429), (Verdict.HOLD, 403), (Verdict.DENY, 422)],
)
def test_every_verdict_that_keeps_back_is_a_4xx_with_its_code(verdict: Verdict, status: int) -> None:
    assert decision(verdict).status == status, "a host's own answer has the same status"
    answer = rest.problem(decision(verdict, retry_after=60), event="https://c.example/e/1", status=200, type="mine")
    body = json.loads(answer.content)
    assert (answer.status_code, body["status"], answer["Content-Type"]) == (status, status, rest.MEDIA_TYPE)
    assert body["type"] == f"urn:calguard:problem:{rest.NAMES[verdict]}", "a host's member overwrites none"
    assert (body["code"], body["event"], body["retry_after"]) == ("link_unsafe", "https://c.example/e/1", 60)
    assert answer["Retry-After"] == "60"
    assert body["instance"] == "https://c.example/explain/K7M2-P9QD/"
    assert ("appeal" in body) is (verdict >= Verdict.HOLD)


def test_a_challenge_names_the_page_on_which_it_is_answered() -> None:
    asked = Challenge(provider="altcha", url="https://c.example/q/", public={"site_key": "k"})
    body = json.loads(rest.problem(decision(Verdict.CHALLENGE, challenge=asked)).content)
    assert body["challenge"] == {
        "provider": "altcha",
        "question": "https://c.example/q/",
        "answer_at": "https://c.example/explain/K7M2-P9QD/",
        "site_key": "k",
    }


def test_where_no_page_is_included_the_decision_still_has_a_name() -> None:
    one = decision(Verdict.DENY, explain_url="")
    assert json.loads(rest.problem(one).content)["instance"] == f"urn:calguard:decision:{one.id}"


def test_the_language_is_the_readers_and_is_named() -> None:
    with translation.override("de"):
        assert rest.problem(decision(Verdict.DENY))["Content-Language"] == "de"


def test_wrong_fields_are_told_one_by_one() -> None:
    error = ValidationError({"title": [ValidationError("Too long.", code="max_length")], "__all__": ["No."]})
    body = json.loads(rest.handled(error).content)
    assert body["errors"] == [
        {"field": "title", "code": "max_length", "detail": "Too long."},
        {"field": "", "code": "invalid", "detail": "No."},
    ]


class Framework(Exception):  # noqa: N818
    """As REST framework's APIException looks from outside."""

    def __init__(self, status_code: int, detail: object, codes: object, **more: object) -> None:
        super().__init__(detail)
        self.status_code, self.detail, self.codes = status_code, detail, codes
        vars(self).update(more)

    def get_codes(self) -> object:
        return self.codes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (Framework(401, "Who?", "not_authenticated", auth_header="Bearer"), 401, "not_authenticated"),
        (Framework(429, "Slowly.", "throttled", wait=7.2), 429, "throttled"),
        (Framework(400, {"guests": [{"address": ["Bad."]}]}, {"guests": [{"address": ["invalid"]}]}), 400, "invalid"),
        (rest.Withheld(decision(Verdict.DENY), stored=True), 422, "link_unsafe"),
    ],
)
def test_what_a_framework_raises_becomes_a_document(error: Exception, status: int, code: str) -> None:
    answer = rest.handled(error, {"view": SimpleNamespace()})
    assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code)


def test_errors_inside_others_keep_their_place() -> None:
    error = Framework(400, {"guests": [{"address": ["Bad."]}, {}]}, {"guests": [{"address": ["email"]}, {}]})
    (wrong,) = json.loads(rest.handled(error).content)["errors"]
    assert wrong["field"].startswith("guests.0.address")
    assert wrong["code"] == "email"


@pytest.mark.parametrize("error", [RuntimeError("x"), Framework(500, "Down", "error"), KeyError("a")])
def test_a_fault_of_ours_is_nobody_elses_problem(error: Exception) -> None:
    assert rest.handled(error) is None


ROOT = Path(__file__).resolve().parents[2]
ANSWERS = {"failed", "problem", "_page", "_no_question"}  # functions that are given the code of a problem


def given_codes() -> dict[str, str]:
    """Every code that a call in the package or the demo gives a problem, with the file it stands in."""
    found = {}
    for path in [*(ROOT / "calguard").rglob("*.py"), *(ROOT / "demo").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in ANSWERS:
                continue
            given = [*node.args[:2], *(word.value for word in node.keywords if word.arg in ("code", "wrong_code"))]
            for one in given:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    found[one.value] = path.name
                elif isinstance(one, ast.Attribute) and ast.unparse(one).startswith("challenge."):
                    found[getattr(challenge, one.attr)] = path.name
    return found


def test_every_code_of_a_problem_is_listed_and_none_that_nobody_gives() -> None:
    given = given_codes()
    assert (
        given.items() >= {"exists": "api.py", "nothing_to_appeal": "views.py", "challenge_expired": "views.py"}.items()
    )
    assert {code: file for code, file in given.items() if code not in rest.CODES} == {}
    assert set(rest.CODES) - set(given) == {"invalid"}, "that of `rest.invalid`"
    assert set(rest.CODES) & {reason.value for reason in reasons.Reason} == set()
