"""The page on which one case is decided: all that is known of it, and a button for each thing a person may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from calguard import exemptions, review, reviewers
from calguard.admin import showing
from calguard.admin.evidence import gather
from calguard.admin.forms import DecideForm, NoteForm, RevealForm
from calguard.campaigns.models import Campaign
from calguard.conf import conf
from calguard.models import Case

if TYPE_CHECKING:
    from calguard.admin.queue import CaseAdmin

View = Callable[[HttpRequest, int], HttpResponse]
STATUS: Mapping[type[review.Problem], int] = {review.Conflict: 409, review.NotAllowed: 403, review.Invalid: 400}


class CasePage:
    """Shows on GET and changes nothing by it; what changes something is posted to an address of its own."""

    def __init__(self, admin: CaseAdmin) -> None:
        self.admin = admin

    def posts(self) -> dict[str, View]:
        """The addresses below a case, by name."""
        return {
            "claim": self._post(self.claim),
            "give_back": self._post(self.give_back),
            "note": self._post(self.note),
            "decide": self._post(self.decide),
            "reveal": self._post(self.reveal),
        }

    def _post(self, act: View) -> View:
        def view(request: HttpRequest, case_id: int) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if not reviewers.may_view(request.user):
                raise PermissionDenied
            return act(request, case_id)

        return view

    def claim(self, request: HttpRequest, case_id: int) -> HttpResponse:
        return self._try(
            request, case_id, lambda at: review.claim(case_id, request.user, at=at), "The case is yours for 30 minutes."
        )

    def give_back(self, request: HttpRequest, case_id: int) -> HttpResponse:
        return self._try(
            request,
            case_id,
            lambda at: review.release_claim(case_id, request.user, at=at),
            "The case is back in the queue.",
        )

    def note(self, request: HttpRequest, case_id: int) -> HttpResponse:
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self.show(request, str(case_id), note=form, status=400)
        words = form.cleaned_data["text"]
        return self._try(request, case_id, lambda at: review.note(case_id, request.user, words, at=at), "Noted.")

    def decide(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """On success back to the queue, as the next case waits there."""
        case = self._case(str(case_id))
        form = self._decide_form(request, case, request.POST)
        if form is None:
            raise PermissionDenied
        if not form.is_valid():
            return self.show(request, str(case_id), decide=form, status=400)
        said = form.cleaned_data
        try:
            review.decide(
                case_id,
                request.user,
                version=said["version"],
                outcome=said["outcome"],
                reason=said["reason"],
                label=said["label"],
                exempt=form.exemption,
                at=timezone.now(),
            )
        except review.Problem as problem:
            form.add_error(None, str(problem))
            return self.show(request, str(case_id), decide=form, status=STATUS[type(problem)])
        self.admin.message_user(request, f"Case {case_id} is decided: {said['outcome']}.", messages.SUCCESS)
        return HttpResponseRedirect(self.admin.page("calguard_case_changelist"))

    def reveal(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Shows the addresses in the answer to this very post: no address of a page leads to them."""
        form = RevealForm(request.POST)
        if not form.is_valid():
            return self.show(request, str(case_id), reveal=form, status=400)
        try:
            revealed = review.reveal(case_id, request.user, form.cleaned_data["reason"], at=timezone.now())
        except review.Problem as problem:
            form.add_error(None, str(problem))
            return self.show(request, str(case_id), reveal=form, status=STATUS[type(problem)])
        return self.show(request, str(case_id), revealed=revealed)

    @method_decorator(never_cache)
    def show(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        decide: DecideForm | None = None,
        note: NoteForm | None = None,
        reveal: RevealForm | None = None,
        revealed: review.Revealed | None = None,
        status: int = 200,
    ) -> HttpResponse:
        now = timezone.now()
        case = self._case(object_id)
        me = conf.host.account(request.user)
        holder = review.holder(case, now)
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": f"Case {case.pk}",
            "case": case,
            "is_open": case.state == Case.State.OPEN,
            "now": now,
            "starts": showing.ahead(case.starts_at, now),
            "waiting": showing.span((case.closed_at or now) - case.opened_at),
            "holder": holder,
            "mine": holder == me,
            "barred": reviewers.barred(request.user, case),
            "may_claim": request.user.has_perm(reviewers.DECIDE) or request.user.has_perm(reviewers.SUSPEND),
            "may_reveal": request.user.has_perm(reviewers.REVEAL),
            "decide_form": decide or self._decide_form(request, case),
            "note_form": note or NoteForm(),
            "reveal_form": reveal or RevealForm(),
            "names": conf.host.names({name for name in (case.account, holder, case.decided_by) if name}),
            **gather(case, revealed, at=now, page=self.admin.page),
        }
        campaign = (
            Campaign.objects.using(conf.database).filter(reference=case.campaign).first() if case.campaign else None
        )
        if campaign is not None:
            context |= {
                "campaign": campaign,
                "campaign_page": self.admin.page("calguard_campaign_change", campaign.pk),
            }
        context["who"] = showing.name(context["names"].get(case.account, case.account))
        context["holder_name"] = showing.name(context["names"].get(holder, holder))
        context["decider_name"] = showing.name(context["names"].get(case.decided_by, case.decided_by))
        return TemplateResponse(request, "calguard/review/case.html", context, status=status)

    def _try(self, request: HttpRequest, case_id: int, act: Callable[[datetime], object], done: str) -> HttpResponse:
        try:
            act(timezone.now())
        except review.Problem as problem:
            self.admin.message_user(request, str(problem), messages.ERROR)
        else:
            self.admin.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(self.admin.page("calguard_case_change", case_id))

    def _case(self, object_id: str) -> Case:
        try:
            return Case.objects.using(conf.database).get(pk=unquote(object_id))
        except (Case.DoesNotExist, ValueError):
            raise Http404("There is no such case.") from None

    def _decide_form(self, request: HttpRequest, case: Case, data: Any = None) -> DecideForm | None:
        """None for who may decide nothing here."""
        outcomes = reviewers.may(request.user, case)
        if not outcomes or (data is None and case.state != Case.State.OPEN):
            return None
        return DecideForm(
            data, initial={"version": case.version}, outcomes=outcomes, scopes=exemptions.offered(case), label_suffix=""
        )
