"""The queue: which cases wait, which comes first, who has which, and the way to each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from calguard import actors, review, reviewers
from calguard.admin import case_page, many, showing
from calguard.admin.filters import AccountFilter, ClaimFilter, SecondFilter, SeverityFilter, StateFilter
from calguard.admin.records import ReadOnly
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import Appeal, Case, Decision
from calguard.outcomes import OUTCOMES
from calguard.sanctions.approvals import waits
from calguard.sanctions.models import Approval

TOP = 3  # decisions of a case that the list shows
SOON = timedelta(hours=2)
WHOLE = len("visitor:") + 8  # characters of a visitor's name that the list shows


class Queue(ChangeList):
    """One page of cases, with the names of everybody on it fetched at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        me = conf.host.account(request.user)
        accounts = {case.account for case in self.result_list} | {case.claimed_by for case in self.result_list}
        accounts |= {actors.owner_of_page(account) for account in accounts}
        names = conf.host.names(accounts - {""})
        now = timezone.now()
        for case in self.result_list:
            case.seen_at = now
            case.account_name = names.get(case.account, "")
            case.page_name = names.get(actors.owner_of_page(case.account), "")
            case.claimant = "you" if case.claimed_by == me else names.get(case.claimed_by, case.claimed_by)


def _bulk(name: str) -> Callable[..., HttpResponse | None]:
    """The admin action that leads to the page where a reason is given; nothing is decided before that."""
    permission = OUTCOMES[name].permission.removeprefix("calguard.").removesuffix("_case")

    @admin.action(description=f"{OUTCOMES[name].title} …", permissions=[permission])
    def chosen(model_admin: CaseAdmin, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: many.MOST + 1])
        if len(keys) > many.MOST:
            model_admin.message_user(request, f"Choose at most {many.MOST} cases at a time.", messages.ERROR)
            return None
        query = urlencode({"outcome": name, "ids": ",".join(map(str, keys))})
        return HttpResponseRedirect(f"{model_admin.page('calguard_case_decide_many')}?{query}")

    chosen.__name__ = f"{name}_many"
    return chosen


class CaseAdmin(ReadOnly):
    """Decides nothing itself: every button calls a function of `calguard.review`, as the API does (STYLE)."""

    actions = [_bulk(name) for name in OUTCOMES]
    list_display = ("case", "verdict", "who", "guests", "starts", "waiting", "claimed")
    list_display_links = None
    list_filter = (StateFilter, ClaimFilter, SecondFilter, SeverityFilter, "label", AccountFilter)
    search_fields = ("account",)  # makes the box appear; `review.search` reads it
    search_help_text = (
        "Reference, account or its mail address, host, phone number, Message-ID, feedback id, or number of a case"
    )
    ordering = ("-priority", "opened_at")
    show_full_result_count = False
    change_list_template = "admin/calguard/case/change_list.html"

    class Media:
        css = {"all": ["calguard/review.css"]}

    def page(self, name: str, *args: Any) -> str:
        """The address of one of this admin's pages, on whichever site it is registered."""
        return reverse(f"admin:{name}", args=args, current_app=self.admin_site.name)

    # who may do what

    def has_view_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        return reviewers.may_view(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return reviewers.may_view(request.user)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(reviewers.DECIDE))

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(reviewers.SUSPEND))

    # the list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Queue

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        top = Decision.objects.using(conf.database).order_by("-verdict", "-score", "-created_at")
        top = top.only("case", "code", "verdict", "signals")[:TOP]
        cases: QuerySet[Case] = super().get_queryset(request)
        open_ones = Appeal.objects.using(conf.database).filter(case=OuterRef("pk"), state=Appeal.State.OPEN)
        due = Subquery(open_ones.order_by("due_at").values("due_at")[:1])
        asked = Approval.objects.using(conf.database).filter(waits(timezone.now()), case=OuterRef("pk"))
        counted = cases.annotate(held=Count("decisions"), appeal_due=due, asked=Exists(asked))
        return counted.prefetch_related(Prefetch("decisions", top, to_attr="top"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Case], search_term: str
    ) -> tuple[QuerySet[Case], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=review.search(search_term).values("pk")), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        band = _band(timezone.now())
        return super().changelist_view(request, {"title": "Cases", **band, **(extra_context or {})})

    @admin.display(description="case", ordering="pk")
    def case(self, case: Case) -> SafeString:
        decisions: list[Decision] = case.top  # type: ignore[attr-defined]
        more = case.held - len(decisions)  # type: ignore[attr-defined]
        codes = format_html_join("", '<br><span class="calguard-code">{}</span>', ((row.code,) for row in decisions))
        rest = format_html(' <span class="calguard-quiet">+{}</span>', more) if more > 0 else ""
        page = self.page("calguard_case_change", case.pk)
        asked = case.asked  # type: ignore[attr-defined]
        second = format_html('<br><span class="calguard-chip">{}</span>', "waits for a second person") if asked else ""
        return format_html('<a class="calguard-name" href="{}">Case {}</a>{}{}{}', page, case.pk, second, codes, rest)

    @admin.display(description="verdict", ordering="severity")
    def verdict(self, case: Case) -> SafeString:
        shown = badge(case.severity)
        if case.state == Case.State.CLOSED:
            shown = format_html('<span class="calguard-badge">{}</span> {}', case.outcome, case.get_label_display())
        decisions: list[Decision] = case.top  # type: ignore[attr-defined]
        signals = [signal for decision in decisions for signal in decision.signals]
        strongest: dict[str, Any] = max(signals, key=lambda signal: signal.get("points", 0), default={})
        return format_html("{}<br>{}", shown, showing.text(strongest.get("reason", ""), longest=100))

    @admin.display(description="account", ordering="account")
    def who(self, case: Case) -> SafeString:
        if case.campaign:
            found = f"{self.page('calguard_campaign_changelist')}?{urlencode({'q': case.campaign})}"
            return format_html('<a href="{}" title="Accounts that send alike">campaign {}</a>', found, case.campaign)
        name: str = case.account_name  # type: ignore[attr-defined]
        filtered = f"{self.page('calguard_case_changelist')}?{urlencode({'state': 'all', 'account': case.account})}"
        about = case.account if name else "not in this system any more"
        if actors.kind(case.account) == "visitor":  # never had a name here; a part of the hash tells two of them apart
            name, about = f"{case.account[:WHOLE]}…", "visitor of a booking page"
        elif owner := actors.owner_of_page(case.account):
            name, about = "visitors of one page", f"of {case.page_name or owner}"  # type: ignore[attr-defined]
        return format_html(
            '<a href="{}" title="All cases of this account">{}</a><br><span class="calguard-quiet">{}</span>',
            filtered,
            showing.name(name or case.account, longest=60),
            showing.name(about, longest=80),
        )

    @admin.display(description="guests", ordering="reach")
    def guests(self, case: Case) -> int:
        return case.reach

    @admin.display(description="starts", ordering="starts_at")
    def starts(self, case: Case) -> str:
        return showing.ahead(case.starts_at, case.seen_at)  # type: ignore[attr-defined]

    @admin.display(description="waiting", ordering="opened_at")
    def waiting(self, case: Case) -> SafeString:
        """Since when, and by when an appeal in it is to be answered."""
        waited = showing.span((case.closed_at or case.seen_at) - case.opened_at)  # type: ignore[attr-defined]
        due = case.appeal_due  # type: ignore[attr-defined]
        if due is None:
            return format_html("{}", waited)
        late = due <= case.seen_at  # type: ignore[attr-defined]
        said = "appeal overdue" if late else f"appeal, due in {showing.span(due - case.seen_at)}"  # type: ignore[attr-defined]
        mark = "calguard-late" if late else "calguard-quiet"
        return format_html('{}<br><span class="{}">{}</span>', waited, mark, said)

    @admin.display(description="claimed by", ordering="claimed_by")
    def claimed(self, case: Case) -> str:
        if case.state == Case.State.CLOSED or not review.holder(case, case.seen_at):  # type: ignore[attr-defined]
            return "–"
        since = showing.span(case.seen_at - case.claimed_at)  # type: ignore[attr-defined]
        return f"{case.claimant}, {since} ago"  # type: ignore[attr-defined]

    # the pages behind it

    def get_urls(self) -> list[URLPattern]:
        def staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
            return self.admin_site.admin_view(view)

        each_by_itself = transaction.non_atomic_requests(using=conf.database)
        page = case_page.CasePage(self)
        ours = [
            path("decide/", each_by_itself(staff(many.Page(self))), name="calguard_case_decide_many"),
            *(
                path(f"<int:case_id>/{name}/", staff(view), name=f"calguard_case_{name}")
                for name, view in page.posts().items()
            ),
        ]
        return [*ours, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return case_page.CasePage(self).show(request, object_id)


def badge(severity: int) -> SafeString:
    name = Verdict(severity).name if severity in Verdict._value2member_map_ else str(severity)
    return format_html('<span class="calguard-badge calguard-{}">{}</span>', name.lower(), name)


def _band(now: datetime) -> dict[str, Any]:
    """What stands above the list: how many wait, since when, and who works on how many."""
    waiting = Case.objects.using(conf.database).filter(state=Case.State.OPEN)
    counts = waiting.aggregate(open=Count("pk"), oldest=Min("opened_at"), urgent=Count("pk", filter=_soon(now)))
    working: Iterable[tuple[str, int]] = (
        waiting.filter(claimed_at__gt=now - review.LEASE)
        .exclude(claimed_by="")
        .values_list("claimed_by")
        .annotate(cases=Count("pk"))
        .order_by("-cases")[:10]
    )
    rows = list(working)
    names = conf.host.names([account for account, _ in rows])
    return {
        "band": {
            "open": counts["open"],
            "urgent": counts["urgent"],
            "oldest": showing.span(now - counts["oldest"]) if counts["oldest"] else "",
            "working": [(names.get(account, account), cases) for account, cases in rows],
        }
    }


def _soon(now: datetime) -> Q:
    return Q(starts_at__gte=now, starts_at__lt=now + SOON)
