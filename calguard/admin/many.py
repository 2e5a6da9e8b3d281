"""Many cases at once: one page asks for the reason and label, and says what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import timezone

from calguard import review, reviewers
from calguard.admin import showing
from calguard.admin.forms import DecideManyForm
from calguard.conf import conf
from calguard.models import Case
from calguard.outcomes import OUTCOMES

if TYPE_CHECKING:
    from calguard.admin.queue import CaseAdmin

MOST = 200


class Page:
    """GET asks, POST decides; each case by itself, so that one that fails takes no other with it."""

    def __init__(self, admin: CaseAdmin) -> None:
        self.admin = admin
        self.__name__ = "decide_many"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD", "POST"}:
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        said = request.POST if request.method == "POST" else request.GET
        outcome = OUTCOMES.get(said.get("outcome", ""))
        keys = _numbers(said.get("ids", ""))
        if outcome is None or not keys:
            return HttpResponseBadRequest("Choose cases in the queue first.")
        if not reviewers.may_view(request.user) or not request.user.has_perm(outcome.permission):
            raise PermissionDenied
        cases = list(Case.objects.using(conf.database).filter(pk__in=keys).order_by("-priority", "opened_at"))
        form = DecideManyForm(request.POST if request.method == "POST" else None, label_suffix="")
        results: list[review.Result] = []
        if request.method == "POST" and form.is_valid():
            results = review.decide_many(
                [case.pk for case in cases],
                request.user,
                versions=_versions(request.POST, cases),
                outcome=outcome.name,
                reason=form.cleaned_data["reason"],
                label=form.cleaned_data["label"],
                telling=form.telling,
                at=timezone.now(),
            )
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": outcome.title,
            "outcome": outcome,
            "ids": ",".join(str(case.pk) for case in cases),
            "rows": self._rows(cases, results),
            "form": form,
            "results": results,
            "done": sum(result.status == "done" for result in results),
        }
        return TemplateResponse(request, "calguard/review/decide_many.html", context)

    def _rows(self, cases: Sequence[Case], results: Sequence[review.Result]) -> list[dict[str, Any]]:
        names = conf.host.names({case.account for case in cases})
        found = {result.case: result for result in results}
        return [
            {
                "case": case,
                "name": showing.name(names.get(case.account, case.account)),
                "page": self.admin.page("calguard_case_change", case.pk),
                "result": found.get(case.pk),
            }
            for case in cases
        ]


def _numbers(written: str) -> list[int]:
    parts = [part for part in written.split(",") if part.isdecimal() and len(part) < 19]
    return list(dict.fromkeys(map(int, parts)))[:MOST]


def _versions(posted: Any, cases: Sequence[Case]) -> dict[int, int]:
    """The version of each case as the page showed it; one that is missing matches none."""
    given = {case.pk: posted.get(f"version-{case.pk}", "") for case in cases}
    return {key: int(value) if value.isdecimal() else -1 for key, value in given.items()}
