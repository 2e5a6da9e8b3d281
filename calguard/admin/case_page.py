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

from calguard import actors, exemptions, pages, review, reviewers
from calguard.admin import showing
from calguard.admin.evidence import gather
from calguard.admin.forms import AnswerForm, DecideForm, ImpendingForm, NoteForm, RevealForm
from calguard.campaigns.models import Campaign
from calguard.conf import conf
from calguard.incidents.opening import latest
from calguard.models import Case
from calguard.outcomes import OUTCOMES
from calguard.sanctions import approvals, impending
from calguard.sanctions.models import Approval
from calguard.statements import appealing

if TYPE_CHECKING:
    from calguard.admin.queue import CaseAdmin

View = Callable[[HttpRequest, int], HttpResponse]
STATUS: Mapping[type[review.Problem], int] = {review.Conflict: 409, review.NotAllowed: 403, review.Invalid: 400}


def _number(written: str) -> int | None:
    return int(written) if written.isdecimal() and len(written) < 19 else None


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
            "answer": self._post(self.answer),
            "reveal": self._post(self.reveal),
            "impending": self._post(self.impending),
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
            decided = review.decide(
                case_id,
                request.user,
                version=said["version"],
                outcome=said["outcome"],
                reason=said["reason"],
                label=said["label"],
                exempt=form.exemption,
                telling=form.telling,
                at=timezone.now(),
            )
        except review.Problem as problem:
            form.add_error(None, str(problem))
            return self.show(request, str(case_id), decide=form, status=STATUS[type(problem)])
        done = f"Case {case_id} is decided: {said['outcome']}."
        if decided.state == Case.State.OPEN:
            done = f"Case {case_id}: {said['outcome']} waits for a second person. Nothing is done before."
        self.admin.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(self.admin.page("calguard_case_changelist"))

    def answer(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """A second person's yes or no; back to the queue as with a decision."""
        form = AnswerForm(request.POST)
        if not form.is_valid():
            return self.show(request, str(case_id), answer=form, status=400)
        said = form.cleaned_data
        yes = said["agree"] == "yes"
        try:
            row = review.answer(
                said["approval"],
                request.user,
                approve=yes,
                version=said["version"],
                reason=said["reason"],
                at=timezone.now(),
            )
        except review.Problem as problem:
            form.add_error(None, str(problem))
            return self.show(request, str(case_id), answer=form, status=STATUS[type(problem)])
        done = f"Case {row.case_id} is decided: {row.outcome}." if yes else f"Case {row.case_id} waits for a decision."
        self.admin.message_user(request, done, messages.SUCCESS)
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

    def impending(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Hasten or call off what automation has ordered and not done yet."""
        form = ImpendingForm(request.POST, order=_number(request.POST.get("order", "")))
        if not form.is_valid():
            return self.show(request, str(case_id), order=form, status=400)
        said = form.cleaned_data
        act = impending.hasten if said["what"] == "hasten" else impending.call_off
        done = "It is being done now." if said["what"] == "hasten" else "It is called off."
        return self._try(
            request,
            case_id,
            lambda at: act(case_id, said["order"], request.user, said["reason"], at=at),
            done,
        )

    def _impending(self, request: HttpRequest, case: Case, given: ImpendingForm | None) -> list[dict[str, Any]]:
        rows = impending.of_case(case)
        names = conf.host.names({row.account for row in rows})
        barred = reviewers.barred(request.user, case) if rows else ""
        return [
            {
                "order": row,
                "name": showing.name(names.get(row.account, row.account)),
                "hours": row.parameters.get("hours"),
                "may": not barred and impending.may(request.user, row.action),
                "form": given if given and given["order"].value() == str(row.pk) else ImpendingForm(order=row.pk),
            }
            for row in rows
        ]

    @method_decorator(never_cache)
    def show(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        decide: DecideForm | None = None,
        note: NoteForm | None = None,
        reveal: RevealForm | None = None,
        answer: AnswerForm | None = None,
        order: ImpendingForm | None = None,
        revealed: review.Revealed | None = None,
        status: int = 200,
    ) -> HttpResponse:
        now = timezone.now()
        case = self._case(object_id)
        waiting = approvals.waiting(case, now)
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
            "approval": waiting,
            "approval_words": showing.text(waiting.reason) if waiting else "",
            "approval_barred": approvals.barred(request.user, waiting) if waiting else "",
            "answer_form": self._answer_form(case, waiting, answer),
            "names": conf.host.names(
                {case.account, holder, case.decided_by, waiting.proposed_by if waiting else ""} - {""}
            ),
            "incident": latest(case.account),
            **self._crowd(case, now),
            "impending": self._impending(request, case, order),
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
        if actors.is_page(case.account):
            context["who"] = "visitors of one booking page"
        if waiting is not None:
            proposer = context["names"].get(waiting.proposed_by, waiting.proposed_by)
            context |= {"proposer_name": showing.name(proposer), "approval_title": OUTCOMES[waiting.outcome].title}
        context["holder_name"] = showing.name(context["names"].get(holder, holder))
        context["decider_name"] = showing.name(context["names"].get(case.decided_by, case.decided_by))
        return TemplateResponse(request, "calguard/review/case.html", context, status=status)

    def _crowd(self, case: Case, now: datetime) -> dict[str, Any]:
        """Of a case of visitors: how many there are, from where, how fast they came, and whose page it is."""
        crowd = pages.crowd(case, now)
        owner = crowd.page if crowd else ""
        name = conf.host.names({owner}).get(owner, owner) if owner else ""
        return {"crowd": crowd, "page_owner": showing.name(name) if owner else ""}

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

    def _answer_form(self, case: Case, waiting: Approval | None, given: AnswerForm | None) -> AnswerForm | None:
        """What was typed is kept; the version is that of the case as this very page shows it."""
        if given is None:
            return AnswerForm(initial={"approval": waiting.pk, "version": case.version}) if waiting else None
        given.data = {**given.data.dict(), "version": str(case.version)}  # type: ignore[attr-defined]
        return given

    def _decide_form(self, request: HttpRequest, case: Case, data: Any = None) -> DecideForm | None:
        """None for who may decide nothing here."""
        outcomes = reviewers.may(request.user, case)
        if not outcomes or (data is None and case.state != Case.State.OPEN):
            return None
        return DecideForm(
            data,
            initial={"version": case.version},
            outcomes=outcomes,
            scopes=exemptions.offered(case),
            appealed=any(appealing.pending(case)),
            label_suffix="",
        )
