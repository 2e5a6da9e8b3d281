"""Lists that staff read and nobody edits: decisions, orders, restrictions, exemptions and the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts_risk.models import Restriction
from calguard.admin import showing
from calguard.conf import conf
from calguard.models import AuditEntry, Decision, Enforcement, Exemption


class ReadOnly(admin.ModelAdmin):
    """Nothing is added, changed or deleted here; what people decide, they decide in a case."""

    actions: Sequence[Any] | None = None
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).using(conf.database)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DecisionAdmin(ReadOnly):
    list_display = ("code", "verdict", "account", "channel", "recipients", "score", "tier", "created_at", "in_case")
    list_filter = ("verdict", "enforced", "degraded", "channel", "tier")
    search_fields = ("code", "account__exact", "uid__exact", "reference__exact", "similarity__exact")
    search_help_text = "Reference, account, UID of the event, the host's key of it, or the mark of similar content"
    ordering = ("-created_at",)
    list_select_related = ("case",)
    exclude = ("said",)  # is kept for the judge, for minutes

    @admin.display(description="case")
    def in_case(self, decision: Decision) -> SafeString | str:
        if decision.case_id is None:
            return "–"
        page = reverse("admin:calguard_case_change", args=[decision.case_id], current_app=self.admin_site.name)
        return format_html('<a href="{}">Case {}</a>', page, decision.case_id)


class AuditAdmin(ReadOnly):
    list_display = ("at", "actor", "action", "target", "why")
    list_filter = ("action",)
    search_fields = ("actor__exact", "target__exact", "action__exact", "digest__exact")
    search_help_text = "Who, what (case.deny), to whom (case:12), or a digest"
    ordering = ("-pk",)

    @admin.display(description="reason")
    def why(self, entry: AuditEntry) -> SafeString:
        return showing.text(entry.reason, longest=200)


class EnforcementAdmin(ReadOnly):
    list_display = ("action", "account", "owner", "by_human", "state", "attempts", "error", "due_at", "done_at")
    list_filter = ("state", "action", "by_human")
    search_fields = ("owner__exact", "account__exact")
    ordering = ("-created_at",)


class RestrictionAdmin(ReadOnly):
    list_display = ("account", "kind", "by_human", "reason", "owner", "created_at", "expires_at")
    list_filter = ("kind", "by_human")
    search_fields = ("account__exact", "owner__exact")
    ordering = ("-created_at",)


class ExemptionAdmin(ReadOnly):
    list_display = ("account", "scope", "created_by", "owner", "created_at", "expires_at")
    list_filter = ("scope",)
    search_fields = ("account__exact", "owner__exact")
    ordering = ("-created_at",)


RECORDS: Mapping[type[Model], type[ReadOnly]] = {
    Decision: DecisionAdmin,
    AuditEntry: AuditAdmin,
    Enforcement: EnforcementAdmin,
    Restriction: RestrictionAdmin,
    Exemption: ExemptionAdmin,
}
