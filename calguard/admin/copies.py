"""Copies whose end nobody knows: staff look for them in the log of the mail server, and say what became of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache

from calguard import arrivals, problems, reviewers
from calguard.admin import showing
from calguard.admin.forms import ArrivalForm
from calguard.admin.records import ReadOnly
from calguard.conf import conf
from outbound.models import Delivery

STATUS = {problems.Conflict: 409, problems.NotAllowed: 403, problems.Invalid: 400}


class CopyAdmin(ReadOnly):
    """The list shows and changes nothing; each page has two buttons, which are posted with a reason."""

    list_display = ("copy", "account", "event", "handed_over", "server_said")
    list_display_links = None
    list_select_related = ("message",)
    search_fields = ("mail_id__exact", "message__account__exact", "message__uid__exact")
    search_help_text = "Message-ID with its brackets, account, or UID of the event"
    ordering = ("-claimed_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).filter(state=Delivery.State.UNCERTAIN)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return reviewers.may_view(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return reviewers.may_view(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": "Copies of which nobody knows whether they arrived"}
        return super().changelist_view(request, title | (extra_context or {}))

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"admin:calguard_outbound_delivery_{name}", args=args, current_app=self.admin_site.name)

    @admin.display(description="Message-ID", ordering="mail_id")
    def copy(self, row: Delivery) -> SafeString:
        return format_html('<a href="{}">{}</a>', self._address("change", row.pk), showing.name(row.mail_id))

    @admin.display(description="account")
    def account(self, row: Delivery) -> SafeString:
        return showing.name(row.message.account)

    @admin.display(description="UID of the event")
    def event(self, row: Delivery) -> SafeString:
        return showing.text(row.message.uid, longest=80)

    @admin.display(description="handed over", ordering="claimed_at")
    def handed_over(self, row: Delivery) -> Any:
        return row.claimed_at or row.created_at

    @admin.display(description="the server said")
    def server_said(self, row: Delivery) -> SafeString:
        return showing.text(row.error, longest=100)

    def get_urls(self) -> list[URLPattern]:
        answer = self.admin_site.admin_view(self.answer)
        return [path("<int:copy_id>/answer/", answer, name="calguard_outbound_delivery_answer"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self._show(request, unquote(object_id), ArrivalForm())

    def answer(self, request: HttpRequest, copy_id: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = ArrivalForm(request.POST)
        if not form.is_valid():
            return self._show(request, str(copy_id), form, status=400)
        said = form.cleaned_data
        try:
            done = arrivals.by_staff(
                copy_id, request.user, has_it=said["arrived"] == "yes", reason=said["reason"], at=timezone.now()
            )
        except problems.Conflict as problem:
            self.message_user(request, str(problem), messages.ERROR)
        except problems.Problem as problem:
            form.add_error(None, str(problem))
            return self._show(request, str(copy_id), form, status=STATUS[type(problem)])
        else:
            self.message_user(request, DONE[done], messages.SUCCESS)
        return HttpResponseRedirect(self._address("changelist"))

    def _show(self, request: HttpRequest, key: str, form: ArrivalForm, *, status: int = 200) -> HttpResponse:
        rows: QuerySet[Delivery] = Delivery.objects.using(conf.database).select_related("message__submission")
        row = rows.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
        if row is None:
            raise Http404("There is no such copy.")
        names = conf.host.names({row.message.account})
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Did this copy arrive?",
            "copy": row,
            "who": showing.name(names.get(row.message.account, row.message.account)),
            "uid": showing.text(row.message.uid, longest=200),
            "server_said": showing.text(row.error),
            "guest": row.recipient_hash[:8],
            "unsure": row.state == Delivery.State.UNCERTAIN,
            "may_answer": request.user.has_perm(reviewers.DECIDE),
            "form": form,
        }
        shown: Callable[..., HttpResponse] = never_cache(TemplateResponse)
        return shown(request, "calguard/review/copy.html", context, status=status)


DONE = {
    "arrived": "It counts as sent, and nothing more leaves.",
    "again": "It goes once more, to this guest and to nobody else.",
    "missed": "It is noted. It cannot go once more as it was: its owner sends the event again, if they want to.",
}
