"""One line of embedding for class-based views: `class EventCreate(GuardedEventMixin, CreateView)`."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from calguard import guard, rates
from calguard.conf import conf
from calguard.content.types import Content
from calguard.engine.types import Channel, Verdict
from calguard.models import Decision as DecisionRow
from calguard.rates import limited
from outbound.models import Submission

__all__ = ["GuardedEventMixin", "limited", "refer"]


class GuardedEventMixin:
    """Judges what a create or update view is about to save, and shows the answer.

    A host writes `guard_content`; everything else has a default. What is accepted, delayed or waits for a person is
    saved, since an event in one's own calendar harms nobody (R52). A challenged or refused one is not: its form comes
    back with everything typed, the reasons and what can be done, unless `guard_saves_refused` says that the host keeps
    drafts.

    Templates include "calguard/decision.html" and, inside the form, "calguard/challenge.html": see those files.
    """

    request: HttpRequest
    guard_channel: Channel = "web"
    guard_saves_refused = False

    def guard_content(self, form: Any) -> bytes | Content:
        """The iCalendar that guests would get, METHOD included, from a form that is valid and not yet saved."""
        raise NotImplementedError(f"{type(self).__name__}.guard_content must return the event as iCalendar")

    def guard_previous(self, form: Any) -> bytes | Content | None:
        """The version that guests have; None for a new event."""
        return None

    def guard_reference(self, event: Any) -> str:
        """The host's key of the saved event, as CalGuard hands it back to the host adapter."""
        return str(event.pk)

    def guard_user(self) -> Any:
        """Whose account sends. Override it where the actor is not the account, and name the actor in `guard_actor`."""
        return self.request.user

    def guard_texts(self, form: Any) -> dict[str, str]:
        """What guests read beside the event, by a name for its place: see `extra_texts` of `guard.check`."""
        return {}

    def guard_actor(self) -> str | None:
        return None

    def guard_decided(self, decision: guard.Decision, response: HttpResponse) -> HttpResponse:
        """Called with the answer after a save. What waits or was refused is told in a Django message."""
        if not decision.may_send:
            said = [f"{decision.headline}.", *(reason.text for reason in decision.reasons), decision.next_step]
            if decision.reference:
                said.append(str(_("Reference: %s") % decision.reference))
            messages.warning(self.request, " ".join(said), extra_tags="calguard", fail_silently=True)
        return response

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Programs that post without pause are told to wait before anything is read (CC 4.2 action 4)."""
        over = rates.hit(request, "write") if request.method == "POST" else None
        if over is not None:
            return rates.too_many(request, over)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]
        if hasattr(self.get_form_class(), "calguard"):  # type: ignore[attr-defined]
            kwargs["guard_request"] = self.request
        return kwargs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("calguard", None)
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        instance = getattr(form, "instance", None)
        with guard.sending(
            self.guard_user(),
            self.guard_content(form),
            channel=self.guard_channel,
            request=self.request,
            reference=self.guard_reference(instance) if getattr(instance, "pk", None) else "",
            previous=self.guard_previous(form),
            actor=self.guard_actor(),
            extra_texts=self.guard_texts(form),
        ) as decision:
            if decision.verdict is Verdict.CHALLENGE or (decision.is_refused and not self.guard_saves_refused):
                return self._shown_again(form, decision)
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
            saved = getattr(self, "object", None) or instance
            if saved is not None:
                refer(decision, self.guard_reference(saved))
        return self.guard_decided(decision, response)

    def _shown_again(self, form: Any, decision: guard.Decision) -> HttpResponse:
        """The form as it was sent, with the answer; the status tells programs, browsers show the page all the same."""
        context = self.get_context_data(form=form, calguard=decision)
        response: HttpResponse = self.render_to_response(context, status=decision.status)  # type: ignore[attr-defined]
        if decision.retry_after:
            response["Retry-After"] = str(decision.retry_after)
        return response


def refer(decision: guard.Decision, reference: str) -> None:
    """Name the event that a decision was about, where it had no key before it was saved."""
    if decision.submission is None:
        return
    with transaction.atomic(using=conf.database):
        Submission.objects.using(conf.database).filter(pk=decision.submission, reference="").update(reference=reference)
        DecisionRow.objects.using(conf.database).filter(pk=decision.id, reference="").update(reference=reference)
