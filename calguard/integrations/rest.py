"""HTTP APIs: every refusal as a problem document (RFC 9457) with the same codes a page shows, for any framework."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from calguard import guard, rates
from calguard.engine.types import Verdict

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:calguard:problem:"  # a name and no page: what there is to read about one occurrence stands in `instance`

NAMES: Mapping[Verdict, str] = {
    Verdict.CHALLENGE: "challenge",
    Verdict.THROTTLE: "delayed",
    Verdict.HOLD: "withheld",
    Verdict.DENY: "refused",
}

# `code` of every problem that is about the request and not about an attempt; those of attempts are the public reasons.
# The documentation shows them. A host adds its own for what only it knows.
CODES: Mapping[str, str] = {
    "invalid": "Some of what was sent cannot be used; `errors` names each field, with a code of its own.",
    "not_signed_in": "The request names nobody, or a key that is no longer good.",
    "permission_denied": "Whoever asks may not do this.",
    "not_found": "There is nothing at this address, or it is somebody else's.",
    "method_not_allowed": "There is nothing at this address that takes this method; `Allow` names those it takes.",
    "exists": "An event with this UID is there already; nothing was made or sent twice.",
    "no_guests": "Nobody is invited to this event, so there is nothing to send.",
    "cancelled": "Its organiser has cancelled the event.",
    "asked_too_often": "Too many requests; `Retry-After` says when there is room again.",
    "challenge_expired": "The address of the question is too old: send the event again, and another is asked.",
    "challenge_invalid": "The address of the question is none of ours.",
    "not_accepted": "The answer to the check was not taken; `title` says why.",
    "appeal_words": "The objection has no text, or one that is too long.",
    "nothing_to_send": "Nothing was taken back that could be sent now: it has gone, has changed, or has begun.",
    "settled": "What became of that copy was said before, or has shown by itself; nothing was changed.",
    "nothing_to_appeal": "It was objected to before, taken back, or its time is over.",
}

TITLES: Mapping[int, Any] = {
    400: _lazy("The request cannot be read"),
    401: _lazy("Sign in first"),
    403: _lazy("This is not allowed"),
    404: _lazy("There is nothing here"),
    409: _lazy("This is there already"),
    412: _lazy("It has changed since"),
    429: _lazy("Too many requests"),
}


class Withheld(Exception):  # noqa: N818  an answer, not an error
    """Raise it in an API view whose host wants an exception for what may not be sent; `handled` turns it into the
    document. What was to be stored nevertheless (R52) is stored before, outside the transaction that ends here."""

    def __init__(self, decision: guard.Decision, **members: Any) -> None:
        super().__init__(decision.headline)
        self.decision, self.members = decision, members


@dataclass(frozen=True, kw_only=True, slots=True)
class Wrong:
    """One thing wrong with what was sent: `field` as the client named it, "" for the whole; `code` is stable."""

    field: str
    code: str
    text: str


def problem(decision: guard.Decision, **members: Any) -> HttpResponse:
    """The document of an attempt that does not leave now. `members` are the host's own, such as `event`.

    ValueError for a decision under which invitations leave: there is no problem then.
    """
    if decision.may_send:
        raise ValueError("nothing is wrong with an accepted attempt")
    said = decision.as_dict()
    body: dict[str, Any] = {
        "code": said["code"],
        "verdict": said["verdict"],
        "reasons": said["reasons"],
        "next_step": said["next_step"],
        "reference": said["reference"],
        "submission": said["submission"],
    }
    if decision.retry_after:
        body["retry_after"] = decision.retry_after
    if decision.challenge is not None:
        # `answer_at` opens in a browser: after the answer the invitations go without being sent again, where the host
        # has stored the event and confirmed the decision. `question` is for clients that show one themselves.
        body["challenge"] = {
            "provider": decision.challenge.provider,
            "question": decision.challenge.url,
            "answer_at": decision.explain_url,
            **decision.challenge.public,
        }
        if decision.challenge.problem:  # what was wrong with the answer that came with the attempt
            body["challenge"] |= {"problem": decision.challenge.problem, "problem_text": decision.challenge.said}
    if decision.appeal_url:
        body["appeal"] = decision.appeal_url
    return document(
        decision.status,
        NAMES[decision.verdict],
        title=decision.headline,
        detail=said["detail"],
        instance=decision.explain_url or f"urn:calguard:decision:{decision.id}",
        retry_after=decision.retry_after,
        members={**body, **members},
    )


def invalid(wrong: Sequence[Wrong], *, status: int = 400) -> HttpResponse:
    """The document of a request whose content cannot be used: every field with what is wrong with it."""
    return document(
        status,
        "invalid",
        title=_("Some of what was sent cannot be used"),
        detail=" ".join(dict.fromkeys(one.text for one in wrong)),
        members={
            "code": "invalid",
            "errors": [{"field": one.field, "code": one.code, "detail": one.text} for one in wrong],
        },
    )


def wrong_fields(error: ValidationError, *, names: Mapping[str, str] | None = None) -> list[Wrong]:
    """What Django's validation found, also in a form (`form.errors.as_data()` wrapped in a ValidationError); `names`
    gives a field the name that the API has for it."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    return [
        Wrong(
            field=(names or {}).get(field, "" if field == "__all__" else field),
            code=str(one.code or "invalid"),
            text=" ".join(one.messages),
        )
        for field, found in by_field.items()
        for one in found
    ]


def failed(status: int, code: str, detail: str = "", *, retry_after: int | None = None, **members: Any) -> HttpResponse:
    """Any other refusal: not signed in, not found, a precondition that does not hold. `code` is one of CODES, or the
    host's own."""
    return document(
        status,
        code.replace("_", "-"),
        title=str(TITLES.get(status) or HTTPStatus(status).phrase),
        detail=detail,
        retry_after=retry_after,
        members={"code": code, **members},
    )


def limited(request: HttpRequest, name: rates.Name = "write") -> HttpResponse | None:
    """Count one request; the document to answer with where it was one too many."""
    over = rates.hit(request, name)
    return None if over is None else asked_too_often(over)


def asked_too_often(over: rates.Limited) -> HttpResponse:
    """The document of one request too many."""
    return failed(429, "asked_too_often", rates.said(), retry_after=over.retry_after)


def document(
    status: int,
    name: str,
    *,
    title: str,
    detail: str = "",
    instance: str = "",
    retry_after: int | None = None,
    members: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """One problem document; the members of RFC 9457 come first and cannot be overwritten."""
    body: dict[str, Any] = {"type": TYPES + name, "title": str(title), "status": status}
    if detail:
        body["detail"] = str(detail)
    if instance:
        body["instance"] = instance
    if retry_after:
        body["retry_after"] = retry_after
    body |= {key: value for key, value in (members or {}).items() if key not in body}
    response = HttpResponse(json.dumps(body, ensure_ascii=False), content_type=MEDIA_TYPE, status=status)
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = get_language() or "en"
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def handled(error: Exception, context: Mapping[str, Any] | None = None) -> HttpResponse | None:
    """The document for an exception; None for one that is a fault of ours and belongs in the log.

    Has the shape of REST framework's EXCEPTION_HANDLER, whose own exceptions it reads without importing it, and ends
    a request's transaction as that does. The guard's record of a refusal survives that (R52).
    """
    response = _answer(error)
    if response is not None:
        _roll_back()
    return response


def _answer(error: Exception) -> HttpResponse | None:
    if isinstance(error, Withheld):
        return problem(error.decision, **error.members)
    if isinstance(error, ValidationError):
        return invalid(wrong_fields(error))
    if isinstance(error, Http404):
        return failed(404, "not_found")
    if isinstance(error, PermissionDenied):
        return failed(403, "permission_denied")
    status = getattr(error, "status_code", None)
    if not isinstance(status, int) or not hasattr(error, "detail") or not 400 <= status < 500:
        return None
    detail, codes = error.detail, error.get_codes() if hasattr(error, "get_codes") else "invalid"
    if isinstance(detail, Mapping | list | tuple):
        return invalid(list(_flat("", detail, codes)), status=status)
    wait = getattr(error, "wait", None)
    response = failed(status, str(codes), str(detail), retry_after=round(wait) if wait else None)
    if getattr(error, "auth_header", ""):
        response["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    return response


def _flat(field: str, detail: Any, codes: Any) -> Sequence[Wrong]:
    """REST framework's tree of errors as a list; fields inside others as a.b, in lists as a.0."""
    if isinstance(detail, Mapping):
        named = {key: "" if key == "non_field_errors" else str(key) for key in detail}
        pairs = [(named[key], value, _at(codes, key)) for key, value in detail.items()]
    elif isinstance(detail, list | tuple):
        nested = any(isinstance(value, Mapping | list | tuple) for value in detail)
        pairs = [(str(n) if nested else "", value, _at(codes, n)) for n, value in enumerate(detail)]
    else:
        return [Wrong(field=field, code=str(codes), text=str(detail))]
    return [
        wrong
        for key, value, code in pairs
        for wrong in _flat(".".join(part for part in (field, key) if part), value, code)
    ]


def _at(codes: Any, key: Any) -> Any:
    try:
        return codes[key]
    except (KeyError, IndexError, TypeError):
        return codes if isinstance(codes, str) else "invalid"


def _roll_back() -> None:
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
            connection.set_rollback(True)
