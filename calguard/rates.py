"""How often one account or address may ask: HTTP requests only, as recipient budgets are exact and in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from ipaddress import ip_network
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_ratelimit.core import get_usage

from calguard import alarm, client, client_ip
from calguard.conf import conf

Name = Literal["challenge", "appeal", "write"]

# What holds while the cache is down. All are open: each has something exact behind it (a question costs one hash, an
# appeal is once per decision by constraint, and what a write may send is decided by the ledger's budgets).
OPEN_WITHOUT_CACHE: Mapping[str, bool] = {"challenge": True, "appeal": True, "write": True}


@dataclass(frozen=True, slots=True)
class Limited:
    """Too many requests; how many seconds until there is room."""

    retry_after: int


def hit(request: HttpRequest, name: Name) -> Limited | None:
    """Count one request of this account, or of this address where nobody is signed in; None: go on."""
    try:
        usage = get_usage(
            request,
            group=f"calguard.{name}|",  # the library joins its key without separators
            key=lambda _group, asked: f"{_who(asked)}|",
            rate=conf.rate(name),
            increment=True,
        )
    except Exception as error:  # noqa: BLE001  backends raise what they like, and redis may not be installed to name its errors
        return _without_cache(name, error)
    if usage is None or not usage["should_limit"]:
        return None
    if usage["time_left"] < 0:  # the library's word for: the cache did not answer
        return _without_cache(name, RuntimeError("the cache did not answer"))
    return Limited(max(1, usage["time_left"]))


def limited(
    name: Name, *, methods: tuple[str, ...] = ()
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view that answers 429 with Retry-After when asked too often. Not for async views."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            over = hit(request, name) if not methods or request.method in methods else None
            return view(request, *args, **kwargs) if over is None else too_many(request, over)

        return counted

    return decorate


def too_many(request: HttpRequest, over: Limited) -> HttpResponse:
    """The answer to one request too many, as a page or, for programs, as a problem document (RFC 9457)."""
    if not request.accepts("text/html"):
        answer: HttpResponse = import_module("calguard.integrations.rest").asked_too_often(
            over
        )  # which counts here too
        return answer
    context = {"said": said(), "retry_after": over.retry_after}
    response = render(request, "calguard/too_many.html", context, status=429)
    response["Retry-After"] = str(over.retry_after)
    return response


def said() -> str:
    """What whoever asked too often is told."""
    return str(_("That was asked for too often. Please wait a little and try again."))


def _who(request: HttpRequest) -> str:
    account = client.account_of(request)
    if account:
        return f"account {account}"
    ip = client_ip.of(request)
    if ip is None:
        return "unknown"
    return f"ip {ip}" if ip.version == 4 else f"ip {ip_network((ip, 64), strict=False)}"  # a /64 is one household


def _without_cache(name: Name, error: Exception) -> Limited | None:
    alarm.raised("rates", error)
    return None if OPEN_WITHOUT_CACHE[name] else Limited(60)
