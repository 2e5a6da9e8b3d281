"""What the queue can be narrowed to. Without a choice it shows what waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from calguard import review
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import Case
from calguard.sanctions import approvals
from calguard.sanctions.models import Approval


class StateFilter(admin.SimpleListFilter):
    """Waiting by default; a search looks everywhere, as a reference may belong to a closed case."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("closed", "decided"), ("all", "all")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything = bool(changelist.query)
        first = next(super().choices(changelist))
        yield {**first, "display": "all (searching)" if everything else "waiting for a person"}
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        if self.value() == "all" or (self.value() is None and request.GET.get("q")):
            return queryset
        wanted = Case.State.CLOSED if self.value() == "closed" else Case.State.OPEN
        return queryset.filter(state=wanted)


class ClaimFilter(admin.SimpleListFilter):
    title = "claim"
    parameter_name = "claim"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", "by me"), ("others", "by somebody else"), ("nobody", "by nobody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        me = conf.host.account(request.user)
        held = queryset.filter(claimed_at__gt=timezone.now() - review.LEASE).exclude(claimed_by="")
        if self.value() == "me":
            return held.filter(claimed_by=me)
        if self.value() == "others":
            return held.exclude(claimed_by=me)
        return queryset.exclude(pk__in=held.values("pk")) if self.value() == "nobody" else queryset


class SecondFilter(admin.SimpleListFilter):
    """What another reviewer must agree to, and what of it this person may."""

    title = "second person"
    parameter_name = "second"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("wanted", "wanted"), ("me", "wanted, and not proposed by me")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        asked = Approval.objects.using(conf.database).filter(approvals.waits(timezone.now()))
        if self.value() == "me":
            asked = asked.exclude(proposed_by=conf.host.account(request.user))
        return queryset.filter(pk__in=asked.values("case")) if self.value() in ("wanted", "me") else queryset


class SeverityFilter(admin.SimpleListFilter):
    title = "severity"
    parameter_name = "severity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(verdict.value), verdict.name) for verdict in sorted(Verdict, reverse=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        chosen = self.value() or ""
        return queryset.filter(severity=int(chosen)) if chosen.isdecimal() and len(chosen) == 1 else queryset


class AccountFilter(admin.SimpleListFilter):
    """Set by the link on an account's name, and shown only then."""

    title = "account"
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        account = request.GET.get("account", "")
        return [(account, account)] if account else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        return queryset.filter(account=self.value()) if self.value() else queryset
