"""Campaigns as staff see them: who belongs to one, how it grows, what members share, and the orders given on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Min, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from calguard import reviewers
from calguard.admin import growth_plot, showing
from calguard.admin.records import ReadOnly
from calguard.campaigns import marks, orders
from calguard.campaigns.models import Campaign, CampaignEntry, CampaignOrder, Mark, Member
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import AuditEntry, Case, Decision, Indicator
from calguard.outcomes import OUTCOMES
from calguard.problems import NotAllowed

SHOWN = 200  # members; the counts above are of all
SHARED = 12
DAY = timedelta(days=1)
Act = Callable[[int, str, datetime], bool]
BADGES = {"held": "hold", "watched": "challenge", "cleared": "allow"}


class CampaignAdmin(ReadOnly):
    """Decides nothing itself: the verdict is given in the campaign's case, and an order is stopped or taken back by a
    function of `calguard.campaigns.orders`."""

    list_display = ("name", "stands", "accounts", "attempts", "recipients", "shares", "last_seen", "first_seen")
    list_display_links = None
    list_filter = ("state",)
    search_fields = ("reference__exact", "members__account__exact")
    search_help_text = "Reference of a campaign, or one of its accounts"
    ordering = ("-last_seen",)

    class Media:
        css = {"all": ["calguard/review.css"]}

    def page(self, name: str, *args: Any) -> str:
        return reverse(f"admin:{name}", args=args, current_app=self.admin_site.name)

    def has_view_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return reviewers.may_view(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return reviewers.may_view(request.user)

    @admin.display(description="campaign")
    def name(self, campaign: Campaign) -> SafeString:
        page = self.page("calguard_campaign_change", campaign.pk)
        return format_html('<a class="calguard-name" href="{}">{}</a>', page, campaign.reference)

    @admin.display(description="state")
    def stands(self, campaign: Campaign) -> SafeString:
        return badge(campaign)

    @admin.display(description="members share")
    def shares(self, campaign: Campaign) -> str:
        return ", ".join(_kind(kind) for kind in campaign.kinds)

    def get_urls(self) -> list[URLPattern]:
        def posted(act: Act, done: str) -> Callable[..., HttpResponse]:
            def view(request: HttpRequest, order_id: int) -> HttpResponse:
                return self._ordered(request, order_id, act, done)

            return self.admin_site.admin_view(view)

        return [
            path("order/<int:order_id>/stop/", posted(_stop, "The order is stopped."), name="calguard_campaign_stop"),
            path(
                "order/<int:order_id>/lift/",
                posted(_lift, "The order is being taken back."),
                name="calguard_campaign_lift",
            ),
            path(
                "order/<int:order_id>/recall/",
                posted(_recall, "What had left is being called back."),
                name="calguard_campaign_recall",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            campaign = Campaign.objects.using(conf.database).get(pk=unquote(object_id))
        except (Campaign.DoesNotExist, ValueError):
            raise Http404("There is no such campaign.") from None
        return self._show(request, campaign)

    def _ordered(self, request: HttpRequest, order_id: int, act: Act, done: str) -> HttpResponse:
        """POST only, confirmed, and by whoever may give such an order."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        order = CampaignOrder.objects.using(conf.database).select_related("campaign").filter(pk=order_id).first()
        if order is None:
            raise Http404("There is no such order.")
        try:
            reviewers.allow(request.user, permission(order))
        except NotAllowed as problem:
            raise PermissionDenied(str(problem)) from None
        if why_not := _barred(request, order.campaign):
            raise PermissionDenied(why_not)
        if request.POST.get("confirm") != "yes":
            missing = "Tick the box to confirm: this concerns every member of the campaign."
            return self._show(request, order.campaign, problem=missing, status=400)
        acted = act(order.pk, conf.host.account(request.user), timezone.now())
        text = done if acted else "Nothing was changed: somebody was faster, or the order is over."
        self.message_user(request, text, messages.SUCCESS if acted else messages.WARNING)
        return HttpResponseRedirect(self.page("calguard_campaign_change", order.campaign_id))

    def _show(self, request: HttpRequest, campaign: Campaign, *, problem: str = "", status: int = 200) -> HttpResponse:
        now = timezone.now()
        case = Case.objects.using(conf.database).filter(campaign=campaign.reference).order_by("-pk").first()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Campaign {campaign.reference}",
            "campaign": campaign,
            "badge": badge(campaign),
            "kinds": [_kind(kind) for kind in campaign.kinds],
            "case": case,
            "problem": problem,
            "per_hour": _per_hour(campaign),
            "today": _members(campaign).filter(at__gt=now - DAY).aggregate(sent=Sum("recipients"))["sent"] or 0,
            "budget": conf.policy.campaigns.budget_day,
            "plot": growth_plot.drawn(list(_members(campaign).order_by("at").values_list("at", "account")[:20_000])),
            "members": self._rows(campaign),
            "shared": _shared(campaign),
            "orders": [_order(order, request) for order in campaign.orders.order_by("-pk")],
            "record": [
                (entry, showing.name(entry.actor), showing.text(entry.reason))
                for entry in AuditEntry.objects.using(conf.database)
                .filter(target=f"campaign:{campaign.pk}")
                .order_by("-pk")[:50]
            ],
        }
        return TemplateResponse(request, "calguard/review/campaign.html", context, status=status)

    def _rows(self, campaign: Campaign) -> list[dict[str, Any]]:
        """Each member account once, the newest first."""
        found = (
            _members(campaign)
            .values("account")
            .annotate(
                attempts=Count("pk"),
                strangers=Sum("recipients"),
                first=Min("at"),
                last=Max("at"),
                worst=Max("decision__verdict"),
            )
            .order_by("-last", "account")[:SHOWN]
        )
        rows = list(found)
        names = conf.host.names({row["account"] for row in rows})
        return [
            {
                **row,
                "name": showing.name(names.get(row["account"], row["account"]), longest=60),
                "id": showing.name(row["account"], longest=80),
                "severity": row["worst"],
                "verdict": Verdict(row["worst"]).name,
                "decisions": f"{self.page('calguard_decision_changelist')}?{urlencode({'q': row['account']})}",
            }
            for row in rows
        ]


def _barred(request: HttpRequest, campaign: Campaign) -> str:
    """Why this person, as a member of the campaign, has no say in what is done to it; "" where they may have one."""
    members = _members(campaign).values("decision")
    return reviewers.barred_from(request.user, Decision.objects.using(conf.database).filter(pk__in=members))


def permission(order: CampaignOrder) -> str:
    """Who may stop an order or take it back: whoever may give it."""
    return OUTCOMES[order.outcome].permission if order.outcome in OUTCOMES else reviewers.DECIDE


def badge(campaign: Campaign) -> SafeString:
    return format_html(
        '<span class="calguard-badge calguard-{}">{}</span>', BADGES[campaign.state], campaign.state.upper()
    )


def _stop(order: int, me: str, at: datetime) -> bool:
    return orders.cancel(order, actor=me, at=at)


def _lift(order: int, me: str, at: datetime) -> bool:
    return orders.lift(order, actor=me, at=at)


def _recall(order: int, me: str, at: datetime) -> bool:
    return orders.call_back(order, actor=me, at=at)


def _members(campaign: Campaign) -> Any:
    return Member.objects.using(conf.database).filter(campaign=campaign)


def _kind(kind: str) -> str:
    return dict(Mark.Kind.choices).get(
        kind, {"prefix": "network", "client": "program", "cohort": "hour of sign-up"}.get(kind, kind)
    )


def _per_hour(campaign: Campaign) -> float:
    hours = max(1.0, (campaign.last_seen - campaign.first_seen).total_seconds() / 3600)
    each = campaign.attempts / hours
    return round(each) if each >= 10 else round(each, 1)


def _shared(campaign: Campaign) -> list[dict[str, Any]]:
    """What most accounts have in common: the numbers and hosts of withheld content in plain, the rest by its kind."""
    decisions = _members(campaign).values("decision")
    plain = (
        Indicator.objects.using(conf.database)
        .filter(decision__in=decisions)
        .values("kind", "value")
        .annotate(accounts=Count("decision__account", distinct=True))
        .order_by("-accounts", "value")[:SHARED]
    )
    counted = dict(
        Mark.objects.using(conf.database)
        .filter(campaign=campaign, kind__in=(Mark.Kind.PHONE, Mark.Kind.HOST))
        .values_list("value")
        .annotate(accounts=Count("account", distinct=True))
        .order_by("-accounts")[: 5 * SHARED]
    )
    keyed = (
        Mark.objects.using(conf.database)
        .filter(campaign=campaign)
        .exclude(kind__in=(Mark.Kind.PHONE, Mark.Kind.HOST))
        .values("kind", "value")
        .annotate(accounts=Count("account", distinct=True))
        .order_by("-accounts")[: 5 * SHARED]
    )
    best: dict[str, int] = {}
    for row in keyed:
        best.setdefault(row["kind"], row["accounts"])
    shown = [
        {
            "kind": _kind(row["kind"]),
            "value": showing.text(row["value"]),
            "accounts": max(row["accounts"], counted.get(marks.number_of(row["kind"], row["value"]), 0)),
        }
        for row in plain
    ]
    return shown + [
        {"kind": _kind(kind), "value": "", "accounts": accounts} for kind, accounts in best.items() if accounts > 1
    ]


def _order(order: CampaignOrder, request: HttpRequest) -> dict[str, Any]:
    counted = dict(
        CampaignEntry.objects.using(conf.database)
        .filter(order=order)
        .order_by()
        .values_list("found")
        .annotate(count=Count("pk"))
    )
    may = bool(request.user.has_perm(permission(order))) and not _barred(request, order.campaign)
    others = {orders.RECALL: "Call back: who got it is told that it is off"}
    title = OUTCOMES[order.outcome].title if order.outcome in OUTCOMES else others.get(order.outcome, HELD)
    return {
        "order": order,
        "title": title,
        "actor": showing.name(conf.host.names({order.actor}).get(order.actor, order.actor)),
        "reason": showing.text(order.reason),
        "found": [(label, counted[found]) for found, label in CampaignEntry.Found.choices if found in counted],
        "may_stop": may and order.state == CampaignOrder.State.RUNNING,
        "may_lift": may and order.state in _LIFTABLE and order.outcome != orders.RECALL,
        "may_recall": may and order.state in _RECALLABLE and orders.may_call_back(order),
    }


_LIFTABLE: Sequence[str] = (CampaignOrder.State.RUNNING, CampaignOrder.State.DONE, CampaignOrder.State.CANCELLED)
_RECALLABLE: Sequence[str] = (CampaignOrder.State.DONE, CampaignOrder.State.CANCELLED)
HELD = "Hold: a person looks first"
