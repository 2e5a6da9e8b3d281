"""Where people read what was done and why, object to it, and see where their account stands; as pages and as JSON."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from calguard import client, keyed, links, moments
from calguard.conf import conf
from calguard.integrations import rest
from calguard.models import Appeal
from calguard.rates import limited
from calguard.statements import account as accounts
from calguard.statements import appealing, periods, resending, showing
from calguard.statements.models import Statement
from calguard.statements.telling import LONGEST
from outbound.fitting import shorten

READ = ["GET", "HEAD"]
READ_AND_WRITE = ["GET", "HEAD", "POST"]


@login_required
@never_cache
@require_http_methods(READ)
def account(request: HttpRequest) -> HttpResponse:
    """Where the account of whoever is signed in stands: limits, reasons, appeals, budget, and what waits."""
    found = accounts.overview(request.user, at=timezone.now())
    if wants_json(request):
        return JsonResponse(found.as_dict())
    appeals = [(appeal, appealing.code_of(appeal), _leads(appeal)) for appeal in found.appeals]
    context = {"it": found, "appeals": appeals, "budget": found.budget}
    return render(request, "calguard/account.html", context)


@login_required
@never_cache
@require_http_methods(READ_AND_WRITE)
@limited("appeal", methods=("POST",))
def statement(request: HttpRequest, code: str) -> HttpResponse:
    """One statement of reasons, for the account's owner; nobody else learns that it exists. A POST objects to it."""
    row = _rows().filter(code=shorten(code, 12).upper(), account=client.account_of(request), omitted=False).first()
    if row is None:
        raise Http404
    return _answer(request, row, by=client.account_of(request))


@never_cache
@require_http_methods(READ_AND_WRITE)
@limited("appeal", methods=("POST",))
def objection(request: HttpRequest, signed: str) -> HttpResponse:
    """The same from the link in the mail, for who cannot sign in (R92). Reading changes nothing; it is good for this
    one statement, and no longer than objecting to it and reading the answer may take."""
    row = _named(signed)
    if row is None or row.omitted or timezone.now() > periods.readable_until(row):
        return render(request, "calguard/statement_gone.html", status=404)
    return _answer(request, row, by=row.account)


def unfit(text: str) -> str:
    """What is wrong with the words of an appeal; "" where nothing is."""
    if not text:
        return _("Please write what we should know.")
    if len(text) > LONGEST:
        return _("Please shorten the text to %(count)d characters.") % {"count": LONGEST}
    return ""


def words(request: HttpRequest) -> str:
    """What an appeal says, from a form or from JSON."""
    if request.content_type == "application/json":
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            return ""
        given = body.get("text", "") if isinstance(body, dict) else ""
    else:
        given = request.POST.get("text", "")
    return shorten(str(given).replace("\x00", ""), LONGEST + 1).strip()  # as a column can keep it


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: a browser never prefers JSON."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def problem(status: int, code: str, detail: str) -> HttpResponse:
    """A problem document (RFC 9457) with a stable code."""
    return rest.document(status, code, title=detail, members={"code": code})


def _answer(request: HttpRequest, row: Statement, *, by: str) -> HttpResponse:
    if request.method != "POST":
        return _page(request, row)
    text, at = words(request), timezone.now()
    if Appeal.objects.using(conf.database).filter(statement=row).exists():
        return HttpResponseRedirect(f"{request.path}#appeal")  # sent twice, such as by a double click
    if not periods.may_appeal(row, at=at):
        return _page(request, row, wrong=_("There is nothing to appeal here."), code="nothing_to_appeal")
    if wrong := unfit(text):
        return _page(request, row, wrong=wrong, code="appeal_words", text=text[:LONGEST])
    appealing.object_to(row, text, by=by, at=at)
    if wants_json(request):
        return JsonResponse(showing.as_dict(row, at=at), status=201)
    return HttpResponseRedirect(f"{request.path}#appeal")


def _page(request: HttpRequest, row: Statement, *, wrong: str = "", code: str = "", text: str = "") -> HttpResponse:
    at, status = timezone.now(), 422 if wrong else 200
    if wants_json(request):
        return problem(status, code, wrong) if wrong else JsonResponse(showing.as_dict(row, at=at))
    context: dict[str, Any] = {
        "it": showing.shown(row, at=at),
        "offered": resending.offered(showing.attempts_of(row), at=at),
        "here": request.path,
        "signed_in": request.user.is_authenticated,
        "wrong": wrong,
        "text": text,
        "longest": LONGEST,
    }
    zone = moments.zone_of(row.account)  # whoever comes by the mailed link has no clock of their own here
    with timezone.override(zone):
        named = {"zone": str(zone).replace("_", " ")}
        response = render(request, "calguard/statement.html", context | named, status=status)
    response["Referrer-Policy"] = "same-origin"  # the address may be a key
    return response


def _named(signed: str) -> Statement | None:
    try:
        key = UUID(str(keyed.unsign("objection", signed).get("statement", "")))
    except (keyed.BadSignature, ValueError, ValidationError):
        return None
    return _rows().filter(pk=key).first()


def _rows() -> Any:
    return Statement.objects.using(conf.database).select_related(
        "decision", "decision__submission", "decision__case", "case"
    )


def _leads(appeal: Appeal) -> str:
    if appeal.statement is not None:
        return showing.url_of(appeal.statement)
    return links.explain_path(appeal.decision.code) if appeal.decision is not None else ""
