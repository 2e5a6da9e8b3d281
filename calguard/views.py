"""CalGuard's own pages: a question to solve, a decision explained and appealed, a way back into a hijacked account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from calguard import answering, arrivals, challenge, client, explanation, keyed, links
from calguard.challenges import altcha
from calguard.conf import conf
from calguard.models import Appeal, Decision
from calguard.rates import limited
from calguard.statements import appealing, resending
from calguard.statements.telling import LONGEST
from calguard.statements.views import problem, unfit, wants_json, words
from outbound.fitting import shorten
from outbound.models import Submission


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
    if request.method != "POST":
        return _page(request, decision, wrong="", status=200)
    problem = answering.given(decision, request, at=timezone.now())
    if not problem:
        return redirect("calguard:explain", code=decision.code)
    said = challenge.PROBLEMS.get(problem, challenge.NOT_YET)
    return _page(request, decision, wrong=str(said), status=422, wrong_code="not_accepted")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@limited("appeal", methods=("POST",))
def appeal(request: HttpRequest, code: str) -> HttpResponse:
    """Take the owner's word on a decision into its case; once per decision (R92)."""
    decision = _own(request, code)
    if request.method != "POST":
        return HttpResponseRedirect(f"{links.explain_path(code)}#appeal")
    if Appeal.objects.using(conf.database).filter(decision=decision).exists():
        return redirect("calguard:explain", code=decision.code)  # sent twice, such as by a double click
    text = words(request)
    if not explanation.may_appeal(decision):
        return _page(
            request, decision, wrong=_("There is nothing to appeal here."), status=422, wrong_code="nothing_to_appeal"
        )
    if wrong := unfit(text):
        return _page(request, decision, wrong=wrong, status=422, text=text[:LONGEST], wrong_code="appeal_words")
    appealing.object_to(decision, text, by=client.account_of(request), at=timezone.now())
    if wants_json(request):
        return JsonResponse(explanation.as_dict(decision), status=201)
    return redirect("calguard:explain", code=decision.code)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@limited("appeal", methods=("POST",))
def send(request: HttpRequest, code: str) -> HttpResponse:
    """Send what was refused and a person took back since; only at its owner's word, and as it was judged."""
    decision = _own(request, code)
    if request.method != "POST":
        return HttpResponseRedirect(links.explain_path(code))
    offered = resending.send(decision, by=client.account_of(request), at=timezone.now())
    if offered != "now" and not _on_its_way(decision):
        said = resending.SAID.get(offered, resending.NOTHING)
        return _page(request, decision, wrong=str(said), status=409, wrong_code="nothing_to_send")
    if wants_json(request):
        return JsonResponse(explanation.as_dict(_own(request, code)))
    return redirect("calguard:explain", code=decision.code)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@limited("appeal", methods=("POST",))
def arrival(request: HttpRequest, code: str) -> HttpResponse:
    """The owner's word on a copy whose end nobody knows: it arrived, or it goes once more."""
    decision = _own(request, code)
    if request.method != "POST":
        return HttpResponseRedirect(links.explain_path(code))
    copy, word = request.POST.get("copy", ""), request.POST.get("arrived", "")
    told: arrivals.Told = "settled"
    if word in {"yes", "no"} and copy.isdecimal() and len(copy) < 19:
        by = client.account_of(request)
        told = arrivals.by_owner(decision, int(copy), has_it=word == "yes", by=by, at=timezone.now())
    status, said = 409 if told == "settled" else 200, str(arrivals.SAID[told])
    if wants_json(request):
        return problem(409, "settled", said) if status == 409 else JsonResponse({"answer": told, "detail": said})
    return _page(request, decision, wrong=said if status == 409 else "", said=said, status=status)


def _on_its_way(decision: Decision) -> bool:
    """Sent twice, such as by a double click: the first one counted."""
    submission = decision.submission
    return submission is not None and submission.state in (Submission.State.ACCEPTED, Submission.State.SENT)


def _own(request: HttpRequest, code: str) -> Decision:
    rows = Decision.objects.using(conf.database).select_related("case", "submission")
    decision = rows.filter(code=shorten(code, 12).upper()).first()
    if decision is None or client.account_of(request) not in (decision.account, decision.actor):
        raise Http404
    return decision


def _page(
    request: HttpRequest,
    decision: Decision,
    *,
    wrong: str,
    status: int,
    text: str = "",
    said: str = "",
    wrong_code: str = "",
) -> HttpResponse:
    at, it = timezone.now(), explanation.explain(decision)
    context: dict[str, Any] = {
        "it": it,
        "offer_said": resending.SAID.get(it.offer, ""),
        "challenge": answering.offered(decision.submission, at=at),
        "send_again": answering.to_be_sent_again(decision.submission, at=at),
        "wrong": wrong,
        "said": said,
        "text": text,
        "longest": LONGEST,
    }
    if wants_json(request):
        return problem(status, wrong_code, wrong) if wrong else JsonResponse(explanation.as_dict(decision))
    return render(request, "calguard/explain.html", context, status=status)


def _no_question(code: str, status: int) -> JsonResponse:
    return JsonResponse(
        {"code": code, "detail": _("This check is no longer valid. Send the form again.")}, status=status
    )
