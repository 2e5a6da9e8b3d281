"""CalGuard's own pages: a question to solve, a decision explained and appealed, a way back into a hijacked account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from calguard import alarm, audit, cases, challenge, client, explanation, guard, keyed, links
from calguard.challenges import altcha
from calguard.conf import conf
from calguard.models import Appeal, Decision
from calguard.rates import limited

LONGEST_APPEAL = 4000  # characters


@require_GET
@never_cache
@limited("challenge")
def challenge_question(request: HttpRequest, signed: str) -> HttpResponse:
    """A fresh question as JSON, for the attempt that the signed address names."""
    try:
        binding = keyed.unsign("challenge", signed, max_age=challenge.URL_LIFE)
    except keyed.SignatureExpired:
        return _no_question(challenge.EXPIRED, 410)
    except keyed.BadSignature:
        return _no_question(challenge.INVALID, 404)
    return JsonResponse(altcha.question({key: str(value) for key, value in binding.items()}, at=timezone.now()))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("challenge", methods=("POST",))
def explain(request: HttpRequest, code: str) -> HttpResponse:
    """What was decided, why, and what now; for the account's owner, and nobody else learns that it exists.

    A POST is the answer to a challenge that no page could show before, such as one by CalDAV.
    """
    decision = _own(request, code)
    wrong = ""
    if request.method == "POST":
        if _passed(request, decision):
            return redirect("calguard:explain", code=decision.code)
        wrong = _("The check was not completed. Please try again.")
    return _page(request, decision, wrong=wrong, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@limited("appeal", methods=("POST",))
def appeal(request: HttpRequest, code: str) -> HttpResponse:
    """Take the owner's word on a decision into its case; once per decision (R92)."""
    decision = _own(request, code)
    if request.method != "POST":
        return HttpResponseRedirect(f"{links.explain_path(code)}#appeal")
    text = request.POST.get("text", "").replace("\x00", "").strip()
    if not explanation.may_appeal(decision):
        return _page(request, decision, wrong=_("There is nothing to appeal here."), status=422)
    if not text:
        return _page(request, decision, wrong=_("Please write what we should know."), status=422)
    if len(text) > LONGEST_APPEAL:
        wrong = _("Please shorten the text to %(count)d characters.") % {"count": LONGEST_APPEAL}
        return _page(request, decision, wrong=wrong, status=422, text=text[:LONGEST_APPEAL])
    _appeal(request, decision, text)
    return redirect("calguard:explain", code=decision.code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("appeal", methods=("POST",))
def secure(request: HttpRequest, signed: str) -> HttpResponse:
    """End every session of an account, from the link its owner was mailed. Reading changes nothing; it works once."""
    try:
        payload = keyed.unsign("secure", signed, max_age=links.SECURE_LIFE)
    except keyed.BadSignature:
        return render(request, "calguard/secure.html", {"state": "stale"}, status=404)
    if request.method != "POST":
        return render(request, "calguard/secure.html", {"state": "ask"})
    account, at = str(payload.get("account", "")), timezone.now()
    with transaction.atomic(using=conf.database):
        if not challenge.spend(challenge.digest("secure", signed), at=at, life=links.SECURE_LIFE):
            return render(request, "calguard/secure.html", {"state": "used"}, status=410)
        data = {"incident": str(payload.get("incident", ""))}
        audit.record(account, "account.secured", account, "by the link in the owner's alert", data, at=at)
    if client.account_of(request) == account:
        logout(request)  # before the rows go: a response must not save a session that is no more
    try:
        conf.host.end_sessions(account)
    except Exception as error:  # noqa: BLE001  the host's adapter may raise anything, and the owner must be told
        alarm.raised("host.end_sessions", error)
        return render(request, "calguard/secure.html", {"state": "failed"}, status=503)
    return render(request, "calguard/secure.html", {"state": "done"})


def _own(request: HttpRequest, code: str) -> Decision:
    rows = Decision.objects.using(conf.database).select_related("case", "submission")
    decision = rows.filter(code=code.upper()).first()
    if decision is None or client.account_of(request) not in (decision.account, decision.actor):
        raise Http404
    return decision


def _page(request: HttpRequest, decision: Decision, *, wrong: str, status: int, text: str = "") -> HttpResponse:
    open_challenge = explanation.open_challenge(decision)
    context: dict[str, Any] = {
        "it": explanation.explain(decision),
        "challenge": open_challenge,
        "wrong": wrong,
        "text": text,
        "longest": LONGEST_APPEAL,
    }
    return render(request, "calguard/explain.html", context, status=status)


def _passed(request: HttpRequest, decision: Decision) -> bool:
    if decision.submission_id is None or explanation.open_challenge(decision) is None:
        return False
    answer = challenge.given_answer(request)
    return guard.challenge_passed(decision.submission_id, answer)


def _appeal(request: HttpRequest, decision: Decision, text: str) -> None:
    """Written and brought before a person in one step; a second one finds the first and changes nothing."""
    at = timezone.now()
    try:
        with transaction.atomic(using=conf.database):
            row = Appeal(decision=decision, account=client.account_of(request), text=text, created_at=at)
            row.save(using=conf.database, force_insert=True)
            cases.appealed(row, at=at)
    except IntegrityError:
        return  # sent twice, such as by a double click


def _no_question(code: str, status: int) -> JsonResponse:
    return JsonResponse(
        {"code": code, "detail": _("This check is no longer valid. Send the form again.")}, status=status
    )
